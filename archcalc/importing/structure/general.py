"""Lines from a template: the values of its fields as literals, expressions and parameters."""

from __future__ import annotations

import re
from copy import copy
from typing import Any

from archcalc.importing.structure.columns import FACTOR, PRESENT
from archcalc.importing.structure.data import Formula, is_default
from archcalc.importing.structure.explain import Explanation
from archcalc.importing.structure.lines import APPLY, Branch, Line
from archcalc.importing.structure.templates import NUMBER, Slot, arithmetic, is_function
from archcalc.layers.table import KINDS

_NUMBER = re.compile(r"\d+")


def general(slots: list[Slot], explanation: Explanation) -> list[Line]:
    """The lines of a template, with what its fields are."""
    return [_line(slot, explanation) for slot in slots]


def _line(slot: Slot, explanation: Explanation) -> Line:
    first = slot.line
    parts = [general(part, explanation) for part in slot.parts]
    kind, values = _kind(slot, explanation)
    line = copy(first)
    line.kind, line.values, line.label = kind, values, _label(slot, explanation)
    line.branches = [Branch(branch.start, part) for branch, part in zip(first.branches, parts, strict=False)]
    line.body = parts[0] if first.body else []
    if explanation.has(slot, PRESENT):
        line.when = explanation.value(slot, PRESENT)
    return line


def _kind(slot: Slot, explanation: Explanation) -> tuple[str, dict[str, Any]]:
    """The kind of a line and its values; an activation that differs is applied by its name."""
    first = slot.line
    if is_function(first):
        kind = explanation.value(slot, APPLY)
        return (APPLY, {"of": kind}) if isinstance(kind, Formula) else (kind, {})
    names: dict[str, None] = {}
    for row in slot.rows:
        names.update(dict.fromkeys(row.values if row is not None else ()))
    found = {
        name: _arithmetic(slot, explanation) if name == first.computed else explanation.value(slot, name)
        for name in names
    }
    if first.kind in KINDS:
        found = {name: value for name, value in found.items() if not is_default(first.kind, name, value)}
    return first.kind, found


def _arithmetic(slot: Slot, explanation: Explanation) -> Formula:
    """Arithmetic on maps, with expressions for the numbers in it that differ."""
    numbers = iter(range(len(arithmetic(slot.line)[1])))

    def written(match: re.Match[str]) -> str:
        value = explanation.value(slot, f"{FACTOR}{next(numbers)}")
        return str(value) if isinstance(value, Formula) else match[0]

    return Formula(NUMBER.sub(written, str(slot.line.values[slot.line.computed or ""])))


def _label(slot: Slot, explanation: Explanation) -> str | None:
    """The label, with expressions for the numbers in it that differ."""
    label = slot.line.label
    if label is None:
        return None
    numbers = iter(range(len(_NUMBER.findall(label))))

    def written(match: re.Match[str]) -> str:
        value = explanation.value(slot, f"${next(numbers)}")
        if not isinstance(value, Formula):
            return str(value)
        is_name = value.replace("_", "").isalnum()
        ends = not re.match(r"\w", label[match.end() :])
        return f"${value}" if is_name and ends else f"$({value})"

    return _NUMBER.sub(written, label)
