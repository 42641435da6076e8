"""TOML with positions: `tomllib` says what it is, and the text at each place says it again."""

from __future__ import annotations

import string
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.source import Mapping, Node, Scalar, Sequence, SourceFile
from archcalc.source.toml_reader import read_toml

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=8)
KEYS = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=5) | TEXTS


def quoted(text: str) -> str:
    """A text in the double quotes of TOML."""
    signs = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
    return (
        '"'
        + "".join(signs.get(one, f"\\u{ord(one):04X}" if ord(one) < 32 or one == "\x7f" else one) for one in text)
        + '"'
    )


def key(text: str) -> str:
    bare = text and all(one in string.ascii_letters + string.digits + "_-" for one in text)
    return text if bare else quoted(text)


SCALARS = st.one_of(
    TEXTS.map(quoted),
    st.text(string.ascii_letters + ' #[]{},="', max_size=6).map(lambda text: f"'{text}'"),
    st.text(string.ascii_letters + " #\n[]{},='", max_size=6).map(lambda text: f'"""{text}"""'),
    st.text(string.ascii_letters + ' #\n[]{},="', max_size=6).map(lambda text: f"'''{text}\"'''"),
    st.integers(-(10**6), 10**6).map(str),
    st.sampled_from(["true", "false", "1_000", "0x1F", "1.5e3", "1979-05-27 07:32:00Z", "-inf"]),
)
GAPS = st.sampled_from(["", " ", "\n  ", " # a [comment], = 'of' }\n", "\n\n"])


def listed(items: list[str], gap: str, comma: bool) -> str:
    return f"[{gap}" + f",{gap}".join(items) + (f",{gap}" if comma and items else gap) + "]"


def mapped(entries: dict[str, str]) -> str:
    return "{ " + ", ".join(f"{key(name)} = {value}" for name, value in entries.items()) + " }"


VALUES: st.SearchStrategy[str] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.builds(listed, st.lists(inner, max_size=3), GAPS, st.booleans()),
        st.builds(mapped, st.dictionaries(KEYS, inner, max_size=3)),
    ),
    max_leaves=6,
)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Texts with tables, lists of tables, and keys with dots; some of them no TOML."""
    lines = []
    for _ in range(draw(st.integers(0, 4))):
        path = ".".join(map(key, draw(st.lists(KEYS, min_size=1, max_size=3))))
        lines.append(draw(st.sampled_from([f"[{path}]", f"[[ {path} ]]  # list", f"[ {path} ]"])))
        for _ in range(draw(st.integers(0, 3))):
            dotted = " . ".join(map(key, draw(st.lists(KEYS, min_size=1, max_size=2))))
            lines.append(
                f"{draw(st.sampled_from(['', '  ']))}{dotted} = {draw(VALUES)}{draw(st.sampled_from(['', '  # end']))}"
            )
    return "\n".join(lines)


def stretch(file: SourceFile, node: Node) -> str:
    return file.text[file.offset(node.line, node.column) : file.offset(node.end_line, node.end_column)]


def agree(file: SourceFile, node: Node, data: Any) -> None:
    """A node is the data, and its place says the same."""
    if isinstance(node, Mapping):
        assert [name.text for name, _ in node.entries] == list(data)
        for name, value in node.entries:
            assert list(tomllib.loads(f"{stretch(file, name)} = 1")) == [name.text]
            agree(file, value, data[name.text])
    elif isinstance(node, Sequence):
        assert len(node.items) == len(data)
        for item, value in zip(node.items, data, strict=True):
            agree(file, item, value)
    else:
        assert isinstance(node, Scalar)
        assert tomllib.loads(f"x = {stretch(file, node)}")["x"] == data
        assert node.quoted == isinstance(data, str)
        assert node.text == (data if node.quoted else stretch(file, node))


@given(documents())
def test_every_value_is_where_it_is_said_to_be(text: str) -> None:
    file = SourceFile("pyproject.toml", text)
    node, problems = read_toml(file)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        assert node is None
        assert [one.code.id for one in problems] == ["AC601"]
        return
    assert node is not None
    agree(file, node, data)


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("[tool.archcalc]\nspecs = [a.yaml]\n", "invalid value", (2, 10)),
        ("[tool.archcalc\n", "expected ']' at the end of a table declaration", (1, 15)),
        ("x = 'archcalc", 'expected "\'"', (1, 14)),
        ("x = 1\nx = 2", "cannot overwrite a value", (2, 6)),
    ],
)
def test_what_is_no_toml_is_told_at_its_place(text: str, message: str, place: tuple[int, int]) -> None:
    _, (problem,) = read_toml(SourceFile("pyproject.toml", text))
    assert problem.message == message
    assert problem.span is not None
    assert problem.span[:2] == place


def test_lists_in_lists_that_never_end_are_told() -> None:
    _, (problem,) = read_toml(SourceFile("pyproject.toml", "x = " + "[" * 100_000))
    assert problem.message == "this is nested too deeply to be read"
