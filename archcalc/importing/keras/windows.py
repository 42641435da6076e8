"""Layers with windows: convolutions, transposed ones, pools, and pools over everything."""

from __future__ import annotations

from archcalc.importing.building import NotSaid
from archcalc.importing.keras.activations import activated
from archcalc.importing.keras.calls import LayerCall, alike
from archcalc.importing.keras.network import Map
from archcalc.importing.record import Plain

_PADDINGS = ("valid", "same", "causal")
_WEIGHTS = {"weight": "kernel", "bias": "bias"}


def _rank(call: LayerCall) -> int:
    """How many axes the windows of a layer have, as the name of its class says: `Conv2D`, `SeparableConv1D`."""
    return next(int(letter) for letter in call.layer.class_name if letter.isdigit())


def _window(call: LayerCall, kernel: str = "kernel_size", *, stride: int | None = 1) -> dict[str, Plain]:
    """Kernel, stride, dilation and padding; axes in front that the layer does not know of have windows of one."""
    rank, lead = _rank(call), [1] * call.lead
    sizes = call.config.sizes(kernel, rank)
    strides = (
        sizes if stride is None and call.config.data.get("strides") is None else call.config.sizes("strides", rank, 1)
    )
    dilations = call.config.sizes("dilation_rate", rank, 1)
    padding = call.config.choice("padding", _PADDINGS, "valid")
    fields: dict[str, Plain] = {"kernel": alike(lead + sizes), "stride": alike(lead + strides)}
    if set(dilations) != {1}:
        fields["dilation"] = alike(lead + dilations)
    if padding == "same" and set(sizes) != {1}:
        fields["padding"] = "same"
    elif padding == "causal":
        pairs: list[Plain] = [[0, 0] for _ in lead]
        fields["padding"] = [*pairs, [dilations[0] * (sizes[0] - 1), 0]]
    return fields


def _bias(call: LayerCall) -> dict[str, Plain]:
    return {} if call.config.flag("use_bias", True) else {"bias": False}


def convolution(call: LayerCall) -> Map:
    """`Conv1D`, `Conv2D`, `Conv3D`."""
    fields: dict[str, Plain] = {"out": call.config.size("filters"), **_window(call), **_bias(call)}
    if (groups := call.config.size("groups", 1)) != 1:
        fields["groups"] = groups
    return activated(call, call.main("conv", call.spatial(), fields, _WEIGHTS, "channels_first"))


def depthwise(call: LayerCall) -> Map:
    """`DepthwiseConv1D`, `DepthwiseConv2D`, whose kernel has another name in Keras 2."""
    kernel = "kernel" if call.version == 3 else "depthwise_kernel"
    fields = {**_window(call), **_multiplier(call), **_bias(call)}
    return activated(
        call, call.main("depthwise", call.spatial(), fields, {"weight": kernel, "bias": "bias"}, "channels_first")
    )


def _multiplier(call: LayerCall) -> dict[str, Plain]:
    multiplier = call.config.size("depth_multiplier", 1)
    return {} if multiplier == 1 else {"multiplier": multiplier}


def separable(call: LayerCall) -> Map:
    """`SeparableConv1D`, `SeparableConv2D`: a depthwise convolution, and one over single positions."""
    read = call.spatial()
    site = call.site
    with call.network.builder.within(site.label or "", site.path, f"keras.layers:{call.layer.class_name}"):
        fields = {**_window(call), **_multiplier(call), "bias": False}
        inner = call.put(
            "depthwise", read, fields, {"weight": "depthwise_kernel"}, label="depthwise", layout="channels_first"
        )
        fields = {"out": call.config.size("filters"), "kernel": 1, **_bias(call)}
        names = {"weight": "pointwise_kernel", "bias": "bias"}
        made = call.put("conv", inner, fields, names, label="pointwise", layout="channels_first")
        return activated(call, made)


def transposed(call: LayerCall) -> Map:
    """`Conv1DTranspose`, `Conv2DTranspose`, `Conv3DTranspose`."""
    rank = _rank(call)
    fields: dict[str, Plain] = {"out": call.config.size("filters"), **_window(call), **_bias(call)}
    kernels, strides = call.config.sizes("kernel_size", rank), call.config.sizes("strides", rank, 1)
    if call.config.data.get("output_padding") is not None:
        added = call.config.sizes("output_padding", rank, least=0)
        if fields.get("padding") == "same":
            fields["padding"] = alike([kernel // 2 for kernel in kernels])
        if any(added):
            fields["output_padding"] = alike(added)
    elif fields.get("padding") != "same" and any(
        kernel < stride for kernel, stride in zip(kernels, strides, strict=True)
    ):
        # Without padding, Keras never lets a map grow by less than the stride.
        fields["output_padding"] = alike(
            [max(stride - kernel, 0) for kernel, stride in zip(kernels, strides, strict=True)]
        )
    return activated(call, call.main("conv_transpose", call.spatial(), fields, _WEIGHTS, "channels_first"))


def pool(call: LayerCall) -> Map:
    """`MaxPooling1D` to `MaxPooling3D`, `AveragePooling1D` to `AveragePooling3D`."""
    fields = _window(call, "pool_size", stride=None)
    if fields["stride"] == fields["kernel"]:
        del fields["stride"]  # A pool steps by its window.
    if call.layer.class_name.startswith("Max"):
        return call.main("max_pool", call.spatial(), fields, layout="channels_first")
    if fields.get("padding") == "same":
        fields["count_include_pad"] = False
    return call.main("avg_pool", call.spatial(), fields, layout="channels_first")


def global_pool(call: LayerCall) -> Map:
    """`GlobalAveragePooling1D` and its like, whose map has its positions as ones or not at all."""
    kind, reduction = ("global_max_pool", "max") if "Max" in call.layer.class_name else ("global_avg_pool", "mean")
    keep = call.config.flag("keepdims", False)
    read = call.map
    if call.lead or not (read.moved or call.is_first):
        read = call.back(read)
        last = len(read.shape) - 1
        axes: list[Plain] = list(range(1, last + 1) if call.is_first else range(call.lead, last))
        if call.is_first and call.lead:
            raise NotSaid("it works on every step of a sequence with the channels in front")
        return call.main(reduction, read, {"axes": axes, **({"keep": True} if keep else {})})
    pooled = call.main(kind, call.spatial(), layout="channels_first")
    return pooled if keep else Map(call.put("flatten", pooled).value)


LAYERS = {
    **dict.fromkeys(("Conv1D", "Conv2D", "Conv3D", "Convolution1D", "Convolution2D", "Convolution3D"), convolution),
    **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D"), depthwise),
    **dict.fromkeys(("SeparableConv1D", "SeparableConv2D"), separable),
    **dict.fromkeys(("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"), transposed),
    **{f"{kind}Pooling{rank}D": pool for kind in ("Max", "Average") for rank in (1, 2, 3)},
    **{f"Global{kind}Pooling{rank}D": global_pool for kind in ("Max", "Average") for rank in (1, 2, 3)},
}
