"""Activations, and the normalized exponentials."""

from __future__ import annotations

from math import prod

from archcalc.importing.onnx.operation import Operation, short
from archcalc.importing.onnx.operators.arithmetic import merge
from archcalc.importing.onnx.operators.table import Table
from archcalc.importing.onnx.values import Batch, Map, Unsaid
from archcalc.importing.record import Plain

OPERATORS = Table()
_PLAIN = {
    "Relu": "relu",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "Mish": "mish",
    "HardSwish": "hardswish",
}


@OPERATORS(*_PLAIN)
def plain(operation: Operation) -> list[Map]:
    """Activations without settings."""
    return [operation.layer(_PLAIN[operation.kind], operation.map(0))]


_SETTINGS = {"LeakyRelu": ("leaky_relu", "slope", 0.01), "Elu": ("elu", "alpha", 1.0), "Celu": ("celu", "alpha", 1.0)}


@OPERATORS(*_SETTINGS)
def with_setting(operation: Operation) -> list[Map]:
    """Activations with one number."""
    kind, field, default = _SETTINGS[operation.kind]
    value = short(operation.attributes.real("alpha", default))
    return [operation.layer(kind, operation.map(0), fields={} if value == default else {field: value})]


@OPERATORS("Selu")
def selu(operation: Operation) -> list[Map]:
    """Selu, which archcalc has with its own two constants alone."""
    alpha, gamma = operation.attributes.real("alpha", 1.673263), operation.attributes.real("gamma", 1.050701)
    if abs(alpha - 1.6732632) > 1e-4 or abs(gamma - 1.050701) > 1e-4:
        raise Unsaid("it has other constants than selu", (operation.map(0).shape,))
    return [operation.layer("selu", operation.map(0))]


@OPERATORS("HardSigmoid")
def hard_sigmoid(operation: Operation) -> list[Map]:
    """A sigmoid of straight lines, by default with another slope than PyTorch's."""
    slope, shift = operation.attributes.real("alpha", 0.2), short(operation.attributes.real("beta", 0.5))
    fields: dict[str, Plain] = {} if abs(slope - 1 / 6) < 1e-6 else {"slope": short(slope)}
    if shift != 0.5:
        fields["shift"] = shift
    return [operation.layer("hardsigmoid", operation.map(0), fields=fields)]


@OPERATORS("ThresholdedRelu")
def thresholded(operation: Operation) -> list[Map]:
    """Numbers above a threshold; archcalc has that of 0 alone."""
    if operation.attributes.real("alpha", 1.0) == 0:
        return [operation.layer("relu", operation.map(0))]
    raise Unsaid("it has a threshold", (operation.map(0).shape,))


@OPERATORS("Gelu", "FastGelu", "QuickGelu", "BiasGelu")
def gelu(operation: Operation) -> list[Map]:
    """Gelu, exact or by tanh; ONNX Runtime has names of its own for both."""
    source = operation.map(0)
    if operation.kind in ("QuickGelu", "BiasGelu") or operation.has(1):
        raise Unsaid(f"archcalc has no kind for {operation.kind}", (source.shape,))
    is_tanh = operation.kind == "FastGelu" or operation.attributes.text("approximate", "none") == "tanh"
    return [operation.layer("gelu", source, fields={"approximate": "tanh"} if is_tanh else {})]


@OPERATORS("Swish")
def swish(operation: Operation) -> list[Map]:
    """x*sigmoid(alpha*x)."""
    if operation.attributes.real("alpha", 1.0) != 1:
        raise Unsaid("it has a factor in its sigmoid", (operation.map(0).shape,))
    return [operation.layer("silu", operation.map(0))]


@OPERATORS("PRelu")
def prelu(operation: Operation) -> list[Map]:
    """A learned slope: one, one for every channel, or one for every position, which is a sum of two parts."""
    source, slope = operation.map(0), operation.constant(1, "its slope")
    rank, count = len(source.shape), prod(slope.shape)
    if count == 1:
        return [operation.layer("prelu", source, tensors={"weight": operation.owned(slope, 1, (1,))})]
    is_old = operation.version < 7 and len(slope.shape) == 1
    axis = next((at - len(slope.shape) + rank for at, size in enumerate(slope.shape) if size != 1), 0)
    axis = 1 if is_old else axis
    if source.batch == Batch(0) and axis == 1 and count == source.shape[1]:
        tensors = {"weight": operation.owned(slope, 1, (count,))}
        return [operation.layer("prelu", source, fields={"per_channel": True}, tensors=tensors)]
    operation.owned(slope, 1)
    below = operation.layer("elementwise", source, fields={"value": "min(x, 0)"})
    scaled = merge(operation, "multiply", [below, slope])
    return [merge(operation, "add", [operation.layer("relu", source), scaled])]


@OPERATORS("Softmax", "LogSoftmax")
def softmax(operation: Operation) -> list[Map]:
    """Softmax along an axis; before version 13, over all axes from one on."""
    source = operation.map(0)
    rank = len(source.shape)
    old = operation.version < 13
    axis = operation.axis(operation.attributes.integer("axis", 1 if old else -1), rank)
    kind = "softmax" if operation.kind == "Softmax" else "log_softmax"
    if not old or prod(source.shape[axis + 1 :]) == 1:
        return [operation.layer(kind, source, fields={"axis": operation.own_axis(source, axis)})]
    if prod(source.shape[axis:]) == source.shape[-1]:
        return [operation.layer(kind, source, fields={"axis": operation.own_axis(source, rank - 1)})]
    flat = operation.reshaped(source, (*source.shape[:axis], prod(source.shape[axis:])))
    made = operation.layer(kind, flat, fields={"axis": operation.own_axis(flat, axis)})
    return [operation.reshaped(made, source.shape, source.batch)]
