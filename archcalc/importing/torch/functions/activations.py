"""Activations, softmax and what only training does."""

from __future__ import annotations

from collections.abc import Callable

from archcalc.importing.building import NotSaid
from archcalc.importing.record import Plain, Value
from archcalc.importing.torch.calls import Call

_PLAIN = {
    "relu": "relu",
    "relu6": "relu6",
    "selu": "selu",
    "silu": "silu",
    "mish": "mish",
    "sigmoid": "sigmoid",
    "logsigmoid": "log_sigmoid",
    "log_sigmoid": "log_sigmoid",
    "hardsigmoid": "hardsigmoid",
    "hardswish": "hardswish",
    "tanh": "tanh",
    "softsign": "softsign",
}
_ONE_FIELD: dict[str, tuple[str, str, str, float]] = {
    "leaky_relu": ("leaky_relu", "slope", "negative_slope", 0.01),
    "elu": ("elu", "alpha", "alpha", 1.0),
    "celu": ("celu", "alpha", "alpha", 1.0),
    "softplus": ("softplus", "beta", "beta", 1.0),
}
"""A function with one number: its kind, the field, and the argument with its default."""


def plain(call: Call) -> Value:
    """An activation without numbers."""
    return call.layer(_PLAIN[call.short.strip("_")], [call.map(0)])


def with_number(call: Call) -> Value:
    """An activation with a number."""
    kind, field, argument, default = _ONE_FIELD[call.short.strip("_")]
    if kind == "softplus" and call.get(2, "threshold", 20) != 20:
        raise NotSaid("softplus with a threshold of its own")
    if kind == "elu" and (call.get(2, "scale", 1) != 1 or call.get(3, "input_scale", 1) != 1):
        raise NotSaid("elu with factors")
    return call.layer(kind, [call.map(0)], {field: call.get(1, argument, default)})


def gelu(call: Call) -> Value:
    """`gelu(input, approximate)`."""
    return call.layer("gelu", [call.map(0)], {"approximate": call.get(-1, "approximate", "none")})


def hardtanh(call: Call) -> Value:
    """`hardtanh(input, min_val, max_val)`, which from 0 to 6 is `relu6`."""
    low, high = call.get(1, "min_val", -1.0), call.get(2, "max_val", 1.0)
    if (low, high) == (0, 6):
        return call.layer("relu6", [call.map(0)])
    return call.layer("hardtanh", [call.map(0)], {"low": low, "high": high})


def prelu(call: Call) -> Value:
    """`prelu(input, weight)`, with one slope or one for each channel."""
    tensors = call.tensors(weight=1)
    return call.layer("prelu", [call.map(0)], {"per_channel": tensors["weight"].shape != (1,)}, tensors)


def glu(call: Call) -> Value:
    """`glu(input, dim)`."""
    axis = call.axis(call.traced(0, "input"), call.get(1, "dim", -1))
    read = call.map(0)
    halves = tuple(size // 2 if number == axis else size for number, size in enumerate(read.shape))
    fields: dict[str, Plain] = {"parts": 2, "axis": axis}
    first, second = call.lowering.builder.layers("split", [read], [halves, halves], fields, source=call.name)
    return call.layer("multiply", [first, call.layer("sigmoid", [second])])


def softmax(call: Call) -> Value:
    """`softmax(input, dim)` and its logarithm."""
    axis = call.axis(call.traced(0, "input"), call.get(1, "dim", -1))
    return call.layer(call.short, [call.map(0)], {"axis": axis})


def dropout(call: Call) -> Value:
    """`dropout(input, p)` and those of whole channels."""
    kind = {"dropout": "dropout", "alpha_dropout": "alpha_dropout"}.get(call.short.strip("_"), "channel_dropout")
    return call.layer(kind, [call.map(0)], {"rate": call.get(1, "p", 0.5)})


FUNCTIONS: dict[str, Callable[[Call], Value | list[Value]]] = {
    **dict.fromkeys(_PLAIN, plain),
    **dict.fromkeys(_ONE_FIELD, with_number),
    "gelu": gelu,
    "hardtanh": hardtanh,
    "prelu": prelu,
    "glu": glu,
    **dict.fromkeys(("softmax", "log_softmax"), softmax),
    **dict.fromkeys(("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_dropout"), dropout),
}
