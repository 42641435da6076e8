"""Learned tensors among the branches of a merge: which of their axes is the batch, and where their channels stand.

Authors write a table of positions as [1, T, D], so that PyTorch adds it to every item of a batch [B, T, D]. A shape
leaves the batch out, so what arrives is [T, D], and the table joins it without its leading 1.
"""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.graph import Map
from archcalc.layers.shape import Shape


def is_learned(value: Map) -> bool:
    """Whether a map depends on learned tensors alone."""
    return value.node is not None and value.node.learned


def as_joined(maps: Sequence[Map]) -> list[Map]:
    """The branches of a merge as it joins them: what is learned adapts to what depends on the input."""
    others = [value.outline for value in maps if not is_learned(value)]
    first = others[0] if others else None
    if first is None or any(shape is None or len(shape.sizes) != len(first.sizes) for shape in others):
        return list(maps)
    return [_beside(value, first) if is_learned(value) else value for value in maps]


def _beside(value: Map, other: Shape) -> Map:
    """A learned map beside another one: without its leading 1 if that is the batch, in a layout that it may take."""
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
