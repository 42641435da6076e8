"""Memory along the schedule: what lives from operation to operation."""

from __future__ import annotations

from archcalc.charts.chart import Chart, named, panels
from archcalc.charts.counts import whole
from archcalc.memory import Memory
from archcalc.memory.amounts import readable

LAYERS = {
    "stays": ("weights, buffers, states", "#4c5b70"),
    "trained": ("gradients of weights", "#b8860b"),
    "saved": ("kept for the way back", "#2f6f9f"),
    "maps": ("maps that are read", "#7fb2d6"),
    "gradients": ("gradients of maps", "#c0605a"),
    "scratch": ("of kernels", "#b9b9b9"),
}
"""What is stacked, from the bottom up: in words, and its colour."""

GIB = 2**30
MIB = 2**20


def timeline(memory: Memory, title: str = "") -> Chart:
    """What lives at every moment of a forward pass, and in training of the way back; the peak is marked.

    Raises: ValueError where symbols without a value leave it open; ImportError without matplotlib.

    >>> import archcalc
    >>> timeline(archcalc.load("resnet:resnet18").check().memory(32, "adam"), "ResNet-18, 32 items")
    <Chart ResNet-18, 32 items>
    """
    top = memory.peak_moment
    if top is None:
        raise ValueError("symbols without a value leave the memory open")
    moments = memory.moments
    stays, alive = whole(memory.stays), whole(top.total)
    unit, name = (GIB, "GiB") if stays + alive >= GIB else (MIB, "MiB")
    series = [[(stays if what == "stays" else whole(getattr(one, what))) / unit for one in moments] for what in LAYERS]
    figure, ((axes,),) = panels(1, 1, (9, 3.6))
    steps = range(len(moments))
    axes.stackplot(steps, *series, colors=[color for _, color in LAYERS.values()], step="mid", linewidth=0)
    used = [index for index, row in enumerate(series) if any(row)]
    handles = axes.collections
    axes.legend(
        [handles[index] for index in reversed(used)],
        [list(LAYERS.values())[index][0] for index in reversed(used)],
        loc="upper right" if moments.index(top) < len(moments) / 3 else "upper left", fontsize=8, frameon=False,
    )  # fmt: skip
    at = moments.index(top)
    height = (stays + alive) / unit
    axes.set_ylim(0, height * 1.28)
    axes.set_xlim(-0.5, len(moments) - 0.5)
    left = at > len(moments) / 2
    axes.annotate(
        f"{readable(stays + alive)} at {top.place}",
        (at, height), xytext=(-8 if left else 8, 10), textcoords="offset points",
        ha="right" if left else "left", fontsize=8, arrowprops={"arrowstyle": "-", "linewidth": 0.6}, parse_math=False,
    )  # fmt: skip
    backward = next((index for index, one in enumerate(moments) if one.phase != "forward"), None)
    if backward is not None:
        axes.axvline(backward - 0.5, color="#4c5b70", linewidth=0.8, linestyle=":")
    axes.set_ylabel(name)
    axes.set_xlabel("operations, forward" + (" and, behind the dotted line, on the way back" if backward else ""))
    about = title or f"memory for {memory.plan.batch:,} item{'' if memory.plan.batch == 1 else 's'}"
    named(axes, about)
    return Chart(figure, about)
