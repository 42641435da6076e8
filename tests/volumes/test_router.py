"""Ways around boxes: as short as any, never through anything."""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from random import Random

import pytest
from volumes.geometry import crosses

from archcalc.scene.primitives import Box, Point
from archcalc.volumes.router import APART, BEND, MARGIN, Router

SIDE = 200


def boxes(rng: Random) -> list[Box]:
    found = []
    for _ in range(rng.randrange(1, 9)):
        left, top = rng.randrange(10, SIDE - 50), rng.randrange(10, SIDE - 50)
        found.append(Box(left, top, left + rng.randrange(8, 45), top + rng.randrange(8, 45)))
    return found


def free(rng: Random, taken: list[Box]) -> Point:
    while True:
        point = Point(rng.randrange(-5, SIDE + 5), rng.randrange(-5, SIDE + 5))
        if not any(box.grown(MARGIN).meets(Box(*point, *point).grown(0.1)) for box in taken):
            return point


def cost(points: list[Point]) -> float:
    length = sum(abs(a.x - b.x) + abs(a.y - b.y) for a, b in pairwise(points))
    ways = [a.x == b.x for a, b in pairwise(points) if a != b]
    return length + BEND * sum(one != other for one, other in pairwise(ways))


def fewest(start: Point, end: Point, taken: list[Box]) -> float:
    """The least length of any way over whole numbers, by a search in all directions that knows nothing of bends."""
    grown = [box.grown(MARGIN) for box in taken]
    low, high = -30, SIDE + 30
    seen, waiting = {start}, deque([(start, 0)])
    while waiting:
        (x, y), steps = waiting.popleft()
        if (x, y) == end:
            return steps
        for nx, ny in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
            point = Point(nx, ny)
            if point in seen or not (low <= nx <= high and low <= ny <= high):
                continue
            if any(box.left < nx < box.right and box.top < ny < box.bottom for box in grown):
                continue
            seen.add(point)
            waiting.append((point, steps + 1))
    raise AssertionError("there is always a way around")


@pytest.mark.parametrize("seed", range(12))
def test_ways_are_straight_pieces_that_meet_nothing(seed: int) -> None:
    rng = Random(seed)
    taken = boxes(rng)
    start, end = free(rng, taken), free(rng, taken)
    way = Router(taken).way([start], [end])
    assert (way[0], way[-1]) == (start, end)
    assert all(a.x == b.x or a.y == b.y for a, b in pairwise(way))
    assert not any(crosses(a, b, box) for a, b in pairwise(way) for box in taken)
    # The shortest way of all may have more bends, but no way is shorter.
    assert cost(way) >= fewest(start, end, taken) - 1e-6
    bends = (cost(way) - sum(abs(a.x - b.x) + abs(a.y - b.y) for a, b in pairwise(way))) / BEND
    assert cost(way) <= fewest(start, end, taken) + BEND * (bends + 8)


def test_of_two_ways_the_straight_one_is_taken() -> None:
    assert Router([]).way([Point(0, 0)], [Point(50, 0)]) == [Point(0, 0), Point(50, 0)]


def test_a_line_does_not_run_along_another_one() -> None:
    router = Router([])
    first = router.way([Point(0, 0)], [Point(50, 0)])
    router.occupy(first)
    second = router.way([Point(10, -20)], [Point(40, 0.0 + APART + 1)])
    level = [(a, b) for a, b in pairwise(second) if a.y == b.y and a.x != b.x]
    assert all(abs(a.y) >= APART for a, _ in level)


def test_a_place_that_is_taken_has_no_way_out() -> None:
    with pytest.raises(ValueError, match="no way leads out"):
        Router([Box(0, 0, 20, 20)]).way([Point(10, 10)], [Point(50, 10)])
