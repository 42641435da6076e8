"""Larger and smaller maps: interpolation, padding, and channels that become positions."""

from __future__ import annotations

import math
from collections.abc import Callable

from archcalc.importing.building import NotSaid
from archcalc.importing.record import Plain, Value
from archcalc.importing.torch.calls import Call, alike, axes_of
from archcalc.importing.torch.functions.shapes import reshaped

_PAD_MODES = {
    "constant": "zeros",
    "zeros": "zeros",
    "reflect": "reflect",
    "replicate": "replicate",
    "circular": "circular",
}


def interpolate(call: Call) -> Value:
    """`interpolate(input, size, scale_factor, mode, align_corners, recompute_scale_factor, antialias)`."""
    mode, corners = call.get(3, "mode", "nearest"), call.get(4, "align_corners", None)
    size, factor = call.get(1, "size", None), call.get(2, "scale_factor", None)
    fields: dict[str, Plain] = {"mode": mode}
    if factor is not None:
        factors = factor if isinstance(factor, (list, tuple)) else [factor]
        fields["factor"] = alike([int(one) if float(one).is_integer() else one for one in factors])
        if not all(float(one).is_integer() for one in factors) and not call.get(5, "recompute_scale_factor", None):
            # Positions are as far apart as the factor says, and not as both sizes do, which is the same if it fits.
            fields["rounding"] = "exact"
    else:
        fields["size"] = alike(call.shape[1:] if isinstance(size, int) else size)
    if corners:
        fields["coordinates"] = "align_corners"
    if call.get(6, "antialias", False):
        fields["antialias"] = True
    read, traced = call.map(0), call.traced(0, "input")
    if traced.batched or read.shape[:1] != (1,):
        return call.layer("upsample", [read], fields)
    # What is learned has a batch of its own, of one.
    alone = call.layer("reshape", [read], {"shape": list(read.shape[1:])}, shape=read.shape[1:])
    made = call.layer("upsample", [alone], fields, shape=call.shape[1:])
    return reshaped(call, made, call.shape)


def pad(call: Call) -> Value:
    """`pad(input, pad, mode, value)`: pairs from the last axis on."""
    given, mode = list(call.numbers(1, "pad")), call.get(2, "mode", "constant")
    read = call.map(0)
    if not any(given):
        return read
    if mode not in _PAD_MODES:
        raise NotSaid(f"pad with mode {mode}")
    pairs = [given[2 * at : 2 * at + 2] for at in range(len(given) // 2)][::-1]
    traced = call.traced(0, "input")
    whole = [[0, 0]] * (len(traced.shape) - len(pairs)) + pairs
    mapped = axes_of(traced.shape)
    if any(pair != [0, 0] for pair, axis in zip(whole, mapped, strict=True) if axis is None):
        raise NotSaid("pad of the batch")
    padding: list[Plain] = [list(pair) for pair, axis in zip(whole, mapped, strict=True) if axis is not None]
    fields: dict[str, Plain] = {"padding": padding, "mode": _PAD_MODES[mode], "value": call.get(3, "value", 0) or 0}
    if padding[0] != [0, 0] and padding[-1] != [0, 0]:
        raise NotSaid("pad of all axes")
    return call.layer("pad", [read], fields)


def shuffle(call: Call) -> Value:
    """`pixel_shuffle(input, factor)` and the other way round."""
    name = "upscale_factor" if call.short == "pixel_shuffle" else "downscale_factor"
    return call.layer(call.short, [call.map(0)], {"factor": call.get(1, name)})


def channel_shuffle(call: Call) -> Value:
    """`channel_shuffle(input, groups)`."""
    return call.layer("channel_shuffle", [call.map(0)], {"groups": call.get(1, "groups")})


def unfold(call: Call) -> Value:
    """`functional.unfold(input, kernel_size, dilation, padding, stride)`: windows as columns."""
    if "functional" not in call.name:
        return _windows(call)
    fields = {"kernel": alike(call.get(1, "kernel_size")), "stride": alike(call.get(4, "stride", 1))}
    fields |= {"padding": alike(call.get(3, "padding", 0)), "dilation": alike(call.get(2, "dilation", 1))}
    return call.layer("unfold", [call.map(0)], fields)


def _windows(call: Call) -> Value:
    """`Tensor.unfold(dimension, size, step)`: windows along one axis, whose entries are a new axis behind all."""
    traced, read = call.traced(0, "input"), call.map(0)
    axis, size, step = call.axis(traced, call.get(1, "dimension")), call.get(2, "size"), call.get(3, "step")
    front, back = read.shape[:axis], read.shape[axis + 1 :]
    before, behind = math.prod(front), math.prod(back)
    count = (read.shape[axis] - size) // step + 1
    image = reshaped(call, read, (before, read.shape[axis], behind))
    fields: dict[str, Plain] = {"kernel": [size, 1], "stride": [step, 1]}
    columns = call.layer("unfold", [image], fields, shape=(before * size, count * behind))
    opened = reshaped(call, columns, (before, size, count, behind))
    moved = call.layer("permute", [opened], {"axes": [0, 2, 3, 1]}, shape=(before, count, behind, size))
    return reshaped(call, moved, (*front, count, *back, size))


def fold(call: Call) -> Value:
    """`fold(input, output_size, kernel_size, dilation, padding, stride)`: columns added up as windows."""
    fields = {"size": alike(call.get(1, "output_size")), "kernel": alike(call.get(2, "kernel_size"))}
    fields |= {"stride": alike(call.get(5, "stride", 1)), "padding": alike(call.get(4, "padding", 0))}
    fields["dilation"] = alike(call.get(3, "dilation", 1))
    return call.layer("fold", [call.map(0)], fields)


def roll(call: Call) -> Value:
    """`roll(input, shifts, dims)`."""
    shifts, dims = call.get(1, "shifts"), call.get(2, "dims")
    shifts, dims = ([one] if isinstance(one, int) else list(one) for one in (shifts, dims))
    traced = call.traced(0, "input")
    axes: list[Plain] = [call.axis(traced, dim) for dim in dims]
    return call.layer("roll", [call.map(0)], {"shifts": shifts, "axes": axes})


FUNCTIONS: dict[str, Callable[[Call], Value | list[Value]]] = {
    "interpolate": interpolate,
    "upsample": interpolate,
    "pad": pad,
    "pixel_shuffle": shuffle,
    "pixel_unshuffle": shuffle,
    "channel_shuffle": channel_shuffle,
    "native_channel_shuffle": channel_shuffle,
    "unfold": unfold,
    "fold": fold,
    "roll": roll,
}
