"""Expressions for columns of numbers: a known column, a multiple or a part of it, or a product of two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from archcalc.expressions.functions import divisible
from archcalc.importing.structure.columns import CHANNELS, GROUPS, RATIO, WINDOW, Column
from archcalc.importing.structure.data import Formula, same
from archcalc.importing.structure.templates import ABSENT

FACTORS = (2, 3, 4, 6, 8, 16, 32)
EIGHT = 8
"""Channels are often multiples of 8."""


@dataclass(eq=False)
class Known:
    """A column that has an expression: a parameter, or what a block can ask for."""

    text: str
    values: Sequence[Any]
    sort: str
    is_parameter: bool = True

    @property
    def factor(self) -> str:
        """The text as a factor of a product."""
        return self.text if self.text.replace("_", "").isalnum() or self.text.endswith(")") else f"({self.text})"


def fits(values: Sequence[Any], computed: Sequence[Any]) -> bool:
    """Whether a column is another one wherever it is known."""
    return all(
        value is ABSENT or (one is not ABSENT and one is not None and same(value, one))
        for value, one in zip(values, computed, strict=True)
    )


def expression(column: Column, known: Sequence[Known]) -> Formula | None:
    """The simplest expression over known columns that gives the values of a column; None if there is none."""
    values = column.values
    for one in known:
        if _may_be(column, one) and fits(values, one.values):
            return Formula(one.text)
    if not column.is_numeric:
        return None
    for text, computed in _computed(column, known):
        if fits(values, computed):
            return Formula(text)
    return None


def _may_be(column: Column, known: Known) -> bool:
    return known.sort == column.sort or (column.sort == GROUPS and known.sort == CHANNELS)


def _computed(column: Column, known: Sequence[Known]) -> Iterator[tuple[str, list[Any]]]:
    """What can be computed from known columns that might be this one, simple expressions first."""
    numeric = [one for one in known if _is_numeric(one)]
    if column.name == "padding":
        kernels = [one for one in numeric if one.sort == WINDOW and "kernel" in one.text]
        yield from ((f"{one.factor} // 2", _each(one, lambda x: x // 2)) for one in kernels)
    if column.sort == "label":
        yield from (each for one in numeric if one.sort == "label" for each in _line_through(column, one))
    if column.sort not in (CHANNELS, GROUPS):
        return
    channels = [one for one in numeric if one.sort == CHANNELS]
    for one in channels:
        yield from ((f"{factor} * {one.factor}", _each(one, lambda x, q=factor: x * q)) for factor in FACTORS)
    for one in channels:
        yield from ((f"{one.factor} // {factor}", _each(one, lambda x, q=factor: _part(x, q))) for factor in FACTORS)
    for one in channels:
        yield from (
            (
                f"divisible({one.factor} / {factor}, {EIGHT})",
                _each(one, lambda x, q=factor: divisible(Fraction(x, q), EIGHT)),
            )
            for factor in (2, 3, 4, 6)
        )
    for one in numeric:
        for other in channels:
            if one is not other and one.is_parameter and one.sort in (CHANNELS, RATIO):
                yield f"{one.factor} * {other.factor}", [x * y for x, y in zip(one.values, other.values, strict=True)]


def _line_through(column: Column, known: Known) -> Iterator[tuple[str, list[Any]]]:
    """A number that grows evenly with another one, as far as its first two values say."""
    first, second = column.values[0], column.values[1]
    if first is ABSENT or second is ABSENT or known.values[0] == known.values[1]:
        return
    step, rest = divmod(second - first, known.values[1] - known.values[0])
    shift = first - step * known.values[0]
    if not rest and step > 0:
        text = known.text if step == 1 else f"{step} * {known.text}"
        sign = f" {'+' if shift > 0 else '-'} {abs(shift)}" if shift else ""
        yield text + sign, [step * value + shift for value in known.values]


def _is_numeric(known: Known) -> bool:
    return all(isinstance(value, int) and not isinstance(value, bool) for value in known.values)


def _each(known: Known, function: Any) -> list[Any]:
    return [function(value) for value in known.values]


def _part(value: int, factor: int) -> Any:
    return value // factor if value % factor == 0 else ABSENT
