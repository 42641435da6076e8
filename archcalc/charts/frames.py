"""What a crop keeps of a map, as a square in a square."""

from __future__ import annotations

from collections.abc import Mapping

from archcalc.charts.chart import MULTIPLICATIONS, PARAMETERS, Chart, panels, shortened

_LEFT_OUT = "#d5e3f0"


def crops(maps: Mapping[str, tuple[int, int, int]], title: str = "crops") -> Chart:
    """Where a crop lies in a square map: for each name the size of the map, the offset of the crop, and its size.

    What is left out is blue, what is kept has an orange frame, and a dashed frame stands where a crop of the middle
    would. All maps are drawn to one scale. Raises: ValueError for a crop that does not lie in its map.

    >>> crops({"FCN-32s": (544, 19, 500)})
    <Chart crops>
    """
    from matplotlib.patches import Rectangle

    for name, (size, offset, kept) in maps.items():
        if offset < 0 or kept < 1 or offset + kept > size:
            raise ValueError(f"{name}: a crop of {kept} from {offset} on does not lie in a map of {size}")
    largest = max(size for size, _, _ in maps.values())
    figure, (line,) = panels(len(maps), 1, (3 * len(maps), 3.2))
    for axes, (name, (size, offset, kept)) in zip(line, maps.items(), strict=True):
        middle = (size - kept) / 2
        axes.add_patch(Rectangle((0, 0), size, size, facecolor=_LEFT_OUT, edgecolor=PARAMETERS))
        axes.add_patch(Rectangle((offset, offset), kept, kept, facecolor="white", edgecolor=MULTIPLICATIONS))
        axes.add_patch(Rectangle((middle, middle), kept, kept, fill=False, edgecolor="grey", linestyle="--"))
        less = f"{size:,} - {kept:,} = {size - kept:,}\n{offset:,} in front, {size - kept - offset:,} behind"
        axes.text(size / 2, size / 2, less, ha="center", va="center", fontsize=9)
        axes.set(xlim=(-0.01 * largest, 1.01 * largest), ylim=(1.01 * largest, -0.01 * largest), aspect="equal")
        axes.set_title(shortened(name), fontsize=10, parse_math=False)
        axes.set_axis_off()
    return Chart(figure, title)
