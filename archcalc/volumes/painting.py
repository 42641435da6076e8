"""Paints volumes: solids, sheets, bars and circles, with kernels on their faces."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sin

from archcalc.scene.primitives import Box, Canvas, Path, Point, Polygon
from archcalc.volumes.colors import Colors, Tones
from archcalc.volumes.glyphs import CIRCLE, Glyph
from archcalc.volumes.network import Volume
from archcalc.volumes.words import SIGNS

LINE = 0.8
EDGE = 2.5
"""Thickness of the dark edge that stands for an activation."""
STEPS = 20
"""Corners of a circle."""
LEAST_FACE = 30.0
"""Kernels are marked on faces at least as high."""
LEAST_WINDOW, MOST_WINDOW = 0.15, 0.55
"""How much of a face a kernel takes, at least and at most."""

Stripes = Sequence[tuple[str, float]]
"""Colours from left to right, each with its share of the thickness."""


def paint(
    canvas: Canvas,
    colors: Colors,
    volume: Volume,
    glyph: Glyph,
    place: Point,
    stripes: Stripes,
    tooltip: str,
    depth: float,
) -> None:
    """Paint one volume at a place."""
    if glyph.form == "circle":
        _circle(canvas, colors, volume, place, tooltip, depth)
    elif glyph.sheets:
        _sheets(canvas, colors, glyph, place, colors.tones(stripes[0][0]), tooltip, depth)
    else:
        _solid(canvas, colors, volume, glyph, place, stripes, tooltip, depth)


def _circle(canvas: Canvas, colors: Colors, volume: Volume, place: Point, tooltip: str, depth: float) -> None:
    middle, radius = Point(place.x + CIRCLE / 2, place.y), CIRCLE / 2
    ring = [
        Point(middle.x + radius * cos(2 * pi * i / STEPS), middle.y + radius * sin(2 * pi * i / STEPS))
        for i in range(STEPS)
    ]
    canvas.add(Polygon(tuple(ring), colors.palette.background, colors.palette.text, LINE, tooltip=tooltip), depth)
    sign = SIGNS[volume.kind]
    # The sign is drawn, not written, so that it stands in the middle in every font.
    arm = radius * 0.55
    if sign == "×":
        arm *= 0.75
        ways = [((-arm, -arm), (arm, arm)), ((-arm, arm), (arm, -arm))]
    else:
        ways = [((-arm, 0.0), (arm, 0.0)), ((0.0, -arm), (0.0, arm))][: 1 if sign == "−" else 2]
    for start, end in ways:
        points = tuple([Point(middle.x + x, middle.y + y) for x, y in (start, end)])
        canvas.add(Path(points, colors.palette.text, 1.3), depth + 0.001)


def _sheets(
    canvas: Canvas, colors: Colors, glyph: Glyph, place: Point, color: Tones, tooltip: str, depth: float
) -> None:
    top = place.y - glyph.half
    for index in range(glyph.sheets):
        x, y = place.x + index * glyph.step, top + index * glyph.step
        box = Box(x, y, x + glyph.front, y + glyph.height)
        said = tooltip if index == glyph.sheets - 1 else ""
        canvas.add(Polygon(_corners(box), color.top, colors.outline, 0.6, tooltip=said), depth + index * 0.0001)


def _solid(
    canvas: Canvas,
    colors: Colors,
    volume: Volume,
    glyph: Glyph,
    place: Point,
    stripes: Stripes,
    tooltip: str,
    depth: float,
) -> None:
    top, bottom = place.y - glyph.height / 2 + glyph.up / 2, place.y + glyph.height / 2 + glyph.up / 2
    right, up = glyph.right, glyph.up
    x = place.x
    for color, share in stripes:
        tone, end = colors.tones(color), x + glyph.front * share
        lid = (Point(x, top), Point(end, top), Point(end + right, top - up), Point(x + right, top - up))
        canvas.add(Polygon(lid, tone.top, colors.outline, LINE), depth)
        canvas.add(
            Polygon(_corners(Box(x, top, end, bottom)), tone.front, colors.outline, LINE, tooltip=tooltip),
            depth + 0.001,
        )
        x = end
    tone = colors.tones(stripes[-1][0])
    side = (Point(x, top), Point(x + right, top - up), Point(x + right, bottom - up), Point(x, bottom))
    canvas.add(Polygon(side, tone.side, colors.outline, LINE, tooltip=tooltip), depth + 0.002)
    if volume.activations and glyph.front > 2 * EDGE:
        edge = _corners(Box(x - EDGE, top, x, bottom))
        canvas.add(Polygon(edge, tone.edge, tone.edge, 0.3), depth + 0.0015)


def window(
    canvas: Canvas,
    colors: Colors,
    volume: Volume,
    glyph: Glyph,
    place: Point,
    kernel: tuple[int, int],
    depth: float,
) -> tuple[Point, Point] | None:
    """Mark a kernel on the face of a map; returns the corners from which lines lead to what it makes.

    None for a face that is too small.
    """
    if glyph.height < LEAST_FACE or len(volume.sizes.spatial) < 2:
        return None
    high, wide = (
        min(MOST_WINDOW, max(LEAST_WINDOW, side / size))
        for side, size in zip(kernel, (volume.sizes.height, volume.sizes.width), strict=True)
    )
    if glyph.sheets:
        back = glyph.step * (glyph.sheets - 1)
        left = place.x + back + glyph.front * min(0.52, 0.95 - wide)
        top = place.y - glyph.half + back + glyph.height * min(0.35, 0.95 - high)
        area = _corners(Box(left, top, left + glyph.front * wide, top + glyph.height * high))
    else:
        x, top = place.x + glyph.front, place.y - glyph.height / 2 + glyph.up / 2

        def on_face(across: float, down: float) -> Point:
            return Point(x + glyph.right * across, top - glyph.up * across + glyph.height * down)

        left, upper = 0.5 - wide / 2, 0.45 - high / 2
        area = (
            on_face(left, upper),
            on_face(left + wide, upper),
            on_face(left + wide, upper + high),
            on_face(left, upper + high),
        )
    canvas.add(Polygon(area, colors.lit, colors.window, 0.9, opacity=0.55), depth)
    return area[1], area[2]


def _corners(box: Box) -> tuple[Point, Point, Point, Point]:
    return (
        Point(box.left, box.top),
        Point(box.right, box.top),
        Point(box.right, box.bottom),
        Point(box.left, box.bottom),
    )
