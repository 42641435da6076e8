"""Pareto fronts: the designs that no other one beats, or equals with a lower number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archcalc.sweep.arrays import numpy


class Front:
    """The front of points that come part by part. Less is better in every objective.

    Of equal points it keeps the one with the lowest number, so that it does not depend on the parts.

    >>> array = numpy().array
    >>> front = Front(2)
    >>> front.add([array([3, 1, 2, 2]), array([1, 5, 2, 2])], array([0, 1, 3, 2]))
    >>> front.add([array([4]), array([1])], array([4]))
    >>> front.numbers.tolist()
    [1, 2, 0]
    """

    def __init__(self, objectives: int) -> None:
        module = numpy()
        self.values: list[Any] = [module.zeros(0, "int64") for _ in range(objectives)]
        self.numbers: Any = module.zeros(0, "int64")

    def add(self, values: Sequence[Any], numbers: Any) -> None:
        """Further points: an array for each objective, and one of numbers that tell them apart."""
        module = numpy()
        if len(self.values) == 2 and len(self.numbers):
            kept = self._not_beaten(*values)
            values, numbers = [one[kept] for one in values], numbers[kept]
        if not len(numbers):
            return
        joined = [module.concatenate(pair) for pair in zip(self.values, values, strict=True)]
        numbers = module.concatenate([self.numbers, numbers])
        # Whoever beats a point stands in front of it in the order of the objectives.
        order = module.lexsort([numbers, *joined[::-1]])
        joined, numbers = [one[order] for one in joined], numbers[order]
        kept = _stairs(joined[1]) if len(joined) == 2 else _swept(module.stack(joined, axis=1))
        self.values, self.numbers = [one[kept] for one in joined], numbers[kept]

    def _not_beaten(self, one: Any, other: Any) -> Any:
        """Which points no member beats. The front ascends in its first objective and descends in the second."""
        module = numpy()
        before = module.searchsorted(self.values[0], one, side="right") - 1
        return (before < 0) | (other <= self.values[1][module.maximum(before, 0)])


def _stairs(second: Any) -> Any:
    """Of points in order, those whose second objective is below that of all in front."""
    module = numpy()
    kept = module.ones(len(second), bool)
    kept[1:] = second[1:] < module.minimum.accumulate(second)[:-1]
    return kept


def _swept(points: Any) -> Any:
    """Of points in order, a row each, the places of those that no other one beats or equals."""
    module = numpy()
    places = module.arange(len(points))
    at = 0
    while at < len(points):
        kept = (points < points[at]).any(axis=1)
        kept[: at + 1] = True
        points, places = points[kept], places[kept]
        at += 1
    return places
