"""Written by `python -m archcalc.spec.schema` from the classes of the layers, so that they need not be imported."""

ROUNDING: frozenset[str] = frozenset(
    {
        "avg_pool",
        "conv",
        "crop",
        "deform_conv",
        "depthwise",
        "lp_pool",
        "max_pool",
        "pool",
        "resample",
        "unfold",
        "upsample",
    }
)
"""Kinds and families for which `rounding` can be declared."""

WORDS: frozenset[str] = frozenset(
    {
        "align_corners",
        "area",
        "asymmetric",
        "bicubic",
        "bilinear",
        "blocks",
        "both",
        "caffe",
        "ceil",
        "channels",
        "channels_first",
        "channels_last",
        "circular",
        "crd",
        "dcr",
        "exact",
        "first",
        "float",
        "floor",
        "from_zero",
        "gelu",
        "half_pixel",
        "int",
        "layers",
        "linear",
        "linspace",
        "nearest",
        "none",
        "pytorch_half_pixel",
        "reflect",
        "relu",
        "replicate",
        "round_prefer_ceil",
        "round_prefer_floor",
        "same",
        "second",
        "silu",
        "tanh",
        "trilinear",
        "valid",
        "zeros",
    }
)
"""Words that fields take."""
