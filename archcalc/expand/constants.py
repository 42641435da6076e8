"""Tensors of the network among the branches of a merge: which axis is the batch, and where their channels stand.

They are learned, or fixed numbers. Authors write a table of positions as [1, T, D], so that PyTorch adds it to every
item of a batch [B, T, D]. A shape leaves the batch out, so what arrives is [T, D], and the table joins it without its
leading 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from archcalc.expressions.values import Value
from archcalc.graph import Map
from archcalc.layers.base import Layer, Tap
from archcalc.layers.shape import Shape
from archcalc.layers.table import layer_fields


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
    seen = _of_one_item(outline, len(other.sizes))
    if value.node.layer is not None and value.node.layer.fits_any_layout():
        seen = seen._replace(layout=other.layout)
    return _seen(value, seen)


def _of_one_item(shape: Shape, axes: int) -> Shape:
    """A shape without its leading 1, if that is an axis more than there can be: it is the batch."""
    has_batch = len(shape.sizes) == axes + 1 and shape.sizes[0] == 1
    return shape._replace(sizes=shape.sizes[1:]) if has_batch else shape


def _seen(value: Map, shape: Shape) -> Map:
    """A map in the shape in which it is read."""
    if shape == value.outline:
        return value
    return Map(value.node, value.port, shape if value.shape is not None else None, shape)


def as_named(
    cls: type[Layer], values: dict[str, Value], named: Sequence[Map], arriving: Sequence[Map], tap: Callable[[Map], Tap]
) -> list[Map]:
    """The maps that fields name, as a layer reads them beside what arrives: constants without the axis of the batch.

    The values of these fields are renewed.
    """
    first = arriving[0].outline if arriving else None
    if not named or not cls.spreads or first is None:
        return list(named)
    fields = [name for name in layer_fields(cls.kind)[0] if isinstance(values.get(name), Tap)]
    if len(fields) != len(named):
        return list(named)
    found = []
    for field, value in zip(fields, named, strict=True):
        read = value
        if field in cls.spreads and is_constant(value) and value.outline is not None:
            read = _seen(value, _of_one_item(value.outline, len(first.sizes) + cls.spreads[field]))
        if read is not value:
            values[field] = tap(read)
        found.append(read)
    return found
