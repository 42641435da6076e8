"""Templates: what several sequences of lines have in common, with a row of lines for each place in it.

Sequences are aligned by a longest common subsequence. Of equal choices the one is taken in which more relations between
the numbers agree, such as a convolution that has as many groups as channels in both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from archcalc.importing.structure.data import Formula, MapName, frozen, same
from archcalc.importing.structure.lines import APPLY, FOR, REPEAT, USE, Line
from archcalc.layers.table import KINDS, layer_class
from archcalc.spec.names import WORD


class _Absent:
    """Stands for the value of a step that a sequence lacks."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()

IDENTITY = "identity"
"""No activation, where one can be."""
LOOPS = (REPEAT, FOR)
MOST_PAIRS = 40_000
"""So many pairs of lines are compared for two sequences."""
MOST_OPTIONAL = 0.6
"""So much of a template may be what some of its sequences lack."""
_DIGITS = re.compile(r"\d+")
NUMBER = re.compile(r"(?<![\w.$])\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.])")
"""A number in arithmetic, and no part of a name."""


@dataclass(eq=False)
class Slot:
    """A place of a template: the line of each sequence that stands there, or None where it has none."""

    rows: list[Line | None]
    parts: list[list[Slot]] = field(default_factory=list)

    @property
    def line(self) -> Line:
        """The line of the first sequence that has one."""
        return next(row for row in self.rows if row is not None)

    @property
    def is_optional(self) -> bool:
        """Whether sequences lack it; a loop that is missing turns as often as its first line says."""
        return None in self.rows and self.line.kind not in LOOPS

    @property
    def size(self) -> int:
        """How many lines it has."""
        return 1 + sum(slot.size for part in self.parts for slot in part)

    def inner(self) -> Iterator[Slot]:
        """It and all slots in it."""
        yield self
        for part in self.parts:
            for slot in part:
                yield from slot.inner()


def pattern(label: str | None) -> str | None:
    """A label without its numbers.

    >>> pattern("block1-0")
    'block#-#'
    """
    return None if label is None else _DIGITS.sub("#", label)


def numbers(label: str | None) -> list[int]:
    """The numbers in a label.

    >>> numbers("block1-0")
    [1, 0]
    """
    return [int(found) for found in _DIGITS.findall(label or "")]


def key(line: Line, *, counts: bool = False) -> Any:
    """What lines of one slot have in common; with `counts`, numbers in labels may differ.

    Else a label may differ where it begins with that of the scope around it, `block1-0` in `block1`.
    """
    kind = APPLY if is_function(line) else line.kind
    open_fields = () if line.block else tuple(name for name in line.values if has_no_default(line.kind, name))
    return (
        kind,
        pattern(line.label) if counts else _open_label(line),
        line.values.get("of") if line.kind == USE else None,
        line.start,
        tuple(branch.start for branch in line.branches),
        len(line.body) > 0,
        line.trainable,
        line.tied,
        line.when,
        tuple(
            (name, frozen(value)) for name, value in line.values.items() if name != line.computed and is_stated(value)
        ),
        open_fields,
        arithmetic(line)[0],
    )


def arithmetic(line: Line) -> tuple[str | None, list[str]]:
    """The arithmetic of a line without its numbers, and these.

    >>> arithmetic(Line("elementwise", {"value": "0.5 * x + y"}))
    ('# * x + y', ['0.5'])
    """
    text = line.values.get(line.computed or "")
    if not isinstance(text, str):
        return None, []
    return NUMBER.sub("#", text), NUMBER.findall(text)


def function_of(line: Line) -> Any:
    """The activation of a line that is one: its kind, or the value that it applies."""
    return line.values["of"] if line.kind == APPLY else line.kind


def is_stated(value: Any) -> bool:
    """Whether a value can only be written out, as names of maps, texts and tables of names can.

    >>> is_stated("an unknown function"), is_stated({"bias": [8]}), is_stated("floor"), is_stated([8, 4])
    (True, True, False, False)
    """
    if isinstance(value, MapName):
        return True
    if isinstance(value, str) and not isinstance(value, Formula):
        return not WORD.fullmatch(value)
    return isinstance(value, dict)


def _open_label(line: Line) -> str | None:
    around = line.around
    if line.label is None or around is None or around.isdigit() or not line.label.startswith(around):
        return line.label
    return f"{pattern(around)}{line.label[len(around) :]}"


def is_function(line: Line) -> bool:
    """Whether a line is an activation without fields, or none, so that its kind can be a value."""
    if line.kind == APPLY:
        return True
    if line.kind not in KINDS or line.values:
        return False
    return line.kind == IDENTITY or layer_class(line.kind).family == "activation"


def has_no_default(kind: str, name: str) -> bool:
    """Whether a field that is not given is none at all, so that no value stands for it."""
    if kind not in KINDS or name not in layer_class(kind).model_fields:
        return False
    declared = layer_class(kind).model_fields[name]
    return not declared.is_required() and declared.default is None


def shape(lines: Sequence[Line], *, counts: bool = False) -> Any:
    """What sequences of one form have in common: the keys of their lines, with those inside."""
    return tuple((key(line, counts=counts), tuple(shape(part, counts=counts) for part in line.parts)) for line in lines)


def template(sequences: list[list[Line]]) -> list[Slot]:
    """The template of sequences of one shape."""
    found: list[Slot] = []
    for lines in zip(*sequences, strict=True):
        parts = [list(each) for each in zip(*(line.parts for line in lines), strict=True)]
        found.append(Slot(list(lines), [template(part) for part in parts]))
    return found


def joined(first: list[Slot], second: list[Slot], *, counts: bool = False) -> list[Slot] | None:
    """A template for the sequences of two; None if they have too little in common, or are too long to be compared."""
    if len(first) * len(second) > MOST_PAIRS:
        return None
    found = _joined(first, second, (_rows(first), _rows(second)), counts)
    if found is None:
        return None
    slots = [slot for one in found for slot in one.inner()]
    optional = [slot for slot in slots if slot.is_optional]
    if not all(_may_be_left_out(slot.line) for slot in optional):
        return None
    surplus = sum(slot.size for slot in optional)
    return found if surplus <= MOST_OPTIONAL * sum(slot.size for slot in found) else None


def _may_be_left_out(line: Line) -> bool:
    """Whether a step may have a condition.

    What it reads is looked up first, and a step that is left out has no maps inside. What can only be stated is a layer
    of its own for every call, and no alternative.
    """
    reads_inside = line.start is not None and "." in line.start
    return not reads_inside and not any(isinstance(value, dict) for value in line.values.values())


def _rows(slots: list[Slot]) -> int:
    return len(slots[0].rows) if slots else 0


def _joined(first: list[Slot], second: list[Slot], rows: tuple[int, int], counts: bool) -> list[Slot] | None:
    found: list[Slot] = []
    for one, other in aligned(first, second, counts=counts):
        if one is None or other is None:
            found.append(_alone(one or other, rows, is_first=other is None))  # type: ignore[arg-type]  # one is there
            continue
        parts: list[list[Slot]] = []
        for mine, its in zip(one.parts, other.parts, strict=True):
            part = _joined(mine, its, rows, counts)
            if part is None:
                return None
            parts.append(part)
        found.append(Slot([*one.rows, *other.rows], parts))
    return found


def _alone(slot: Slot, rows: tuple[int, int], *, is_first: bool) -> Slot:
    """A slot that the other template lacks."""
    nothing: list[Line | None] = [None] * rows[1 if is_first else 0]
    found = [*slot.rows, *nothing] if is_first else [*nothing, *slot.rows]
    return Slot(found, [[_alone(inner, rows, is_first=is_first) for inner in part] for part in slot.parts])


def aligned(first: list[Slot], second: list[Slot], *, counts: bool) -> list[tuple[Slot | None, Slot | None]]:
    """Slots in pairs, in the order of both; None stands beside one that the other template lacks."""
    keys = [key(slot.line, counts=counts) for slot in first], [key(slot.line, counts=counts) for slot in second]
    weights = [
        [_weight(one, other) if mine == its else 0.0 for other, its in zip(second, keys[1], strict=True)]
        for one, mine in zip(first, keys[0], strict=True)
    ]
    best = [[0.0] * (len(second) + 1) for _ in range(len(first) + 1)]
    for i in range(len(first) - 1, -1, -1):
        for j in range(len(second) - 1, -1, -1):
            pair = weights[i][j] + best[i + 1][j + 1] if weights[i][j] else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], pair)
    return list(_traced(first, second, weights, best))


def _traced(
    first: list[Slot], second: list[Slot], weights: list[list[float]], best: list[list[float]]
) -> Iterator[tuple[Slot | None, Slot | None]]:
    i = j = 0
    while i < len(first) and j < len(second):
        if weights[i][j] and best[i][j] == weights[i][j] + best[i + 1][j + 1]:
            yield first[i], second[j]
            i, j = i + 1, j + 1
        elif best[i + 1][j] >= best[i][j + 1]:
            yield first[i], None
            i += 1
        else:
            yield None, second[j]
            j += 1
    yield from ((slot, None) for slot in first[i:])
    yield from ((None, slot) for slot in second[j:])


def value_of(line: Line, name: str) -> Any:
    """The value of a field: given, or by default."""
    if name in line.values or line.kind not in KINDS:
        return line.values.get(name, ABSENT)
    return layer_class(line.kind).model_fields[name].default


def _weight(one: Slot, other: Slot) -> float:
    """How well two slots of one key go together; 0 if they do not."""
    first, second = one.line, other.line
    if len(one.parts) != len(other.parts):
        return 0.0
    pairs = [(value_of(first, name), value_of(second, name)) for name in {**first.values, **second.values}]
    agree = sum((mine == first.channels) is (its == second.channels) for mine, its in pairs)
    equal = sum(same(mine, its) for mine, its in pairs)
    count = len(pairs) or 1
    same_label = 5.0 if first.label == second.label else 0.0
    return float(10 + same_label + (4 * agree + equal) / count + min(one.size, other.size) / 100)
