"""How single things are laid out, what stays as it is written, and what is refused."""

from __future__ import annotations

import json

import pytest

import archcalc
from archcalc.editing import Uneditable
from archcalc.formatting import formatted
from archcalc.source import SourceFile

LONG = "a_name_of_some_length_so_that_few_of_them_fit"


def of(text: str, name: str = "net.yaml") -> str:
    return formatted(SourceFile(name, text))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("layers:\n- relu\n", "layers:\n  - relu\n", id="a list stands two columns below its key"),
        pytest.param(
            "let:\n     a: 1\n     b:\n        - 2\n", "let:\n  a: 1\n  b:\n    - 2\n", id="levels of two columns"
        ),
        pytest.param("-   - x\n    -   y: 1\n        z: 2\n", "- - x\n  - y: 1\n    z: 2\n", id="lists in lists"),
        pytest.param("layers:\n-\n  conv: 3\n", "layers:\n  - conv: 3\n", id="nothing stands alone behind a dash"),
        pytest.param("at:\n  {N: 1}\n", "at: {N: 1}\n", id="a short value stands behind its key"),
        pytest.param("at: { N : 1,M: [ 2,3 ], }\n", "at: {N: 1, M: [2, 3]}\n", id="spaces in brackets"),
        pytest.param('at: {"N":1, a , b: , c: ""}\n', 'at: {"N": 1, a, b, c: ""}\n', id="keys without a value"),
        pytest.param("layers: [conv: 3, {relu}, {a: }]\n", "layers: [conv: 3, {relu}, {a}]\n", id="braces that matter"),
        pytest.param("? at\n: {N: 1}\n", "at: {N: 1}\n", id="explicit keys"),
        pytest.param("at: {N: 1}", "at: {N: 1}\n", id="the last line ends"),
        pytest.param("\n\nat: {N: 1}   \n\n\n\nlet:\n\n  a: 1\n\n", "at: {N: 1}\n\nlet:\n  a: 1\n", id="empty lines"),
        pytest.param("layers: [relu] # a\n", "layers: [relu]  # a\n", id="two spaces in front of a comment"),
        pytest.param("layers: [ relu ]   # a\n", "layers: [relu]     # a\n", id="one further off keeps its column"),
        pytest.param(
            "#a\nlayers:\n    #b\n    - relu\n    #c\n#d\n", "#a\nlayers:\n  #b\n  - relu\n  #c\n#d\n", id="comments"
        ),
        pytest.param("at:\n- 1\n# a\nlet: 1\n", "at:\n  - 1\n# a\nlet: 1\n", id="a list in the column of its key"),
        pytest.param("layers:\n-  # a\n  # b\n  conv: 3\n", "layers:\n  # a\n  # b\n  - conv: 3\n", id="behind a dash"),
        pytest.param("at:  # a\n  # b\n\n  [1]\n", "at:  # a\n  # b\n\n  [1]\n", id="between a key and its value"),
        pytest.param("---\n# a\nlayers: [relu]\n...\n", "---\n# a\nlayers: [relu]\n", id="marks of a document"),
    ],
)
def test_spaces_lines_and_comments(text: str, shown: str) -> None:
    assert of(text) == shown
    assert of(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("name: 'It''s'\nsource: \"a # b\\u00e9\"\nlayers: [relu]\n", id="quotes and escapes"),
        pytest.param("source: >\n   one\n     two\n\n   # three\nlayers: [relu]\n", id="a folded text"),
        pytest.param(
            "source: |-  # why\n  one  \n  two\nlayers: [relu]\n", id="a block of text with spaces at its ends"
        ),
        pytest.param("layers: [conv: [8,3],   # a\n   relu,\n         ]  # b\n", id="brackets over several lines"),
        pytest.param("at: {N: 0x10, M: 1_000, K: 47,206, L: 1.50}\n", id="numbers"),
        pytest.param("let:\n  a: 1 +\n    2\n  'b': \"c\n    d\"\n", id="values over several lines"),
        pytest.param("layers:\n  - conv:\n      out: 8\n      kernel: 3\n", id="lines stay lines"),
        pytest.param("layers: [{conv: {out: 8, kernel: 3}}]\n", id="brackets stay brackets"),
        pytest.param("{input: [8],  # what enters\n layers: [relu]}\n", id="a whole spec in brackets"),
        pytest.param("name: Überraschung → ∞  # 日本\nlayers: [relu]\n", id="letters of all kinds"),
    ],
)
def test_what_is_written_well_stays_letter_by_letter(text: str) -> None:
    assert of(text) == text


def test_brackets_move_with_the_line_on_which_they_begin() -> None:
    text = (
        "layers:\n      -   - conv: [8,\n                   3]\n"
        "          - source: |\n              a\n               b\n"
    )
    assert of(text) == "layers:\n  - - conv: [8,\n             3]\n    - source: |\n        a\n         b\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param(
            "expect: {layers: 1}\nmine: 1\nlayers: [relu]\nname: x\narchcalc: 1\n",
            "archcalc: 1\nname: x\nlayers: [relu]\nexpect: {layers: 1}\nmine: 1\n",
            id="the keys of a spec; one that is unknown stays behind its neighbour",
        ),
        pytest.param(
            "layers:\n  - {as: a, when: b, conv: {kernel: 3, in: 1, bias: c, out: 2}, from: d}\n",
            "layers:\n  - {conv: {in: 1, out: 2, kernel: 3, bias: c}, from: d, as: a, when: b}\n",
            id="a step in brackets: its layer first, fields in their order",
        ),
        pytest.param(
            "layers:\n  - conv: [8, 3]\n    from: b\n    as: a\n  - do: [relu]\n    for: {i: 1..2}\n    as: c\n",
            "layers:\n  - as: a\n    from: b\n    conv: [8, 3]\n  - as: c\n    for: {i: 1..2}\n    do: [relu]\n",
            id="a step on lines: its name first",
        ),
        pytest.param(
            "layers:\n  - concat:\n      branches: [a]\n      axis: 1\n  - add: {broadcast: a, branches: [[x], b]}\n",
            "layers:\n  - concat:\n      axis: 1\n      branches: [a]\n  - add: {branches: [[x], b], broadcast: a}\n",
            id="branches",
        ),
        pytest.param(
            "blocks: {'b(y, x)': [{as: a, relu}], a: []}\nlet: {z: 1, y: 2}\nlayers: [b: {x: 1, y: 2}]\n",
            "let: {z: 1, y: 2}\nblocks: {'b(y, x)': [{relu, as: a}], a: []}\nlayers: [b: {x: 1, y: 2}]\n",
            id="names of one's own stay in their order",
        ),
        pytest.param(
            "input: {b: {dtype: int, shape: [T]}, a: [3]}\nvariants: {v: {expect: {}, let: {a: 1}, at: {T: 1}}}\n",
            "input: {b: {shape: [T], dtype: int}, a: [3]}\nvariants: {v: {at: {T: 1}, let: {a: 1}, expect: {}}}\n",
            id="inputs and variants",
        ),
        pytest.param(
            "expect: [{source: x, holds: false, parameters: 1, of: a, because: y, at: {N: 1}}]\n",
            "expect: [{at: {N: 1}, parameters: 1, of: a, source: x, holds: false, because: y}]\n",
            id="claims",
        ),
        pytest.param(
            "# about\n# both\n\n# of the input\ninput: [8]  # wide\nname: x\n",
            "# about\n# both\n\nname: x\n# of the input\ninput: [8]  # wide\n",
            id="comments go with their keys, and a heading stays at the top",
        ),
        pytest.param(
            "layers:\n  - conv: 3\n    # its name\n    as: a   # b\n",
            "layers:\n  # its name\n  - as: a   # b\n    conv: 3\n",
            id="a comment above a key that becomes the first",
        ),
    ],
)
def test_keys_have_an_order(text: str, shown: str) -> None:
    assert of(text) == shown
    assert of(shown) == shown


def test_what_does_not_fit_is_put_on_lines_from_the_outside_in() -> None:
    claims = ", ".join(f"{{of: {LONG}, layers: {number}}}" for number in range(3))
    text = f"expect: [{claims}, {{output: [1, 2]}}]   # all\n"
    lines = "".join(f"  - {{of: {LONG}, layers: {number}}}\n" for number in range(3))
    assert of(text) == f"# all\nexpect:\n{lines}  - {{output: [1, 2]}}\n"


def test_a_line_of_120_columns_stays_and_one_of_121_does_not() -> None:
    fits = f"layers:\n  - {{conv: [8, 3], as: {'a' * 96}}}  # a comment is not counted\n"
    assert len(fits.split("\n")[1].partition("  #")[0]) == 120
    assert of(fits) == fits
    assert of(fits.replace("aa", "aaa", 1)) == (
        f"layers:\n  # a comment is not counted\n  - as: {'a' * 97}\n    conv: [8, 3]\n"
    )


def test_wide_characters_have_two_columns() -> None:
    text = f"layers: [{{conv: [8, 3], as: {'宽' * 50}}}]\n"
    assert len(text) < 100
    assert of(text).count("\n") == 3


def test_a_long_list_of_names_goes_on_in_brackets() -> None:
    text = f"layers:\n  - concat: [{', '.join([LONG] * 4)}]   # merged\n"
    shown = f"layers:\n  - concat: [{LONG}, {LONG},\n      {LONG}, {LONG}]  # merged\n"
    assert of(text) == shown
    assert of(shown) == shown


def test_json_keeps_its_numbers_and_escapes() -> None:
    text = '{"layers": ["relu", {"as": "x", "conv": {"kernel": 3, "out": 8}}], "name": "\\u00e9", "at": {"N": 1.50e+1}}'
    new = of(text, "net.json")
    assert new == (
        '{\n  "name": "\\u00e9",\n  "at": {"N": 1.50e+1},\n  "layers": [\n    "relu",\n'
        '    {"conv": {"out": 8, "kernel": 3}, "as": "x"}\n  ]\n}\n'
    )
    assert json.loads(new) == json.loads(text)
    assert of(text, "net.yaml") == new


def test_yaml_that_begins_like_json_is_yaml() -> None:
    assert of('{"input": [8], layers: [ relu ]}  # both\n') == '{"input": [8], layers: [relu]}  # both\n'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("layers: [relu\n", 'the text cannot be read: this "[" is never closed', id="syntax"),
        pytest.param("layers: [relu]\nlayers: [tanh]\n", "the text has a mistake in its form", id="a key twice"),
        pytest.param("let: {a: &x 1}\n", "the text has a mistake in its form", id="an anchor"),
        pytest.param(
            "layers: [*x]\n", "the text cannot be read: the alias *x is not part of the language", id="an alias"
        ),
        pytest.param("source: |+\n  a\n\n\nlayers: [relu]\n", "it is written in a way", id="empty lines that are text"),
    ],
)
def test_what_cannot_be_read_or_would_change_is_refused(text: str, why: str) -> None:
    with pytest.raises(Uneditable) as refused:
        of(text)
    assert refused.value.reason.startswith(why)


def test_a_layout_that_would_lose_a_comment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the layout does: no text is known with which it loses one."""
    monkeypatch.setattr("archcalc.formatting.yaml_layout", lambda manuscript: "layers: [relu]\n")
    assert of("layers: [ relu ]\n") == "layers: [relu]\n"
    with pytest.raises(Uneditable) as refused:
        of("layers: [relu]  # mine\n")
    assert refused.value.reason == "a comment stands where it would be lost"


def test_python_has_the_text_too() -> None:
    assert archcalc.load("layers: [ relu ]\r\ninput: [8]\r\n").formatted() == "input: [8]\r\nlayers: [relu]\r\n"
    with pytest.raises(ValueError, match="cannot be read"):
        archcalc.load("layers: [relu\n").formatted()
