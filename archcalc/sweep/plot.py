"""A front of two quantities as a small plot for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.questions.constraints import Quantity
from archcalc.sweep.designs import Design
from archcalc.sweep.scale import Scale, short
from archcalc.terminal import PLAIN, Terminal, display_width, wrap

LINES = 12
"""Of the field with the marks."""
WIDEST = 100
"""Cells of a plot: more say nothing more."""
LONGEST = 15
"""Characters of a number at an end of an axis; of longer ones three digits are written."""
MARK, TICK, SIDE, CORNER, BOTTOM, UP = "•", "┤", "│", "└", "─", "┬"

Objectives = Sequence[tuple[Quantity, int]]
"""Quantities with their directions, as `objective` reads them."""


def plot(front: Sequence[Design], objectives: Objectives, terminal: Terminal = PLAIN) -> list[str]:
    """The designs of a front, the first quantity across and the second one up; no lines where there is nothing to see.

    That is so for one design, and for another number of quantities than two.
    """
    if len(objectives) != 2 or len(front) < 2:
        return []
    across, up = ([_number(design, quantity) for design in front] for quantity, _ in objectives)
    wide, high = Scale.of(across), Scale.of(up)
    width = terminal.at_most(WIDEST).width
    bottom, top = _ends(high)
    left = max(len(top), len(bottom))
    cells = width - left - 2
    field = [[" "] * cells for _ in range(LINES)]
    for x, y in zip(across, up, strict=True):
        field[round((1 - high.place(y)) * (LINES - 1))][round(wide.place(x) * (cells - 1))] = MARK
    sides = [f"{top:>{left}} {TICK}", *[f"{'':{left}} {SIDE}"] * (LINES - 2), f"{bottom:>{left}} {TICK}"]
    lines = wrap(terminal.visible(_title(*objectives[1], high)), width)
    lines += [f"{side}{''.join(marks)}".rstrip() for side, marks in zip(sides, field, strict=True)]
    lines.append(f"{'':{left}} {CORNER}{UP}{BOTTOM * (cells - 2)}{UP}")
    lines += _below(*_ends(wide), terminal.visible(_title(*objectives[0], wide)), left + 2, width)
    return [terminal.visible(line) for line in lines]


def _number(design: Design, quantity: Quantity) -> int:
    number = design.figures[quantity.text]
    if not isinstance(number, int):
        raise TypeError(f"{quantity.text} of a front is a number, not {number!r}")
    return number


def _title(quantity: Quantity, sign: int, scale: Scale) -> str:
    """What an axis says, and which of its ends is the better one."""
    better = "less is better" if sign > 0 else "more is better"
    return f"{quantity.text}, {better}{', logarithmic' if scale.is_logarithmic else ''}"


def _ends(scale: Scale) -> tuple[str, str]:
    """The numbers at both ends of an axis."""
    low, high = f"{scale.low:,}", f"{scale.high:,}"
    return (low, high) if max(len(low), len(high)) <= LONGEST else (short(scale.low), short(scale.high))


def _below(low: str, high: str, title: str, left: int, width: int) -> list[str]:
    """The line below an axis: both ends and the title between them, or below them where it has no room."""
    room = width - left - display_width(low) - display_width(high)
    if display_width(title) + 4 <= room:
        before = (room - display_width(title)) // 2
        return [f"{'':{left}}{low}{'':{before}}{title}{'':{room - before - display_width(title)}}{high}"]
    return [f"{'':{left}}{low}{'':{room}}{high}", *(f"{line:>{width}}" for line in wrap(title, width))]
