"""The manual of the codes."""

from __future__ import annotations

import pytest

from archcalc.diagnostics import Code
from archcalc.diagnostics.catalogue import all_codes
from archcalc.diagnostics.pages import index, page
from archcalc.terminal import Terminal, display_width

FRACTION = Code(
    "AC301",
    "fractional-output",
    "error",
    "an output size is a fraction",
    "A window that moves in steps\nof S must end at the last column.\n\n"
    "Two ways out:\n- other sizes, with padding where needed\n- rounding",
    "\n    layers:\n      - conv: {out: 1, kernel: 3, stride: 3, padding: 0}\n\n      - relu\n",
    "Choose a padding with which every column is read.",
    "Dumoulin and Visin 2016",
)
CYCLE = Code(
    "AC201", "cycle", "warning", "layers read one another in a circle", "Nothing can be first.", "x", "Cut it."
)


def test_page_at_40() -> None:
    assert (
        page(FRACTION, Terminal(40)) + "\n"
        == """\
AC301 fractional-output (error)
an output size is a fraction

A window that moves in steps of S must
end at the last column.

Two ways out:
- other sizes, with padding where needed
- rounding

Example
    layers:
      - conv: {out: 1, kernel: 3, stride: 3, padding: 0}

      - relu

Fix
    Choose a padding with which every
    column is read.

Source
    Dumoulin and Visin 2016
"""
    )


def test_page_without_a_source_at_80() -> None:
    assert (
        page(CYCLE) + "\n"
        == """\
AC201 cycle (warning)
layers read one another in a circle

Nothing can be first.

Example
    x

Fix
    Cut it.
"""
    )


def test_index_at_80() -> None:
    assert (
        index(codes=[FRACTION, CYCLE]) + "\n"
        == """\
The graph
AC201  cycle              warning  layers read one another in a circle

Shapes
AC301  fractional-output  error    an output size is a fraction
"""
    )


def test_index_at_40() -> None:
    assert (
        index(Terminal(40), [FRACTION, CYCLE]) + "\n"
        == """\
The graph
AC201  cycle (warning)
       layers read one another in a
       circle

Shapes
AC301  fractional-output (error)
       an output size is a fraction
"""
    )


def test_index_lists_every_code() -> None:
    text = index()
    assert [code.id for code in all_codes() if f"\n{code.id}  {code.name} " not in text] == []


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("code", all_codes(), ids=lambda code: code.id)
def test_every_page_fits_but_for_its_example(code: Code, width: int) -> None:
    text = page(code, Terminal(width))
    before, rest = text.split("\n\nExample\n", 1)
    after = rest.rsplit("\n\nFix\n", 1)[1]
    assert all(display_width(line) <= width for line in f"{before}\n{after}".split("\n"))
    assert all(line == line.rstrip() for line in text.split("\n"))
    # The example of tab-indentation holds a tab.
    assert all(line.replace("\t", "").isprintable() for line in text.split("\n"))


def test_colours_change_no_character() -> None:
    text = page(FRACTION, Terminal(color=True))
    assert text.startswith("\x1b[1mAC301\x1b[0m \x1b[1;36mfractional-output\x1b[0m (\x1b[31merror\x1b[0m)\n")
    for style in ("\x1b[1m", "\x1b[1;36m", "\x1b[31m", "\x1b[0m"):
        text = text.replace(style, "")
    assert text == page(FRACTION)
