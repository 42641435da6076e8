"""Breaks an axis that is too long into rows, as text is broken into lines."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from archcalc.volumes.axis import Axis, Style, touches
from archcalc.volumes.laid import Laid
from archcalc.volumes.network import Network, Volume
from archcalc.volumes.routes import Detour
from archcalc.volumes.structure import Parallel, Series

MARGIN = 16.0
"""Between a row and the line that leads to the next one."""
GUTTER = 12.0
"""Between such a line and what is above and below it."""


class Rows(NamedTuple):
    """All rows of a picture, and the ways from the end of one to the beginning of the next."""

    laid: Laid
    detours: dict[tuple[Volume, Volume], Detour]


class Broken:
    """A series in parts, before each of them is laid out as a row."""

    def __init__(self, network: Network, style: Style, single: Laid, parts: Sequence[Series], longest: float) -> None:
        self._network = network
        self._style = style
        self._single = single
        self._parts = parts
        self.longest = longest
        """About the length of the longest row."""

    def laid_out(self) -> Rows:
        """The rows below each other."""
        if len(self._parts) == 1:
            whole = Laid()
            whole.take(self._single)
            return Rows(whole, {})
        axis = Axis(self._style, self._network.repeats)
        last = len(self._parts) - 1
        return _stacked(self._parts, [axis.laid(part, ends=index == last) for index, part in enumerate(self._parts)])


def in_rows(network: Network, series: Series, style: Style, count: int, single: Laid) -> Broken:
    """A series in at most so many rows, broken where a single map leads on, so that the longest is short.

    `single` is the whole series on one axis.
    """
    items, end = series.items, single.bounds().right
    if count == 1:
        return Broken(network, style, single, [series], single.bounds().width)
    cuts = _cuts(network, series, style)
    starts = [0.0, *[_start(single, items[cut]) for cut in cuts]]
    chosen = _balanced(starts, end, count)
    places = [0, *[cuts[index - 1] for index in chosen], len(items)]
    parts = [Series(items[first:last]) for first, last in pairwise(places)]
    borders = [0.0, *[starts[index] for index in chosen], end]
    longest = max([right - left for left, right in pairwise(borders)])
    return Broken(network, style, single, parts, longest)


def _stacked(parts: Sequence[Series], laid: Sequence[Laid]) -> Rows:
    whole = Laid()
    detours: dict[tuple[Volume, Volume], Detour] = {}
    boxes = [one.bounds() for one in laid]
    right = max([box.width for box in boxes]) + MARGIN
    bottom = 0.0
    axes: list[float] = []
    for one, box in zip(laid, boxes, strict=True):
        y = bottom + GUTTER - box.top
        axes.append(y)
        whole.take(one.shifted(-box.left, y))
        bottom = y + box.bottom + GUTTER
    for index, part in enumerate(parts[:-1]):
        last = part.items[-1]
        assert isinstance(last, Volume)
        gutter = axes[index] + boxes[index].bottom + GUTTER
        for reader in last.readers:
            detours[last, reader] = Detour(right, gutter, -MARGIN, axes[index + 1])
    return Rows(whole, detours)


def _cuts(network: Network, series: Series, style: Style) -> list[int]:
    """Where a row may begin: behind a volume that nothing passes, touches or embraces."""
    joined: list[set[Volume]] = [set(repeat.volumes) for repeat in network.repeats]
    found: list[int] = []
    seen: set[Volume] = set()
    for index, item in enumerate(series.items[1:], start=1):
        before = series.items[index - 1]
        seen.update(_inside(before))
        if not isinstance(before, Volume) or (isinstance(item, Volume) and touches(before, item, style)):
            continue
        if not before.readers or before.towers > 1 or any(group & seen and not group <= seen for group in joined):
            continue
        found.append(index)
    return found


def _inside(item: Volume | Parallel) -> list[Volume]:
    return list(Series((item,)).volumes())


def _start(laid: Laid, item: Volume | Parallel) -> float:
    return min([laid.places[volume].x for volume in _inside(item) if volume in laid.places])


def _balanced(starts: Sequence[float], end: float, count: int) -> list[int]:
    """Which of the possible rows begin one, so that the longest of at most `count` is as short as it can be."""
    low, high = 0.0, end
    best: list[int] = []
    for _ in range(30):
        middle = (low + high) / 2
        chosen = _greedy(starts, end, middle)
        if chosen is not None and len(chosen) < count:
            best, high = chosen, middle
        else:
            low = middle
    return best


def _greedy(starts: Sequence[float], end: float, longest: float) -> list[int] | None:
    """As few rows as there can be that are no longer than this; None if there can be none."""
    chosen: list[int] = []
    begin = 0
    ends = [*starts[1:], end]
    for index, stop in enumerate(ends):
        if stop - starts[begin] <= longest:
            continue
        if index == begin:
            return None
        chosen.append(index)
        begin = index
        if stop - starts[begin] > longest:
            return None
    return chosen
