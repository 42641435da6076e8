"""Layers with windows, dense layers and embeddings."""

from __future__ import annotations

from archcalc.importing.building import NotSaid
from archcalc.importing.caffe.calls import LayerCall, Reader, alike, spatial
from archcalc.importing.record import Plain, Value

_WEIGHTS = ("weight", "bias")


def _rank(call: LayerCall) -> int:
    rank = len(call.map.shape) - 1
    if rank < 1:
        raise call.fail("its window slides over positions, and what it reads is a vector")
    return rank


def convolution(call: LayerCall) -> Value:
    """`Convolution`, whose sizes are rounded down."""
    settings, rank = call.settings("convolution_param"), _rank(call)
    if settings.number("axis", 1) != 1:
        raise NotSaid("channels on another axis than the first")
    fields = _fields(call)
    if call.layer.type.startswith("Depthwise"):
        fields["groups"] = call.map.shape[0]
    kernels = spatial(settings, "kernel_size", rank, None, 1)
    if fields.get("groups") == call.map.shape[0] > 1 and settings.size("num_output") == call.map.shape[0]:
        fields = {name: value for name, value in fields.items() if name not in ("out", "groups")}
        return call.main("depthwise", call.map, {"kernel": alike(kernels), **fields}, _WEIGHTS)
    return call.main("conv", call.map, {"out": fields.pop("out"), "kernel": alike(kernels), **fields}, _WEIGHTS)


def _fields(call: LayerCall) -> dict[str, Plain]:
    settings, rank = call.settings("convolution_param"), _rank(call)
    fields: dict[str, Plain] = {"out": settings.size("num_output", None, 1)}
    for name, own, default in (("stride", "stride", 1), ("padding", "pad", 0), ("dilation", "dilation", 1)):
        values = spatial(settings, own, rank, default, default)
        if set(values) != {default}:
            fields[name] = alike(values)
    if (groups := settings.size("group", 1, 1)) != 1:
        fields["groups"] = groups
    if not settings.flag("bias_term", True):
        fields["bias"] = False
    return fields


def deconvolution(call: LayerCall) -> Value:
    """`Deconvolution`."""
    settings = call.settings("convolution_param")
    fields = {"kernel": alike(spatial(settings, "kernel_size", _rank(call), None, 1)), **_fields(call)}
    return call.main("conv_transpose", call.map, fields, _WEIGHTS)


def pool(call: LayerCall) -> Value:
    """`Pooling`, whose sizes are rounded up. With padding, the last window must start within the map."""
    settings, rank = call.settings("pooling_param"), _rank(call)
    method = settings.text("pool", "MAX").upper()
    kind = {"MAX": "max_pool", "0": "max_pool", "AVE": "avg_pool", "1": "avg_pool"}.get(method)
    if kind is None:
        raise NotSaid("pooling that draws values by chance")
    if len(call.layer.tops) > 1:
        raise NotSaid("a pool that also writes where it found its values")
    if settings.flag("global_pooling", False):
        return call.main(f"global_{kind}", call.map)
    pads = spatial(settings, "pad", rank, 0)
    fields: dict[str, Plain] = {"kernel": alike(spatial(settings, "kernel_size", rank, None, 1))}
    stride = alike(spatial(settings, "stride", rank, 1, 1))
    if stride != fields["kernel"]:
        fields["stride"] = stride
    if any(pads):
        fields["padding"] = alike(pads)
    if settings.text("round_mode", "CEIL").upper() in ("CEIL", "0") and settings.flag("ceil_mode", True):
        fields["rounding"] = "ceil" if any(pads) else "caffe"
    else:
        fields["rounding"] = "floor"
    return call.main(kind, call.map, fields)


def inner_product(call: LayerCall) -> Value:
    """`InnerProduct`: all numbers from an axis on."""
    settings = call.settings("inner_product_param")
    axis = call.axis(settings.number("axis", 1), call.map)
    if axis != 0:
        raise NotSaid("a dense layer at every entry of the first axes")
    fields: dict[str, Plain] = {"out": settings.size("num_output", None, 1)}
    if settings.flag("transpose", False):
        fields["transposed"] = True
    if not settings.flag("bias_term", True):
        fields["bias"] = False
    return call.main("linear", call.flat(call.map), fields, _WEIGHTS)


def embedding(call: LayerCall) -> Value:
    """`Embed`."""
    settings = call.settings("embed_param")
    if call.map.dtype != "int" or settings.flag("bias_term", True):
        raise NotSaid("rows with a bias, or looked up by computed numbers")
    fields: dict[str, Plain] = {
        "count": settings.size("input_dim", None, 1),
        "out": settings.size("num_output", None, 1),
    }
    return call.main("embedding", call.map, fields, ("weight",))


LAYERS: dict[str, Reader] = {
    **dict.fromkeys(("Convolution", "ConvolutionDepthwise", "DepthwiseConvolution"), convolution),
    "Deconvolution": deconvolution,
    "Pooling": pool,
    "InnerProduct": inner_product,
    "Embed": embedding,
}
