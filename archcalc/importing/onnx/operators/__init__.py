"""The operators of ONNX, in tables by family; what stands in no table has no kind of layer."""

from __future__ import annotations

from archcalc.importing.onnx.operators import (
    activations,
    arithmetic,
    attention,
    convolution,
    normalization,
    padding,
    parts,
    pooling,
    products,
    quantization,
    recurrent,
    reduction,
    resampling,
    reshaping,
)
from archcalc.importing.onnx.operators.table import Reader

_FAMILIES = (
    activations,
    arithmetic,
    attention,
    convolution,
    normalization,
    padding,
    parts,
    pooling,
    products,
    quantization,
    recurrent,
    reduction,
    resampling,
    reshaping,
)
_STANDARD: dict[str, Reader] = {name: reader for family in _FAMILIES for name, reader in family.OPERATORS.items()}
_RUNTIME_ONLY = ("SkipLayerNormalization", "SkipSimplifiedLayerNormalization", "FastGelu", "QuickGelu", "BiasGelu")
_OF_RUNTIME = (*_RUNTIME_ONLY, "SimplifiedLayerNormalization", "Gelu")
_DOMAINS = ("", "ai.onnx")


def reader(domain: str, name: str) -> Reader | None:
    """The function that turns nodes of an operator into layers; None for operators without a kind.

    >>> reader("", "Conv").__name__, reader("com.example", "Conv")
    ('conv', None)
    """
    if domain in _DOMAINS:
        return None if name in _RUNTIME_ONLY else _STANDARD.get(name)
    return _STANDARD[name] if domain == "com.microsoft" and name in _OF_RUNTIME else None
