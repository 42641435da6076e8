"""Bytes to text, files on disk, and Python data written as JSON."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from source_oracle import read as node_of

from archcalc.diagnostics.codes import text as codes
from archcalc.diagnostics.model import Code
from archcalc.source import SIZE_LIMIT, SourceFile, decode, from_data, parse, plain


@pytest.mark.parametrize(
    "data",
    [
        b"name: caf\xc3\xa9\r\n",
        b"\xef\xbb\xbfname: caf\xc3\xa9\r",
        "name: café\n".encode("utf-16"),
        b"\xfe\xff" + "name: café\n".encode("utf-16-be"),
    ],
)
def test_encodings(data: bytes) -> None:
    file, problems = decode("net.yaml", data)
    assert problems == []
    assert file is not None
    assert file.text == "name: café\n"


def test_not_utf8_names_line_column_and_letter() -> None:
    file, problems = decode("net.yaml", "# é\r\nname: caf".encode() + b"\xe9 au lait\nx: 1\n")
    assert file is None
    (problem,) = problems
    assert (problem.code.id, problem.message) == ("AC102", "byte 0xE9 is not UTF-8")
    assert problem.span == (2, 10, 2, 11)
    assert problem.notes == ("the line reads: name: caf\ufffd au lait",)
    assert problem.help == ("it is 'é' in Windows-1252; save the file as UTF-8",)


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n\x00\x00", b"a\x00b", b"PK\x03\x04\x00\xff", b"\xff\xfea"])
def test_not_text(data: bytes) -> None:
    file, problems = decode("net.yaml", data)
    assert file is None
    assert [(problem.code.id, problem.message) for problem in problems] == [("AC101", "this is not text")]


def test_too_large() -> None:
    assert decode("net.yaml", b"#" * SIZE_LIMIT)[0] is not None
    file, problems = decode("net.yaml", b"#" * (SIZE_LIMIT + 1))
    assert file is None
    assert problems[0].code.id == "AC103"
    assert problems[0].message == "this file has more than 16,777,216 bytes"


def test_lines() -> None:
    file = SourceFile("net.yaml", "a\r\nb\rc\n")
    assert [file.line(number) for number in range(6)] == ["", "a", "b", "c", "", ""]


@examples(300)
@given(st.binary(max_size=60), st.sampled_from(["net.yaml", "net.json", "-"]))
def test_random_bytes_never_raise(data: bytes, name: str) -> None:
    file, problems = decode(name, data)
    assert (file is None) == bool(problems)
    if file is not None:
        node, problems = parse(file)
        assert node is not None or problems


class _Polynomial:
    def __str__(self) -> str:
        return "2*N + 1"


def test_from_data_is_readable() -> None:
    step = {"conv": {"out": 8, "kernel": [3, 3]}}
    data = {"name": "tïny", "input": (1, "N", _Polynomial()), "layers": [step, "relu", {"do": [step, step]}], "at": {}}
    assert from_data("built", data).text == (
        "{\n"
        '  "name": "tïny",\n'
        '  "input": [1, "N", "2*N + 1"],\n'
        '  "layers": [\n'
        '    {"conv": {"out": 8, "kernel": [3, 3]}},\n'
        '    "relu",\n'
        "    {\n"
        '      "do": [\n'
        '        {"conv": {"out": 8, "kernel": [3, 3]}},\n'
        '        {"conv": {"out": 8, "kernel": [3, 3]}}\n'
        "      ]\n"
        "    }\n"
        "  ],\n"
        '  "at": {}\n'
        "}\n"
    )


def test_from_data_values() -> None:
    file = from_data("built", {"a": [True, None, 1, 0.1, 1e22, Fraction(1, 3), Fraction(4)], "b": 'q"\\\n\u2028😀'})
    assert file.format == "json"
    node, problems = parse(file)
    assert problems == []
    assert node is not None
    assert plain(node) == {"a": ["true", None, "1", "0.1", "1e+22", "1/3", "4"], "b": 'q"\\\n\u2028😀'}


def _cycle() -> object:
    data: dict[str, object] = {}
    data["a"] = [1, data]
    return data


def _deep(levels: int) -> object:
    data: object = 1
    for _ in range(levels):
        data = [data]
    return data


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ({"a": [1, float("nan")]}, ValueError, r"data\.a\[1\] is nan; a specification holds finite numbers only"),
        ({"a": float("-inf")}, ValueError, r"data\.a is -inf"),
        ({"a": {1: 2}}, TypeError, r"data\.a has the key 1; keys are text"),
        ({"a": b"x"}, TypeError, r"data\.a is a bytes"),
        ({"a": {1, 2}}, TypeError, r"data\.a is a set"),
        ({"a": "\ud800"}, ValueError, r"data\.a holds half of a surrogate pair"),
        (_cycle(), ValueError, r"data\.a\[1\] contains itself"),
        (_deep(65), ValueError, r"is nested deeper than 64 levels"),
    ],
)
def test_from_data_refuses(data: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        from_data("built", data)


def test_from_data_takes_sixty_four_levels() -> None:
    assert parse(from_data("built", _deep(64)))[1] == []


_DATA = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(st.characters(codec="utf-8")),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=9), inner, max_size=5),
    ),
    max_leaves=25,
)


@given(_DATA)
def test_from_data_is_json(data: object) -> None:
    file = from_data("built", data)
    assert json.loads(file.text) == data
    assert parse(file)[1] == []


@given(st.dictionaries(st.sampled_from(["conv", "out"]), st.integers(0, 9), max_size=2))
def test_yaml_and_json_are_the_same_data(data: dict[str, int]) -> None:
    assert plain(node_of(json.dumps(data), "net.json")) == plain(node_of(json.dumps(data), "net.yaml"))


def test_codes_are_documented_and_in_order() -> None:
    found = [value for value in vars(codes).values() if isinstance(value, Code)]
    assert [code.id for code in found] == [f"AC{number}" for number in range(101, 119)]
    assert len({code.name for code in found}) == len(found)
    for code in found:
        assert code.title
        assert code.meaning
        assert code.example
        assert code.fix
