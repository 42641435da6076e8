"""What stands below the volumes of a run: their shape in bold, and what makes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import NamedTuple

from archcalc.layers.shape import Shape
from archcalc.scene.metrics import shortened, width
from archcalc.scene.primitives import Box, Point, Text
from archcalc.volumes.network import Volume

BOLD = 10.5
PLAIN = 9.0
LEADING = 1.6
WIDEST = 118.0
"""Longer lines are broken at a comma, and cut if that does not help."""


class Line(NamedTuple):
    """A line of a caption."""

    text: str
    size: float
    bold: bool = False

    @property
    def width(self) -> float:
        """Its width."""
        return width(self.text, self.size, self.bold)


class Caption(NamedTuple):
    """Lines that stand centred below each other."""

    lines: tuple[Line, ...]

    @property
    def width(self) -> float:
        """Of the widest line."""
        return max([line.width for line in self.lines], default=0.0)

    @property
    def height(self) -> float:
        """Of all lines."""
        return sum([line.size + LEADING for line in self.lines])

    def box(self, middle: float, top: float) -> Box:
        """The room it takes."""
        return Box(middle - self.width / 2, top, middle + self.width / 2, top + self.height + 1.5)

    def texts(self, middle: float, top: float, bold: str, plain: str) -> list[Text]:
        """Its lines in these colours."""
        found: list[Text] = []
        for line in self.lines:
            top += line.size + LEADING
            color = bold if line.bold else plain
            found.append(Text(Point(middle, top - LEADING), line.text, line.size, color, bold=line.bold))
        return found


Words = Callable[[Shape | None], str]
"""How a shape is written, long sizes abbreviated."""


def caption(run: Sequence[Volume], words: Words) -> Caption:
    """The caption of volumes that touch: of the pool at their end as well."""
    if run[0].form == "circle":
        return Caption(())
    body = [volume for volume in run if volume.family != "pool"] or list(run)
    lines = [*_shapes(body, words), *[Line(text, PLAIN) for text in _broken(actions(body))]]
    for pool in run:
        if pool not in body:
            lines += [Line(text, PLAIN) for text in _broken(pool.action)]
            shape = f"{pool.towers} × {words(_part(pool))}" if pool.towers > 1 else words(pool.shape)
            lines.append(Line(shortened(shape, WIDEST, PLAIN), PLAIN))
    codes = dict.fromkeys(line.partition(":")[0] for volume in run for line in volume.fault.splitlines())
    return Caption((*lines, *[Line(code, PLAIN) for code in codes if code]))


def _shapes(body: Sequence[Volume], words: Words) -> list[Line]:
    towers = body[0].towers
    if towers > 1:
        each = list(dict.fromkeys(words(_part(volume)) for volume in body))
        texts = [shortened(f"{towers} × {text}", WIDEST, BOLD, bold=True) for text in each]
        return [Line(text, BOLD, True) for text in texts]
    texts = list(dict.fromkeys(words(volume.shape) for volume in body))
    if len(texts) == 1:
        return [Line(shortened(texts[0], WIDEST, BOLD, bold=True), BOLD, True)]
    channels = [str(volume.shape.channels) if volume.shape is not None else "?" for volume in body]
    spatial = {text.partition("×")[2] for text in texts}
    if len(spatial) == 1 and all(
        volume.shape is not None and volume.shape.layout != "channels_last" for volume in body
    ):
        return [
            *[Line(text, BOLD, True) for text in _broken(", ".join(channels))],
            Line(shortened(spatial.pop(), WIDEST, PLAIN), PLAIN),
        ]
    return [Line(shortened(text, WIDEST, BOLD, bold=True), BOLD, True) for text in texts]


def _part(volume: Volume) -> Shape | None:
    """The shape of one tower."""
    shape = volume.shape
    if shape is None or not isinstance(shape.channels, int):
        return shape
    return shape.rebuilt(shape.channels // volume.towers, shape.spatial)


def actions(body: Sequence[Volume]) -> str:
    """What makes volumes in a row: `3 × conv 3×3`, `conv 3×3, /2; conv 3×3`, `2 × (depthwise 3×3; conv 1×1)`."""
    names = [volume.action for volume in body]
    period = next(step for step in range(1, len(names) + 1) if _repeats(names, step))
    times = len(names) // period
    once: list[str] = []
    for name, copies in groupby(names[:period]):
        number = len(list(copies))
        once.append(name if number == 1 else f"{number} × {name}")
    text = "; ".join(once)
    if times == 1:
        return text
    return f"{times} × {text}" if len(once) == 1 else f"{times} × ({text})"


def _repeats(names: Sequence[str], step: int) -> bool:
    """Whether names are the same again and again after so many of them."""
    return len(names) % step == 0 and all(name == names[index % step] for index, name in enumerate(names))


def _broken(text: str) -> list[str]:
    """Lines that are not too wide, broken behind a comma or a semicolon."""
    lines: list[str] = []
    for word in text.replace("; ", ";\n").replace(", ", ",\n").split("\n"):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and width(joined, PLAIN) <= WIDEST:
            lines[-1] = joined
        else:
            lines.append(word)
    return [shortened(line, WIDEST, PLAIN) for line in lines]
