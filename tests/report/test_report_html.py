"""Reports in a notebook: the same numbers as in the terminal, well-formed, and nothing of a spec becomes markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

import archcalc

VOID = {"br"}
NETWORKS = ["lenet:1998", "vgg:D", "unet:paper", "resnet:resnet152", "alexnet:lecture"]


class Page(HTMLParser):
    """Tags and texts of a fragment; complains about tags that are not closed in their order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.rows: list[list[str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data


@pytest.mark.parametrize("network", NETWORKS)
def test_the_table_has_the_numbers_of_the_terminal(network: str) -> None:
    report = archcalc.load(network).check()
    page = Page(report._repr_html_())
    numbers = {cell for row in page.rows for cell in row if re.fullmatch(r"[\d,]{4,}", cell)}
    assert {f"{report.totals.parameters:,}", f"{report.totals.multiplications:,}"} <= numbers
    in_terminal = set(re.findall(r"[\d,]{4,}", report.to_text(width=200)))
    assert numbers <= in_terminal


def test_claims_say_what_became_of_them() -> None:
    rows = Page(archcalc.load("lenet:lecture").check()._repr_html_()).rows
    (explained,) = [row for row in rows if row[1] == "60k"]
    assert explained[2] == "61,706"
    assert explained[3].startswith("explained ")
    assert explained[4] == "lecture"


def test_a_claim_that_holds_against_its_word_says_so() -> None:
    spec = {"input": [4], "layers": [{"linear": 10}]}
    claim = {"output": [10], "holds": False, "because": "of something", "source": "a paper"}
    ((_, verdict),) = (
        row[2:4] for row in Page(archcalc.load({**spec, "expect": claim}).check()._repr_html_()).rows[-1:]
    )
    assert verdict == "FAILS declared not to hold, and holds"


def test_errors_are_open_and_notes_are_folded() -> None:
    broken = archcalc.load("input: [1, 7, 7]\nlayers:\n  - conv: {out: 1, kernel: 3, stride: 3}\n").check()
    assert "<details open><summary>1 error</summary>" in broken._repr_html_()
    assert "is not a whole number" in "".join(Page(broken._repr_html_()).texts)
    assert "<details><summary>" in archcalc.load("resnet:resnet18").check()._repr_html_()


HOSTILE = "</td><script>alert(1)</script>&amp;<img src=x onerror=alert(1)>"


def test_nothing_of_a_spec_becomes_markup() -> None:
    spec = {
        "name": HOSTILE,
        "source": HOSTILE,
        "input": [3, 8, 8],
        "layers": [{"conv": [4, 3], "as": "first"}, {"from": HOSTILE}],
        "expect": {"parameters": 1, "source": HOSTILE, "holds": False, "because": HOSTILE},
    }
    for architecture in (archcalc.load(spec), archcalc.load({**spec, "layers": spec["layers"][:1]})):
        for text in (architecture.check()._repr_html_(), architecture._repr_html_()):
            page = Page(text)
            assert page.tags <= {"div", "b", "br", "small", "table", "thead", "tbody", "tr", "th", "td"} | {
                "details",
                "summary",
                "pre",
            }
            assert page.attributes <= {"class", "style", "open"}
            assert "alert(1)" in "".join(page.texts)


def test_variants_are_an_overview() -> None:
    rows = Page(archcalc.load("vgg")._repr_html_()).rows
    assert [row[0] for row in rows[1:]] == ["A", "A-LRN", "B", "C", "D", "E"]
    assert rows[5][-2:] == ["138,357,544", "15,470,264,320"]


def test_what_is_no_network_is_shown_too() -> None:
    page = Page(archcalc.load("input: [1\n")._repr_html_())
    assert "details" in page.tags
