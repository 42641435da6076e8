"""Writes a scene as SVG that every viewer shows alike: no style sheet, class, id, marker, script or link."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from archcalc.scene.primitives import Anchor, Path, Point, Polygon, Primitive, Scene, Text, corners
from archcalc.terminal import visible

FAMILIES = "DejaVu Sans,Verdana,Helvetica,Arial,Liberation Sans,sans-serif"
DASHES = "4 3"
_ANCHORS: dict[Anchor, str] = {"start": "", "middle": ' text-anchor="middle"', "end": ' text-anchor="end"'}


def svg(scene: Scene, width: int | None = None) -> str:
    """The text of the picture, so many pixels wide, or as wide as it was drawn.

    Names in it are text and nothing else, and the same scene gives the same text.
    """
    left, top, right, bottom = scene.bounds
    share = 1.0 if width is None else width / scene.bounds.width
    view = f"{number(left)} {number(top)} {number(right - left)} {number(bottom - top)}"
    title = escaped(scene.title)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view}" width="{share * (right - left):.0f}" '
        f'height="{share * (bottom - top):.0f}" role="img" aria-label="{title}" font-family="{FAMILIES}">',
        f"<title>{title}</title>",
        f"<desc>{escaped(scene.description)}</desc>",
        f'<rect x="{number(left)}" y="{number(top)}" width="{number(right - left)}" height="{number(bottom - top)}" '
        f'fill="{scene.background}"/>',
        *[_element(item) for item in scene.painted()],
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def fluid(text: str) -> str:
    """A picture for a page: as wide as it is, and narrower where the page is.

    >>> fluid('<svg width="2000" height="20"/>')
    '<svg style="max-width: 100%; height: auto" width="2000" height="20"/>'
    """
    return text.replace("<svg ", '<svg style="max-width: 100%; height: auto" ', 1)


def _element(item: Primitive) -> str:
    if isinstance(item, Text):
        return _text(item)
    return _polygon(item) if isinstance(item, Polygon) else _path(item)


def _polygon(item: Polygon) -> str:
    paint = f' fill="{item.fill}"'
    if item.opacity != 1:
        paint += f' fill-opacity="{number(item.opacity, 2)}"'
    if item.stroke is not None:
        paint += _line(item.stroke, item.thickness, item.dashed) + ' stroke-linejoin="round"'
    if item.radius:
        return _closed("path", f' d="{_ring(item.points, item.radius)}"' + paint, item.tooltip)
    points = " ".join([f"{number(x)},{number(y)}" for x, y in item.points])
    return _closed("polygon", f' points="{points}"' + paint, item.tooltip)


def _path(item: Path) -> str:
    paint = ' fill="none"' + _line(item.stroke, item.thickness, item.dashed)
    return _closed("path", f' d="{_way(item.points, item.radius)}"' + paint, item.tooltip)


def _text(item: Text) -> str:
    look = ' font-weight="bold"' if item.bold else ""
    place = f'x="{number(item.place.x)}" y="{number(item.place.y)}"'
    return (
        f'<text {place} font-size="{number(item.size)}"{_ANCHORS[item.anchor]} fill="{item.color}"{look}>'
        f"{escaped(item.text)}</text>"
    )


def _line(stroke: str, thickness: float, dashed: bool) -> str:
    dashes = f' stroke-dasharray="{DASHES}"' if dashed else ""
    return f' stroke="{stroke}" stroke-width="{number(thickness)}"{dashes}'


def _closed(name: str, attributes: str, tooltip: str) -> str:
    if not tooltip:
        return f"<{name}{attributes}/>"
    return f"<{name}{attributes}><title>{escaped(tooltip)}</title></{name}>"


def _way(points: Sequence[Point], radius: float) -> str:
    bends = "".join([_bend(start, tip, end) for start, tip, end in corners(points, radius)])
    return f"M{_at(points[0])}{bends}L{_at(points[-1])}"


def _ring(points: Sequence[Point], radius: float) -> str:
    """A closed line: it begins behind its first corner, which comes last."""
    found = [*corners([*points, points[0], points[1]], radius)]
    return f"M{_at(found[-1].end)}" + "".join([_bend(start, tip, end) for start, tip, end in found]) + "Z"


def _bend(start: Point, tip: Point, end: Point) -> str:
    return f"L{_at(start)}" if start == end else f"L{_at(start)}Q{_at(tip)} {_at(end)}"


def _at(point: Point) -> str:
    return f"{number(point.x)} {number(point.y)}"


def number(value: float, digits: int = 1) -> str:
    """A number with so many digits behind the point, without zeros that say nothing.

    >>> number(3.0), number(-0.04), number(12.25)
    ('3', '0', '12.2')
    """
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def escaped(text: str) -> str:
    """Text that is safe between tags and in attributes; characters that no XML may hold are shown by their codes."""
    return escape(visible(text), quote=True)
