"""Columns: the value of one field of a template, or of a number in a label, in every one of its sequences."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from archcalc.importing.structure.data import frozen, same
from archcalc.importing.structure.lines import APPLY, FOR, REPEAT, Line
from archcalc.importing.structure.loops import COUNT
from archcalc.importing.structure.templates import ABSENT, Slot, arithmetic, function_of, is_function, value_of

CHANNELS, GROUPS, WINDOW, RATIO, TURNS, TRUTH = "channels", "groups", "window", "ratio", "turns", "truth"
"""Sorts of numbers: those of one sort may be the same number; groups may be channels, too."""
_SORTS = {"out": CHANNELS, "groups": GROUPS, **dict.fromkeys(("kernel", "stride", "padding", "dilation"), WINDOW)}
FACTOR = "scale"
"""Names of columns of numbers in arithmetic begin so."""
PRESENT = "when"
"""The name of the column that says which sequences have a step."""
_NUMBER = re.compile(r"\d+")


@dataclass(eq=False)
class Column:
    """The values of one field, with the channels that its line reads in each sequence."""

    slot: Slot
    name: str
    values: list[Any]
    channels: list[int | None]
    entry: int | None = None
    """The entry of a list, if the values are those of one."""
    place: str | None = None
    """The label of the step or of the scope around it."""

    @property
    def known(self) -> list[Any]:
        """The values of the sequences that have the step."""
        return [value for value in self.values if value is not ABSENT]

    @property
    def sort(self) -> str:
        """What the numbers are numbers of."""
        if self.name == COUNT:
            return TURNS
        if self.entry is not None and self.is_numeric:
            return CHANNELS
        if self.name == PRESENT or all(isinstance(value, bool) for value in self.known):
            return TRUTH
        return self.slot.line.sorts.get(self.name) or _SORTS.get(self.name, "label" if "$" in self.name else self.name)

    @property
    def is_numeric(self) -> bool:
        """Whether all values are whole numbers."""
        return all(isinstance(value, int) and not isinstance(value, bool) for value in self.known)

    @property
    def is_partial(self) -> bool:
        """Whether sequences lack the step."""
        return ABSENT in self.values

    @property
    def literal(self) -> Any:
        """The value, if it is the same everywhere; else ABSENT."""
        known = self.known
        return known[0] if all(same(known[0], value) for value in known) else ABSENT

    @property
    def contents(self) -> Any:
        """What columns of equal values have in common."""
        return tuple("?" if value is ABSENT else frozen(value) for value in self.values)


def columns(slots: Sequence[Slot], place: str | None = None, around: Slot | None = None) -> Iterator[Column]:
    """All columns of a template, in the order in which they are read."""
    for slot in slots:
        label = slot.line.label if slot.line.label and not slot.line.label.isdigit() else place
        yield from _of_slot(slot, label, around)
        for part in slot.parts:
            yield from columns(part, label, slot)


def _of_slot(slot: Slot, place: str | None, around: Slot | None) -> Iterator[Column]:
    channels = [None if row is None else row.channels for row in slot.rows]
    is_there = [True] * len(slot.rows) if around is None else [row is not None for row in around.rows]

    def column(name: str, of: Callable[[Line], Any], absent: Any = ABSENT) -> Column:
        nothing = [absent if there else ABSENT for there in is_there]
        values = [none if row is None else of(row) for row, none in zip(slot.rows, nothing, strict=True)]
        return Column(slot, name, values, channels, None, place)

    if slot.is_optional and any(row is None and there for row, there in zip(slot.rows, is_there, strict=True)):
        yield column(PRESENT, lambda row: True, False)
    if is_function(slot.line):
        yield column(APPLY, function_of)
    for index in range(len(arithmetic(slot.line)[1])):
        yield column(f"{FACTOR}{index}", lambda row, index=index: _number(arithmetic(row)[1][index]))  # type: ignore[misc]
    for name in () if is_function(slot.line) else _names(slot):
        absent = _turns_of_none(slot.line, name)
        yield column(name, lambda row, name=name: value_of(row, name), absent)  # type: ignore[misc]
    for index in range(len(_NUMBER.findall(slot.line.label or ""))):
        yield column(f"${index}", lambda row, index=index: int(_NUMBER.findall(row.label or "")[index]))  # type: ignore[misc]


def _turns_of_none(line: Line, name: str) -> Any:
    """How often a loop turns that is missing."""
    if name != COUNT:
        return ABSENT
    return {REPEAT: 1, FOR: 0}.get(line.kind, ABSENT)


def _names(slot: Slot) -> list[str]:
    found: dict[str, None] = {}
    for row in slot.rows:
        found.update(dict.fromkeys(row.values if row is not None else ()))
    return [name for name in found if name != slot.line.computed]


def _number(text: str) -> int | float:
    return int(text) if text.isdigit() else float(text)


def entries(column: Column) -> list[Column] | None:
    """A column of lists of one length as columns of their entries; None for others."""
    known = column.known
    if not known or not all(isinstance(value, (list, tuple)) for value in known):
        return None
    lengths = {len(value) for value in known}
    if len(lengths) != 1 or any(isinstance(one, (list, tuple, dict)) for value in known for one in value):
        return None
    return [
        Column(
            column.slot,
            column.name,
            [value if value is ABSENT else value[index] for value in column.values],
            column.channels,
            index,
            column.place,
        )
        for index in range(lengths.pop())
    ]
