"""Tensors of the network among the branches of a merge: which axis is the batch, and where their channels stand.

They are learned, or fixed numbers. Authors write a table of positions as [1, T, D], so that PyTorch adds it to every
item of a batch [B, T, D]. A shape leaves the batch out, so what arrives is [T, D], and the table joins it without its
leading 1.
"""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.graph import Map
from archcalc.layers.shape import Shape


def is_constant(value: Map) -> bool:
    """Whether a map depends on tensors of the network alone."""
    return value.node is not None and value.node.is_constant


def as_joined(maps: Sequence[Map]) -> list[Map]:
    """The branches of a merge as it joins them: a constant adapts to what depends on the input."""
    others = [value.outline for value in maps if not is_constant(value)]
    first = others[0] if others else None
    if first is None or any(shape is None or len(shape.sizes) != len(first.sizes) for shape in others):
        return list(maps)
    return [_beside(value, first) if is_constant(value) else value for value in maps]


def _beside(value: Map, other: Shape) -> Map:
    """A constant map beside another one: without its leading 1 if that is the batch, in a layout that it may take."""
    outline = value.outline
    if outline is None or value.node is None:
        return value
    seen = outline
    if len(seen.sizes) == len(other.sizes) + 1 and seen.sizes[0] == 1:
        seen = seen._replace(sizes=seen.sizes[1:])
    if value.node.layer is not None and value.node.layer.fits_any_layout():
        seen = seen._replace(layout=other.layout)
    if seen == outline:
        return value
    return Map(value.node, value.port, seen if value.shape is not None else None, seen)
