"""Fronts of points, compared with every pair of points, whatever the parts in which they come."""

from __future__ import annotations

import random

import numpy
import pytest
from effort import share

from archcalc.sweep.front import Front

Point = tuple[int, ...]


def beaten(points: list[Point]) -> list[int]:
    """The places of points that no other one beats, or equals and stands in front, in the order of the points."""
    found = []
    for place, point in enumerate(points):
        others = (
            other != point if other_place > place else True
            for other_place, other in enumerate(points)
            if other_place != place and all(theirs <= ours for theirs, ours in zip(other, point, strict=True))
        )
        if not any(others):
            found.append(place)
    return sorted(found, key=lambda place: points[place])


@pytest.mark.parametrize("seed", share(range(150)))
def test_fronts_are_those_of_all_pairs(seed: int) -> None:
    rng = random.Random(seed)
    objectives, spread = rng.randint(1, 4), rng.choice([3, 10, 1000])
    points = [tuple([rng.randint(-spread, spread) for _ in range(objectives)]) for _ in range(rng.randint(1, 120))]
    scale = 10**20 if seed % 3 == 0 else 1
    points = [tuple([one * scale for one in point]) for point in points]
    front = Front(objectives)
    start, order = 0, list(range(len(points)))
    if seed % 2:
        rng.shuffle(order)
    while start < len(points):
        part = order[start : start + rng.randint(1, 40)]
        start += len(part)
        kind = object if scale > 1 else "int64"
        values = [numpy.array([points[place][one] for place in part], kind) for one in range(objectives)]
        front.add(values, numpy.array(part))
    assert front.numbers.tolist() == beaten(points)


def test_nothing_has_no_front() -> None:
    front = Front(2)
    front.add([numpy.zeros(0, "int64"), numpy.zeros(0, "int64")], numpy.zeros(0, "int64"))
    assert front.numbers.tolist() == []
