"""Networks by what they cost: one point for each, with the names where they hide nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import ceil, hypot
from typing import Any, NamedTuple

from archcalc.api.report import Report
from archcalc.charts.chart import PALETTE, Chart, ink, panels, shortened
from archcalc.charts.counts import counted, whole

_DIRECTIONS = [(1, 0.6), (1, -0.6), (1, 0), (-1, 0.6), (-1, -0.6), (-1, 0), (0, 1), (0, -1)]
"""Where a name may stand, from its point: to the right and up is the place where readers expect it."""
_GAP = 6.0
"""Pixels between a point and its name."""
_STEP = 4.0
"""Pixels from one place of a line to the next that a name should not cover."""


class _Box(NamedTuple):
    """A rectangle in pixels."""

    left: float
    bottom: float
    right: float
    top: float

    def overlap(self, other: _Box) -> float:
        """The area of what both cover."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.top, other.top) - max(self.bottom, other.bottom)
        return max(0.0, wide) * max(0.0, high)

    def covers(self, x: float, y: float) -> bool:
        return self.left - 2 <= x <= self.right + 2 and self.bottom - 2 <= y <= self.top + 2


def landscape(families: Mapping[str, Report | Sequence[Report]], title: str = "what the networks cost") -> Chart:
    """Networks by their parameters (across) and multiplications (up), on logarithmic axes.

    A family is one network or several, whose points are joined in their order. Its name stands at one of its points,
    where it covers the least. Raises: ValueError for a family without a network, and as `costs`.

    >>> import archcalc
    >>> landscape({name: archcalc.load(name).check() for name in ("lenet:lecture", "vgg:D")})
    <Chart what the networks cost>
    """
    points = {name: _points(name, members) for name, members in families.items()}
    figure, ((axes,),) = panels(1, 1, (9, 3.6 if len(points) < 8 else 6))
    for index, line in enumerate(points.values()):
        axes.loglog(*zip(*line, strict=True), "o-", color=PALETTE[index % len(PALETTE)], markersize=5, linewidth=1)
    axes.set(xlabel="parameters", ylabel="multiplications")
    axes.margins(0.08, 0.1)
    axes.grid(alpha=0.3)
    _label(figure, axes, points)
    return Chart(figure, title)


def _points(name: str, members: Report | Sequence[Report]) -> list[tuple[int, int]]:
    reports = [members] if isinstance(members, Report) else list(members)
    if not reports:
        raise ValueError(f"{name}: there is no network in this family")
    found = []
    for report in reports:
        counted(report)
        point = whole(report.totals.parameters), whole(report.totals.multiplications)
        if not all(point):
            raise ValueError(f"{report.title} has no parameters or no multiplications, which a logarithm needs")
        found.append(point)
    return found


def _label(figure: Any, axes: Any, points: Mapping[str, Sequence[tuple[int, int]]]) -> None:
    """Write the names of families, each where it covers the least of points, lines and other names."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas: Any = FigureCanvasAgg(figure)
    renderer = canvas.get_renderer()
    figure.draw_without_rendering()
    lines = {name: [tuple(axes.transData.transform(point)) for point in line] for name, line in points.items()}
    frame = _Box(*axes.get_window_extent(renderer).extents)
    sizes: dict[str, tuple[float, float]] = {}
    taken: dict[str, _Box] = {}
    for name in points:
        text = axes.text(0, 0, shortened(name), fontsize=9, transform=None, parse_math=False)
        extent = text.get_window_extent(renderer)
        sizes[name] = extent.width, extent.height
        text.remove()
    drawn = [place for line in lines.values() for place in _along(line)]
    # A name that was placed early meets those that came later in the second round.
    for _ in range(2):
        for name, line in lines.items():
            others = [box for other, box in taken.items() if other != name]
            taken[name] = min(_places(line, *sizes[name]), key=lambda box: _cost(box, frame, drawn, others))
    inverted = axes.transData.inverted()
    for index, (name, box) in enumerate(taken.items()):
        x, y = inverted.transform((box.left, box.bottom))
        color = ink(PALETTE[index % len(PALETTE)])
        text = axes.text(x, y, shortened(name), fontsize=9, color=color, va="bottom", parse_math=False)
        # The axes were laid out without it, and would move.
        text.set_in_layout(False)


def _places(line: Sequence[tuple[float, float]], wide: float, high: float) -> Iterator[_Box]:
    """Where a name can stand beside one of its points."""
    for x, y in line:
        for across, up in _DIRECTIONS:
            left = x + across * _GAP - (wide if across < 0 else wide / 2 if across == 0 else 0)
            middle = y + up * (_GAP + high / 2)
            yield _Box(left, middle - high / 2, left + wide, middle + high / 2)


def _along(line: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Places on a line, a few pixels apart, its points among them."""
    yield from line
    for (x, y), (to_x, to_y) in pairwise(line):
        count = ceil(hypot(to_x - x, to_y - y) / _STEP)
        for part in range(1, count):
            yield x + (to_x - x) * part / count, y + (to_y - y) * part / count


def _cost(box: _Box, frame: _Box, drawn: Sequence[tuple[float, float]], others: Sequence[_Box]) -> float:
    """How much a name would hide: other names first, then points and lines; outside of the axes it is cut."""
    area = (box.right - box.left) * (box.top - box.bottom)
    hidden = sum(box.overlap(other) for other in others) + (area - box.overlap(frame))
    return 100 * hidden + 20 * sum(box.covers(x, y) for x, y in drawn)
