"""The U: levels below each other, an encoder that walks down, a decoder that walks up, and copies from side to side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from archcalc.scene.primitives import Box, Path, Point, Text
from archcalc.volumes.captions import PLAIN, Caption, Line, Words, actions
from archcalc.volumes.drawing import FRONT, TEXTS, Drawing
from archcalc.volumes.glyphs import STEEP, glyph
from archcalc.volumes.laid import SOLID, WORDS, Area, Laid, Run, clearance
from archcalc.volumes.network import Network, Volume
from archcalc.volumes.scale import Scale
from archcalc.volumes.words import product

EDGE, THICKNESS = 104.0, 34.0
GAP = 17.0
LEVELS = 40.0
MOST_LEVELS = 250.0
"""Between the texts of one level and those of the next: room for arrows and what they do."""
COPY = "copy"
FEWEST = 2
"""Copies, without which a picture is no U."""


class Copy(NamedTuple):
    """A map that is read again by a merge on the same level, past everything deeper."""

    source: Volume
    target: Volume
    remarks: tuple[str, ...]

    @property
    def text(self) -> str:
        """What is done: `copy and crop 56×56`."""
        return " and ".join([COPY, *self.remarks])


def copies(network: Network) -> list[Copy] | None:
    """The copies of a U; None if the network is none, because something in it branches in another way.

    In a U each level has two parts, on the way down and on the way up, and only the last map of the first part is read
    by the first of the second.
    """
    found: list[Copy] = []
    place = {volume: index for index, volume in enumerate(network.volumes)}
    for index, volume in enumerate(network.volumes):
        if volume.form == "bar" or not volume.sizes.spatial or len(volume.reads) > 2 or volume.named:
            return None
        before = network.volumes[index - 1]
        sources = [reading.source for reading in volume.reads]
        if index and before not in sources:
            return None
        for reading in volume.reads:
            if reading.source is before:
                continue
            between = network.volumes[place[reading.source] + 1 : index]
            if reading.source.level != volume.level or not all(
                other.level > volume.level or _is_swallowed(other) for other in between
            ):
                return None
            found.append(Copy(reading.source, volume, reading.remarks))
    return found if len(found) >= FEWEST and not network.repeats else None


def _is_swallowed(volume: Volume) -> bool:
    """Whether a map is not drawn since the concatenation with a copy stands where it would: half copied, half made."""
    (reader, *others) = volume.readers or [volume]
    enlarges = len(volume.reads) == 1 and volume.reads[0].source.level > volume.level
    return enlarges and not others and reader.kind == "concat" and reader.level == volume.level


class Style(NamedTuple):
    """How a U is drawn."""

    scale: Scale
    words: Words
    gap: float = GAP
    levels: float = LEVELS


def scale(network: Network) -> Scale:
    """The scale of a U, whose volumes are smaller than those on an axis."""
    return Scale(network.volumes, EDGE, THICKNESS)


def laid(network: Network, found: Sequence[Copy], style: Style) -> Laid:
    """The places of all volumes."""
    return _Placing(network, found, style).whole


class _Placing:
    def __init__(self, network: Network, found: Sequence[Copy], style: Style) -> None:
        self.whole = Laid()
        self._style = style
        drawn = [volume for volume in network.volumes if not _is_swallowed(volume)]
        self._copies = {copy.target: copy for copy in found}
        for volume in drawn:
            self.whole.glyphs[volume] = glyph(volume, style.scale, STEEP)
        self._axes = self._levels(drawn)
        before: Volume | None = None
        for volume in drawn:
            self._place(volume, before)
            before = volume

    def _levels(self, drawn: Sequence[Volume]) -> dict[int, float]:
        """The axis of every level."""
        found: dict[int, float] = {}
        bottom = 0.0
        for level in sorted({volume.level for volume in drawn}):
            half = max([self.whole.glyphs[volume].reach for volume in drawn if volume.level == level])
            found[level] = bottom + _ABOVE + half
            bottom = found[level] + half + _BELOW + self._style.levels
        return found

    def _place(self, volume: Volume, before: Volume | None) -> None:
        whole, shape = self.whole, self.whole.glyphs[volume]
        axis = self._axes[volume.level]
        areas = self._areas(volume, axis)
        wanted = 0.0
        if before is not None:
            last, place = whole.glyphs[before], whole.places[before]
            wanted = place.x + last.width + self._style.gap
            if volume.level > before.level:
                wanted = place.x + last.width / 2 - shape.width / 2
            elif volume.level < before.level:
                wanted = max(
                    wanted, max([area.box.right for area in whole.areas if area.box.top > axis]) - shape.width / 2
                )
        if copy := self._copies.get(volume):
            source = copy.source
            start = whole.places[source].x + whole.glyphs[source].width
            wanted = max(wanted, start + Line(copy.text, PLAIN).width + 30.0)
        x = max(wanted, clearance(whole.areas, areas, self._style.gap))
        if before is not None and volume.level > before.level:
            # The arrow and what it does stand between the levels.
            self._label(volume, x + shape.width / 2, self._axes[before.level] + _half(self, before) + _BELOW)
        whole.places[volume] = Point(x, axis)
        whole.areas += [Area(Box(box.left + x, box.top, box.right + x, box.bottom), kind) for box, kind in areas]
        top, bottom = _words(volume)
        middle = x + shape.width / 2
        if top.lines:
            whole.runs.append(Run((), top, middle, axis - shape.reach - _ABOVE + 1.0))
        whole.runs.append(Run((volume,), bottom, middle, axis + shape.reach + 2.0))
        if before is not None and volume.level < before.level:
            self._label(volume, middle, axis + shape.reach + _BELOW + self._style.levels * 0.35)

    def _areas(self, volume: Volume, axis: float) -> list[Area]:
        """The room of a volume at the left end, and of the texts over it and under it."""
        shape = self.whole.glyphs[volume]
        box = shape.box(Point(0.0, axis))
        top, bottom = _words(volume)
        middle = shape.width / 2
        found = [Area(box, SOLID)]
        for words, y in ((top, box.top - _ABOVE + 1.0), (bottom, box.bottom + 2.0)):
            if words.lines:
                found.append(Area(words.box(middle, y), WORDS))
        return found

    def _label(self, volume: Volume, x: float, top: float) -> None:
        words = Caption((Line(step(volume), 8.5),))
        middle = x + 7.0 + words.width / 2
        self.whole.runs.append(Run((), words, middle, top + self._style.levels / 2 - 8.0))
        self.whole.areas.append(Area(words.box(middle, top + self._style.levels / 2 - 8.0), WORDS))


def _half(placing: _Placing, volume: Volume) -> float:
    return placing.whole.glyphs[volume].reach


_ABOVE, _BELOW = 14.0, 13.0
"""The room of the texts over and under a volume."""


def _words(volume: Volume) -> tuple[Caption, Caption]:
    """The channels, over a volume, and its size, under it."""
    shape = volume.shape
    if shape is None or volume.form == "circle":
        return Caption(()), Caption(())
    sizes = shape.spatial
    is_square = len(sizes) == 2 and sizes[0] == sizes[1] and isinstance(sizes[0], int)
    size = f"{sizes[0]}²" if is_square else product(sizes)
    return Caption((Line(str(shape.channels), 9.0, True),)), Caption((Line(size, 8.5),))


def step(volume: Volume) -> str:
    """What the arrow to a volume from another level does."""
    made = next((reading.source for reading in volume.reads if _is_swallowed(reading.source)), volume)
    return made.action


def draw(drawing: Drawing, found: Sequence[Copy]) -> None:
    """The arrows of a U, and what they mean."""
    laid, colors = drawing.laid, drawing.colors
    families = colors.palette.families
    blue, red, green = (families[name].border for name in ("conv", "pool", "resample"))
    gray = colors.palette.reference
    legend: dict[str, str] = {}
    known = {(copy.source, copy.target) for copy in found}
    for source, target in drawing.network.edges():
        if (source, target) in known or target not in laid.places:
            continue
        if source not in laid.places:
            # The map in between is not drawn: half of the concatenation is it.
            below = source.reads[0].source
            _climb(drawing, below, target, green)
            drawing.drawn.update({(below, source): "line", (source, target): "line"})
            legend[source.action.partition(" ")[0]] = green
        elif source.level == target.level:
            start = laid.glyphs[source].exit(laid.places[source])
            end = laid.glyphs[target].entry(laid.places[target])
            _arrow(drawing, [start, Point(end.x - 2.0, end.y)], blue, 1.6, source, target)
            legend[_action(target)] = blue
        elif source.level < target.level:
            _fall(drawing, source, target, red)
            legend[target.action] = red
        else:
            _climb(drawing, source, target, green)
            legend[target.action.partition(" ")[0]] = green
    for copy in found:
        left, end = laid.glyphs[copy.source].box(laid.places[copy.source]).right, laid.places[copy.target]
        points = [Point(left + 3.0, end.y), Point(end.x - 4.0, end.y)]
        _arrow(drawing, points, gray, 2.6, copy.source, copy.target)
        place = Point((points[0].x + points[1].x) / 2, end.y - 6.0)
        drawing.canvas.add(Text(place, copy.text, PLAIN, colors.palette.small_text), TEXTS)
        legend["copy and crop" if any("crop" in one for one in copy.remarks) else COPY] = gray
    _legend(drawing, legend)


def _action(volume: Volume) -> str:
    return ", ".join([actions([volume]), *volume.activations])


def _arrow(
    drawing: Drawing, points: Sequence[Point], color: str, thickness: float, source: Volume, target: Volume
) -> None:
    path = Path(tuple(points), color, thickness, arrow=True, radius=6.0, joins=(source.name, target.name))
    drawing.canvas.add(path, FRONT)
    drawing.drawn[source, target] = "line"


def _fall(drawing: Drawing, source: Volume, target: Volume, color: str) -> None:
    """From below the size of one map to above the channels of the next."""
    laid = drawing.laid
    box, end = laid.glyphs[source].box(laid.places[source]), laid.glyphs[target].box(laid.places[target])
    x = (end.left + end.right) / 2
    _arrow(drawing, [Point(x, box.bottom + _BELOW + 3.0), Point(x, end.top - _ABOVE - 2.0)], color, 2.2, source, target)


def _climb(drawing: Drawing, source: Volume, target: Volume, color: str) -> None:
    """From above the channels of one map to below the size of the next, which stands further to the right."""
    laid = drawing.laid
    box, end = laid.glyphs[source].box(laid.places[source]), laid.glyphs[target].box(laid.places[target])
    start = (box.left + box.right) / 2
    x = (end.left + end.right) / 2
    top, bottom = end.bottom + _BELOW + 2.0, box.top - _ABOVE - 2.0
    middle = max(top + 14.0, bottom - 8.0) if abs(x - start) > 1.0 else top
    points = [Point(start, bottom), Point(start, middle), Point(x, middle), Point(x, top)]
    _arrow(drawing, points if abs(x - start) > 1.0 else [points[0], points[-1]], color, 2.2, source, target)


def _legend(drawing: Drawing, legend: dict[str, str]) -> None:
    """What the arrows mean: at the lower right, where a U leaves room, else below it."""
    colors = drawing.colors.palette
    bounds = drawing.canvas.bounds()
    lines = [Line(text, PLAIN) for text in legend]
    wide, high = max([line.width for line in lines]) + 30.0, 14.0 * len(lines)
    box = Box(bounds.right - wide, bounds.bottom - high, bounds.right, bounds.bottom)
    taken = [item.bounds().grown(6.0) for item in drawing.canvas.items]
    if any(box.meets(other) for other in taken):
        box = Box(box.left, bounds.bottom + 10.0, box.right, bounds.bottom + 10.0 + high)
    for index, (line, color) in enumerate(zip(lines, legend.values(), strict=True)):
        y = box.top + 14.0 * index + 7.0
        drawing.canvas.add(Path((Point(box.left, y), Point(box.left + 22.0, y)), color, 2.0, arrow=True), FRONT)
        place = Point(box.left + 28.0, y + 3.0)
        drawing.canvas.add(Text(place, line.text, PLAIN, colors.small_text, "start"), TEXTS)
