"""JSON: what is accepted is what Python's json accepts, and the data is the same."""

from __future__ import annotations

import json

import pytest
from effort import examples
from hypothesis import example, given
from hypothesis import strategies as st
from source_oracle import only_problem, problems_of, read, under

from archcalc.source import SourceFile, parse, plain

REFUSED = [
    ('{"out": 8,}', "AC116", ",", "a comma after the last entry"),
    ("[1,]", "AC116", ",", "a comma after the last entry"),
    ("[1, 2", "AC116", "", 'the file ends before the closing "]"'),
    ("[1 2]", "AC116", "2", '"," or "]" is expected here'),
    ('{"a": 1 "b": 2}', "AC116", '"', '"," or "}" is expected here'),
    ('{"a" 1}', "AC116", "1", 'a ":" is missing after the key "a"'),
    ('{"a":}', "AC116", "}", '"}" stands where a value is expected'),
    ("{'a': 1}", "AC116", "'", "text in single quotes is not JSON"),
    ("{a: 1}", "AC116", "a", 'the key "a" needs double quotes in JSON'),
    ("[relu]", "AC116", "relu", '"relu" needs double quotes in JSON'),
    ("[True]", "AC116", "True", "True is Python, not JSON"),
    ("[1, // c\n2]", "AC116", "//", "comments are not JSON"),
    ("[01]", "AC116", "01", '"01" is not a JSON number'),
    ("[.5]", "AC116", ".5", '".5" is not a JSON number'),
    ("[+1]", "AC116", "+1", '"+1" is not a JSON number'),
    ('["a\\q"]', "AC116", "\\", "a backslash is followed by something that is no escape"),
    ('["a\tb"]', "AC116", "\t", "the control character U+0009 stands in the text"),
    ('["a\n"]', "AC116", '"', "the quote opened here is not closed on its line"),
    ("[]]", "AC116", "]", "something follows the end of the data"),
    ("{", "AC116", "", "the file ends where a key is expected"),
    ("[NaN]", "AC117", "NaN", "NaN is not JSON"),
    ("[1, -Infinity]", "AC117", "-Infinity", "-Infinity is not JSON"),
    ('{"a": 1, "a": 2}', "AC110", '"a"', 'the key "a" stands twice in this map'),
    ('["\\ud800"]', "AC104", '"\\ud800"', "half of a surrogate pair, U+D800, is no character"),
    ("[" * 65 + "]" * 65, "AC113", "[", "maps and lists are nested more than 64 deep"),
    (" \n", "AC114", "", "this file is empty"),
]


@pytest.mark.parametrize(("text", "code", "source", "message"), REFUSED)
def test_refused(text: str, code: str, source: str, message: str) -> None:
    problem = only_problem(text, "net.json")
    assert (problem.code.id, problem.message) == (code, message)
    assert problem.span is not None
    assert under(text, problem.span) == source


def test_duplicates_are_gathered_and_the_first_value_stays() -> None:
    node, problems = parse(SourceFile("net.json", '{"a": [1], "a": {"b": 1, "b": 2}, "c": 3, "a": 4}'))
    assert [problem.span and problem.span.column for problem in problems] == [12, 26, 43]
    assert node is not None
    assert plain(node) == {"a": ["1"], "c": "3"}


def test_json_is_recognised_without_its_name() -> None:
    # YAML would not know this escape of a pair of surrogates.
    assert plain(read('{"name": "\\ud83d\\ude00"}', "-")) == {"name": "😀"}
    # Sound YAML that only looks like JSON.
    assert plain(read('{"name": x, y: 1}', "-")) == {"name": "x", "y": "1"}
    assert problems_of('{"name": "\\q"}', "-")[0].code.id == "AC105"


def test_a_text_that_json_takes_is_not_read_as_yaml() -> None:
    assert problems_of("a: 1", "NET.JSON")[0].code.id == "AC116"


class _Refusal(Exception):
    pass


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise _Refusal
    return dict(pairs)


def _refuse(word: str) -> object:
    raise _Refusal(word)


def _expected(text: str) -> object:
    """What the standard library reads, with numbers as text and without what we refuse on purpose."""
    data = json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse, object_pairs_hook=_unique)
    if any("\ud800" <= char <= "\udfff" for char in json.dumps(data, ensure_ascii=False)):
        raise _Refusal
    return _words(data)


def _words(data: object) -> object:
    if isinstance(data, bool):
        return "true" if data else "false"
    if isinstance(data, list):
        return [_words(item) for item in data]
    if isinstance(data, dict):
        return {key: _words(value) for key, value in data.items()}
    return data


_PIECES = st.sampled_from(
    [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        '"a"',
        '"b":',
        '"\\u0041"',
        '"\\ud83d\\ude00"',
        '"\\ud83d"',
        "1",
        "-0",
        "1.5",
        "2e3",
        "01",
    ]
    + [
        "1.",
        "true",
        "false",
        "null",
        "NaN",
        "-Infinity",
        " ",
        "\n",
        "\t",
        "\r\n",
        '"',
        "\\",
        "é",
        "x",
        "\u00a0",
        "\ufeff",
        "+",
    ]
)
_JSONISH = st.lists(_PIECES, max_size=14).map("".join)
_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=3), inner, max_size=4)),
    max_leaves=10,
)
_DUMPED = st.builds(
    lambda value, indent, ascii: json.dumps(value, indent=indent, ensure_ascii=ascii),
    _VALUES,
    st.sampled_from([None, 2]),
    st.booleans(),
)
_BROKEN = st.builds(
    lambda text, at, piece: text[: at % (len(text) + 1)] + piece + text[at % (len(text) + 1) + 1 :],
    _DUMPED,
    st.integers(0, 200),
    _PIECES,
)


@examples(600)
@given(st.one_of(_JSONISH, _DUMPED, _BROKEN, st.text(max_size=20)))
@example("[1]\x00")
@example('"\\u00e9\\/"')
@example("\ufeff\ufeff1")
def test_accepted_is_what_the_standard_library_accepts(text: str) -> None:
    file = SourceFile("net.json", text)
    node, problems = parse(file)
    try:
        expected = _expected(file.text)
    except (ValueError, _Refusal):
        assert problems, "the standard library refuses this"
        for problem in problems:
            assert problem.span is not None
            for span in (problem.span, *(label.span for label in problem.labels)):
                assert 1 <= span.line <= len(file.lines)
                assert 1 <= span.column <= len(file.line(span.line)) + 1
                assert (span.line, span.column) <= (span.end_line, span.end_column)
        return
    assert problems == []
    assert node is not None
    assert plain(node) == expected
