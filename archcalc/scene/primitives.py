"""What a drawing consists of: polygons, paths and texts, in the order in which they are painted.

Lengths are in units of the picture; x grows to the right and y downwards, as in SVG. Colours are `#rrggbb`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import dist, hypot
from typing import Literal, NamedTuple

from archcalc.scene.metrics import ASCENT, DESCENT, width
from archcalc.terminal import visible

Anchor = Literal["start", "middle", "end"]

SHARES: dict[Anchor, float] = {"start": 0.0, "middle": 0.5, "end": 1.0}
"""How much of a text stands in front of its place."""


class Point(NamedTuple):
    """A place."""

    x: float
    y: float


class Box(NamedTuple):
    """A rectangle with upright sides."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """From side to side."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.bottom - self.top

    def grown(self, margin: float) -> Box:
        """It with so much more on each side."""
        return Box(self.left - margin, self.top - margin, self.right + margin, self.bottom + margin)

    def meets(self, other: Box) -> bool:
        """Whether they have more in common than a border."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def crossed(self, start: Point, end: Point) -> bool:
        """Whether the line between two points has some of itself inside."""
        first, last = sorted((start, end))
        left, right = max(first.x, self.left), min(last.x, self.right)
        if left > right:
            return False
        if first.x == last.x:
            low, high = sorted((first.y, last.y))
        else:
            slope = (last.y - first.y) / (last.x - first.x)
            low, high = sorted(first.y + slope * (x - first.x) for x in (left, right))
        return low < self.bottom and high > self.top


class Polygon(NamedTuple):
    """An area with a border; without a `stroke` it has none. The tooltip says what it stands for."""

    points: tuple[Point, ...]
    fill: str
    stroke: str | None = None
    thickness: float = 1.0
    opacity: float = 1.0
    """Of the area, not of its border."""
    radius: float = 0.0
    """Its corners are rounded by this much."""
    dashed: bool = False
    tooltip: str = ""

    def bounds(self) -> Box:
        """The box around its points."""
        return _around(self.points)


class Path(NamedTuple):
    """A line through points, its corners rounded by the radius, with a head at its end if it is an arrow."""

    points: tuple[Point, ...]
    stroke: str
    thickness: float = 1.0
    dashed: bool = False
    arrow: bool = False
    radius: float = 0.0
    joins: tuple[str, str] | None = None
    """Names of what it leads from and to. It is not painted: it tells which edge of a graph this is."""
    tooltip: str = ""

    def bounds(self) -> Box:
        """The box around its points."""
        return _around(self.points)

    def segments(self) -> Iterator[tuple[Point, Point]]:
        """Its straight pieces, as if it had no rounded corners."""
        yield from zip(self.points, self.points[1:], strict=False)


class Text(NamedTuple):
    """A line of text; `place` is on its base line."""

    place: Point
    text: str
    size: float
    color: str
    anchor: Anchor = "middle"
    bold: bool = False

    def width(self) -> float:
        """Its width as it is written: characters that cannot be shown stand there by their codes."""
        return width(visible(self.text), self.size, self.bold)

    def bounds(self) -> Box:
        """The box that its letters may reach, in a font as wide as the widest likely one."""
        left = self.place.x - self.width() * SHARES[self.anchor]
        return Box(left, self.place.y - ASCENT * self.size, left + self.width(), self.place.y + DESCENT * self.size)


Primitive = Polygon | Path | Text


class Scene(NamedTuple):
    """A whole drawing: what is painted, in order, within its bounds."""

    title: str
    description: str
    """What the picture shows, in words, for those who do not see it."""
    background: str
    bounds: Box
    items: tuple[Primitive, ...]

    def painted(self) -> Iterator[Primitive]:
        """Its items with the heads of arrows as polygons: not every program draws the markers of SVG."""
        for item in self.items:
            yield item
            if isinstance(item, Path) and item.arrow:
                yield head(item)


class Canvas:
    """Collects primitives; what has the greater depth is painted later, over the others."""

    def __init__(self) -> None:
        self._items: list[tuple[float, Primitive]] = []

    def add(self, item: Primitive, depth: float = 0.0) -> None:
        """Paint it over everything of less depth."""
        self._items.append((depth, item))

    @property
    def items(self) -> tuple[Primitive, ...]:
        """All of them in the order of painting; equal depths as they were added."""
        return tuple([item for _, item in sorted(self._items, key=lambda entry: entry[0])])

    def bounds(self) -> Box:
        """The box around everything. Raises: ValueError if there is nothing."""
        return around([item.bounds() for _, item in self._items])

    def scene(self, title: str, description: str, background: str, margin: float = 14.0) -> Scene:
        """Everything, with a margin around it."""
        return Scene(title, description, background, self.bounds().grown(margin), self.items)


def around(boxes: Sequence[Box]) -> Box:
    """The smallest box that holds all of them. Raises: ValueError if there are none."""
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def _around(points: Sequence[Point]) -> Box:
    return around([Box(x, y, x, y) for x, y in points])


def head(path: Path) -> Polygon:
    """The triangle at the end of an arrow."""
    (ax, ay), (bx, by) = path.points[-2:]
    length = hypot(bx - ax, by - ay) or 1.0
    ux, uy = (bx - ax) / length, (by - ay) / length
    long = 4.0 + 1.4 * path.thickness
    half = 0.5 * long
    corners = (
        Point(bx, by),
        Point(bx - long * ux - half * uy, by - long * uy + half * ux),
        Point(bx - long * ux + half * uy, by - long * uy - half * ux),
    )
    return Polygon(corners, path.stroke)


class Corner(NamedTuple):
    """A rounded corner: the line ends at `start` and goes on at `end`; `tip` is where the straight lines would meet."""

    start: Point
    tip: Point
    end: Point


def corners(points: Sequence[Point], radius: float) -> Iterator[Corner]:
    """The corners of a line through these points, each as round as the lines beside it are long enough for."""
    for before, tip, after in zip(points, points[1:], points[2:], strict=False):
        reach = min(radius, dist(before, tip) / 2, dist(tip, after) / 2)
        yield Corner(_towards(tip, before, reach), tip, _towards(tip, after, reach))


def _towards(start: Point, end: Point, reach: float) -> Point:
    length = dist(start, end)
    if not length:
        return start
    return Point(start.x + (end.x - start.x) * reach / length, start.y + (end.y - start.y) * reach / length)
