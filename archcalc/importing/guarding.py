"""Holds every layer of a record to archcalc's own rules: what they give must be what the source gave.

A layer that they refuse, or for which they give another shape, other tensors or other products, becomes opaque: what is
stated is then what the source has, and no number is for another layer than the one that ran.
"""

from __future__ import annotations

from archcalc.importing.record import Layer, Record
from archcalc.importing.typed import BY_SHAPE, facts, shape
from archcalc.layers.construction import WrongFields


def guard(record: Record) -> None:
    """Make opaque what archcalc's rules do not say as the source does."""
    for layer in record.layers():
        if layer.kind == "opaque" or layer.kind in BY_SHAPE:
            continue
        if (reason := _differs(layer)) is not None:
            _state(layer, reason, record.products.get(id(layer), 0))


def _differs(layer: Layer) -> str | None:
    """What archcalc says otherwise about a layer; None if it says the same."""
    try:
        found = facts(layer, [shape(value) for value in layer.inputs])
    except WrongFields as error:
        return str(error)
    if found.outputs is None:
        return f"{layer.kind} is refused: {found.findings[0].message}"
    if any((value.shape or (1,)) != output.sizes for value, output in zip(layer.outputs, found.outputs, strict=False)):
        return f"{layer.kind} gives another shape here"
    for weight in found.weights:
        tensor = layer.tensors.get(weight.name)
        if tensor is not None and tensor.shape != weight.shape and layer.kind != "parameter":
            return f"{layer.kind} has a tensor of another shape here"
    return None


def _state(layer: Layer, reason: str, products: int) -> None:
    layer.kind, layer.fields = "opaque", {"products": products, "reason": reason}
    layer.inputs, layer.maps = layer.reads, {}
    layer.label = layer.label or None
