"""The roofline of a device, and the layers of a network below it."""

from __future__ import annotations

from typing import Any

from archcalc.api.report import Report
from archcalc.charts.chart import MULTIPLICATIONS, PALE, PARAMETERS, Chart, ink, named, panels, shortened
from archcalc.charts.counts import counted
from archcalc.roofline import Roofline
from archcalc.roofline.figures import short
from archcalc.roofline.rows import Row, rows
from archcalc.roofline.text import heading

NAMED = 5
"""So many layers, those with most time, have their names beside them."""
APART = 1.3
"""Two names lie over each other where the intensities of their layers differ by less than this factor."""


def roofline(
    report: Report,
    hardware: str,
    *,
    dtype: str | None = None,
    batch: int = 1,
    tensors: str | None = None,
    fused: bool = False,
    title: str = "",
) -> Chart:
    """Layers by their FLOPs a byte and the FLOPs a second that a device reaches for them, below its roof.

    Both axes are logarithmic. Under the slope the memory is the limit, under the flat part the arithmetic. A mark is as
    large as the part of the time that its layers take; what multiplies and adds nothing has no place. Raises:
    ValueError for a network with errors, or with symbols that have no value; NoHardware, NoDtype, NoPeak, OSError;
    ImportError without matplotlib.

    >>> import archcalc
    >>> roofline(archcalc.load("resnet:resnet50").check(), "a100", dtype="float16", batch=64)
    <Chart ResNet:resnet50 on NVIDIA A100 SXM, 80 GB: float16, batch 64>
    """
    from matplotlib.ticker import FuncFormatter

    counted(report)
    found = report.roofline(hardware, dtype=dtype, batch=batch, tensors=tensors, fused=fused)
    drawn = [row for row in rows(found, most=None) if row.work.flops and row.seconds]
    figure, ((axes,),) = panels(1, 1, (8, 4.6))
    _roof(axes, found, drawn)
    for bound, color in (("memory", PARAMETERS), ("compute", MULTIPLICATIONS)):
        some = [row for row in drawn if row.bound == bound]
        axes.scatter(
            [_intensity(row) for row in some],
            [_speed(row) for row in some],
            s=[12 + 400 * float(row.seconds / found.seconds) for row in some],
            color=color,
            alpha=0.6,
            label=f"{bound}-bound",
        )
    lines = 0
    for row in _apart(drawn):
        # Below the flat part, names stand below each other.
        is_flat = row.bound == "compute"
        lines += is_flat
        axes.annotate(
            shortened(row.label),
            (_intensity(row), _speed(row)),
            xytext=(-6 if is_flat else 6, -11 * lines if is_flat else -10),
            textcoords="offset points",
            ha="right" if is_flat else "left",
            fontsize=7,
            color=ink(MULTIPLICATIONS if is_flat else PARAMETERS),
            parse_math=False,
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, place: short(int(value))))
    axes.set_xlabel("arithmetic intensity: FLOPs a byte", fontsize=9)
    axes.set_ylabel("FLOPs a second at the peaks", fontsize=9)
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8, frameon=False, loc="lower right")
    about = title or heading(found)
    named(axes, about)
    return Chart(figure, about)


def _roof(axes: Any, found: Roofline, drawn: list[Row]) -> None:
    """The slope of the memory up to the ridge, and the level of the arithmetic behind it."""
    ridge, peak = float(found.ridge), found.hardware.peak(found.precision.maps).value
    intensities = [_intensity(row) for row in drawn] or [ridge]
    low, high = min(*intensities, ridge) / 2, 4 * max(*intensities, ridge)
    bandwidth = found.hardware.bandwidth.value
    axes.plot([low, ridge, high], [low * bandwidth, peak, peak], color="#333333", linewidth=1.5, zorder=1)
    axes.plot([ridge, ridge], [low * bandwidth, peak], color=PALE, linewidth=1, zorder=0)
    level = {"fontsize": 8, "textcoords": "offset points"}
    axes.annotate(found.hardware.peak(found.precision.maps).text, (high, peak), xytext=(0, 4), ha="right", **level)
    middle = (low * ridge) ** 0.5
    axes.annotate(found.hardware.bandwidth.text, (middle, middle * bandwidth), xytext=(-6, 4), ha="right", **level)


def _apart(drawn: list[Row]) -> list[Row]:
    """The first rows of which no name lies over that of another one."""
    found: list[Row] = []
    for row in drawn:
        if len(found) < NAMED and all(_ratio(row, other) > APART for other in found):
            found.append(row)
    return found


def _ratio(row: Row, other: Row) -> float:
    one, another = _intensity(row), _intensity(other)
    return max(one, another) / min(one, another)


def _intensity(row: Row) -> float:
    return float(row.work.intensity or 0)


def _speed(row: Row) -> float:
    return float(row.work.flops / row.seconds)
