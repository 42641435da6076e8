"""Padding around maps: what its modes allow, and how much of it makes PyTorch write the size that is wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition, Dim
from archcalc.layers.axes import joined
from archcalc.layers.base import TorchCall
from archcalc.layers.maps import collapsed
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.site import Site
from archcalc.layers.window import UPWARDS, Window, Windows

PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]


def mode_fits(site: Site, mode: PaddingMode, names: Sequence[str], size: Dim, before: Dim, after: Dim) -> bool:
    """Whether an axis has what a padding takes from it: reflection mirrors less than all, wrapping at most all of it.

    What one side cuts off is not there for the other side to be wrapped.

    Reports: AC308
    """
    spare = {"reflect": 1, "circular": 0}.get(mode)
    if spare is None:
        return True
    cut = [-side if mode == "circular" and isinstance(side, int) and side < 0 else 0 for side in (after, before)]
    return all(
        site.require(
            Condition.at_least(size - spare - less, side),
            codes.PADDING_TOO_LARGE,
            f"{mode} padding of {side} needs a {joined(names)} of at least {side + spare + less}, but reads {size}",
            field="padding",
        )
        for side, less in dict.fromkeys(zip((before, after), cut, strict=True))
    )


def overhangs(shape: Shape, output: Shape, axes: Sequence[Window], rounding: Rounding) -> tuple[int, ...] | None:
    """How far the last window of every axis reaches past the padded input, as it may where sizes are rounded up.

    None where a symbol decides.

    >>> overhangs(Shape((1, 8)), Shape((1, 4)), [Window(kernel=3, stride=2)], "ceil")
    (1,)
    """
    if rounding not in UPWARDS:
        return (0,) * len(axes)
    found = []
    for size, produced, window in zip(shape.spatial, output.spatial, axes, strict=True):
        past = (produced - 1) * window.stride - window.room(size)
        if not isinstance(past, int):
            if Condition.at_least(0, past).decide() is not True:
                return None
            past = 0
        found.append(max(past, 0))
    return tuple(found)


def behind(pairs: Sequence[tuple[Dim, Dim]], past: Sequence[int]) -> tuple[tuple[Dim, Dim], ...]:
    """Padding with more at the end of every axis.

    >>> behind([(1, 1), (0, 1)], (0, 2))
    ((1, 1), (0, 3))
    """
    return tuple((before, after + more) for (before, after), more in zip(pairs, past, strict=True))


def window_options(windows: Windows) -> dict[str, Any]:
    """Windows as the functions that pad for them take them.

    >>> window_options(Windows((3, 3), 2, "same"))
    {'kernel_size': 3, 'stride': 2}
    """
    spread = {} if collapsed(windows.dilation) == 1 else {"dilation": collapsed(windows.dilation)}
    return {"kernel_size": collapsed(windows.kernel), "stride": collapsed(windows.stride), **spread}


def same_pad(window: Mapping[str, Any], *, mode: str = "zeros", value: float = 0.0) -> TorchCall:
    """The pad that `same` stands for, measured when it runs."""
    options = {**window, **({} if mode == "zeros" else {"mode": mode}), **({"value": value} if value else {})}
    return TorchCall("supplied.pad_same", (), options, is_module=False)


def ceil_pads(
    pairs: Sequence[tuple[Dim, Dim]],
    window: Mapping[str, Any],
    *,
    mode: str = "zeros",
    value: float = 0.0,
    inside: bool = True,
) -> list[TorchCall]:
    """Padding, and what one more window takes where sizes are rounded up, measured when it runs.

    `inside` says that this window must start in the map, as it must everywhere but in Caffe.
    """
    after = collapsed(tuple(after for _, after in pairs))
    given = {"after": after if after != 0 else None, "value": value or None, "inside": None if inside else False}
    options = {**window, **{name: option for name, option in given.items() if option is not None}}
    past = TorchCall("supplied.pad_ceil", (), options, is_module=False)
    if all(side == 0 for pair in pairs for side in pair):
        return [past]
    return [constant_pad(pairs, value) if mode == "zeros" else mode_pad(pairs, mode), past]


def mode_pad(pairs: Sequence[tuple[Dim, Dim]], mode: str) -> TorchCall:
    """A pad of every axis with the map's own rows and columns."""
    return TorchCall("nn.functional.pad", (flat_padding(pairs),), {"mode": mode}, is_module=False)


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
