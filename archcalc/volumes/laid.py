"""A part of a picture whose volumes have their places: what it holds, and how much room it takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from archcalc.scene.primitives import Box, Point, around
from archcalc.volumes.captions import Caption
from archcalc.volumes.glyphs import Glyph
from archcalc.volumes.network import Volume

SOLID = 0
WORDS = 1


class Area(NamedTuple):
    """Room that is taken, by volumes and lines (SOLID) or by texts (WORDS)."""

    box: Box
    kind: int = SOLID


class Run(NamedTuple):
    """Volumes that touch, and their caption."""

    volumes: tuple[Volume, ...]
    caption: Caption
    middle: float
    top: float
    """Where the caption stands: its middle and its upper edge."""


class Arc(NamedTuple):
    """A line over everything between two volumes: what is added again later, as it is or behind a convolution."""

    source: Volume
    target: Volume
    y: float
    begins: bool = True
    ends: bool = True
    """Whether it begins, and ends, at the volume itself: else where the lines of its branches part, and meet."""
    via: Volume | None = None
    """The convolution that has no box but stands beside the line."""
    caption: Caption = Caption(())
    middle: float = 0.0


class Bracket(NamedTuple):
    """A bracket below what stands for several equal scopes."""

    left: float
    right: float
    y: float
    text: str


class Bus:
    """The upright lines from which branches part and where they meet."""

    def __init__(self, left: float, right: float) -> None:
        self.left = left
        self.right = right


class Laid:
    """Volumes with their places, from an origin at the left end of their axis."""

    def __init__(self) -> None:
        self.places: dict[Volume, Point] = {}
        self.glyphs: dict[Volume, Glyph] = {}
        self.areas: list[Area] = []
        self.runs: list[Run] = []
        self.arcs: list[Arc] = []
        self.brackets: list[Bracket] = []
        self.buses: dict[Volume, list[Bus]] = {}
        """For every volume in branches, the buses of these branches, from the inside out."""

    def bounds(self) -> Box:
        """The box around everything. Raises: ValueError for an empty part."""
        return around([area.box for area in self.areas])

    def shifted(self, x: float, y: float) -> Laid:
        """The same at another place; what it holds is moved, not copied."""
        self.places = {volume: Point(place.x + x, place.y + y) for volume, place in self.places.items()}
        self.areas = [Area(_moved(box, x, y), kind) for box, kind in self.areas]
        self.runs = [run._replace(middle=run.middle + x, top=run.top + y) for run in self.runs]
        self.arcs = [arc._replace(y=arc.y + y, middle=arc.middle + x) for arc in self.arcs]
        self.brackets = [Bracket(one.left + x, one.right + x, one.y + y, one.text) for one in self.brackets]
        for bus in {id(bus): bus for buses in self.buses.values() for bus in buses}.values():
            bus.left += x
            bus.right += x
        return self

    def take(self, other: Laid) -> None:
        """Add everything of another part, as it stands."""
        self.places.update(other.places)
        self.glyphs.update(other.glyphs)
        self.areas += other.areas
        self.runs += other.runs
        self.arcs += other.arcs
        self.brackets += other.brackets
        self.buses.update(other.buses)

    def within(self, left: float, right: float) -> list[Box]:
        """The boxes that are taken somewhere between two uprights."""
        return [area.box for area in self.areas if area.box.left < right and left < area.box.right]


def _moved(box: Box, x: float, y: float) -> Box:
    return Box(box.left + x, box.top + y, box.right + x, box.bottom + y)


def clearance(before: Sequence[Area], behind: Iterable[Area], gap: float) -> float:
    """How far the second areas must move to the right so that they stand behind the first ones.

    Volumes stand `gap` apart; texts a little from texts, and from volumes.
    """
    gaps = {(SOLID, SOLID): gap, (WORDS, WORDS): 7.0, (SOLID, WORDS): 5.0, (WORDS, SOLID): 5.0}
    return max(
        [
            one.box.right + gaps[one.kind, other.kind] - other.box.left
            for other in behind
            for one in before
            if one.box.top < other.box.bottom + 2 and other.box.top < one.box.bottom + 2
        ],
        default=0.0,
    )
