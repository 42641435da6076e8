"""Charts of a report: where the parameters and the multiplications are, and how maps shrink while channels grow.

And small arrays with their numbers, as examples of what layers do.

They need matplotlib (`python -m pip install 'archcalc[notebook]'`), which is imported when a chart is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from os import PathLike
from typing import Any

from archcalc.api.report import Report
from archcalc.report.layers import LayerReport
from archcalc.tally import Count
from archcalc.terminal import visible

PARAMETERS = "#4477aa"
MULTIPLICATIONS = "#ee8866"
MOST_BARS = 40
"""More bars than these are not legible: the layers are then summed by scopes."""
LONGEST_NAME = 60
"""Longer names are cut."""


class Chart:
    """A picture of matplotlib that shows itself in a notebook. `figure` is the matplotlib figure, to be changed."""

    def __init__(self, figure: Any, title: str) -> None:
        self.figure = figure
        self.title = title

    def save(self, path: str | PathLike[str]) -> None:
        """Write a file; its suffix says which format (png, svg, pdf). Raises: ValueError for an unknown one."""
        self.figure.savefig(path, bbox_inches="tight")

    def _repr_png_(self) -> bytes:
        buffer = BytesIO()
        self.figure.savefig(buffer, format="png", dpi=96, bbox_inches="tight", facecolor="white", metadata={})
        return buffer.getvalue()

    def __repr__(self) -> str:
        return visible(f"<Chart {self.title}>")


def costs(report: Report) -> Chart:
    """Parameters and multiplications of every layer that has any, side by side.

    Layers of a deep network are summed by scopes. Raises: ValueError for a network with errors, or with
    symbols that have no value; ImportError without matplotlib.

    >>> import archcalc
    >>> costs(archcalc.load("lenet:lecture").check())
    <Chart LeNet:lecture: parameters and multiplications>
    """
    rows = bars(report)
    figure, ((left, right),) = _figure(2, 1, (9, 0.9 + 0.22 * len(rows)))
    names = [row[0] for row in rows]
    for axes, color, title, values in (
        (left, PARAMETERS, "parameters", [row[1] for row in rows]),
        (right, MULTIPLICATIONS, "multiplications", [row[2] for row in rows]),
    ):
        axes.barh(range(len(rows)), values, color=color, height=0.7)
        axes.set_title(f"{title}: {sum(values):,}", fontsize=10, loc="left")
        axes.xaxis.set_major_formatter(_engineering())
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.tick_params(labelsize=8)
        axes.grid(axis="x", alpha=0.3)
    left.set_yticks(range(len(rows)), names, parse_math=False)
    right.set_yticks([])
    return Chart(figure, f"{report.title}: parameters and multiplications")


def sizes(report: Report) -> Chart:
    """Height of the maps, and number of channels, against the depth: one step for every layer that changes them.

    The depth counts convolutions, pools and linear layers in the order of computation, those of branches behind each
    other. Raises: as `costs`.

    >>> import archcalc
    >>> sizes(archcalc.load("vgg:D").check())
    <Chart VGG:D: map size and channels against depth>
    """
    heights, channels = extents(report)
    figure, ((axes,),) = _figure(1, 1, (9, 3.2))
    for values, color, label in ((heights, PARAMETERS, "map size"), (channels, MULTIPLICATIONS, "channels")):
        axes.plot(range(len(values)), values, color=color, label=label, marker="o", markersize=3, drawstyle="steps-mid")
    axes.set_yscale("log", base=2)
    axes.yaxis.set_major_formatter(_plain())
    axes.set_xlabel("depth (0 is the input)", fontsize=9)
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=9, frameon=False)
    axes.set_title(_shortened(report.title), fontsize=10, loc="left", parse_math=False)
    return Chart(figure, f"{report.title}: map size and channels against depth")


def grids(title: str, *rows: Mapping[str, Any]) -> Chart:
    """Small arrays with their numbers written into them, each with its name; larger numbers are darker.

    A row maps names to two-dimensional arrays or lists of lists.

    >>> grids("a max pool", {"image": [[1, 3], [5, 2]], "pooled": [[5]]})
    <Chart a max pool>
    """
    import numpy

    arrays = [{name: numpy.asarray(values) for name, values in row.items()} for row in rows]
    across = max(map(len, arrays))
    heights = [max(len(array) for array in row.values()) for row in arrays]
    wide = max(array.shape[1] for row in arrays for array in row.values())
    size = (0.42 * wide * across + 0.3, 0.33 * sum(heights) + 0.4 * len(arrays))
    figure, panels = _figure(across, len(arrays), size, height_ratios=heights)
    for line, row, high in zip(panels, arrays, heights, strict=True):
        for axes in line:
            axes.set_axis_off()
        for axes, (name, array) in zip(line, row.items(), strict=False):
            low, top = array.min(), array.max()
            # The darkest blue stays away from the black of the numbers.
            axes.imshow(array, cmap="Blues", vmin=low, vmax=2 * top - low + 1, aspect="auto")
            axes.set(xlim=(-0.5, wide - 0.5), ylim=(high - 0.5, -0.5))
            axes.set_title(_shortened(name), fontsize=9, loc="left", parse_math=False)
            for (y, x), number in numpy.ndenumerate(array):
                axes.text(x, y, f"{number:g}", ha="center", va="center", fontsize=9)
    return Chart(figure, title)


def bars(report: Report) -> list[tuple[str, int, int]]:
    """Name, parameters and multiplications of what `costs` draws: layers, or scopes where those are too many.

    The scopes are the innermost ones that fit on a page; what does not fit even so is summed in the last bar.
    """
    layers = [layer for layer in _counted(report) if layer.parameters or layer.multiplications]
    deepest = max((len(layer.path) for layer in layers), default=1)
    depth = next((depth for depth in range(deepest, 1, -1) if len(_summed(layers, depth)) <= MOST_BARS), 1)
    found = [(_shortened(name), *counts) for name, counts in _summed(layers, depth).items()]
    shown, rest = (found, []) if len(found) <= MOST_BARS else (found[: MOST_BARS - 1], found[MOST_BARS - 1 :])
    if rest:
        shown.append((f"and {len(rest):,} more", sum(row[1] for row in rest), sum(row[2] for row in rest)))
    return shown


def _summed(layers: list[LayerReport], depth: int) -> dict[str, tuple[int, int]]:
    """Parameters and multiplications by the first parts of the names."""
    found: dict[str, tuple[int, int]] = {}
    for layer in layers:
        name = ".".join(layer.path[:depth])
        parameters, multiplications = found.get(name, (0, 0))
        found[name] = parameters + _whole(layer.parameters), multiplications + _whole(layer.multiplications)
    return found


def _whole(count: Count) -> int:
    assert isinstance(count, int), "errors and symbols without a value are refused before"
    return count


def extents(report: Report) -> tuple[list[int], list[int]]:
    """Height (1 for a vector) and channels of the input, and behind every convolution, pool and linear layer."""
    _counted(report)
    resizing = [node for node in report.graph.nodes if node.layer and node.layer.resizes]
    maps = [node.outputs[0].shape for node in (report.graph.inputs[0], *resizing)]
    shapes: list[Any] = [shape for shape in maps if shape is not None]
    return [shape.spatial[0] if shape.spatial else 1 for shape in shapes], [shape.channels for shape in shapes]


def _shortened(name: str) -> str:
    """A name that leaves room for a chart."""
    shown = visible(name)
    return shown if len(shown) <= LONGEST_NAME else f"{shown[: LONGEST_NAME - 1]}…"


def _counted(report: Report) -> list[LayerReport]:
    if not report.complete:
        raise ValueError(f"{report.title} has errors, so its sizes are not known: {report!r}")
    numbers = (report.totals.parameters, report.totals.multiplications)
    if not all(isinstance(number, int) for number in numbers):
        raise ValueError(f"{report.title} has symbols without a value; check it with values, as in check(N=224)")
    return report.layers


def _figure(columns: int, rows: int, size: tuple[float, float], **ratios: Any) -> tuple[Any, Any]:
    """A figure of a size in inches, and its panels in rows."""
    # Not pyplot: it would keep every figure, choose a window system, and show a chart twice in a notebook.
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **ratios)


def _engineering() -> Any:
    from matplotlib.ticker import EngFormatter

    # A count in billions is published as 15.5B, not as 15.5G.
    formatter = EngFormatter(sep="")
    formatter.ENG_PREFIXES = {**EngFormatter.ENG_PREFIXES, 9: "B"}
    return formatter


def _plain() -> Any:
    from matplotlib.ticker import FuncFormatter

    return FuncFormatter(lambda value, position: f"{value:g}")
