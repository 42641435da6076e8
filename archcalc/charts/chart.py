"""A chart as a value: a figure of matplotlib that shows itself in a notebook, and what all charts have alike."""

from __future__ import annotations

from io import BytesIO
from os import PathLike
from typing import Any

from archcalc.terminal import visible

PARAMETERS = "#4477aa"
MULTIPLICATIONS = "#ee8866"
PALETTE = (
    PARAMETERS,
    MULTIPLICATIONS,
    "#228833",
    "#aa3377",
    "#777777",
    "#3399bb",
    "#aa7700",
    "#882255",
    "#999933",
    "#000000",
)
"""Colours of curves and families, in their order; told apart also where colours are not seen well."""
PALE = "#e9ebee"
"""What is there, but not the point."""
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


def panels(columns: int, rows: int, size: tuple[float, float], **ratios: Any) -> tuple[Any, Any]:
    """A figure of a size in inches, and its panels in rows."""
    # Not pyplot: it would keep every figure, choose a window system, and show a chart twice in a notebook.
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **ratios)


def named(axes: Any, title: str) -> None:
    """Write a name above a panel. A `$` in it is no formula."""
    axes.set_title(shortened(title), fontsize=10, loc="left", parse_math=False)


def shortened(name: str) -> str:
    """A name that leaves room for a chart."""
    shown = visible(name)
    return shown if len(shown) <= LONGEST_NAME else f"{shown[: LONGEST_NAME - 1]}…"


def ink(color: str) -> str:
    """A colour of the palette, dark enough for letters on white."""
    return "#" + "".join(f"{int(color[at : at + 2], 16) * 2 // 3:02x}" for at in (1, 3, 5))


def powers_of_two(axis: Any) -> None:
    """Numbers such as 64 at an axis, not as powers."""
    from matplotlib.ticker import FuncFormatter

    axis.set_major_formatter(FuncFormatter(lambda value, position: f"{value:g}"))
