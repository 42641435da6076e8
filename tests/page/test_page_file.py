"""The file of a page: one program and one style that its policy names, and data that no text can end."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from catalogue import report
from page.comparing import needs_node

import archcalc
from archcalc.derivations import Derivation
from archcalc.page.assembly import FRONT, MODULES, page, program
from archcalc.page.data import network
from archcalc.page.forms import Forms
from archcalc.page.work import Patterns

HOSTILE = "</script></title><img src=x onerror=alert(1)>\"'&<b>]]><!--{{7*7}}\u2028\u2029"


class Elements(HTMLParser):
    """The elements of a page, and the texts of those that hold no elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.inside: str | None = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self.inside = tag
        self.texts.setdefault(tag, []).append("")

    def handle_data(self, data: str) -> None:
        if self.inside is not None:
            self.texts[self.inside][-1] += data

    def handle_endtag(self, tag: str) -> None:
        self.inside = None


def hostile() -> archcalc.Report:
    spec = {"name": HOSTILE, "source": HOSTILE, "input": [4, "N"], "at": {"N": 8}, "layers": [{"relu": HOSTILE}]}
    return archcalc.load(json.dumps(spec)).check()


def test_data_of_hostile_texts_ends_nowhere_but_at_its_end() -> None:
    found = hostile().page()
    elements = Elements(found.html)
    assert [tag for tag, _ in elements.found if tag in ("script", "style", "img", "iframe", "link", "b")] == [
        "style",
        "script",
        "script",
    ]
    data, _ = elements.texts["script"]
    assert json.loads(data) == json.loads(json.dumps(found.data))
    assert json.loads(data)["title"] == HOSTILE
    assert "\u2028" not in found.html.split("</title>")[1]
    assert elements.texts["title"] == [HOSTILE]


def test_the_policy_names_the_program_and_the_style_and_nothing_else() -> None:
    elements = Elements(hostile().page().html)
    (policy,) = [told["content"] for tag, told in elements.found if tag == "meta" and "http-equiv" in told]
    assert policy is not None
    hashes = [
        "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"
        for text in (elements.texts["script"][1], elements.texts["style"][0])
    ]
    assert policy.split("; ") == [
        "default-src 'none'",
        f"script-src {hashes[0]}",
        f"style-src {hashes[1]}",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]


def test_no_element_has_a_script_or_a_style_of_its_own_or_loads_anything() -> None:
    for tag, told in Elements(hostile().page().html).found:
        assert [name for name in told if name.startswith("on") or name in ("style", "src", "href", "srcset")] == [], tag


def test_the_program_writes_no_markup_and_fetches_nothing() -> None:
    assert sorted(path.stem for path in FRONT.glob("*.mjs")) == sorted(MODULES)
    for name in MODULES:
        text = re.sub(r"/\*\*.*?\*/", "", (FRONT / f"{name}.mjs").read_text(encoding="utf-8"), flags=re.DOTALL)
        ways = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "fetch(")
        assert [way for way in (*ways, "XMLHttpRequest", "import(", "WebSocket", "Worker") if way in text] == [], name


@needs_node
def test_the_program_of_all_modules_is_one_that_runs(tmp_path: Path) -> None:
    path = tmp_path / "program.js"
    path.write_text(program(), encoding="utf-8")
    done = subprocess.run(["node", "--check", str(path)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_page_is_saved_as_it_is(tmp_path: Path) -> None:
    found = archcalc.load("lenet:lecture").check().page()
    found.save(tmp_path / "net.html")
    assert (tmp_path / "net.html").read_text(encoding="utf-8") == found.html == page(found.data)
    assert found == archcalc.load("lenet:lecture").check().page() != hostile().page()
    with pytest.raises(OSError, match="No such file"):
        found.save(tmp_path / "nowhere" / "net.html")


@pytest.mark.parametrize("name", ["resnet:resnet18", "detr", "fcn:8s-at-once"])
def test_work_that_layers_have_in_common_is_that_of_each(name: str) -> None:
    """One by one, every layer has the pattern and the numbers that it has among the others."""
    checked = report(name)
    data = network(checked, [])
    graph = checked.graph if data["legal"] is None else checked.free_graph
    for layer, node in zip(data["layers"][len(graph.inputs) :], graph.nodes, strict=True):
        patterns, forms = Patterns(), Forms()
        _, letters = patterns.work(Derivation(node, checked.file), forms)
        place, common = layer["work"]
        assert data["patterns"][place] == patterns.patterns[0], node.name
        assert [written(data, one) for one in common] == [written(vars(forms), one) for one in letters], node.name


def written(data: dict[str, Any], form: int) -> Any:
    """A form with the atoms in it, whatever their numbers are."""
    found = data["forms"][form]
    if not isinstance(found, list):
        return found
    terms = [[term[0], sorted([str(atom(data, at)), power] for at, power in pairwise(term[1:]))] for term in found[1:]]
    return [found[0], sorted(terms, key=str)]


def atom(data: dict[str, Any], place: int) -> list[Any]:
    """An atom with the forms in it."""
    kind, *parts = data["atoms"][place]
    if kind == "floor":
        return [kind, written(data, parts[0]), parts[1]]
    return [kind, parts[0] if kind == "symbol" else [written(data, form) for form in parts[0]]]


def pairwise(parts: list[int]) -> list[tuple[int, int]]:
    """Numbers of atoms and their exponents."""
    return list(zip(parts[::2], parts[1::2], strict=True))


def test_what_is_frozen_is_said_of_the_layer_that_is() -> None:
    conv = "conv: {out: 2, kernel: 3, padding: 1}"
    text = f"input: [2, 8, 8]\nlayers:\n  - {conv}\n  - {conv}\n  - {{{conv}, trainable: false}}\n"
    data = network(archcalc.load(text).check(), [])
    words = [str(data["patterns"][layer["work"][0]]) for layer in data["layers"][1:]]
    assert ["frozen" in one for one in words] == [False, False, True]


def test_a_large_network_stays_small() -> None:
    assert len(archcalc.load("resnet:resnet152").check().page().html.encode()) <= 300_000
