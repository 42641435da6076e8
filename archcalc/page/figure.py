"""The lecture picture of a network as data: what a page draws it from, in light and in dark colours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from archcalc.checking import Checked
from archcalc.scene.primitives import Path, Point, Polygon, Primitive, Text
from archcalc.volumes.picture import ANYTHING, TooManyVolumes, VolumePicture, Wishes, picture


def figure(checked: Checked) -> dict[str, Any] | None:
    """The picture at the sizes that were checked; None for a network that has too many volumes, or none.

    `items` are in the order of painting; their colours are places in `colors`, which has a light and a dark one each.
    """
    drawn = [lecture_picture(checked, Wishes(title="", caption="", dark=dark)) for dark in (False, True)]
    light, dark = (one.scene if one else None for one in drawn)
    if light is None or dark is None:
        return None
    colors = _Colors()
    bounds = light.bounds
    return {
        "box": _numbers([bounds.left, bounds.top, bounds.width, bounds.height]),
        "about": light.description,
        "items": [
            _item(one, other, colors)
            for one, other in zip(light.painted(), dark.painted(), strict=True)
            if not isinstance(one, Text) or one.text
        ],
        "colors": colors.pairs,
        "background": colors.place(light.background, dark.background),
    }


def lecture_picture(checked: Checked, wishes: Wishes = ANYTHING) -> VolumePicture | None:
    """The picture at the sizes that were checked; None for a network that has too many volumes, or none."""
    if not checked.graph.nodes:
        return None
    try:
        return picture(checked, wishes)
    except TooManyVolumes:
        return None


class _Colors:
    """Pairs of colours, each once."""

    def __init__(self) -> None:
        self.pairs: list[list[str]] = []
        self._places: dict[tuple[str, str], int] = {}

    def place(self, light: str | None, dark: str | None) -> int | None:
        """Where a pair stands; None for no colour."""
        if light is None or dark is None:
            return None
        if (light, dark) not in self._places:
            self._places[light, dark] = len(self.pairs)
            self.pairs.append([light, dark])
        return self._places[light, dark]


def _item(light: Primitive, dark: Primitive, colors: _Colors) -> dict[str, Any]:
    """A primitive with short keys, without what it has not."""
    if isinstance(light, Text):
        assert isinstance(dark, Text)
        found = {
            "text": light.text,
            "at": _numbers(light.place),
            "size": light.size,
            "fill": colors.place(light.color, dark.color),
            "anchor": light.anchor if light.anchor != "start" else None,
            "bold": light.bold or None,
        }
    elif isinstance(light, Polygon):
        assert isinstance(dark, Polygon)
        found = {
            "area": _points(light.points),
            "fill": colors.place(light.fill, dark.fill),
            "line": colors.place(light.stroke, dark.stroke),
            "wide": light.thickness if light.stroke is not None else None,
            "opacity": light.opacity if light.opacity != 1 else None,
            "dashed": light.dashed or None,
            "tip": light.tooltip or None,
        }
    else:
        assert isinstance(light, Path)
        assert isinstance(dark, Path)
        found = {
            "way": _points(light.points),
            "line": colors.place(light.stroke, dark.stroke),
            "wide": light.thickness,
            "round": light.radius or None,
            "dashed": light.dashed or None,
        }
    return {name: value for name, value in found.items() if value is not None}


def _points(points: Iterable[Point]) -> list[float | int]:
    return _numbers([number for point in points for number in point])


def _numbers(values: Iterable[float]) -> list[float | int]:
    """Numbers with one digit behind the point, which is finer than a pixel."""
    rounded = [round(value, 1) for value in values]
    return [int(value) if value == int(value) else value for value in rounded]
