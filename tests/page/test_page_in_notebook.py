"""What a notebook stores of a page: a frame, and the picture below it, also for what shows no HTML."""

from __future__ import annotations

import base64
import json
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

import archcalc
from archcalc.page.page import STILL

HOSTILE = "</div></iframe><script>alert(1)</script><img src=x onerror=alert(1)>\"'&--></noscript>"


class Seen(HTMLParser):
    """The elements of HTML with their attributes, and its texts; the text of a style is none that people read."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("img", "br"):
            self.open.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open[-1] != "style":
            self.texts.append(data)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_viewers_find_html_first_and_a_picture() -> None:
    report = archcalc.load("unet:paper").check()
    bundle = report.page()._repr_mimebundle_()
    assert list(bundle) == ["text/html", "image/svg+xml", "text/plain"]
    assert bundle["image/svg+xml"] == report.draw(style="volumes")._repr_mimebundle_()["image/svg+xml"]
    assert bundle["text/html"] == report.page()._repr_html_()
    assert bundle["text/plain"] == "<Page of U-Net:paper: 53 layers, sizes of N to choose>"


def test_without_its_frame_the_picture_is_left() -> None:
    """What GitHub and an untrusted notebook leave: text, and pictures that stand in the HTML themselves."""
    report = archcalc.load("lenet:lecture").check()
    seen = Seen(report.page()._repr_html_())
    assert [tag for tag, _ in seen.found] == ["div", "div", "img", "br", "small", "iframe", "noscript", "style"]
    assert seen.texts == [STILL]
    picture = dict(seen.found)["img"]
    assert picture["alt"] == "LeNet:lecture"
    kind, _, data = str(picture["src"]).partition(",")
    assert kind == "data:image/svg+xml;base64"
    svg = base64.b64decode(data).decode()
    assert svg == report.draw(style="volumes").svg
    assert ElementTree.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"


def test_a_hostile_name_ends_nothing() -> None:
    spec = {"name": HOSTILE, "input": [4, "N"], "at": {"N": 8}, "layers": [{"linear": 8}]}
    report = archcalc.load(json.dumps(spec)).check()
    seen = Seen(report.page()._repr_html_())
    attributes = dict(seen.found)
    assert list(attributes) == ["div", "img", "br", "small", "iframe", "noscript", "style"]
    assert attributes["img"]["alt"] == attributes["iframe"]["title"] == report.title
    assert attributes["iframe"]["sandbox"] == "allow-scripts"
    assert attributes["iframe"]["srcdoc"] == report.page().html


@pytest.mark.parametrize(
    "network",
    [
        "input: [1, 7, 7]\nlayers: [nonsense]",
        {"input": [8], "layers": [{"concat": [[{"linear": 8}, {"linear": 9}] for _ in range(900)]}]},
    ],
    ids=["errors", "too many volumes"],
)
def test_a_page_without_a_picture_says_what_stands_there(network: object) -> None:
    page = archcalc.load(network).check().page()  # type: ignore[arg-type]
    assert page.picture is None
    assert list(page._repr_mimebundle_()) == ["text/html", "text/plain"]
    seen = Seen(page._repr_html_())
    assert [tag for tag, _ in seen.found] == ["div", "div", "small", "iframe", "noscript", "style"]
    assert seen.texts == [STILL]


def test_the_picture_is_that_of_the_sizes_that_were_checked() -> None:
    spec = "input: [1, N, N]\nat: {N: 32}\nlayers: [conv: [6, 5]]"
    shown = archcalc.load(spec).check(N=20).page()._repr_mimebundle_()["image/svg+xml"]
    assert "16×16" in shown and "28×28" not in shown
