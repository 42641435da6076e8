"""Where every key, value and item stands: written by hand, and by cutting the span out of the source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_oracle import places, read, scalars, under

from archcalc.source import Mapping, Scalar, Sequence, SourceFile, parse, plain
from archcalc.source.yaml_reader import read_yaml


def test_flow_inside_block() -> None:
    text = "name: LeNet-5\nlayers:\n  - conv: {out: 6, kernel: [1, 7]}  # comment\n  - tanh\n\n# end\n"
    assert places(read(text)) == [
        ("", (1, 1, 4, 9)),
        ("/name:", (1, 1, 1, 5)),
        ("/name", (1, 7, 1, 14)),
        ("/layers:", (2, 1, 2, 7)),
        ("/layers", (3, 3, 4, 9)),
        ("/layers/0", (3, 5, 3, 35)),
        ("/layers/0/conv:", (3, 5, 3, 9)),
        ("/layers/0/conv", (3, 11, 3, 35)),
        ("/layers/0/conv/out:", (3, 12, 3, 15)),
        ("/layers/0/conv/out", (3, 17, 3, 18)),
        ("/layers/0/conv/kernel:", (3, 20, 3, 26)),
        ("/layers/0/conv/kernel", (3, 28, 3, 34)),
        ("/layers/0/conv/kernel/0", (3, 29, 3, 30)),
        ("/layers/0/conv/kernel/1", (3, 32, 3, 33)),
        ("/layers/1", (4, 5, 4, 9)),
    ]


def test_quoted_multiline_and_empty() -> None:
    text = "a:\n- 'x y'\n- \"é\\n\"\nb: |\n  one\n  two\n\nc: one\n  two # no\nd:\ne: {f: , g}\n"
    node = read(text)
    assert plain(node) == {
        "a": ["x y", "é\n"],
        "b": "one\ntwo\n",
        "c": "one two",
        "d": None,
        "e": {"f": None, "g": None},
    }
    assert dict(places(node)) == {
        "": (1, 1, 11, 12),
        "/a:": (1, 1, 1, 2),
        "/a": (2, 1, 3, 8),
        "/a/0": (2, 3, 2, 8),
        "/a/1": (3, 3, 3, 8),
        "/b:": (4, 1, 4, 2),
        "/b": (4, 4, 6, 6),
        "/c:": (8, 1, 8, 2),
        "/c": (8, 4, 9, 6),
        "/d:": (10, 1, 10, 2),
        "/d": (10, 3, 10, 3),
        "/e:": (11, 1, 11, 2),
        "/e": (11, 4, 11, 12),
        "/e/f:": (11, 5, 11, 6),
        "/e/f": (11, 8, 11, 8),
        "/e/g:": (11, 10, 11, 11),
        "/e/g": (11, 11, 11, 11),
    }


def test_columns_count_characters_whatever_their_width() -> None:
    assert places(read("中文: 😀 x\ny: [é, 1..2]\n")) == [
        ("", (1, 1, 2, 13)),
        ("/中文:", (1, 1, 1, 3)),
        ("/中文", (1, 5, 1, 8)),
        ("/y:", (2, 1, 2, 2)),
        ("/y", (2, 4, 2, 13)),
        ("/y/0", (2, 5, 2, 6)),
        ("/y/1", (2, 8, 2, 12)),
    ]


def test_json() -> None:
    text = '{\n  "a": [1, -2.5e3,\n    true], "é😀\\n": {"b": null},\n "c": {}\n}\n'
    assert places(read(text, "net.json")) == [
        ("", (1, 1, 5, 2)),
        ("/a:", (2, 3, 2, 6)),
        ("/a", (2, 8, 3, 10)),
        ("/a/0", (2, 9, 2, 10)),
        ("/a/1", (2, 12, 2, 18)),
        ("/a/2", (3, 5, 3, 9)),
        ("/é😀\n:", (3, 12, 3, 18)),
        ("/é😀\n", (3, 20, 3, 31)),
        ("/é😀\n/b:", (3, 21, 3, 24)),
        ("/é😀\n/b", (3, 26, 3, 30)),
        ("/c:", (4, 2, 4, 5)),
        ("/c", (4, 7, 4, 9)),
    ]


@pytest.mark.parametrize("text", ["\ufeffa: 1\r\nb: [2]\r\n", "a: 1\rb: [2]\r", "a: 1\nb: [2]\n"])
def test_byte_order_mark_and_line_ends_move_nothing(text: str) -> None:
    assert dict(places(read(text)))["/b/0"] == (2, 5, 2, 6)
    assert SourceFile("net.yaml", text).line(2) == "b: [2]"


def test_flow_pairs_without_braces() -> None:
    assert dict(places(read("[a: 1, {b: [ ]},\n  c]")))["/0"] == (1, 2, 1, 6)


def test_nothing_is_resolved() -> None:
    words = ["no", "on", "010", "1:30", "1e3", "0x1F", "12:30:45", "2001-01-01", "true", "1_000", ".5", "=", "~x"]
    node = read("\n".join(f"- {word}" for word in words))
    assert plain(node) == words
    assert not any(scalar.quoted for scalar in scalars(node))


@pytest.mark.parametrize(
    ("written", "is_null"),
    [("", True), ("~", True), ("null", True), ("Null", False), ("'null'", False), ('""', False), ("|", False)],
)
def test_null(written: str, is_null: bool) -> None:
    node = read(f"a: {written}\n")
    assert isinstance(node, Mapping)
    value = node.get("a")
    assert isinstance(value, Scalar)
    assert value.is_null is is_null


def test_get_and_key() -> None:
    node = read("a: 1\nb: 2\n")
    assert isinstance(node, Mapping)
    value, key = node.get("b"), node.key("b")
    assert isinstance(value, Scalar)
    assert value.text == "2"
    assert key is not None
    assert key.span == (2, 1, 2, 2)
    assert node.get("c") is None
    assert node.key("c") is None


_WORDS = st.text(st.sampled_from("abcxyz019_é中😀.$-+*/() "), min_size=1, max_size=9).map(str.strip)
_PLAIN = _WORDS.filter(lambda word: word[:1].isalnum() and word.count("(") == word.count(")") == 0)
_QUOTED = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=8)
_ANY = st.recursive(
    st.one_of(_PLAIN, _QUOTED.map(lambda text: "'" + text.replace("'", "''") + "'")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(_PLAIN, inner, max_size=4),
    ),
    max_leaves=12,
)


def _flow(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",\n  ".join(f"{key}: {_flow(part)}" for key, part in value.items()) + "}"
    return str(value)


def _block(value: object, indent: str = "") -> str:
    if isinstance(value, list) and value:
        return "".join(f"\n{indent}-{_block(part, indent + '  ')}" for part in value)
    if isinstance(value, dict) and value:
        return "".join(f"\n{indent}{key}:{_block(part, indent + '  ')}" for key, part in value.items())
    return " " + _flow(value)


@given(_ANY, st.booleans())
def test_the_text_under_a_span_is_the_scalar(value: object, in_blocks: bool) -> None:
    text = _block(value) if in_blocks else _flow(value)
    node, problems = parse(SourceFile("net.yaml", text))
    if problems:
        # Only what no line of a file can hold: separators that are not line ends for everybody.
        assert {problem.code.id for problem in problems} == {"AC104"}
        return
    assert node is not None
    for scalar in scalars(node):
        found = under(text, scalar.span)
        assert found == ("'" + scalar.text.replace("'", "''") + "'" if scalar.quoted else scalar.text)
    for path, span in places(node):
        line, column, end_line, end_column = span
        assert (line, column) <= (end_line, end_column), path


def test_the_parser_in_python_gives_the_same_places() -> None:
    text = "a:\n- 'x y'\n- \"é\\n\"\nb: |\n  one\n\nc: one\n  two # no\nd:\ne: {f: 1, g}\nh:\n  - i: [1, 2]\n    j: k\n"
    fast, slow = read_yaml(SourceFile("x", text))[0], read_yaml(SourceFile("x", text), pure=True)[0]
    assert fast is not None
    assert slow is not None
    assert places(fast) == places(slow)
    assert plain(fast) == plain(slow)


def test_sequence_of_scalars_is_a_sequence() -> None:
    node = read("- a\n- b\n")
    assert isinstance(node, Sequence)
    assert repr(node) == "Sequence(2 items at 1:1-2:4)"
