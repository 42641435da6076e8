"""The table of layers: one line a kind. Adding a layer is a class in its family's module and a line here.

The classes are imported when a spec first uses them, so that a check pays only for what it reads.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archcalc.layers.base import Layer

KINDS: dict[str, str] = {
    "conv": "convolution:Conv",
    "depthwise": "convolution:Depthwise",
    "conv_transpose": "transposed:ConvTranspose",
    "deform_conv": "deformable:DeformConv",
    "linear": "linear:Linear",
    "rbf": "linear:RadialBasis",
    "affine": "scale:Affine",
    "layer_scale": "scale:LayerScale",
    "parameter": "parameter:Parameter",
    "buffer": "buffer:Buffer",
    "max_pool": "pooling:MaxPool",
    "avg_pool": "pooling:AvgPool",
    "lp_pool": "pooling:LpPool",
    "adaptive_avg_pool": "adaptive:AdaptiveAvgPool",
    "adaptive_max_pool": "adaptive:AdaptiveMaxPool",
    "global_avg_pool": "adaptive:GlobalAvgPool",
    "global_max_pool": "adaptive:GlobalMaxPool",
    "unpool": "unpool:Unpool",
    "roi_pool": "detection:RoiPool",
    "roi_align": "detection:RoiAlign",
    "upsample": "interpolation:Upsample",
    "crop": "resample:Crop",
    "pad": "resample:Pad",
    "pad_channels": "resample:PadChannels",
    "unfold": "columns:Unfold",
    "fold": "columns:Fold",
    "pixel_shuffle": "pixels:PixelShuffle",
    "pixel_unshuffle": "pixels:PixelUnshuffle",
    "flatten": "reshape:Flatten",
    "reshape": "reshape:Reshape",
    "permute": "order:Permute",
    "channels_last": "order:ChannelsLast",
    "channels_first": "order:ChannelsFirst",
    "tokens": "order:Tokens",
    "select": "parts:Select",
    "slice": "parts:Slice",
    "index_select": "lookup:IndexSelect",
    "roll": "order:Roll",
    "expand": "expansion:Expand",
    "channel_shuffle": "order:ChannelShuffle",
    "split": "parts:Split",
    "identity": "reshape:Identity",
    "require": "requirement:Require",
    "mean": "reduction:Mean",
    "sum": "reduction:Sum",
    "max": "reduction:Max",
    "elementwise": "elementwise:Elementwise",
    "batch_norm": "normalization:BatchNorm",
    "layer_norm": "normalization:LayerNorm",
    "group_norm": "normalization:GroupNorm",
    "instance_norm": "normalization:InstanceNorm",
    "rms_norm": "normalization:RmsNorm",
    "lrn": "normalization:LocalResponseNorm",
    "normalize": "unit_length:Normalize",
    "dropout": "regularization:Dropout",
    "channel_dropout": "regularization:ChannelDropout",
    "alpha_dropout": "regularization:AlphaDropout",
    "stochastic_depth": "regularization:StochasticDepth",
    "relu": "rectifiers:Relu",
    "relu6": "rectifiers:Relu6",
    "leaky_relu": "rectifiers:LeakyRelu",
    "prelu": "rectifiers:PRelu",
    "elu": "smooth_rectifiers:Elu",
    "selu": "smooth_rectifiers:Selu",
    "celu": "smooth_rectifiers:Celu",
    "gelu": "smooth_rectifiers:Gelu",
    "silu": "smooth_rectifiers:Silu",
    "mish": "smooth_rectifiers:Mish",
    "sigmoid": "squashing:Sigmoid",
    "log_sigmoid": "squashing:LogSigmoid",
    "hardsigmoid": "squashing:HardSigmoid",
    "hardswish": "smooth_rectifiers:HardSwish",
    "hardtanh": "squashing:HardTanh",
    "tanh": "squashing:Tanh",
    "softplus": "smooth_rectifiers:Softplus",
    "softsign": "squashing:Softsign",
    "glu": "gates:Glu",
    "softmax": "softmax:Softmax",
    "log_softmax": "softmax:LogSoftmax",
    "add": "merge:Add",
    "subtract": "merge:Subtract",
    "multiply": "merge:Multiply",
    "concat": "merge:Concat",
    "stack": "stack:Stack",
    "matmul": "products:Matmul",
    "opaque": "opaque:Opaque",
    "attention": "attention:Attention",
    "embedding": "embedding:Embedding",
    "positions": "embedding:Positions",
    "position_encoding": "positions:PositionEncoding",
    "rotary": "positions:Rotary",
    "relative_buckets": "positions:RelativeBuckets",
    "relative_position_bias": "positions:RelativePositionBias",
    "experts": "experts:Experts",
    "dot_attention": "dot_attention:DotAttention",
    "lstm": "recurrent:Lstm",
    "gru": "recurrent:Gru",
    "rnn": "recurrent:Rnn",
    "class_token": "attention:ClassToken",
    "position_embedding": "attention:PositionEmbedding",
}

_loaded: dict[str, type[Layer]] = {}
_fields: dict[str, tuple[list[str], list[str]]] = {}


def layer_class(kind: str) -> type[Layer]:
    """The class of a built-in kind.

    Raises: KeyError for a kind that is not in the table.

    >>> layer_class("conv").main
    'out'
    """
    cls = _loaded.get(kind)
    if cls is None:
        module, _, name = KINDS[kind].partition(":")
        cls = getattr(import_module(f"archcalc.layers.{module}"), name)
        _loaded[kind] = cls
    return cls


def own_name(kind: str, field: str) -> str:
    """The name of a field of a kind, which may be given under another one.

    >>> own_name("attention", "kv_heads"), own_name("attention", "heads")
    ('key_heads', 'heads')
    """
    return layer_class(kind).other_names.get(field, field)


def layer_fields(kind: str) -> tuple[list[str], list[str]]:
    """The fields of a kind in their order, and those among them that must be given.

    >>> layer_fields("crop")[0][0], layer_fields("linear")[1]
    ('size', ['out'])
    """
    found = _fields.get(kind)
    if found is None:
        declared = layer_class(kind).model_fields
        found = (list(declared), [name for name, field in declared.items() if field.is_required()])
        _fields[kind] = found
    return found
