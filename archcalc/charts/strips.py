"""Windows on the positions of one axis, as strips below each other."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.charts.chart import MULTIPLICATIONS, PALE, PARAMETERS, Chart, named, panels


def windows(size: int, kernel: int, strides: Sequence[int], padding: int = 0) -> Chart:
    """Where the windows of a kernel stand on an axis of `size` positions, in a panel for each stride.

    The axis is gray, its padding hatched. If the last window does not end where the axis with its padding ends, the
    next one, which would leave it, is drawn in the other colour: the size that comes out is a fraction. Raises:
    ValueError for numbers that are no sizes, and for a kernel that does not fit.

    >>> windows(7, 3, [1, 2, 3])
    <Chart windows of 3 on 7 positions, in steps of 1, 2, 3>
    """
    if size < 1 or kernel < 1 or padding < 0 or not strides or min(strides) < 1:
        raise ValueError("an axis, a kernel and strides are 1 or more, and padding is 0 or more")
    if kernel > size + 2 * padding:
        raise ValueError(f"a kernel of {kernel} does not fit on {size} positions with padding {padding}")
    starts = [_starts(size + 2 * padding, kernel, stride) for stride in strides]
    most = max(map(len, starts))
    last = max(places[-1] for places in starts) + kernel - padding
    figure, (line,) = panels(len(strides), 1, (3 * len(strides), 0.6 + 0.4 * most))
    for axes, stride, places in zip(line, strides, starts, strict=True):
        for row, place in enumerate(places):
            fits = place + kernel <= size + 2 * padding
            axes.barh(row, kernel, left=place - padding, height=0.6, color=PARAMETERS if fits else MULTIPLICATIONS)
        axes.axvspan(0, size, color=PALE, zorder=0)
        if padding:
            for edge in (-padding, size):
                axes.axvspan(edge, edge + padding, facecolor="white", edgecolor="#8a94a3", hatch="//", lw=0, zorder=0)
        axes.set(xlim=(-padding - 0.3, last + 0.3), ylim=(most - 0.4, -0.6), yticks=[])
        axes.set_xticks(range(-padding, last + 1))
        axes.tick_params(labelsize=8)
        named(axes, f"N = {size}, F = {kernel}, S = {stride}{f', P = {padding}' if padding else ''}")
    return Chart(figure, f"windows of {kernel} on {size} positions, in steps of {', '.join(map(str, strides))}")


def _starts(size: int, kernel: int, stride: int) -> list[int]:
    """Where windows begin; the last one leaves the axis if one before it does not end at its end."""
    room = size - kernel
    return [*range(0, room + 1, stride), *([] if room % stride == 0 else [(room // stride + 1) * stride])]
