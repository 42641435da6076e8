"""Chooses how many rows a picture has and how large its maps are, so that it has the shape that is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from math import log
from typing import NamedTuple

from archcalc.scene.primitives import Box
from archcalc.volumes.axis import Axis, Style
from archcalc.volumes.captions import Words
from archcalc.volumes.laid import Laid
from archcalc.volumes.network import Network
from archcalc.volumes.rows import Rows, in_rows
from archcalc.volumes.scale import Scale
from archcalc.volumes.structure import Parallel, Series, Structure

LONGEST = 1040.0
"""Rows are no longer, if thinner volumes and smaller gaps can make them so."""
WIDEST = 4.0
"""Without an aspect that is asked for, a picture is at most so many times as wide as high."""
HEADING = 75.0
"""The height of what stands over and under a picture."""
MOST_ROWS = 8
SHARES = (1.0, 0.75, 0.56, 0.42, 0.32)
"""By what the thickness of maps is multiplied to make rows shorter."""
SIZES = (1.0, 1.4, 2.0)
"""By what the edges of maps are multiplied to fill the shape that is asked for."""
TOO_WIDE = 1.12
"""More than this times the aspect that is asked for is taken only where nothing else can be had."""
SHEETS = 32
"""Maps of at most so many channels are drawn as sheets."""
CROWDED = 3
"""So many branches side by side make the maps smaller."""


class Fitted(NamedTuple):
    """The rows that fit best, and how they are drawn."""

    rows: Rows
    style: Style


class _Tried(NamedTuple):
    far: float
    rows: Rows
    style: Style


def shape(bounds: Box) -> float:
    """How many times as wide as high a picture becomes."""
    return bounds.width / (bounds.height + HEADING)


def fitted(network: Network, found: Structure, words: Words, aspect: float | None) -> Fitted:
    """The picture of a network whose shape comes nearest to an aspect (width by height), or is not too wide."""
    best: _Tried | None = None
    limit = aspect or WIDEST
    sizes = [_Size(network, found, words, size) for size in (SIZES if aspect else SIZES[:1])]
    for count in range(1, MOST_ROWS + 1):
        for size in sizes:
            tried, wide = size.tried(count, aspect)
            if best is None or tried.far < best.far - 1e-6:
                best = tried
            if wide < limit:
                break
        if wide < limit and size is sizes[0]:
            break
    assert best is not None
    return Fitted(best.rows, best.style)


class _Size:
    """All pictures with maps of one size."""

    def __init__(self, network: Network, found: Structure, words: Words, size: float) -> None:
        self._network = network
        self._series = found.series
        self._loose = found.loose
        maps = [volume.sizes for volume in network.volumes if volume.form == "box"]
        is_thin = bool(maps) and max([sizes.channels for sizes in maps]) <= SHEETS
        lanes = _most_lanes(found.series)
        edge, thickness = (150.0, 70.0) if lanes < CROWDED else (max(70.0, 330.0 / lanes), 48.0)
        self._styles = [
            Style(Scale(network.volumes, edge * size, thickness * share), words, max(14.0, 30.0 * share**0.5), is_thin)
            for share in SHARES
        ]
        self._known: dict[int, Laid] = {}

    def _single(self, index: int) -> Laid:
        """The whole series on one axis, in one of the styles."""
        if index not in self._known:
            axis = Axis(self._styles[index], self._network.repeats)
            self._known[index] = axis.laid(self._series, ends=True)
        return self._known[index]

    def tried(self, count: int, aspect: float | None) -> tuple[_Tried, float]:
        """So many rows in the first style in which they are short, and the shape of the picture."""
        for index, style in enumerate(self._styles):
            found = in_rows(self._network, self._series, style, count, self._single(index))
            if found.longest <= LONGEST or index == len(self._styles) - 1:
                break
        rows = found.laid_out()
        Axis(style, ()).beside(rows.laid, self._loose)
        wide = shape(rows.laid.bounds())
        far = abs(log(wide / (aspect or min(wide, WIDEST))))
        if wide > TOO_WIDE * (aspect or WIDEST):
            far += 10.0
        return _Tried(far, rows, style), wide


def _most_lanes(series: Series) -> int:
    """How many branches stand side by side at most."""
    return max([len(item.branches) for item in _parallels(series)], default=1)


def _parallels(series: Series) -> Iterator[Parallel]:
    for item in series.items:
        if isinstance(item, Parallel):
            yield item
            for branch in item.branches:
                yield from _parallels(branch)
