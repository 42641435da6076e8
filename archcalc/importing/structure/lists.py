"""Loops with lists: neighbours that differ in their numbers only, such as the stages of a network."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from itertools import chain, pairwise
from typing import Any

from archcalc.importing.structure.columns import PRESENT, columns
from archcalc.importing.structure.data import Formula
from archcalc.importing.structure.explain import Explanation
from archcalc.importing.structure.expressions import Known
from archcalc.importing.structure.general import general
from archcalc.importing.structure.in_place import substituted
from archcalc.importing.structure.lines import FOR, REPEAT, Line
from archcalc.importing.structure.loops import inside, span_of
from archcalc.importing.structure.setting import Setting
from archcalc.importing.structure.templates import Slot, joined, key, numbers, shape, template
from archcalc.importing.structure.words import Words

LONGEST = 8
"""Steps that the turn of such a loop has at most, loops behind them not counted."""
FEWEST = 3
"""So many turns make a loop; two, if their steps are long."""
WORTH = 0.8
"""A loop is written if it is so much shorter."""
LONG = 400
LONG_LIST = 60
"""A list of words that is longer, and changes once, is a choice."""

Unit = list[Line]


def listed(lines: list[Line], taken: Collection[str], cost: Callable[[list[Line]], int]) -> list[Line]:
    """The lines with loops for neighbours of one form, innermost first; `cost` is the length of lines as text."""
    for line in lines:
        for branch in line.branches:
            branch.lines = listed(branch.lines, taken, cost)
        line.body = listed(line.body, taken, cost)
    units = _units(lines)
    looks = [[_look(line) for line in unit if line.kind != REPEAT] for unit in units]
    found: list[Line] = []
    index = 0
    while index < len(units):
        length, turns = _longest(looks, index)
        loop = _loop(units[index : index + length * turns], length, taken, cost) if turns > 1 else None
        found += loop or units[index][:]
        index += length * turns if loop else 1
    return found


def _units(lines: list[Line]) -> list[Unit]:
    """Lines with the loops behind them that go on with them."""
    units: list[Unit] = []
    for line in lines:
        if line.kind == REPEAT and units:
            units[-1].append(line)
        else:
            units.append([line])
    return units


def _look(line: Line) -> Any:
    """What neighbours of one form have in common: all but numbers, and loops that go on with what they begin."""
    return key(line, counts=True), tuple(tuple(_look(one) for one in part if one.kind != REPEAT) for part in line.parts)


def _longest(looks: list[Any], index: int) -> tuple[int, int]:
    """The length and the number of the turns that cover most units from here on."""
    best = (1, 1)
    for length in range(1, min(LONGEST, (len(looks) - index) // 2) + 1):
        first = looks[index : index + length]
        turns = 1
        while looks[index + length * turns : index + length * (turns + 1)] == first:
            turns += 1
        if turns > 1 and length * turns > best[0] * best[1]:
            best = (length, turns)
    return best


_IN_LABEL = re.compile(r"\$\(?([A-Za-z_]\w*)")


def _loop(
    units: list[Unit], length: int, taken: Collection[str], cost: Callable[[list[Line]], int]
) -> list[Line] | None:
    """A loop for turns of so many units; None if it says no more than its turns."""
    turns = [list(chain(*units[start : start + length])) for start in range(0, len(units), length)]
    lines = list(chain(*turns))
    before = cost(lines)
    if len(turns) < FEWEST and before < LONG:
        return None
    slots = _template(turns)
    if slots is None or any(column.name == PRESENT for column in columns(slots)):
        return None
    names = {*taken, *_variables(lines)}
    counters = _counters(slots, len(turns), names)
    taken_names = {*names, *(one.text for one in counters)}
    explanation = Explanation(slots, Setting(len(turns), numbers=tuple(counters)), Words(taken_names, is_loop=True))
    ranked = sorted(explanation.parameters, key=lambda parameter: parameter.rank)
    if any(_is_no_entry(value) for parameter in ranked for value in parameter.values):
        return None
    switching = [parameter for parameter in ranked if _switch(parameter.values)]
    if switching and not counters:
        counters = [Known(_letter({*taken_names, *(one.name for one in ranked)}), range(1, len(turns) + 1), "label")]
    values: dict[str, Any] = {one.text: span_of(one.values[0], len(turns)) for one in counters}
    values |= {parameter.name: parameter.values for parameter in ranked if parameter not in switching}
    if not values:
        return None
    switches = {one.name: _switched(one.values, counters[0]) for one in switching}
    loop = [Line(FOR, values, body=[substituted(line, switches) for line in general(slots, explanation)])]
    after = cost(loop)
    return loop if after < WORTH * before or (after <= before and _count(loop) < _count(lines)) else None


def _switch(values: Sequence[Any]) -> int | None:
    """Where a long list of two words goes over from the first to the second, if it does so once."""
    first = next((index for index, value in enumerate(values) if value != values[0]), len(values))
    is_once = first < len(values) and all(value == values[first] for value in values[first:])
    return first if is_once and isinstance(values[0], str) and len(", ".join(map(str, values))) > LONG_LIST else None


def _switched(values: Sequence[Any], counter: Known) -> Formula:
    """The same as a choice: `relu if i <= 5 else hardswish`."""
    first = _switch(values) or 0
    return Formula(f"{values[0]} if {counter.text} <= {counter.values[first - 1]} else {values[-1]}")


def _letter(taken: Collection[str]) -> str:
    """A name for a counter."""
    return next(letter for letter in "ijklmnopqrstuvw" if letter not in taken)


def _is_no_entry(value: Any) -> bool:
    """Whether a value is read badly in a list of many."""
    return isinstance(value, (list, tuple)) or (isinstance(value, Formula) and not value.isidentifier())


def _count(lines: list[Line]) -> int:
    """How many lines of text lines take, at least."""
    return sum(2 if line.kind in (FOR, REPEAT) else 1 for line in inside(lines))


def _template(turns: list[list[Line]]) -> list[Slot] | None:
    first = shape(turns[0], counts=True)
    if all(shape(turn, counts=True) == first for turn in turns):
        return template(turns)

    found: list[Slot] | None = template([turns[0]])
    for turn in turns[1:]:
        found = None if found is None else joined(found, template([turn]), counts=True)
    return found


def _variables(lines: list[Line]) -> set[str]:
    """The variables of loops in lines, those of loops that count labels on stand in the labels alone."""
    stated = {name for line in inside(lines) if line.kind == FOR for name in line.values}
    return stated | {name for line in inside(lines) for name in _IN_LABEL.findall(line.label or "")}


def _counters(slots: Sequence[Slot], count: int, taken: Collection[str]) -> list[Known]:
    """A variable for the numbers in labels that grow by the same step from turn to turn."""
    found: list[list[int]] = []
    for slot in slots:
        for inner in slot.inner():
            rows = [numbers(row.label) for row in inner.rows if row is not None]
            found += [list(column) for column in zip(*rows, strict=True) if len(rows) == count]
    steps = [column for column in found if _step(column)]
    if not steps:
        return []
    name = _letter(taken)
    plain = next((column for column in steps if _step(column) == 1), list(range(count)))
    return [Known(name, plain, "label", is_parameter=False)]


def _step(column: Sequence[int]) -> int | None:
    """By how much the numbers grow; None if it is not always the same, or they do not."""
    steps = {after - before for before, after in pairwise(column)}
    return steps.pop() if len(steps) == 1 and min(steps) > 0 else None
