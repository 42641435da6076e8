"""Finds ways for lines that no structure accounts for: upright and level pieces around all that is in the way."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from itertools import pairwise

from archcalc.scene.primitives import Box, Point, around

MARGIN = 4.0
"""Between a line and what it passes, where there is so much room."""
TIGHT = (MARGIN, 2.0, 0.5)
APART = 5.0
"""Between two lines that run along each other."""
BEND = 40.0
"""A bend is as bad as a way longer by this."""


class Router:
    """The room of a picture: boxes that no line may enter, and lines along which no other one may run."""

    def __init__(self, obstacles: Iterable[Box]) -> None:
        self._obstacles = list(obstacles)
        self._level: list[Box] = []
        """Room beside level lines, where no other level line may be; crossing them is allowed."""
        self._upright: list[Box] = []

    def occupy(self, points: Sequence[Point]) -> None:
        """Keep other lines from running along this one."""
        for (ax, ay), (bx, by) in pairwise(points):
            box = Box(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))
            if box.height < 0.1:
                self._level.append(Box(box.left, box.top - APART, box.right, box.bottom + APART))
            elif box.width < 0.1:
                self._upright.append(Box(box.left - APART, box.top, box.right + APART, box.bottom))

    def way(self, starts: Sequence[Point], ends: Sequence[Point], least: float | None = None) -> list[Point]:
        """The shortest way with few bends from one of some points to one of others.

        With `least`, level pieces stand at this height or lower. There is always a way around everything, if the points
        themselves are free.
        Raises: ValueError if they are not.
        """
        for margin in TIGHT:
            found = self._way(starts, ends, least, margin)
            if found is not None:
                return found
        raise ValueError("no way leads out of a place that is taken")

    def _way(
        self, starts: Sequence[Point], ends: Sequence[Point], least: float | None, margin: float
    ) -> list[Point] | None:
        boxes = [box.grown(margin) for box in self._obstacles]
        outside = around([*boxes, *[Box(x, y, x, y) for x, y in (*starts, *ends)]]).grown(2 * APART)
        xs = _marks([outside.left, outside.right, *_sides(boxes, 0, 2), *_sides(self._upright, 0, 2)], starts, ends, 0)
        ys = _marks([outside.top, outside.bottom, *_sides(boxes, 1, 3), *_sides(self._level, 1, 3)], starts, ends, 1)
        grid = _Grid(xs, ys, boxes, self._level, self._upright)
        return grid.search([grid.at(point) for point in starts], [grid.at(point) for point in ends], least)


class _Grid:
    """All crossings of the lines that pass something closely, and which of their pieces are free."""

    def __init__(
        self, xs: list[float], ys: list[float], boxes: Sequence[Box], level: Sequence[Box], upright: Sequence[Box]
    ) -> None:
        self.xs, self.ys = xs, ys
        self.across = [bytearray(len(xs)) for _ in ys]
        """1 where the piece to the right of a crossing is taken."""
        self.down = [bytearray(len(xs)) for _ in ys]
        """1 where the piece below a crossing is taken."""
        for box in boxes:
            self._take(self.across, box)
            self._take(self.down, box)
        for box in level:
            self._take(self.across, box)
        for box in upright:
            self._take(self.down, box)

    def _take(self, pieces: list[bytearray], box: Box) -> None:
        """Take the pieces that have a point inside a box."""
        is_across = pieces is self.across
        first, last = bisect_right(self.xs, box.left + 1e-6), bisect_left(self.xs, box.right - 1e-6)
        top, bottom = bisect_right(self.ys, box.top + 1e-6), bisect_left(self.ys, box.bottom - 1e-6)
        if is_across:
            first = max(first - 1, 0)
        else:
            top = max(top - 1, 0)
        for row in range(top, bottom):
            pieces[row][first:last] = b"\x01" * max(last - first, 0)

    def at(self, point: Point) -> tuple[int, int]:
        return bisect_left(self.xs, point.x - 1e-6), bisect_left(self.ys, point.y - 1e-6)

    def search(
        self, starts: Sequence[tuple[int, int]], ends: Sequence[tuple[int, int]], least: float | None
    ) -> list[Point] | None:
        """Dijkstra's way over pieces: of two equally short ones the first."""
        goals = set(ends)
        queue: list[tuple[float, int, int, int]] = [(0.0, x, y, 0) for x, y in starts]
        came: dict[tuple[int, int, int], tuple[int, int, int] | None] = {(x, y, 0): None for x, y in starts}
        best: dict[tuple[int, int, int], float] = {(x, y, 0): 0.0 for x, y in starts}
        while queue:
            cost, x, y, turn = heappop(queue)
            if cost > best[x, y, turn]:
                continue
            if (x, y) in goals:
                return self._traced(came, (x, y, turn))
            for nx, ny, way in self._free(x, y, least):
                bend = BEND if turn and turn != way else 0.0
                total = cost + abs(self.xs[nx] - self.xs[x]) + abs(self.ys[ny] - self.ys[y]) + bend
                if total < best.get((nx, ny, way), float("inf")):
                    best[nx, ny, way] = total
                    came[nx, ny, way] = (x, y, turn)
                    heappush(queue, (total, nx, ny, way))
        return None

    def _free(self, x: int, y: int, least: float | None) -> list[tuple[int, int, int]]:
        found: list[tuple[int, int, int]] = []
        if least is None or self.ys[y] >= least:
            if x + 1 < len(self.xs) and not self.across[y][x]:
                found.append((x + 1, y, 1))
            if x and not self.across[y][x - 1]:
                found.append((x - 1, y, 1))
        if y + 1 < len(self.ys) and not self.down[y][x]:
            found.append((x, y + 1, 2))
        if y and not self.down[y - 1][x]:
            found.append((x, y - 1, 2))
        return found

    def _traced(
        self, came: dict[tuple[int, int, int], tuple[int, int, int] | None], place: tuple[int, int, int] | None
    ) -> list[Point]:
        points: list[Point] = []
        while place is not None:
            points.append(Point(self.xs[place[0]], self.ys[place[1]]))
            place = came[place]
        return points[::-1]


def _sides(boxes: Iterable[Box], first: int, second: int) -> list[float]:
    return [box[side] for box in boxes for side in (first, second)]


def _marks(values: Sequence[float], starts: Sequence[Point], ends: Sequence[Point], axis: int) -> list[float]:
    return sorted({round(value, 3) for value in (*values, *[point[axis] for point in (*starts, *ends)])})
