"""Lays volumes out along an axis: runs that touch, branches around the axis, arcs over it, brackets below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from archcalc.scene.primitives import Box, Point
from archcalc.volumes.captions import Caption, Line, Words, caption
from archcalc.volumes.glyphs import LEAN, Glyph, Lean, glyph
from archcalc.volumes.laid import WORDS, Arc, Area, Bracket, Bus, Laid, Run, clearance
from archcalc.volumes.network import Repeat, Volume
from archcalc.volumes.scale import Scale
from archcalc.volumes.structure import Parallel, Series

TOUCHING = 2.2
"""Between volumes of a run."""
LANE = 14.0
"""Between branches."""
GUTTER = 13.0
"""Between an upright line and what stands beside it."""
ARC = 10.0
"""Between a line over volumes and what it passes."""
BRACKET = 6.0
BETWEEN = 2
"""So many towers have their caption between them; more have it below."""


class Style(NamedTuple):
    """How a picture is laid out."""

    scale: Scale
    words: Words
    gap: float = 30.0
    """Between volumes."""
    sheets: bool = False
    """Whether maps are drawn as sheets, one for each channel."""
    lean: Lean = LEAN
    is_touching: bool = True
    """Whether maps of one size stand close together."""


class Axis:
    """Lays series out."""

    def __init__(self, style: Style, repeats: Sequence[Repeat]) -> None:
        self._style = style
        self._repeats = dict(enumerate(repeats))
        self._pitch = 0.0

    def laid(self, series: Series, *, ends: bool = False, is_touching: bool = True) -> Laid:
        """A series with everything in it; `ends` says that its branches lead to outputs, and not back together."""
        whole = Laid()
        self._pitch = max(self._pitch, self._needed(series))
        items = _runs(series, self._style if is_touching else self._style._replace(is_touching=False))
        for index, item in enumerate(items):
            is_last = ends and index == len(items) - 1
            piece = self._parallel(item, ends=is_last) if isinstance(item, Parallel) else self._run(item)
            shift = clearance(whole.areas, piece.areas, self._style.gap) if whole.areas else -_left(piece)
            if index and (wanted := self._label_room(items[index - 1])):
                start = self._arc_start(whole, items, index - 1)
                shift = max(shift, start + wanted)
            whole.take(piece.shifted(shift, 0.0))
        for index, item in enumerate(items):
            if isinstance(item, Parallel):
                self._arcs(whole, items, index, item)
        self._bracket(whole, set(series.volumes()))
        return whole

    def beside(self, whole: Laid, loose: Sequence[Volume]) -> None:
        """Place inputs that only fields name below the beginning of the axis."""
        for volume in loose:
            piece = self._run((volume,))
            box = piece.bounds()
            left = whole.bounds().left
            below = max([taken.bottom for taken in whole.within(left, left + box.width)])
            whole.take(piece.shifted(left - box.left, below + LANE - box.top))

    def _run(self, volumes: tuple[Volume, ...]) -> Laid:
        piece = Laid()
        x = 0.0
        words = caption(volumes, self._style.words)
        towers = volumes[0].towers
        pitch = self._pitch if towers > 1 else 0.0
        for volume in volumes:
            shape = glyph(volume, self._style.scale, self._style.lean, sheets=self._style.sheets)
            shape = shape._replace(towers=towers, pitch=pitch)
            piece.glyphs[volume] = shape
            piece.places[volume] = Point(x, 0.0)
            for base in shape.bases(Point(x, 0.0)):
                box = shape._replace(towers=1).box(base)
                piece.areas.append(Area(box._replace(top=box.top - ARC) if volume.skip else box))
            x += shape.front + TOUCHING
        middle = top = 0.0
        if words.lines:
            body = [volume for volume in volumes if volume.family != "pool"] or list(volumes)
            end = piece.places[body[-1]].x + _solid_width(piece.glyphs[body[-1]])
            middle = end / 2 if len(body) < len(volumes) else _end(piece, volumes[-1]) / 2
            top = max([piece.glyphs[volume].reach for volume in volumes]) + 3.0
            if towers == BETWEEN:
                top = -words.height / 2
            piece.areas.append(Area(words.box(middle, top), WORDS))
        piece.runs.append(Run(volumes, words, middle, top))
        return piece

    def _needed(self, series: Series) -> float:
        """How far towers must be from each other, so that their captions stand between them."""
        pitch = 0.0
        for run in _runs(series, self._style):
            if not isinstance(run, Parallel) and run[0].towers > 1:
                shapes = [glyph(volume, self._style.scale, self._style.lean) for volume in run]
                room = caption(run, self._style.words).height if run[0].towers == BETWEEN else 0.0
                pitch = max(pitch, max([2 * shape.half for shape in shapes]) + room + 12.0)
        return pitch

    def _parallel(self, item: Parallel, *, ends: bool) -> Laid:
        drawn = [branch for branch in item.branches if not self._is_projection(item, branch)]
        if len(drawn) == 1:
            return self.laid(drawn[0], ends=ends)
        pieces = [self.laid(branch, ends=ends, is_touching=ends) for branch in drawn]
        boxes = [piece.bounds() for piece in pieces]
        wide = max([box.width for box in boxes])
        whole = Laid()
        bus = Bus(0.0, wide + 2 * GUTTER)
        offsets = _heads(pieces, boxes) if ends else _lanes(boxes)
        for piece, box, offset in zip(pieces, boxes, offsets, strict=True):
            indent = 0.0 if ends else (wide - box.width) / 2
            volumes = list(piece.places)
            whole.take(piece.shifted(GUTTER + indent - box.left, offset))
            for volume in volumes:
                whole.buses.setdefault(volume, []).append(bus)
        for x in (bus.left, bus.right) if not ends else (bus.left,):
            whole.areas.append(Area(Box(x - 0.5, min(offsets), x + 0.5, max(max(offsets), 0.0))))
        return whole

    @staticmethod
    def _is_projection(item: Parallel, branch: Series) -> bool:
        return projection(item) is branch

    def _label_room(self, item: object) -> float:
        """How long the arc over a branch must be for what is written over it."""
        if isinstance(item, Parallel) and (branch := projection(item)):
            return _label(next(branch.volumes()), self._style.words).width + 14.0
        return 0.0

    def _arc_start(self, whole: Laid, items: Sequence[object], index: int) -> float:
        """Where the arc over a branch begins."""
        before = items[index - 1] if index else None
        if isinstance(before, tuple) and not isinstance(before, Parallel):
            source = before[-1]
            return whole.glyphs[source].above(whole.places[source], leaving=True).x
        return 0.0

    def _arcs(self, whole: Laid, items: Sequence[object], index: int, item: Parallel) -> None:
        via = projection(item)
        if not item.direct and via is None:
            return
        source, target = _neighbour(items, index - 1, -1), _neighbour(items, index + 1, 0)
        bounds = whole.bounds()
        left = bounds.left if source is None else whole.glyphs[source].above(whole.places[source], leaving=True).x
        right = bounds.right if target is None else whole.glyphs[target].above(whole.places[target], leaving=False).x
        known = (source is not None, target is not None)
        for edge in item.direct:
            whole.arcs.append(Arc(*edge, _over(whole, left, right), *known))
        if via is not None:
            volume = next(via.volumes())
            words, middle = _label(volume, self._style.words), (left + right) / 2
            y = _over(whole, left, right)
            ends = volume.reads[0].source, volume.readers[0]
            whole.arcs.append(Arc(*ends, y, *known, volume, words, middle))
            whole.areas.append(Area(words.box(middle, y - words.height - 3.0), WORDS))

    def _bracket(self, whole: Laid, present: set[Volume]) -> None:
        for index, repeat in list(self._repeats.items()):
            drawn = [volume for volume in repeat.volumes if volume in whole.places]
            if not drawn or not present.issuperset(repeat.volumes):
                continue
            del self._repeats[index]
            left = min([whole.places[volume].x for volume in drawn]) - 4.0
            right = max([whole.places[volume].x + whole.glyphs[volume].width for volume in drawn]) + 2.0
            text = f"× {repeat.times}"
            y = max([box.bottom for box in whole.within(left, right)]) + BRACKET + 3.0
            whole.brackets.append(Bracket(left, right, y, text))
            whole.areas.append(Area(Box(left, y - BRACKET, right, y + 1.0)))
            line = Caption((Line(text, 11.0, True),))
            whole.areas.append(Area(line.box((left + right) / 2, y + 2.0), WORDS))


def _over(whole: Laid, left: float, right: float) -> float:
    """The height of a line over everything between two uprights, which is taken from now on."""
    y = min([box.top for box in whole.within(left - 1, right + 1)]) - ARC
    whole.areas.append(Area(Box(left, y - 1, right, y + 1)))
    return y


def projection(item: Parallel) -> Series | None:
    """The one branch of two that is a single convolution beside a longer way, and is drawn as an arc, as in papers."""
    if item.direct or len(item.branches) != 2:
        return None
    short, long = sorted(item.branches, key=lambda branch: len(list(branch.volumes())))
    one = short.items[0]
    if len(short.items) > 1 or isinstance(one, Parallel) or len(list(long.volumes())) < 2:
        return None
    is_added = any(reader.kind == "add" for reader in one.readers) and len(one.readers) == 1
    return short if is_added and one.family == "conv" and one.form == "box" else None


def _label(volume: Volume, words: Words) -> Caption:
    return Caption((Line(volume.action, 8.0), Line(words(volume.shape), 8.0)))


def _neighbour(items: Sequence[object], index: int, place: int) -> Volume | None:
    if not 0 <= index < len(items):
        return None
    item = items[index]
    return item[place] if isinstance(item, tuple) and not isinstance(item, Parallel) else None


def _runs(series: Series, style: Style) -> list[tuple[Volume, ...] | Parallel]:
    """The items of a series, where volumes that touch are one."""
    found: list[tuple[Volume, ...] | Parallel] = []
    for item in series.items:
        if isinstance(item, Parallel):
            found.append(item)
        elif found and not isinstance(found[-1], Parallel) and touches(found[-1][-1], item, style):
            found[-1] = (*found[-1], item)
        else:
            found.append((item,))
    return found


def touches(before: Volume, volume: Volume, style: Style) -> bool:
    """Whether a volume stands close to the one in front: convolutions of one size, and the pool behind them."""
    if not style.is_touching or style.sheets or before.family != "conv" or before.readers != [volume]:
        return False
    if before.form != "box" or volume.form != "box" or before.fault or volume.fault or before.towers != volume.towers:
        return False
    if volume.family == "pool":
        return len(volume.readers) == 1 and volume.sizes.height <= before.sizes.height
    is_cut = volume.towers > 1 and volume.groups != volume.towers
    return volume.family == "conv" and before.sizes.spatial == volume.sizes.spatial and not is_cut


def _lanes(boxes: Sequence[Box]) -> list[float]:
    """Where the axes of branches are that are centred around one axis."""
    top = -(sum([box.height for box in boxes]) + LANE * (len(boxes) - 1)) / 2
    offsets: list[float] = []
    for box in boxes:
        offsets.append(top - box.top)
        top += box.height + LANE
    return offsets


def _heads(pieces: Sequence[Laid], boxes: Sequence[Box]) -> list[float]:
    """The longest branch keeps the axis; the others hang below it."""
    main = max(range(len(pieces)), key=lambda index: len(pieces[index].places))
    offsets = [0.0] * len(pieces)
    bottom = boxes[main].bottom
    for index, box in enumerate(boxes):
        if index != main:
            offsets[index] = bottom + LANE - box.top
            bottom = offsets[index] + box.bottom
    return offsets


def _left(piece: Laid) -> float:
    return piece.bounds().left


def _solid_width(shape: Glyph) -> float:
    return shape.width if shape.sheets else shape.front


def _end(piece: Laid, volume: Volume) -> float:
    return piece.places[volume].x + _solid_width(piece.glyphs[volume])
