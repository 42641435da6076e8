"""Activations: by name, as a setting of another layer, and as layers of their own."""

from __future__ import annotations

from collections.abc import Mapping

from archcalc.importing.building import NotSaid
from archcalc.importing.keras.calls import LayerCall
from archcalc.importing.keras.config import Config, shown
from archcalc.importing.keras.network import Map
from archcalc.importing.record import Plain

_KINDS: dict[str, tuple[str, dict[str, Plain]]] = {
    "relu": ("relu", {}),
    "relu6": ("relu6", {}),
    "leaky_relu": ("leaky_relu", {"slope": 0.2}),
    "elu": ("elu", {}),
    "selu": ("selu", {}),
    "celu": ("celu", {}),
    "gelu": ("gelu", {}),
    "silu": ("silu", {}),
    "swish": ("silu", {}),
    "mish": ("mish", {}),
    "sigmoid": ("sigmoid", {}),
    "log_sigmoid": ("log_sigmoid", {}),
    "hard_silu": ("hardswish", {}),
    "hard_swish": ("hardswish", {}),
    "tanh": ("tanh", {}),
    "hard_tanh": ("hardtanh", {}),
    "softplus": ("softplus", {}),
    "softsign": ("softsign", {}),
}
"""Activations that are a kind of their own."""
_FORMULAS = {
    "exponential": "exp(x)",
    "tanh_shrink": "x - tanh(x)",
    "squareplus": "(x + sqrt(x ** 2 + 4)) / 2",
    "soft_shrink": "sign(x) * max(abs(x) - 0.5, 0)",
    "sparse_sigmoid": "clamp(x / 2 + 0.5, 0, 1)",
}
"""Others, as arithmetic."""


def activated(call: LayerCall, read: Map, name: str = "activation") -> Map:
    """The map with the activation that a layer has as a setting."""
    try:
        return of(call, read, call.config.data.get(name))
    except NotSaid as reason:
        return call.unsaid(read, str(reason))


def of(call: LayerCall, read: Map, stated: object, label: str | None = None) -> Map:
    """The map with an activation as a file states it: by name, as a function, or as a layer."""
    if stated is None or stated == "linear":
        return read
    if isinstance(stated, str):
        return named(call, read, stated, label)
    if isinstance(stated, Mapping):
        class_name, config = stated.get("class_name"), stated.get("config")
        if class_name == "function" and isinstance(config, str):
            return of(call, read, config, label)
        if isinstance(class_name, str) and isinstance(config, Mapping) and class_name in LAYERS:
            return _advanced(call, read, class_name, Config(config, call.site.place), label)
        if (isinstance(class_name, str) and config is None) or isinstance(config, Mapping):
            raise NotSaid(f"its activation is {shown(class_name)}")
    raise NotSaid("its activation is Python code, which is not run")


def named(call: LayerCall, read: Map, name: str, label: str | None = None) -> Map:
    """The map with an activation by its name."""
    name = name.rpartition(">")[2]
    if name == "hard_sigmoid":
        # Keras 2 has a slope of 0.2; Keras 3 has that of PyTorch, 1/6.
        return call.put("hardsigmoid", read, {"slope": 0.2} if call.version == 2 else {}, label=label)
    if name in ("softmax", "log_softmax"):
        return call.put(name, read, {"axis": read.axis(-1)}, label=label)
    if name == "glu":
        return gated(call, read, -1)
    if name in _KINDS:
        kind, fields = _KINDS[name]
        return call.put(kind, read, fields, label=label)
    if name in _FORMULAS:
        return call.elementwise(read, _FORMULAS[name], label=label)
    raise NotSaid(f"its activation is {shown(name)}")


def gated(call: LayerCall, read: Map, axis: int) -> Map:
    """The first half along an axis times the sigmoid of the second one."""
    first, second = call.parts(read, {"parts": 2, "axis": read.axis(axis)})
    return call.put("multiply", [first, call.put("sigmoid", second)])


def activation(call: LayerCall) -> Map:
    """`Activation`."""
    return of(call, call.map, call.config.get("activation"), call.site.label)


def advanced(call: LayerCall) -> Map:
    """`ReLU`, `LeakyReLU`, `ELU`, `Softmax`."""
    return _advanced(call, call.map, call.layer.class_name, call.config, call.site.label)


def _advanced(call: LayerCall, read: Map, class_name: str, config: Config, label: str | None) -> Map:
    if class_name == "LeakyReLU":
        slope = config.number("alpha" if "alpha" in config.data else "negative_slope", 0.3)
        return call.put("leaky_relu", read, {"slope": slope}, label=label)
    if class_name == "ELU":
        return call.put("elu", read, {"alpha": config.number("alpha", 1.0)}, label=label)
    if class_name == "Softmax":
        return _softmax(call, read, config, label)
    if class_name == "PReLU":
        raise NotSaid("its activation is a layer with parameters of its own")
    if class_name == "Activation":
        return of(call, read, config.get("activation"), label)
    return _rectifier(call, read, config, label)


def _softmax(call: LayerCall, read: Map, config: Config, label: str | None) -> Map:
    axes = config.axes("axis")
    if len(axes) != 1 or (call.lead and axes[0] > 0):
        raise NotSaid("a softmax over several axes")
    return call.put("softmax", read, {"axis": read.axis(axes[0])}, label=label)


def _rectifier(call: LayerCall, read: Map, config: Config, label: str | None) -> Map:
    top = None if config.data.get("max_value") is None else config.number("max_value")
    slope, threshold = config.number("negative_slope", 0.0), config.number("threshold", 0.0)
    if threshold != 0 or (slope != 0 and top is not None):
        raise NotSaid("a rectifier with a threshold, or with both a slope and a ceiling")
    if slope != 0:
        return call.put("leaky_relu", read, {"slope": slope}, label=label)
    if top is None:
        return call.put("relu", read, label=label)
    return (
        call.put("relu6", read, label=label)
        if top == 6
        else call.put("hardtanh", read, {"low": 0, "high": top}, label=label)
    )


def learned(call: LayerCall) -> Map:
    """`PReLU`: a slope for every number, unless axes share it."""
    read = call.map
    shared = (
        {axis - 1 if axis > 0 else axis + read.rank for axis in call.axes("shared_axes")}
        if (call.config.data.get("shared_axes"))
        else set()
    )
    sizes = [1 if axis in shared else size for axis, size in enumerate(read.shape)]
    if sizes[:-1] == [1] * (read.rank - 1) and sizes[-1] != 1:
        return call.main("prelu", call.front(), {"per_channel": True}, {"weight": "alpha"}, layout="channels_first")
    if set(sizes) == {1}:
        return call.main("prelu", read, {}, {"weight": "alpha"})
    # max(x, 0) + alpha*min(x, 0), with an alpha for every place.
    slopes = call.parameter("alpha", sizes, read)
    below = call.put("multiply", [call.elementwise(read, "min(x, 0)"), slopes], {"broadcast": True} if shared else {})
    return call.put("add", [call.put("relu", read), below])


LAYERS = {
    "Activation": activation,
    **dict.fromkeys(("ReLU", "LeakyReLU", "ELU", "Softmax", "ThresholdedReLU"), advanced),
    "PReLU": learned,
}
