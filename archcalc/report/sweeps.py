"""A sweep in a notebook: what is swept and how each name is treated, how many designs there are, and the first."""

from __future__ import annotations

from itertools import islice
from math import prod

from archcalc.questions.values import WrongQuestion
from archcalc.report.html import grid, text
from archcalc.sweep.designs import FEWEST, Design, Designs
from archcalc.sweep.told import cells, counts, headings, named

SHOWN = 8
"""Designs in the table."""
MAX_POINTS = 1_000_000
MAX_FORMS = 32
"""Designs that are counted unasked, and networks that are unfolded for that."""
LOOKED = 4096
"""Designs that are looked at for the first ones, where all are too many."""


def fragment(space: Designs) -> str:
    """HTML without a script, in which everything of a spec is escaped."""
    parts = [f"<b>{space.points:,} design{'' if space.points == 1 else 's'}</b> of {text(named(space))}"]
    if space.question.constraints:
        parts.append(f"where {text(' and '.join(one.text for one in space.question.constraints))}")
    try:
        how = space.how
        swept = [[text(axis.text()), text(how[axis.name])] for axis in space.space.axes]
        parts += [grid(["swept", "how"], swept), *_answer(space)]
    except (WrongQuestion, ImportError) as error:
        parts.append(text(str(error)))
    return f'<div class="archcalc" style="overflow-x:auto">{"".join(f"<div>{part}</div>" for part in parts)}</div>'


def _answer(space: Designs) -> list[str]:
    """How many there are, where that is known at once, and the first of them."""
    has_few_forms = _forms(space) <= MAX_FORMS
    if has_few_forms and space.points <= MAX_POINTS:
        found = space.first(SHOWN)
        parts = [text(counts(space, space.count()))]
    else:
        looked = min(LOOKED if has_few_forms else FEWEST, space.points)
        found = [one for one in islice(space.all(), looked) if one.met][:SHOWN]
        parts = [] if found else [f"Among the first {looked:,} designs there is none that is wanted."]
    return [*parts, _table(space, found)] if found else parts


def _forms(space: Designs) -> int:
    """How many networks have to be unfolded for all designs."""
    return prod(axis.size for axis in space.space.axes if space.how[axis.name].startswith("one by one"))


def _table(space: Designs, found: list[Design]) -> str:
    names, shown = headings(space)
    rows = []
    for design in found:
        values, figures = cells(space, design, grouped=True)
        rows.append([f"{design.number:,}", *map(text, values), *map(text, figures)])
    return grid(["design", *map(text, names), *map(text, shown)], rows, counts=len(shown))
