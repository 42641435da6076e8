"""Charts of a report: where the parameters and the multiplications are, and how maps shrink while channels grow."""

from __future__ import annotations

from typing import Any

from archcalc.api.report import Report
from archcalc.charts.chart import MULTIPLICATIONS, PARAMETERS, Chart, named, panels, powers_of_two, shortened
from archcalc.report.layers import LayerReport
from archcalc.tally import Count

MOST_BARS = 40
"""More bars than these are not legible: the layers are then summed by scopes."""


def costs(report: Report) -> Chart:
    """Parameters and multiplications of every layer that has any, side by side.

    Layers of a deep network are summed by scopes. Raises: ValueError for a network with errors, or with
    symbols that have no value; ImportError without matplotlib.

    >>> import archcalc
    >>> costs(archcalc.load("lenet:lecture").check())
    <Chart LeNet:lecture: parameters and multiplications>
    """
    rows = bars(report)
    figure, ((left, right),) = panels(2, 1, (9, 0.9 + 0.22 * len(rows)))
    names = [row[0] for row in rows]
    for axes, color, title, values in (
        (left, PARAMETERS, "parameters", [row[1] for row in rows]),
        (right, MULTIPLICATIONS, "multiplications", [row[2] for row in rows]),
    ):
        axes.barh(range(len(rows)), values, color=color, height=0.7)
        axes.set_title(f"{title}: {sum(values):,}", fontsize=10, loc="left")
        axes.xaxis.set_major_formatter(engineering())
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
    figure, ((axes,),) = panels(1, 1, (9, 3.2))
    for values, color, label in ((heights, PARAMETERS, "map size"), (channels, MULTIPLICATIONS, "channels")):
        axes.plot(range(len(values)), values, color=color, label=label, marker="o", markersize=3, drawstyle="steps-mid")
    axes.set_yscale("log", base=2)
    powers_of_two(axes.yaxis)
    axes.set_xlabel("depth (0 is the input)", fontsize=9)
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=9, frameon=False)
    named(axes, report.title)
    return Chart(figure, f"{report.title}: map size and channels against depth")


def bars(report: Report) -> list[tuple[str, int, int]]:
    """Name, parameters and multiplications of what `costs` draws: layers, or scopes where those are too many.

    The scopes are the innermost ones that fit on a page; what does not fit even so is summed in the last bar.
    """
    layers = [layer for layer in counted(report) if layer.parameters or layer.multiplications]
    deepest = max((len(layer.path) for layer in layers), default=1)
    depth = next((depth for depth in range(deepest, 1, -1) if len(_summed(layers, depth)) <= MOST_BARS), 1)
    found = [(shortened(name), *counts) for name, counts in _summed(layers, depth).items()]
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
        found[name] = parameters + whole(layer.parameters), multiplications + whole(layer.multiplications)
    return found


def whole(count: Count) -> int:
    """A count of a network that was `counted`."""
    assert isinstance(count, int), "errors and symbols without a value are refused before"
    return count


def extents(report: Report) -> tuple[list[int], list[int]]:
    """Height (1 for a vector) and channels of the input, and behind every convolution, pool and linear layer."""
    counted(report)
    resizing = [node for node in report.graph.nodes if node.layer and node.layer.resizes]
    maps = [node.outputs[0].shape for node in (report.graph.inputs[0], *resizing)]
    shapes: list[Any] = [shape for shape in maps if shape is not None]
    return [shape.spatial[0] if shape.spatial else 1 for shape in shapes], [shape.channels for shape in shapes]


def counted(report: Report) -> list[LayerReport]:
    """The layers of a network whose counts are all known numbers. Raises: as `costs`."""
    if not report.complete:
        raise ValueError(f"{report.title} has errors, so its sizes are not known: {report!r}")
    numbers = (report.totals.parameters, report.totals.multiplications)
    if not all(isinstance(number, int) for number in numbers):
        raise ValueError(f"{report.title} has symbols without a value; check it with values, as in check(N=224)")
    return report.layers


def engineering() -> Any:
    """Counts at an axis with a prefix."""
    from matplotlib.ticker import EngFormatter

    # A count in billions is published as 15.5B, not as 15.5G.
    formatter = EngFormatter(sep="")
    formatter.ENG_PREFIXES = {**EngFormatter.ENG_PREFIXES, 9: "B"}
    return formatter
