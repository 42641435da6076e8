"""Sliding windows of layers: what they are, and how fields say it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from math import gcd
from typing import Any, NamedTuple

from archcalc.dims import Dim
from archcalc.graph import Node
from archcalc.layers.maps import collapsed
from archcalc.layers.window import Window

MAX_TRIED = 1_000
"""Kernels and steps below and above the present one that are tried; nobody means one that is further away."""


class Slide(NamedTuple):
    """A layer with a window, at its place: one window and one size of the input for every axis."""

    node: Node
    axes: tuple[Window, ...]
    sizes: tuple[Dim, ...] | None
    """Unknown behind an error."""
    pads: bool
    """Whether its padding is a number that can be another one: it has such a field, which does not say `same`."""

    @property
    def is_pool(self) -> bool:
        """Whether it has no weights."""
        return self.node.layer is not None and not self.node.layer.has_weights()

    def changed(self, rule: Callable[[Window], Window | None]) -> tuple[Window, ...] | None:
        """All windows changed by a rule; None if it has no answer for one of them."""
        found = [rule(window) for window in self.axes]
        return None if None in found else tuple([window for window in found if window is not None])


def slide_of(node: Node) -> Slide | None:
    """The windows of a layer; None for a layer without, or one of which too little is known."""
    windows = node.layer.windows() if node.layer is not None else None
    if windows is None or not node.inputs:
        return None
    shape = node.inputs[0].shape
    axes = windows.axes(len(shape.spatial) if shape is not None else windows.rank or 2)
    if not axes or not all(isinstance(value, int) for window in axes for value in window):
        return None
    pads = windows.padding is not None and not windows.is_same
    return Slide(node, tuple(axes), shape.spatial if shape is not None else None, pads)


def number(size: Dim) -> int:
    """A number of a window; `slide_of` lets no symbols through."""
    assert isinstance(size, int), "the windows of a slide are numbers"
    return size


def half(window: Window) -> int | None:
    """The padding (F - 1)/2 on both sides with which steps of 1 keep the size, if it is whole."""
    extent = window.extent
    return (extent - 1) // 2 if isinstance(extent, int) and extent % 2 else None


def meant(slide: Slide, window: Window) -> list[Window]:
    """The window with a kernel that its other fields speak for.

    In steps of 1 a padding P is there for the kernel 2P + 1; the windows of a pool lie side by side, as a rule.
    """
    found = []
    if window.before == window.after != 0 and window.dilation == window.stride == 1:
        found.append(window._replace(kernel=2 * window.before + 1))
    if slide.is_pool and window.before == window.after == 0 and window.stride > 1:
        found.append(window._replace(kernel=window.stride))
    return found


def symmetric(window: Window, size: Dim) -> list[int]:
    """The paddings next to the present one for which 2P = t (mod S): none, one below and one above, or only above."""
    rest = _rest(window, size)
    if rest is None or not isinstance(window.before, int) or window.before != window.after:
        return []
    twos = gcd(2, window.stride)
    if rest % twos:
        return []
    # 2D = -rest (mod S) has one solution D for every S, or for every S/2 if S is even.
    apart = window.stride // twos
    more = -(rest // twos) * pow(2 // twos, -1, apart) % apart
    found = []
    for first, step in ((more - apart, -apart), (more or apart, apart)):
        tried = range(window.before + first, window.before + first + twos * step, step)
        found += [padding for padding in tried if padding >= 0 and fits(_padded(window, padding, padding), size)][:1]
    return found


def behind(window: Window, size: Dim) -> int | None:
    """The padding behind with which the last step ends at the border; None if it ends there already."""
    rest = _rest(window, size)
    if not rest or not isinstance(window.after, int):
        return None
    return window.after + window.stride - rest


def no_padding(slide: Slide) -> str:
    """That no padding of both sides comes out whole, where none does: 2P = t (mod S) has no solution."""
    for window, size in zip(slide.axes, slide.sizes or (), strict=False):
        missing = behind(window, size)
        if missing is not None and window.before == window.after and not symmetric(window, size):
            extent, stride = window.extent, window.stride
            return (
                f"no padding P fits that is equal on both sides: {size} - {extent} + 2P is never a multiple of {stride}"
            )
    return ""


def kernels(window: Window, size: Dim) -> list[int]:
    """The kernel sizes next below and above the present one that fit."""
    found: list[int] = []
    for tried in (
        range(number(window.kernel) - 1, 0, -1),
        range(number(window.kernel) + 1, 2 * number(window.kernel) + 8),
    ):
        near = islice(tried, MAX_TRIED)
        found += islice((kernel for kernel in near if fits(window._replace(kernel=kernel), size)), 1)
    return found


def strides(window: Window, size: Dim) -> list[int]:
    """The steps next below and above the present one that fit."""
    found: list[int] = []
    for tried in (range(window.stride - 1, 0, -1), range(window.stride + 1, 2 * window.stride + 2)):
        near = islice(tried, MAX_TRIED)
        found += islice((stride for stride in near if fits(window._replace(stride=stride), size)), 1)
    return found


def fits(window: Window, size: Dim) -> bool:
    """Whether a window comes out whole on so many positions."""
    room = window.room(size)
    return isinstance(room, int) and room >= 0 and room % window.stride == 0


def _rest(window: Window, size: Dim) -> int | None:
    room = window.room(size)
    return room % window.stride if isinstance(room, int) else None


def _padded(window: Window, before: int, after: int) -> Window:
    return window._replace(before=before, after=after)


def padding_text(axes: Sequence[Window]) -> str:
    """The windows' padding as a field is written: one number where all sides agree.

    >>> padding_text([Window(3, 1, 1, 1), Window(3, 1, 1, 1)]), padding_text([Window(11, 4, 0, 3)] * 2)
    ('1', '[[0, 3], [0, 3]]')
    """
    sides = [window.before if window.before == window.after else (window.before, window.after) for window in axes]
    # A list of one entry is needed for a pair of sides, so that it is not taken for two axes.
    return text_of(collapsed(tuple(sides)) if all(isinstance(side, int) for side in sides) else tuple(sides))


def text_of(value: Any) -> str:
    """A number or a nested list as it stands in a spec.

    >>> text_of(3), text_of((1, 7)), text_of(((0, 1),))
    ('3', '[1, 7]', '[[0, 1]]')
    """
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(text_of(item) for item in value)}]"
    return str(value)
