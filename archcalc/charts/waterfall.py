"""The way from one count to another, term by term."""

from __future__ import annotations

from typing import Any

from archcalc.api.report import Report
from archcalc.charts.chart import MULTIPLICATIONS, PALE, PARAMETERS, Chart, ink, named, panels, shortened
from archcalc.charts.counts import counted, engineering, whole


def waterfall(report: Report, convention: str, title: str = "") -> Chart:
    """From archcalc's own count of the operations to that of a convention: a bar for each term that lies between them.

    The bars of both counts are cut off below, where they are alike. Raises: ValueError for a network with errors, or
    with symbols that have no value; NoConvention, NoCount, OSError; ImportError without matplotlib.

    >>> import archcalc
    >>> waterfall(archcalc.load("resnet:resnet50").check(), "thop")
    <Chart ResNet:resnet50: from the multiplications to thop-0.1.1>
    """
    counted(report)
    (one,) = report.reconcile(None, convention).operations
    parts = sorted(one.parts, key=lambda part: -abs(whole(part.amount)))
    levels = [whole(one.base)]
    for part in parts:
        levels.append(levels[-1] + whole(part.amount))
    low = max(0, min(levels) - (max(levels) - min(levels) or max(levels)) // 3)
    figure, ((axes,),) = panels(1, 1, (9, 1.4 + 0.34 * len(levels)))
    names = ["multiplications" if one.convention.unit == "multiply-adds" else "2 * multiplications"]
    names += [shortened(f"{part.text}: {', '.join(part.kinds)}") for part in parts]
    axes.barh(0, levels[0] - low, left=low, color=PARAMETERS, height=0.6)
    for row, (part, before, after) in enumerate(zip(parts, levels, levels[1:], strict=False), start=1):
        axes.barh(row, abs(after - before), left=min(before, after), color=MULTIPLICATIONS, height=0.6)
        axes.plot([before, before], [row - 1.3, row + 0.3], color=PALE, linewidth=1, zorder=0)
        _label(axes, max(before, after), row, f"{whole(part.amount):+,}", ink(MULTIPLICATIONS))
    last = len(parts) + 1
    axes.barh(last, levels[-1] - low, left=low, color=PARAMETERS, height=0.6)
    for row, level in ((0, levels[0]), (last, levels[-1])):
        _label(axes, level, row, f"{level:,}", ink(PARAMETERS))
    axes.set_yticks(range(last + 1), [*names, one.convention.name], parse_math=False)
    axes.set_ylim(last + 0.6, -0.6)
    axes.set_xlim(low, max(levels) + (max(levels) - low) // 4)
    axes.xaxis.set_major_formatter(engineering())
    axes.tick_params(labelsize=8)
    about = title or f"{report.title}: from the multiplications to {one.convention.name}"
    named(axes, about)
    return Chart(figure, about)


def _label(axes: Any, end: float, row: int, text: str, color: str) -> None:
    """A number behind the end of a bar."""
    place = {"xytext": (4, 0), "textcoords": "offset points", "va": "center"}
    axes.annotate(text, (end, row), fontsize=8, color=color, **place)
