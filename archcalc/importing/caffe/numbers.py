"""Normalizations, activations and arithmetic."""

from __future__ import annotations

from collections.abc import Callable

from archcalc.importing.building import NotSaid
from archcalc.importing.caffe.calls import LayerCall, Reader
from archcalc.importing.caffe.prototext import Message
from archcalc.importing.record import Plain, Value

_STATISTICS = ("running_mean", "running_var")


def lrn(call: LayerCall) -> Value:
    """`LRN`, across channels."""
    settings = call.settings("lrn_param")
    if settings.text("norm_region", "ACROSS_CHANNELS").upper() not in ("ACROSS_CHANNELS", "0"):
        raise NotSaid("it divides by the numbers around a position")
    fields: dict[str, Plain] = {"size": settings.size("local_size", 5, 1), "alpha": settings.number("alpha", 1.0)}
    return call.main("lrn", call.map, {**fields, "beta": settings.number("beta", 0.75), "k": settings.number("k", 1.0)})


def batch_norm(call: LayerCall) -> Value:
    """`BatchNorm`, with the `Scale` behind it; Caffe keeps a number besides, by which both statistics are divided."""
    settings = call.settings("batch_norm_param")
    fields: dict[str, Plain] = {"eps": settings.number("eps", 1e-5)}
    fields["momentum"] = round(1 - settings.number("moving_average_fraction", 0.999), 12)
    behind = call.behind
    names = dict(zip(_STATISTICS, _STATISTICS, strict=True))
    if (
        behind is not None
        and behind.type == "Scale"
        and len(behind.bottoms) == 1
        and _is_by_channel(behind.settings("scale_param"))
    ):
        call.takes_behind = True
        if not behind.settings("scale_param").flag("bias_term", False):
            fields["center"] = False
        names |= {"weight": "weight", "bias": "bias"}
    else:
        fields["affine"] = False
    made = call.main("batch_norm", call.map, fields, tuple(names))
    call.network.tensor(call.site, "scale_factor", [1], is_buffer=True)
    return made


def _is_by_channel(settings: Message) -> bool:
    return settings.number("axis", 1) in (1, -3) and settings.number("num_axes", 1) == 1


def batch_norm_of_segnet(call: LayerCall) -> Value:
    """`BN` of SegNet and PSPNet: statistics, a factor and a shift in one layer."""
    return call.main("batch_norm", call.map, {}, ("weight", "bias", *_STATISTICS))


def scale(call: LayerCall) -> Value:
    """`Scale`: by learned factors, or by another map."""
    settings = call.settings("scale_param")
    if len(call.maps) == 2:
        if settings.flag("bias_term", False):
            raise NotSaid("a product of maps with a learned shift")
        return _with_map(call, "multiply", settings.number("axis", 1))
    if not _is_by_channel(settings):
        raise NotSaid("factors that are not one for every channel")
    if settings.flag("bias_term", False):
        return call.main("affine", call.map, {}, ("weight", "bias"))
    return call.main("layer_scale", call.map, {"initial": 1}, ("weight",))


def bias(call: LayerCall) -> Value:
    """`Bias`: learned shifts, or another map."""
    settings = call.settings("bias_param")
    if len(call.maps) == 2:
        return _with_map(call, "add", settings.number("axis", 1))
    if not _is_by_channel(settings):
        raise NotSaid("shifts that are not one for every channel")
    read = call.map
    sizes = [read.shape[0], *(1,) * (len(read.shape) - 1)]
    return call.put("add", [read, call.parameter("bias", sizes)], {"broadcast": True} if len(sizes) > 1 else {})


def _with_map(call: LayerCall, kind: str, axis: float) -> Value:
    """Two maps, of which the second one has fewer axes and begins at an axis of the first one."""
    first, second = call.maps
    start = int(axis) - 1 if axis > 0 else 0
    behind = len(first.shape) - start - len(second.shape)
    if start < 0 or behind < 0:
        raise NotSaid("maps whose axes do not fit")
    sizes = [1] * start + list(second.shape) + [1] * behind
    if len(sizes) != len(second.shape):
        second = call.put("reshape", second, {"shape": list(sizes)})
    return call.main(kind, [first, second], {"broadcast": True} if first.shape != second.shape else {})


def axpy(call: LayerCall) -> Value:
    """`Axpy` of SENet: factors of the channels of the first map, and a third one added."""
    if len(call.maps) != 3:
        raise call.fail(f"it reads {len(call.maps)} blobs where three are expected", "malformed")
    factors, read, shortcut = call.maps
    if len(factors.shape) == 1:
        factors = call.put("reshape", factors, {"shape": [factors.shape[0], *(1 for _ in read.shape[1:])]})
    return call.main("add", [call.put("multiply", [read, factors], {"broadcast": True}), shortcut])


def relu(call: LayerCall) -> Value:
    """`ReLU`, with a slope where it has one."""
    slope = call.settings("relu_param").number("negative_slope", 0.0)
    return call.main("leaky_relu", call.map, {"slope": slope}) if slope else call.main("relu", call.map)


def prelu(call: LayerCall) -> Value:
    """`PReLU`."""
    shared = call.settings("prelu_param").flag("channel_shared", False)
    return call.main("prelu", call.map, {} if shared else {"per_channel": True}, ("weight",))


def elu(call: LayerCall) -> Value:
    """`ELU`."""
    return call.main("elu", call.map, {"alpha": call.settings("elu_param").number("alpha", 1.0)})


def plain(kind: str) -> Callable[[LayerCall], Value]:
    """A layer that is a kind without settings."""
    return lambda call: call.main(kind, call.map)


def formula(text: str) -> Callable[[LayerCall], Value]:
    """A function of every number."""
    return lambda call: call.elementwise(call.map, text, label=call.site.label)


def power(call: LayerCall) -> Value:
    """`Power`: (shift + scale*x)^power."""
    settings = call.settings("power_param")
    inner = linear(settings.number("scale", 1.0), settings.number("shift", 0.0))
    exponent = settings.number("power", 1.0)
    if exponent != 1:
        inner = f"{inner if inner == 'x' else f'({inner})'} ** {number(exponent)}"
    return call.elementwise(call.map, inner, label=call.site.label)


def exponential(call: LayerCall) -> Value:
    """`Exp`: base^(shift + scale*x), where the base is e unless given."""
    settings = call.settings("exp_param")
    inner, base = linear(settings.number("scale", 1.0), settings.number("shift", 0.0)), settings.number("base", -1.0)
    if base != -1 and base <= 0:
        raise call.fail(f"`base` is {base:g}", "malformed")
    return call.elementwise(
        call.map, f"exp({inner})" if base == -1 else f"{number(base)} ** ({inner})", label=call.site.label
    )


def logarithm(call: LayerCall) -> Value:
    """`Log`: the logarithm of shift + scale*x to the base e."""
    settings = call.settings("log_param")
    if settings.number("base", -1.0) != -1:
        raise NotSaid("a logarithm to another base than e")
    inner = linear(settings.number("scale", 1.0), settings.number("shift", 0.0))
    return call.elementwise(call.map, f"log({inner})", label=call.site.label)


def clip(call: LayerCall) -> Value:
    """`Clip`."""
    settings = call.settings("clip_param")
    low, high = settings.number("min", 0.0), settings.number("max", 6.0)
    return (
        call.main("relu6", call.map)
        if (low, high) == (0, 6)
        else call.main("hardtanh", call.map, {"low": low, "high": high})
    )


def swish(call: LayerCall) -> Value:
    """`Swish`."""
    beta = call.settings("swish_param").number("beta", 1.0)
    if beta == 1:
        return call.main("silu", call.map)
    return call.elementwise(call.map, f"x * sigmoid({number(beta)} * x)", label=call.site.label)


def dropout(call: LayerCall) -> Value:
    """`Dropout`."""
    return call.main("dropout", call.map, {"rate": call.settings("dropout_param").number("dropout_ratio", 0.5)})


def softmax(call: LayerCall) -> Value:
    """`Softmax`."""
    return call.main(
        "softmax", call.map, {"axis": call.axis(call.settings("softmax_param").number("axis", 1), call.map)}
    )


def mean_variance(call: LayerCall) -> Value:
    """`MVN`: every map by its own mean and variance."""
    settings = call.settings("mvn_param")
    if settings.flag("across_channels", False) or not settings.flag("normalize_variance", True):
        raise NotSaid("a mean over all channels, or no variance")
    return call.main("instance_norm", call.map, {"eps": settings.number("eps", 1e-9)})


def unit(call: LayerCall) -> Value:
    """`Normalize` of SSD: vectors of length 1, times learned factors."""
    settings = call.settings("norm_param")
    if settings.flag("across_spatial", True) or settings.flag("channel_shared", True):
        raise NotSaid("one length for a whole map, or one factor for all channels")
    return call.main("layer_scale", call.put("normalize", call.map), {"initial": 1}, ("weight",))


def linear(factor: float, shift: float) -> str:
    """A factor and a shift as an expression.

    >>> linear(2, -1), linear(1, 0), linear(0.5, 3)
    ('2 * x - 1', 'x', '0.5 * x + 3')
    """
    text = "x" if factor == 1 else f"{number(factor)} * x"
    return text if shift == 0 else f"{text} {'-' if shift < 0 else '+'} {number(abs(shift))}"


def number(value: float) -> str:
    """A number as an expression writes it.

    >>> number(3.0), number(-0.5), number(1e-06)
    ('3', '(-0.5)', '1e-6')
    """
    whole = float(value).is_integer() and abs(value) < 1e15
    text = str(int(value)) if whole else repr(float(value)).replace("e-0", "e-").replace("e+", "e")
    return f"({text})" if text.startswith("-") else text


LAYERS: dict[str, Reader] = {
    "LRN": lrn,
    "BatchNorm": batch_norm,
    "BN": batch_norm_of_segnet,
    "Scale": scale,
    "Bias": bias,
    "Axpy": axpy,
    "ReLU": relu,
    "PReLU": prelu,
    "ELU": elu,
    "Power": power,
    "Exp": exponential,
    "Log": logarithm,
    "Clip": clip,
    "Swish": swish,
    "Dropout": dropout,
    "Softmax": softmax,
    "MVN": mean_variance,
    "Normalize": unit,
    "ReLU6": plain("relu6"),
    "Sigmoid": plain("sigmoid"),
    "TanH": plain("tanh"),
    "BNLL": plain("softplus"),
    "AbsVal": formula("abs(x)"),
}
