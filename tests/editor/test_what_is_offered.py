"""What is offered while a spec is typed: everything that the catalogue says, at the place where it says it."""

from __future__ import annotations

from collections.abc import Iterator

import effort
import pytest
from catalogue import FILES

from archcalc.editor.completion import completions, documentation
from archcalc.editor.networks import Networks
from archcalc.source import SourceFile, parse
from archcalc.source.document import Mapping, Node, Scalar, Sequence


def offered(text: str, known: str | None = None, name: str = "net.yaml") -> list[str]:
    """What is offered at the `|` of a text."""
    ahead, _, behind = text.partition("|")
    file = SourceFile(name, ahead + behind)
    line = ahead.count("\n") + 1
    networks = Networks(SourceFile(name, known)) if known is not None else None
    return [item.label for item in completions(file, line, len(ahead.rpartition("\n")[2]) + 1, networks)]


SPEC = """\
input: [3, H, W]
at: {H: 32, W: 32}
let: {width: 8}
blocks:
  unit(c, stride=1):
    - {conv: [c, 3, stride], as: inner}
layers:
  - {conv: [width, 3], as: stem}
  - unit: 16
"""


@pytest.mark.parametrize(
    ("text", "wanted", "refused"),
    [
        ("|", ["name", "input", "layers", "blocks", "expect", "variants"], ["conv"]),
        ("name: x\nlay|", ["layers"], ["name"]),
        ("layers:\n  - |", ["conv", "relu", "as", "for", "do", "from", "use"], ["kernel"]),
        ("layers:\n- c|", ["conv"], []),
        ("layers: [re|", ["relu"], []),
        ("layers:\n  - conv: {out: 3, |", ["kernel", "stride", "padding"], ["out", "as"]),
        ("layers:\n  - conv:\n      out: 3\n      |", ["kernel", "stride"], ["out", "as"]),
        ("layers:\n  - conv: 3\n    |", ["as", "when", "from"], ["conv", "kernel", "do"]),
        ("layers:\n  - {conv: 3, |", ["as", "when", "from"], ["conv", "kernel", "do"]),
        ("layers:\n  - conv: {out: 3, padding: |", ["same", "valid"], ["kernel"]),
        ("layers:\n  - conv: {out: 3, bias: |", ["true", "false"], []),
        ("rounding: |", ["floor", "exact", "ceil", "caffe"], []),
        ("layers:\n  - for: {i: 1..3}\n    do:\n      - conv: |", ["i"], []),
        ("expect:\n  - {|", ["parameters", "multiplications", "output", "of", "source"], ["layers: "]),
        ("variants:\n  small:\n    |", ["let", "at", "input", "expect", "rounding"], ["layers"]),
        ("# a comment |", [], ["layers"]),
        ("layers:\n  - {conv: [3,\n      |", [], ["conv"]),
    ],
)
def test_what_is_offered(text: str, wanted: list[str], refused: list[str]) -> None:
    found = offered(text)
    assert set(wanted) <= set(found)
    assert not set(refused) & set(found)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (SPEC + "  - |", ["unit"]),
        (SPEC + "  - unit: {|", ["c", "stride"]),
        (SPEC + "  - conv: |", ["width", "H", "W", "divisible", "channels"]),
        (SPEC + "  - {relu, from: |", ["stem", "here", "input"]),
        (SPEC + "  - add: [here, |", ["stem", "input"]),
        (SPEC.replace("c, 3, stride]", "|"), ["c", "stride", "width"]),
        (SPEC + "expect:\n  - of: |", ["stem", "1", "1.inner"]),
        (SPEC + "variants:\n  big:\n    let: {|", ["width"]),
        (SPEC + "variants:\n  big:\n    at: {|", ["H", "W"]),
    ],
)
def test_names_of_the_spec_are_offered(text: str, wanted: list[str]) -> None:
    known = SourceFile("net.yaml", SPEC)
    networks = Networks(known)
    networks.check_all()
    ahead, _, behind = text.partition("|")
    file = SourceFile("net.yaml", ahead + behind)
    found = completions(file, ahead.count("\n") + 1, len(ahead.rpartition("\n")[2]) + 1, networks)
    assert set(wanted) <= {item.label for item in found}


def test_json_is_completed_inside_of_quotes() -> None:
    assert {"kernel", "stride"} <= set(offered('{"layers": [{"conv": {"out": 8, "ke|', name="net.json"))
    assert {"conv", "relu"} <= set(offered('{"layers": ["|', name="net.json"))


def test_what_is_offered_has_its_page() -> None:
    assert "Fields, in their order" in documentation("conv", "kind")
    assert documentation("divisible", "function")
    assert documentation("parameters", "field").startswith("trainable numbers")


def _words(node: Node, path: tuple[str, ...] = ()) -> Iterator[Scalar]:
    """The keys of a spec that are words of the language: not names that the spec gives."""
    if isinstance(node, Sequence):
        for item in node.items:
            yield from _words(item, path)
    elif isinstance(node, Mapping):
        for key, value in node.entries:
            is_name = path[-1:] in (("let",), ("at",), ("blocks",), ("variants",), ("for",), ("input",))
            if not is_name and not key.quoted:
                yield key
            yield from _words(value, (*path, key.text))


@pytest.mark.parametrize(
    "text",
    [
        "services:\n  web:\n    image: ng|",
        "name: build\non: push\njobs:\n  a:\n    steps:\n      - na|",
        "name: build\non: push\njo|",
        "- hosts: all\n  ro|",
        '{"services": {"web": |',
    ],
)
def test_nothing_is_offered_in_texts_of_other_programs(text: str) -> None:
    assert offered(text) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_key_of_the_catalogue_is_offered_where_it_stands(path) -> None:
    """The text ends at the key, of which the first letter is typed: so far has somebody come who writes it."""
    text = path.read_text(encoding="utf-8")
    file = SourceFile("net.yaml", text)
    document, _ = parse(file)
    networks = Networks(file)
    assert document is not None
    blocks = set(networks.program.document.blocks)
    for key in effort.share([*_words(document)]):
        lines = file.lines[: key.line]
        lines[-1] = lines[-1][: key.column]
        found = completions(file.with_text("\n".join(lines)), key.line, key.column + 1, networks)
        assert key.text in [item.label for item in found] or key.text in blocks, (key, found)
