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
        "upsample",
    }
)
"""Kinds and families for which `rounding` can be declared."""

WORDS: frozenset[str] = frozenset(
    {
        "area",
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
        "exact",
        "first",
        "floor",
        "from_zero",
        "gelu",
        "layers",
        "linear",
        "linspace",
        "nearest",
        "none",
        "reflect",
        "relu",
        "replicate",
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
