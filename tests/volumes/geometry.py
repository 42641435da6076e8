"""What must not happen in a picture: text on text or on a box, a line through a text, anything outside."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from archcalc.scene.primitives import Box, Path, Point, Polygon, Scene, Text

SLACK = 0.4
"""How far things may reach into each other: less than half a line."""


def faults(scene: Scene) -> Iterator[str]:
    """What is wrong with a picture, one sentence for each thing."""
    texts = [(item.text, item.bounds().grown(-SLACK)) for item in scene.items if isinstance(item, Text)]
    for (one, box), (other, second) in combinations(texts, 2):
        if box.meets(second):
            yield f"the text {one!r} stands on {other!r}"
    areas = [item for item in scene.items if isinstance(item, Polygon)]
    lines = [item for item in scene.items if isinstance(item, Path)]
    for text, box in texts:
        for area in areas:
            if area.bounds().meets(box) and _covers(area.points, box):
                yield f"the text {text!r} stands on {area.tooltip or 'an area'!r}"
        for line in lines:
            if any(crosses(start, end, box) for start, end in line.segments()):
                yield f"the line {line.joins} goes through {text!r}"
    for item in scene.items:
        bounds = item.bounds()
        if bounds.left < scene.bounds.left or bounds.right > scene.bounds.right:
            yield f"{item} reaches outside"
        if bounds.top < scene.bounds.top or bounds.bottom > scene.bounds.bottom:
            yield f"{item} reaches outside"


def crosses(start: Point, end: Point, box: Box) -> bool:
    """Whether a line has a point inside a box: what the sides of the box leave of it (Liang and Barsky, 1984)."""
    first, last = 0.0, 1.0
    dx, dy = end.x - start.x, end.y - start.y
    for change, room in (
        (-dx, start.x - box.left),
        (dx, box.right - start.x),
        (-dy, start.y - box.top),
        (dy, box.bottom - start.y),
    ):
        if abs(change) < 1e-9:
            if room < 0:
                return False
        elif change < 0:
            first = max(first, room / change)
        else:
            last = min(last, room / change)
    return first < last


def _covers(points: tuple[Point, ...], box: Box) -> bool:
    """Whether a convex area and a box have more than a border in common: no line parts them."""
    corners = [Point(x, y) for x in (box.left, box.right) for y in (box.top, box.bottom)]
    sides = list(zip(points, (*points[1:], points[0]), strict=True))
    axes = [Point(end.y - start.y, start.x - end.x) for start, end in sides] + [Point(1, 0), Point(0, 1)]
    for axis in axes:
        if not (axis.x or axis.y):
            continue
        ours = [point.x * axis.x + point.y * axis.y for point in points]
        theirs = [point.x * axis.x + point.y * axis.y for point in corners]
        if max(ours) <= min(theirs) + 1e-9 or max(theirs) <= min(ours) + 1e-9:
            return False
    return True
