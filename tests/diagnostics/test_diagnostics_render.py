"""Findings as text: layouts written by hand, hostile input, and what must hold for all input."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest
from effort import examples
from hypothesis import example, given
from hypothesis import strategies as st

from archcalc.diagnostics import Code, Diagnostic, Help, Label, Replacement, Severity, Span
from archcalc.diagnostics.render import as_json, render
from archcalc.diagnostics.severities import count_severities, render_summary
from archcalc.terminal import Terminal, display_width

FRACTION = Code("AC301", "fractional-output", "error", "an output size is a fraction", "", "", "")
UNREAD = Code("AC302", "unread-input", "warning", "rows or columns are never read", "", "", "")
REMARK = Code("AC199", "remark", "note", "a remark", "", "", "")

SPEC = """\
name: convolution
input: [1, 7, 7]
let:
  S: 3

layers:
  - relu
  - flatten
  - conv: {out: 1, kernel: 3, stride: 3}
  - conv:
      out: 4

      kernel: 5
      stride: 2

  - linear: 10
"""


def lines_of(text: str) -> Callable[[int], str | None]:
    return dict(enumerate(text.split("\n"), start=1)).get


def show(
    diagnostic: Diagnostic,
    text: str = SPEC,
    file: str = "specs/convolution.yaml",
    width: int = 80,
    encoding: str = "utf-8",
) -> str:
    """The rendering with a newline in front, as the golden texts have one; trailing spaces are a mistake everywhere."""
    rendered = render(diagnostic, file, lines_of(text), Terminal(width, encoding=encoding))
    assert all(line == line.rstrip(" ") for line in rendered.split("\n"))
    return "\n" + rendered + "\n"


STRIDE = Diagnostic(
    FRACTION,
    "conv: (7 - 3 + 0)/3 + 1 = 2.3333 is not a whole number",
    Span(9, 37, 9, 38),
    label="stride 3 leaves 1 of 7 columns over",
    notes=("the window would have to leave the input in its last step, on both axes of the map",),
    help=("use padding: 1, which reads all 7 columns", "or declare rounding: floor"),
    layer="layer1.0.conv2",
)


def test_one_place_at_120() -> None:
    assert (
        show(STRIDE, width=120)
        == """
error[AC301]: conv: (7 - 3 + 0)/3 + 1 = 2.3333 is not a whole number
  --> specs/convolution.yaml:9:37
   |
 9 |   - conv: {out: 1, kernel: 3, stride: 3}
   |                                     ^ stride 3 leaves 1 of 7 columns over
   = layer: layer1.0.conv2
   = note: the window would have to leave the input in its last step, on both axes of the map
   = help: use padding: 1, which reads all 7 columns
   = help: or declare rounding: floor
"""
    )


def test_one_place_at_80() -> None:
    assert (
        show(STRIDE)
        == """
error[AC301]: conv: (7 - 3 + 0)/3 + 1 = 2.3333 is not a whole number
  --> specs/convolution.yaml:9:37
   |
 9 |   - conv: {out: 1, kernel: 3, stride: 3}
   |                                     ^ stride 3 leaves 1 of 7 columns over
   = layer: layer1.0.conv2
   = note: the window would have to leave the input in its last step, on both
           axes of the map
   = help: use padding: 1, which reads all 7 columns
   = help: or declare rounding: floor
"""
    )


def test_one_place_at_40() -> None:
    # 35 cells are left for the source, so the line is cut around the stride and the label goes below the caret.
    assert (
        show(STRIDE, width=40)
        == """
error[AC301]: conv: (7 - 3 + 0)/3 + 1 =
              2.3333 is not a whole
              number
  --> specs/convolution.yaml:9:37
   |
 9 | ...: {out: 1, kernel: 3, stride: 3}
   |                                ^
   |      stride 3 leaves 1 of 7 columns
   |      over
   = layer: layer1.0.conv2
   = note: the window would have to
           leave the input in its last
           step, on both axes of the map
   = help: use padding: 1, which reads
           all 7 columns
   = help: or declare rounding: floor
"""
    )


def test_narrower_than_40_is_40() -> None:
    assert show(STRIDE, width=3) == show(STRIDE, width=40)


def test_without_a_span_only_the_file_is_named() -> None:
    finding = Diagnostic(UNREAD, "nothing is declared", notes=("first line\nsecond line",))
    assert (
        show(finding)
        == """
warning[AC302]: nothing is declared
  --> specs/convolution.yaml
   = note: first line
           second line
"""
    )


def test_a_line_that_is_not_there() -> None:
    assert (
        show(Diagnostic(REMARK, "beyond the end", Span(99, 1, 99, 4), label="here"))
        == """
note[AC199]: beyond the end
  --> specs/convolution.yaml:99:1
"""
    )


def test_places_on_one_line_and_on_others_in_line_order() -> None:
    finding = Diagnostic(
        FRACTION,
        "a fraction",
        Span(9, 29, 9, 38),
        label="stride 3",
        labels=(
            Label(Span(16, 5, 16, 11), "read by this layer"),
            Label(Span(9, 18, 9, 27), "kernel 3"),
            Label(Span(2, 12, 2, 13), "7 rows"),
            Label(Span(4, 3, 4, 7), "declared here"),
        ),
    )
    assert (
        show(finding)
        == """
error[AC301]: a fraction
   --> specs/convolution.yaml:9:29
    |
  2 | input: [1, 7, 7]
    |            - 7 rows
  3 | let:
  4 |   S: 3
    |   ---- declared here
...
  9 |   - conv: {out: 1, kernel: 3, stride: 3}
    |                             ^^^^^^^^^ stride 3
    |                  --------- kernel 3
...
 16 |   - linear: 10
    |     ------ read by this layer
"""
    )


def test_long_block_shows_its_first_and_last_line() -> None:
    # The span of a YAML block ends at the next token; the blank line before that is not underlined.
    finding = Diagnostic(FRACTION, "a fraction", Span(10, 5, 16, 3), label="this layer")
    assert (
        show(finding)
        == """
error[AC301]: a fraction
   --> specs/convolution.yaml:10:5
    |
 10 |   - conv:
    |     ^^^^^
...
 14 |       stride: 2
    |       ^^^^^^^^^ this layer
"""
    )


def test_short_block_shows_all_its_lines() -> None:
    finding = Diagnostic(FRACTION, "a fraction", Span(10, 5, 13, 16), label="this layer")
    assert (
        show(finding)
        == """
error[AC301]: a fraction
   --> specs/convolution.yaml:10:5
    |
 10 |   - conv:
    |     ^^^^^
 11 |       out: 4
    |       ^^^^^^
 12 |
 13 |       kernel: 5
    |       ^^^^^^^^^ this layer
"""
    )


def test_block_of_one_line_ends_with_its_text() -> None:
    assert (
        show(Diagnostic(FRACTION, "m", Span(4, 3, 6, 1)))
        == """
error[AC301]: m
  --> specs/convolution.yaml:4:3
   |
 4 |   S: 3
   |   ^^^^
"""
    )


def test_empty_span_and_span_past_the_end_of_the_line() -> None:
    for span in (Span(1, 18, 1, 18), Span(1, 18, 1, 40), Span(1, 30, 1, 31)):
        assert (
            show(Diagnostic(FRACTION, "m", span, label="expected a value"))
            == f"""
error[AC301]: m
  --> specs/convolution.yaml:1:{span.column}
   |
 1 | name: convolution
   |                  ^ expected a value
"""
        )


def test_tabs_and_wide_and_combining_characters_keep_the_caret_in_place() -> None:
    text = "\tname: 畳み込み\nn\u0303ame: x"
    finding = Diagnostic(FRACTION, "m", Span(1, 10, 1, 12), label="畳", labels=(Label(Span(2, 8, 2, 9), "x"),))
    assert (
        show(finding, text)
        == """
error[AC301]: m
  --> specs/convolution.yaml:1:10
   |
 1 |     name: 畳み込み
   |               ^^^^ 畳
 2 | n\u0303ame: x
   |       - x
"""
    )


def test_long_line_is_cut_around_each_mark() -> None:
    text = "layers: [" + ", ".join(f"conv{i}" for i in range(100, 200)) + "]"
    first, second = text.index("conv150") + 1, text.index("conv199") + 1
    finding = Diagnostic(
        FRACTION,
        "m",
        Span(1, first, 1, first + 7),
        label="here",
        labels=(Label(Span(1, second, 1, second + 7), "read here"), Label(Span(1, 1, 1, 7), "in these")),
    )
    assert (
        show(finding, text, width=60)
        == f"""
error[AC301]: m
  --> specs/convolution.yaml:1:{first}
   |
 1 | ...7, conv148, conv149, conv150, conv151, conv152, c...
   |                         ^^^^^^^ here
 1 | layers: [conv100, conv101, conv102, conv103, conv104...
   | ------ in these
 1 | ...onv194, conv195, conv196, conv197, conv198, conv199]
   |                                                -------
   |                                               read here
"""
    )


def test_file_of_one_line_of_megabytes() -> None:
    text = "[" + "1, " * 1_000_000 + "x]"
    column = text.index("x") + 1
    rendered = render(Diagnostic(FRACTION, "m", Span(1, column, 1, column + 1)), "f", lines_of(text), Terminal(40))
    assert rendered.split("\n")[3:] == [
        " 1 | ...1, 1, 1, 1, 1, 1, 1, 1, 1, 1, x]",
        "   |                                  ^",
    ]


def test_hostile_text_is_spelt_out() -> None:
    finding = Diagnostic(
        FRACTION,
        "layer 'a\x1b[2J\nerror[AC999]: forged' \u202egnorw",
        Span(1, 7, 1, 8),
        label="\r\x07",
        layer="a\nb\u2028c",
        notes=("\x9b31m",),
    )
    assert (
        show(finding, "name: \x1b]0;title\x07 \u05d0\u05d1\u200f", "a\n\x1bb.yaml")
        == r"""
error[AC301]: layer 'a\x1b[2J\nerror[AC999]: forged' \u202egnorw
  --> a\n\x1bb.yaml:1:7
   |
 1 | name: \x1b]0;title\x07 אב\u200f
   |       ^^^^ \r\x07
   = layer: a\nb\u2028c
   = note: \x9b31m
"""
    )


def test_stream_without_unicode() -> None:
    finding = Diagnostic(FRACTION, "3\u00d73 kernel", Span(1, 8, 1, 9), label="日")
    assert (
        show(finding, "a: 3\u00d7日!", encoding="ascii")
        == r"""
error[AC301]: 3x3 kernel
  --> specs/convolution.yaml:1:8
   |
 1 | a: 3x\u65e5!
   |             ^ \u65e5
"""
    )


def test_colours_change_no_character() -> None:
    rendered = render(STRIDE, "f.yaml", lines_of(SPEC), Terminal(color=True))
    assert rendered.startswith("\x1b[1;31merror[AC301]\x1b[0m\x1b[1m: conv: (7 - 3")
    assert "\x1b[1;31m^ stride 3 leaves 1 of 7 columns over\x1b[0m" in rendered
    assert without_styles(rendered) == render(STRIDE, "f.yaml", lines_of(SPEC))


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"error": 1, "warning": 1}, "1 error, 1 warning"),
        ({"error": 2, "warning": 0, "note": 1}, "2 errors, 1 note"),
        ({"note": 12, "warning": 3}, "3 warnings, 12 notes"),
        ({"error": 0}, "no findings"),
    ],
)
def test_summary(counts: dict[Severity, int], words: str) -> None:
    assert render_summary(counts) == words


def test_summary_of_findings() -> None:
    findings = [STRIDE, Diagnostic(REMARK, "m"), STRIDE]
    assert count_severities(findings) == {"error": 2, "warning": 0, "note": 1}
    assert (
        render_summary(count_severities(findings), color=True) == "\x1b[1;31m2 errors\x1b[0m, \x1b[1;36m1 note\x1b[0m"
    )


def test_json() -> None:
    finding = STRIDE._replace(labels=(Label(Span(2, 12, 2, 13), "7\nrows"),))
    data = as_json(finding, "a.yaml")
    assert data == {
        "code": "AC301",
        "name": "fractional-output",
        "severity": "error",
        "message": "conv: (7 - 3 + 0)/3 + 1 = 2.3333 is not a whole number",
        "file": "a.yaml",
        "line": 9,
        "column": 37,
        "end_line": 9,
        "end_column": 38,
        "layer": "layer1.0.conv2",
        "label": "stride 3 leaves 1 of 7 columns over",
        "notes": ["the window would have to leave the input in its last step, on both axes of the map"],
        "help": ["use padding: 1, which reads all 7 columns", "or declare rounding: floor"],
        "changes": [],
        "labels": [{"line": 2, "column": 12, "text": "7\nrows"}],
    }
    assert json.loads(json.dumps(data)) == data


PADDED = Help("padding: 1", [Replacement(Span(9, 40, 9, 40), ", padding: 1")])
FLOOR = Help("rounding: floor for the spec", [Replacement(Span(2, 17, 2, 17), "\nrounding: floor")], is_certain=True)


def test_the_lines_that_a_help_writes_are_shown_below_it() -> None:
    even = Help("kernel: 4", [Replacement(Span(9, 28, 9, 29), "4"), Replacement(Span(13, 15, 13, 16), "4")])
    finding = STRIDE._replace(notes=(), layer=None, help=(FLOOR, "or think again", PADDED, even))
    assert (
        show(finding).partition("columns over\n")[2]
        == """\
    = help: rounding: floor for the spec
  3 + rounding: floor
    = help: or think again
    = help: padding: 1
  9 |   - conv: {out: 1, kernel: 3, stride: 3, padding: 1}
    |                                        ++++++++++++
    = help: kernel: 4
  9 |   - conv: {out: 1, kernel: 4, stride: 3}
    |                            ~
 13 |       kernel: 4
    |               ~
"""
    )


def test_lines_that_are_put_in_move_those_below() -> None:
    both = Help("both", [*PADDED.changes, *FLOOR.changes])
    assert show(STRIDE._replace(notes=(), layer=None, help=(both,))).endswith("""
    = help: both
  3 + rounding: floor
 10 |   - conv: {out: 1, kernel: 3, stride: 3, padding: 1}
    |                                        ++++++++++++
""")


def test_of_many_lines_the_first_are_shown() -> None:
    many = Help("many", [Replacement(Span(5, 1, 5, 1), "\n".join(f"# {number}" for number in range(7)) + "\n")])
    shown = show(STRIDE._replace(notes=(), layer=None, help=(many,)))
    assert shown.endswith("""
   = help: many
 5 + # 0
 6 + # 1
 7 + # 2
 8 + # 3
   ... and 3 more lines
""")


def test_a_line_that_a_help_takes_something_away_from_has_no_mark() -> None:
    less = Help("less", [Replacement(Span(9, 29, 9, 40), "")])
    assert show(STRIDE._replace(notes=(), layer=None, help=(less,))).endswith("""
   = help: less
 9 |   - conv: {out: 1, kernel: 3}
""")


def test_a_change_in_a_long_line_is_shown_around_it() -> None:
    text = "layers: [" + "relu, " * 40 + "max_pool: 2]"
    place = text.index("2]") + 1
    finding = Diagnostic(FRACTION, "m", help=(Help("3", [Replacement(Span(1, place, 1, place + 1), "3")]),))
    *_, line, mark = show(finding, text, width=60).splitlines()
    assert len(line) <= 60 and line.startswith(" 1 | ...") and line[mark.index("~")] == "3"


def test_a_certain_help_says_so_to_programs() -> None:
    data = as_json(STRIDE._replace(help=("think again", FLOOR, PADDED)), "a.yaml")
    assert data["help"] == ["think again", "rounding: floor for the spec", "padding: 1"]
    assert data["changes"] == [
        {
            "help": "rounding: floor for the spec",
            "certain": True,
            "edits": [{"line": 2, "column": 17, "end_line": 2, "end_column": 17, "text": "\nrounding: floor"}],
        },
        {
            "help": "padding: 1",
            "certain": False,
            "edits": [{"line": 9, "column": 40, "end_line": 9, "end_column": 40, "text": ", padding: 1"}],
        },
    ]


def test_json_without_a_place() -> None:
    data = as_json(Diagnostic(REMARK, "m"), "a.yaml")
    assert [data[key] for key in ("line", "column", "end_line", "end_column", "layer")] == [None] * 5


def without_styles(text: str) -> str:
    for style in ("1", "1;31", "1;33", "1;36"):
        text = text.replace(f"\x1b[{style}m", "")
    return text.replace("\x1b[0m", "")


hostile = st.one_of(
    st.text(max_size=80),
    st.text(alphabet="ab \t\n\r\x1b[m\u0301日\u202e\u200d\ud800", max_size=200),
)
numbers = st.one_of(st.integers(-2, 12), st.integers(-2, 250), st.sampled_from([10**9]))
spans = st.builds(Span, numbers, numbers, numbers, numbers)
findings = st.builds(
    Diagnostic,
    st.sampled_from([FRACTION, UNREAD, REMARK]),
    hostile,
    st.none() | spans,
    hostile,
    st.lists(st.builds(Label, spans, hostile), max_size=4).map(tuple),
    st.lists(hostile, max_size=2).map(tuple),
    st.lists(hostile, max_size=2).map(tuple),
    st.none() | hostile,
)


@examples(300)
@given(
    findings,
    hostile,
    st.lists(hostile, max_size=12),
    st.integers(0, 130),
    st.sampled_from(["utf-8", "ascii", "cp1252"]),
)
@example(Diagnostic(FRACTION, "m", Span(1, 9000, 1, 9001)), "f", ["\u0301" * 20000], 40, "utf-8")
@example(Diagnostic(FRACTION, "m", Span(1, 9000, 1, 19001)), "f", ["日" * 20000], 41, "ascii")
@example(Diagnostic(FRACTION, "m", Span(1, 1, 10**9, 1)), "f", ["a", "b"], 40, "utf-8")
def test_any_finding_is_rendered_within_the_width(
    finding: Diagnostic, file: str, text: list[str], width: int, encoding: str
) -> None:
    get_line = dict(enumerate(text, start=1)).get
    rendered = render(finding, file, get_line, Terminal(width, encoding=encoding))
    rows = rendered.split("\n")
    place = next(index for index, row in enumerate(rows) if row.lstrip().startswith("--> "))
    assert all(row.isprintable() for row in rows)
    assert all(display_width(row) <= max(width, 40) for row in rows[:place] + rows[place + 1 :])
    rendered.encode(encoding)
    assert rendered == without_styles(render(finding, file, get_line, Terminal(width, True, encoding)))


@given(st.text(alphabet="ab\t 日é", min_size=1, max_size=30), st.data())
def test_the_underline_covers_exactly_the_marked_characters(text: str, data: st.DataObject) -> None:
    # Oracle: a wide character becomes two letters and str.expandtabs does the rest, so that cells are plain indices.
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    rows = render(Diagnostic(FRACTION, "m", Span(1, start + 1, 1, end + 1)), "f", lines_of(text), Terminal(200)).split(
        "\n"
    )
    before, until = (len(text[:stop].replace("日", "xx").expandtabs(4)) for stop in (start, end))
    assert rows[4] == "   | " + " " * before + "^" * (until - before)


def test_import_is_light() -> None:
    heavy = "difflib textwrap dataclasses enum unicodedata shutil re inspect json sympy pydantic"
    # What the site's own start-up and `typing` load is not ours to avoid.
    script = (
        "import typing, collections.abc, sys; before = set(sys.modules);"
        "import archcalc.diagnostics.render, archcalc.diagnostics.catalogue, archcalc.diagnostics.pages;"
        f"print(sorted((set(sys.modules) - before) & set({heavy.split()})))"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
