"""Normalizations, and arithmetic with given numbers for every channel: `Rescaling`, `Normalization`."""

from __future__ import annotations

import math
from collections.abc import Sequence

from archcalc.importing.building import NotSaid
from archcalc.importing.keras.calls import FIRST, LAST, LayerCall
from archcalc.importing.keras.network import Map
from archcalc.importing.record import Plain

_STATISTICS = {"running_mean": "moving_mean", "running_var": "moving_variance"}
_MOST_CHANNELS = 16
"""Up to so many channels get arithmetic of their own."""


def batch(call: LayerCall) -> Map:
    """`BatchNormalization`, over the axis of the channels."""
    if call.config.data.get("renorm"):
        raise NotSaid("batch renormalization")
    axes = call.axes("axis")
    read = call.map
    if len(axes) != 1 or read.rank == 0:
        raise NotSaid("a batch normalization over several axes")
    number = read.axis(axes[0])
    last = 0 if read.moved else read.rank - 1
    if read.rank > 1:
        if number == last:
            read = call.front()
        elif axes[0] in (1, -read.rank):
            read = call.back()
        else:
            raise NotSaid("a batch normalization over an axis that is neither the first nor the last one")
    fields: dict[str, Plain] = {"eps": call.config.number("epsilon", 0.001)}
    fields["momentum"] = round(1 - call.config.number("momentum", 0.99), 12)
    fields |= {name: False for name in ("scale", "center") if not call.config.flag(name, True)}
    if fields.get("scale") is False and fields.get("center") is False:
        fields = {"affine": False, **{name: fields[name] for name in ("eps", "momentum")}}
    return call.main("batch_norm", read, fields, {"weight": "gamma", "bias": "beta", **_STATISTICS}, FIRST)


def layer(call: LayerCall) -> Map:
    """`LayerNormalization`: over the channels of every position, or over all of the last axes."""
    if call.config.flag("rms_scaling", False):
        return rms(call)
    read = call.map
    axes = sorted((axis - 1 if axis > 0 else axis + read.rank) for axis in call.axes("axis"))
    if not axes or axes != list(range(read.rank - len(axes), read.rank)) or read.rank == 0:
        raise NotSaid("a layer normalization that leaves out some of the last axes")
    fields: dict[str, Plain] = {"eps": call.config.number("epsilon", 0.001)}
    if read.moved and len(axes) == 1:
        fields["over"] = "channels"
    else:
        read = call.back()
        fields["axes"] = len(axes)
    return _scaled(call, "layer_norm", read, fields, read.shape[axes[0] :])


def rms(call: LayerCall) -> Map:
    """`RMSNormalization` over the channels."""
    read = call.back()
    if [axis - 1 if axis > 0 else axis + read.rank for axis in call.axes("axis")] != [read.rank - 1]:
        raise NotSaid("a normalization by the root mean square over other axes than the channels")
    return call.main(
        "rms_norm", read, {"eps": call.config.number("epsilon", 1e-6)}, {"weight": _name_of_scale(call)}, LAST
    )


def _name_of_scale(call: LayerCall) -> str:
    return "scale" if call.layer.class_name == "RMSNormalization" else "gamma"


def group(call: LayerCall) -> Map:
    """`GroupNormalization`; -1 groups are as many as channels."""
    read = call.map
    axes = call.axes("axis")
    if len(axes) != 1 or read.rank == 0:
        raise NotSaid("a group normalization over several axes")
    if read.axis(axes[0]) == (0 if read.moved else read.rank - 1):
        read = call.front()
        channels = read.shape[-1]
    elif axes[0] in (1, -read.rank):
        read = call.back()
        channels = read.shape[0]
    else:
        raise NotSaid("a group normalization over an axis that is neither the first nor the last one")
    groups = call.config.size("groups", 32, least=-1)
    fields: dict[str, Plain] = {"groups": channels if groups == -1 else groups}
    fields["eps"] = call.config.number("epsilon", 0.001)
    return _scaled(call, "group_norm", read, fields, [channels], FIRST)


def _scaled(
    call: LayerCall, kind: str, read: Map, fields: dict[str, Plain], sizes: Sequence[int], layout: str | None = None
) -> Map:
    """A normalization with factor and shift; where one of them is missing, the other one is a tensor of its own."""
    scale, center = call.config.flag("scale", True), call.config.flag("center", True)
    seen = FIRST if layout == FIRST else None
    if scale and (center or kind == "layer_norm"):
        given = fields if center else {**fields, "bias": False}
        return call.main(kind, read, given, {"weight": "gamma", "bias": "beta"}, seen)
    plain = call.main(kind, read, {**fields, "affine": False}, layout=seen)
    if scale or center:
        if kind == "group_norm" and not read.moved and read.rank > 1:
            sizes = [*sizes, *(1,) * (read.rank - 1)]
        elif read.rank > len(sizes):
            sizes = [*(1,) * (read.rank - len(sizes)), *sizes]
        name, merge = ("gamma", "multiply") if scale else ("beta", "add")
        stretched: dict[str, Plain] = {} if list(sizes) == list(read.shape) else {"broadcast": True}
        return call.put(merge, [plain, call.parameter(name, sizes, read)], stretched)
    return plain


def unit(call: LayerCall) -> Map:
    """`UnitNormalization`: vectors of length 1. Keras bounds the square of the length."""
    axes = call.axes("axis")
    if len(axes) != 1:
        raise NotSaid("vectors of length 1 over several axes")
    return call.main("normalize", call.map, {"axis": call.map.axis(axes[0]), "eps": 1e-6})


def rescaling(call: LayerCall) -> Map:
    """`Rescaling`: a factor and a shift, for all numbers or for every channel."""
    scales, offsets = call.config.numbers("scale", 1.0), call.config.numbers("offset", 0.0)
    return by_channel(call, [*zip(*_as_many(call, scales, offsets), strict=True)], label=call.site.label)


def _as_many(call: LayerCall, first: list[float], second: list[float]) -> tuple[list[float], list[float]]:
    count = max(len(first), len(second))
    if not {len(first), len(second)} <= {1, count}:
        raise call.fail(f"it has {len(first)} factors and {len(second)} shifts")
    return (first * count if len(first) == 1 else first), (second * count if len(second) == 1 else second)


def by_channel(call: LayerCall, terms: list[tuple[float, float]], label: str | None = None) -> Map:
    """Every channel times a number of its own and plus another one; one pair for all is one step."""
    terms = terms[:1] if len(set(terms)) == 1 else terms
    read = call.map
    if len(terms) == 1:
        text = arithmetic(*terms[0])
        return call.elementwise(read, text, label=label) if text != "x" else call.put("identity", read, label=label)
    if read.rank == 0 or len(terms) != read.shape[-1]:
        raise call.fail(f"it has numbers for {len(terms)} channels, and reads a map of {read.shape[-1:]}")
    if len(terms) > _MOST_CHANNELS:
        raise NotSaid(f"arithmetic with given numbers for each of {len(terms)} channels")
    axis = read.axis(-1)
    parts = call.parts(read, {"parts": len(terms), "axis": axis})
    made = [
        part if term == (1, 0) else call.elementwise(part, arithmetic(*term))
        for part, term in zip(parts, terms, strict=True)
    ]
    return call.put("concat", made, {"axis": axis}, label=label)


def arithmetic(scale: float, offset: float) -> str:
    """A factor and a shift as an expression; a factor that is one over a whole number divides.

    >>> arithmetic(1 / 127.5, -1), arithmetic(1 / 255, 0), arithmetic(-2, 0.5)
    ('0.00784313725490196 * x - 1', 'x / 255', '(-2) * x + 0.5')
    """
    inverse = round(1 / scale) if 0 < abs(scale) < 1 else 1
    text = "x" if scale == 1 else f"{number(scale)} * x"
    if inverse > 1 and 1 / inverse == scale:
        text = f"x / {inverse}"
    if offset == 0:
        return text
    return f"{text} {'-' if offset < 0 else '+'} {number(abs(offset))}"


def number(value: float) -> str:
    """A number as an expression writes it.

    >>> number(3.0), number(-0.5), number(1e-06)
    ('3', '(-0.5)', '1e-6')
    """
    whole = float(value).is_integer() and abs(value) < 1e15
    text = str(int(value)) if whole else repr(float(value)).replace("e-0", "e-").replace("e+", "e")
    return f"({text})" if text.startswith("-") else text


def normalization(call: LayerCall) -> Map:
    """`Normalization`: by means and variances that were given, or that the layer has learned from data and keeps."""
    axes = call.axes("axis") if call.config.data.get("axis") is not None else []
    if call.config.data.get("invert"):
        raise NotSaid("a normalization that is undone")
    given = call.config.data.get("mean"), call.config.data.get("variance")
    if given != (None, None):
        means, variances = call.config.numbers("mean", 0.0), call.config.numbers("variance", 1.0)
        pairs = zip(*_as_many(call, means, variances), strict=True)
        return by_channel(call, [_standard(call, *pair) for pair in pairs], label=call.site.label)
    read = call.map
    if len(axes) != 1 or read.axis(axes[0]) != read.axis(-1):
        raise NotSaid("a normalization over other axes than the channels")
    names = {"running_mean": "mean", "running_var": "variance", "num_batches_tracked": "count"}
    return call.main("batch_norm", call.front(), {"affine": False, "eps": 1e-14}, names, FIRST)


def _standard(call: LayerCall, mean: float, variance: float) -> tuple[float, float]:
    if variance < 0:
        raise call.fail(f"a variance is {variance}")
    scale = 1 / max(math.sqrt(variance), 1e-7)
    return scale, -mean * scale


LAYERS = {
    **dict.fromkeys(("BatchNormalization", "SyncBatchNormalization"), batch),
    "LayerNormalization": layer,
    "RMSNormalization": rms,
    "GroupNormalization": group,
    "UnitNormalization": unit,
    "Rescaling": rescaling,
    "Normalization": normalization,
}
