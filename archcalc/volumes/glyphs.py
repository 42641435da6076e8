"""The shapes that volumes are drawn as, and where lines leave and enter them.

Maps are seen from the front left: their channels run to the right, their height upwards, and their width leans to the
right and up, into the picture.
"""

from __future__ import annotations

from typing import NamedTuple

from archcalc.scene.primitives import Box, Point
from archcalc.volumes.network import Volume
from archcalc.volumes.scale import Scale

CIRCLE = 13.0
"""Diameter of a circle with a sign."""
BAR = 7.0
"""Thickness of a vector."""
MOST_SHEETS = 24
SHEETS = 34.0
"""Room for all sheets of a map, which are at least MINIMUM and at most MAXIMUM apart."""
SHEET_STEPS = (1.3, 4.5)


class Lean(NamedTuple):
    """How far the width of a map leans, by its drawn size."""

    right: float
    up: float


LEAN = Lean(0.42, 0.30)
STEEP = Lean(0.26, 0.24)
"""For maps that stand close to each other."""


class Glyph(NamedTuple):
    """What a volume looks like, seen from a point at its left on the axis of its row.

    The front is `front` wide and `height` high; the back is moved by `right` and `up`.
    """

    form: str
    front: float
    height: float
    right: float
    up: float
    sheets: int = 0
    """Number of sheets, one for each channel; 0 for a solid."""
    step: float = 0.0
    """From sheet to sheet, to the right and down."""
    towers: int = 1
    pitch: float = 0.0
    """From tower to tower."""

    @property
    def width(self) -> float:
        """From the left of the front to the right of the back."""
        return self.front + self.right

    @property
    def half(self) -> float:
        """How far one tower reaches up from its axis, and as far down."""
        return (self.height + self.up) / 2

    @property
    def reach(self) -> float:
        """How far it reaches up from the axis, and as far down."""
        return self.half + self.pitch * (self.towers - 1) / 2

    def box(self, place: Point) -> Box:
        """The rectangle around it."""
        return Box(place.x, place.y - self.reach, place.x + self.width, place.y + self.reach)

    def bases(self, place: Point) -> list[Point]:
        """The place of every tower: one for what is not cut."""
        top = place.y - self.pitch * (self.towers - 1) / 2
        return [Point(place.x, top + self.pitch * index) for index in range(self.towers)]

    def entry(self, place: Point) -> Point:
        """Where lines from the left end."""
        return place

    def exit(self, place: Point) -> Point:
        """Where lines to the right begin: in the middle of the side of a solid, which they come out of."""
        if self.sheets or self.form == "circle":
            return Point(place.x + self.width, place.y)
        return Point(place.x + self.front + self.right / 2, place.y)

    def above(self, place: Point, *, leaving: bool) -> Point:
        """Where lines over it begin or end; at a circle they leave at the right of the top and enter at its left."""
        if self.form == "circle":
            return Point(place.x + CIRCLE / 2 + (3.5 if leaving else -3.5), place.y - CIRCLE / 2 + 1.0)
        return Point(place.x + (self.front + self.right) / 2, place.y - self.reach + self.up / 2)


def glyph(volume: Volume, scale: Scale, lean: Lean = LEAN, *, sheets: bool = False) -> Glyph:
    """What a volume looks like at a scale."""
    if volume.form == "circle":
        return Glyph("circle", CIRCLE, CIRCLE, 0.0, 0.0)
    if volume.form == "bar":
        return Glyph("bar", BAR, scale.bar(volume.sizes.channels), 5.0, 5.0)
    sizes = volume.sizes
    channels = sizes.channels // volume.towers
    height, width = scale.side(sizes.height), scale.side(sizes.width)
    if sheets:
        count = min(sizes.channels, MOST_SHEETS)
        least, most = SHEET_STEPS
        step = max(least, min(most, SHEETS / count))
        across = width if len(sizes.spatial) > 1 else BAR
        return Glyph("box", across, height, step * (count - 1), step * (count - 1), count, step)
    if len(sizes.spatial) == 1:
        return Glyph("box", scale.depth(channels), height, 5.0, 5.0)
    # A map that is much wider than high must not climb out of its row.
    share = min(1.0, 0.8 * height / (width * lean.up))
    return Glyph("box", scale.depth(channels), height, width * lean.right * share, width * lean.up * share)
