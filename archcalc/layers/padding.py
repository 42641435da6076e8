"""Padding around maps: what its modes allow, and how much of it makes PyTorch write the size that is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition, Dim
from archcalc.layers.base import Shape, Site, TorchCall
from archcalc.layers.window import Window, joined, same_window

PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]


def mode_fits(site: Site, mode: PaddingMode, names: Sequence[str], size: Dim, before: Dim, after: Dim) -> bool:
    """Whether an axis has what a padding takes from it: reflection mirrors less than all, wrapping at most all of it.

    Reports: AC308
    """
    spare = {"reflect": 1, "circular": 0}.get(mode)
    return spare is None or all(
        site.require(
            Condition.at_least(size - spare, side),
            codes.PADDING_TOO_LARGE,
            f"{mode} padding of {side} needs a {joined(names)} of at least {side + spare}, but reads {size}",
            field="padding",
        )
        for side in dict.fromkeys((before, after))
    )


def placed_windows(shape: Shape, axes: Sequence[Window], *, same: bool) -> list[Window]:
    """The windows with the padding that they really have: `same` is put into numbers."""
    if not same:
        return list(axes)
    return [same_window(size, window) for size, window in zip(shape.spatial, axes, strict=True)]


def overhangs(shape: Shape, output: Shape, axes: Sequence[Window]) -> tuple[int, ...]:
    """How far the last window of every axis reaches past the padded input, as it may under `rounding: ceil`.

    >>> overhangs(Shape((1, 8)), Shape((1, 4)), [Window(kernel=3, stride=2)])
    (1,)
    """
    missing = (
        (produced - 1) * window.stride - window.room(size)
        for size, produced, window in zip(shape.spatial, output.spatial, axes, strict=True)
    )
    return tuple(max(past, 0) if isinstance(past, int) else 0 for past in missing)


def flat_padding(pairs: Sequence[tuple[Dim, Dim]]) -> tuple[Dim, ...]:
    """[before, after] of every axis as `nn.functional.pad` takes them: the last axis first.

    >>> flat_padding([(1, 2), (3, 4)])
    (3, 4, 1, 2)
    """
    return tuple(side for pair in reversed(pairs) for side in pair)


def constant_pad(pairs: Sequence[tuple[Dim, Dim]], value: float = 0.0) -> TorchCall:
    """A pad of every axis with one value, zero unless given; negative padding cuts."""
    filler = {"value": value} if value else {}
    return TorchCall("nn.functional.pad", (flat_padding(pairs),), filler, is_module=False)
