"""Small arrays side by side: as heat maps, as matrices with marked cells, as pictures, and as masks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from archcalc.charts.chart import PALE, PARAMETERS, Chart, named, panels, shortened

Cells = Collection[tuple[int, int]]

READ = "#cfe0f0"
WRITTEN = "#fbd9c9"
"""Light tones of the two colours of charts, behind black numbers."""
_CELL = 0.42
"""Inches of a cell that holds a number."""


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
    size = (_CELL * wide * across + 0.3, 0.33 * sum(heights) + 0.4 * len(arrays))
    figure, lines = panels(across, len(arrays), size, height_ratios=heights)
    for line, row, high in zip(lines, arrays, heights, strict=True):
        for axes in line:
            axes.set_axis_off()
        for axes, (name, array) in zip(line, row.items(), strict=False):
            low, top = array.min(), array.max()
            # The darkest blue stays away from the black of the numbers.
            axes.imshow(array, cmap="Blues", vmin=low, vmax=2 * top - low + 1, aspect="auto")
            axes.set(xlim=(-0.5, wide - 0.5), ylim=(high - 0.5, -0.5))
            axes.set_title(shortened(name), fontsize=9, loc="left", parse_math=False)
            for (y, x), number in numpy.ndenumerate(array):
                axes.text(x, y, f"{number:g}", ha="center", va="center", fontsize=9)
    return Chart(figure, title)


def matrices(
    title: str,
    arrays: Mapping[str, Sequence[Sequence[object]]],
    *,
    read: Mapping[str, Cells] | None = None,
    written: Mapping[str, Cells] | None = None,
) -> Chart:
    """Matrices in a row, each with its name above it and its entries in square cells.

    `read` and `written` give cells of a matrix, as (row, column), a colour: blue for what a window reads, orange for
    what it writes. Raises: ValueError for rows of different lengths, and for a mark on a cell that there is not.

    >>> matrices("one window", {"image": [[1, 3], [5, 2]], "sum": [[11]]}, written={"sum": [(0, 0)]})
    <Chart one window>
    """
    colors = dict.fromkeys(_marked(arrays, read), READ) | dict.fromkeys(_marked(arrays, written), WRITTEN)
    sizes = {name: _size(name, rows) for name, rows in arrays.items()}
    highest = max(height for height, _ in sizes.values())
    whole = sum(width + 1 for _, width in sizes.values()) - 1
    figure, ((axes,),) = panels(1, 1, (_CELL * whole, _CELL * (highest + 1)))
    left = 0
    for name, rows in arrays.items():
        height, width = sizes[name]
        top = (highest - height) / 2
        for (i, j), entry in _entries(rows):
            _cell(axes, left + j, top + i, entry, colors.get((name, i, j), "white"))
        axes.text(left + width / 2, top - 0.3, shortened(name), ha="center", fontsize=10, parse_math=False)
        left += width + 1
    axes.set(xlim=(-0.1, whole + 0.1), ylim=(highest + 0.1, -0.9), aspect="equal")
    axes.set_axis_off()
    return Chart(figure, title)


def images(
    title: str, arrays: Mapping[str, Any], *, colors: str = "gray", limits: tuple[float, float] | None = None
) -> Chart:
    """Arrays as pictures in a row, each with its name above it.

    An array of height × width is shown in the map `colors` of matplotlib, which goes from the smallest to the largest
    value of each, or from the lower to the upper of `limits` in all of them; one of height × width × 3 holds red, green
    and blue from 0 to 1. Raises: ValueError for an array of another form, and for a map that matplotlib does not know.

    >>> images("an edge", {"image": [[0, 9], [0, 9]], "mirrored": [[9, 0], [9, 0]]})
    <Chart an edge>
    """
    import numpy

    low, high = limits or (None, None)
    figure, (line,) = panels(len(arrays), 1, (2 * len(arrays), 2.4))
    for axes, (name, values) in zip(line, arrays.items(), strict=True):
        array = numpy.asarray(values)
        if array.ndim != 2 and (array.ndim != 3 or array.shape[2] != 3):
            raise ValueError(f"{name}: a picture is height × width, or height × width × 3, not {array.shape}")
        axes.imshow(array, cmap=colors, vmin=low, vmax=high)
        axes.set_title(shortened(name), fontsize=10, parse_math=False)
        axes.set_axis_off()
    return Chart(figure, title)


def masks(
    title: str,
    arrays: Mapping[str, Any],
    *,
    rows: Sequence[object],
    columns: Sequence[object],
    down: str = "",
    across: str = "",
    beside: int = 1,
) -> Chart:
    """Which of the rows goes with which of the columns: a field of cells for each array, coloured where it does.

    An entry that is None or False leaves its cell pale, True colours it, and any other entry is written into it. `rows`
    and `columns` label the cells, `down` and `across` say of what; `beside` fields stand in a line. Raises: ValueError
    for an array that has not an entry for each row and column.

    >>> reads = [[True, False], [True, True]]
    >>> masks("what each filter reads", {"": reads}, rows=["map 1", "map 2"], columns=["filter 1", "filter 2"])
    <Chart what each filter reads>
    """
    wide = max(0.32, 0.08 * max(len(str(label)) for label in columns) + 0.08)
    across_labels = 0.2 + 0.08 * max(len(str(label)) for label in rows)
    lines = -(-len(arrays) // beside)
    size = (beside * (wide * len(columns) + across_labels + 0.2), lines * (0.32 * len(rows) + 0.35) + 0.25)
    figure, fields = panels(beside, lines, size)
    for axes in fields.flat:
        axes.set_axis_off()
    for axes, (name, values) in zip(fields.flat, arrays.items(), strict=False):
        if [len(line) for line in values] != [len(columns)] * len(rows):
            raise ValueError(
                f"{name or title}: a mask has an entry for each of {len(rows)} rows × {len(columns)} columns"
            )
        axes.set_axis_on()
        for (y, x), entry in _entries(values):
            _mask_cell(axes, x, y, entry)
        axes.set(xlim=(-0.6, len(columns) - 0.4), ylim=(len(rows) - 0.4, -0.6), ylabel=down)
        axes.set_xticks(range(len(columns)), list(map(str, columns)))
        axes.set_yticks(range(len(rows)), list(map(str, rows)))
        axes.tick_params(labelsize=8, length=0)
        axes.spines[:].set_visible(False)
        named(axes, name)
    for axes in fields[-1]:
        axes.set_xlabel(across, fontsize=9)
    return Chart(figure, title)


def _entries(rows: Any) -> Iterator[tuple[tuple[int, int], Any]]:
    for i, row in enumerate(rows):
        for j, entry in enumerate(row):
            yield (i, j), entry


def _size(name: str, rows: Sequence[Sequence[object]]) -> tuple[int, int]:
    """Height and width of a matrix."""
    (width, *others) = {len(row) for row in rows} or {0}
    if others or not width:
        raise ValueError(f"{name}: the rows of a matrix are equally long, and not empty")
    return len(rows), width


def _marked(arrays: Mapping[str, Any], marks: Mapping[str, Cells] | None) -> Iterator[tuple[str, int, int]]:
    """Name, row and column of the cells that are marked."""
    for name, cells in (marks or {}).items():
        for i, j in cells:
            if name not in arrays or not (0 <= i < len(arrays[name]) and 0 <= j < len(arrays[name][i])):
                raise ValueError(f"there is no cell {(i, j)} of a matrix {name!r} to be marked")
            yield name, i, j


def _cell(axes: Any, x: float, y: float, entry: object, color: str) -> None:
    from matplotlib.patches import Rectangle

    axes.add_patch(Rectangle((x, y), 1, 1, facecolor=color, edgecolor="#8a94a3"))
    shown = f"{entry:g}" if isinstance(entry, float) else str(entry)
    axes.text(x + 0.5, y + 0.5, shown, ha="center", va="center", fontsize=10, parse_math=False)


def _mask_cell(axes: Any, x: int, y: int, entry: Any) -> None:
    from matplotlib.patches import Rectangle

    # An array of numpy has its own True and False, which are equal to Python's, and not the same.
    plain = entry.item() if hasattr(entry, "item") else entry
    is_empty = plain is None or plain is False
    axes.add_patch(Rectangle((x - 0.45, y - 0.43), 0.9, 0.86, color=PALE if is_empty else PARAMETERS))
    if not is_empty and plain is not True:
        axes.text(x, y, str(plain), color="white", fontsize=8, ha="center", va="center", parse_math=False)
