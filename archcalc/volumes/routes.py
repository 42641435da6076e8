"""The lines between volumes that have their places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from archcalc.scene.primitives import Point
from archcalc.volumes.laid import Arc, Bus, Laid
from archcalc.volumes.network import Volume


class Detour(NamedTuple):
    """How a line comes from the end of a row to the beginning of the next one."""

    right: float
    gutter: float
    left: float
    axis: float

    @property
    def start(self) -> Point:
        """Where the second row begins."""
        return Point(self.left, self.axis)

    def points(self, start: Point) -> list[Point]:
        """From a point in the first row to the beginning of the second."""
        return [
            start,
            Point(self.right, start.y),
            Point(self.right, self.gutter),
            Point(self.left, self.gutter),
            self.start,
        ]


def route(laid: Laid, source: Volume, target: Volume, detour: Detour | None = None) -> list[Point]:
    """The line from a volume to one that reads it, by the uprights of the branches that they are in."""
    start = laid.glyphs[source].exit(laid.places[source])
    end = laid.glyphs[target].entry(laid.places[target])
    leaving, entering = _crossed(laid, source, target)
    points = detour.points(start) if detour else [start]
    y = points[-1].y
    if leaving is not None and detour is None:
        points += [Point(leaving.right, y), Point(leaving.right, end.y)]
    elif entering is not None:
        points += [Point(entering.left, y), Point(entering.left, end.y)]
    return simplified([*points, end])


def over(laid: Laid, arc: Arc, detour: Detour | None = None) -> list[Point]:
    """The line of an arc."""
    source, target = arc.source, arc.target
    leaving, entering = _crossed(laid, source, target)
    if not arc.begins:
        # From row to row leads one line, that of what the branch computes on.
        points = [detour.start if detour else laid.glyphs[source].exit(laid.places[source])]
        x = entering.left if entering is not None else points[-1].x
        first = [*points, Point(x, points[-1].y), Point(x, arc.y)]
    else:
        begin = laid.glyphs[source].above(laid.places[source], leaving=True)
        first = [begin, Point(begin.x, arc.y)]
    if not arc.ends:
        end = laid.glyphs[target].entry(laid.places[target])
        x = leaving.right if leaving is not None else end.x - 10.0
        last = [Point(x, arc.y), Point(x, end.y), end]
    else:
        end = laid.glyphs[target].above(laid.places[target], leaving=False)
        last = [Point(end.x, arc.y), end]
    return simplified([*first, *last])


def _crossed(laid: Laid, source: Volume, target: Volume) -> tuple[Bus | None, Bus | None]:
    """The outermost branches that a line leaves and that it enters."""
    ours, theirs = laid.buses.get(source, []), laid.buses.get(target, [])
    leaving = [bus for bus in ours if bus not in theirs]
    entering = [bus for bus in theirs if bus not in ours]
    return (leaving[-1] if leaving else None), (entering[-1] if entering else None)


def simplified(points: Sequence[Point]) -> list[Point]:
    """The line without points that say nothing."""
    found: list[Point] = []
    for point in points:
        if found and abs(found[-1].x - point.x) < 0.05 and abs(found[-1].y - point.y) < 0.05:
            continue
        if len(found) > 1 and _on_line(found[-2], found[-1], point):
            found[-1] = point
        else:
            found.append(point)
    return found


def _on_line(first: Point, second: Point, third: Point) -> bool:
    return (abs(first.x - second.x) < 0.05 and abs(second.x - third.x) < 0.05) or (
        abs(first.y - second.y) < 0.05 and abs(second.y - third.y) < 0.05
    )
