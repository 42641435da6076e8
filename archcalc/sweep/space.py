"""The points of a space, numbered: the first axis changes slowest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from archcalc.expressions.given import typed
from archcalc.expressions.values import Value
from archcalc.sweep.arrays import numpy
from archcalc.sweep.domain import Axis, written


class Space:
    """All combinations of the values of some axes, numbered from 0 on.

    >>> space = Space([Axis("d", (2, 3, 4)), Axis("act", ("relu", "silu"))])
    >>> space.points, space.values(3), space.number({"d": 3, "act": "silu"})
    (6, {'d': 3, 'act': 'silu'}, 3)
    """

    def __init__(self, axes: Sequence[Axis]) -> None:
        self.axes = tuple(axes)
        self.sizes = tuple([axis.size for axis in axes])
        self.points = prod(self.sizes)
        self.strides = tuple([prod(self.sizes[place + 1 :]) for place in range(len(axes))])

    def codes(self, number: int) -> tuple[int, ...]:
        """The place of its value on each axis. Raises: IndexError for a number that no point has."""
        if not 0 <= number < self.points:
            raise IndexError(f"there are {self.points:,} designs, from 0 on, and no {number:,}")
        return tuple([number // stride % size for stride, size in zip(self.strides, self.sizes, strict=True)])

    def values(self, number: int) -> dict[str, Value]:
        """The values of a point. Raises: IndexError."""
        codes = self.codes(number)
        return {axis.name: axis.values[code] for axis, code in zip(self.axes, codes, strict=True)}

    def number(self, values: Mapping[str, Value]) -> int:
        """The number of the point with some values, one for each axis. Raises: KeyError, ValueError."""
        for name in values:
            if name not in [axis.name for axis in self.axes]:
                raise KeyError(f"{name} is not swept")
        return sum(
            _place(axis, values[axis.name]) * stride for axis, stride in zip(self.axes, self.strides, strict=True)
        )

    def column(self, numbers: Any, place: int) -> Any:
        """The places on one axis of points by an array of numbers; Python's integers beyond 64 bits."""
        codes = numbers // self.strides[place] % self.sizes[place]
        return codes.astype("int64") if self.sizes[place] < 2**62 else codes

    def array(self, numbers: Any) -> Any:
        """Numbers of points as an array that can hold all of them."""
        return numpy().asarray(numbers, self.integers)

    @property
    def integers(self) -> Any:
        """The type of an array for numbers of points."""
        return numpy().dtype("int64" if self.points < 2**62 else object)


def _place(axis: Axis, value: Value) -> int:
    """Raises: ValueError for a value that the axis does not have."""
    if isinstance(axis.values, range):
        if isinstance(value, int) and not isinstance(value, bool) and value in axis.values:
            return axis.values.index(value)
    else:
        wanted = typed(value)
        for place, one in enumerate(axis.values):
            if typed(one) == wanted:
                return place
    raise ValueError(f"{axis.name} is not {written(value)} in this sweep: {axis.text()}")
