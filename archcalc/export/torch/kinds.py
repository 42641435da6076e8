"""Kinds of layers as values: `act: relu` in a spec is `act=nn.ReLU` in the code, a class that is passed on."""

from __future__ import annotations

from functools import cache

from archcalc.export.torch.scopes import Scope
from archcalc.export.torch.tensors import wires_of
from archcalc.expressions.values import Value, Word
from archcalc.layers.construction import WrongFields
from archcalc.layers.shape import Shape
from archcalc.layers.table import KINDS, layer_class


@cache
def target_of(word: str, axes: int) -> str | None:
    """The class of PyTorch that a kind is without any fields, on maps with so many axes behind their channels.

    None for a kind that is no single class of PyTorch, and for one that needs fields.

    >>> target_of("hardswish", 2), target_of("batch_norm", 2), target_of("conv", 2)
    ('nn.Hardswish', 'nn.BatchNorm2d', None)
    """
    if word not in KINDS:
        return None
    try:
        layer = layer_class(word)()
    except WrongFields:
        return None
    if layer.is_merge or layer.inputs != 1:
        return None
    shape = Shape((8,) * (axes + 1))
    calls = layer.torch([shape], [shape], "exact")
    is_class = len(calls) == 1 and calls[0].is_module and calls[0].target.startswith("nn.")
    return calls[0].target if is_class else None


def axes_of(scope: Scope) -> int:
    """The axes behind the channels of what enters the network that a scope stands in."""
    while scope.parent is not None:
        scope = scope.parent
    return len(wires_of(scope.inputs[0])[0].shape.sizes) - 1


def is_class(value: Value, axes: int) -> bool:
    """Whether a value is a word that names a kind which is one class of PyTorch."""
    return isinstance(value, Word) and target_of(value, axes) is not None
