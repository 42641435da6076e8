"""A layer of a record as archcalc's own layer, and what that makes of maps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from archcalc.importing.record import Layer, Layout, Value
from archcalc.infer import Facts, infer
from archcalc.layers.base import Layer as Typed
from archcalc.layers.base import Tap
from archcalc.layers.shape import Integers, Rounding, Shape
from archcalc.layers.table import layer_class

BY_SHAPE = ("add", "multiply", "subtract", "concat", "elementwise", "pad")
"""Kinds whose shapes a record states as arrays have them: fewer axes, a leading 1, padding of the channels' axis."""

MERGES = ("add", "multiply", "subtract", "concat")
"""Kinds that join maps of one rank."""


def typed(layer: Layer) -> Typed:
    """The layer of archcalc, with the maps that its fields name.

    >>> typed(Layer("conv", {"out": 8, "kernel": 3}, [Value((3, 32, 32))]))
    Conv(out=8, kernel=3)
    """
    taps = {name: _tap(value) for name, value in layer.maps.items()}
    return layer_class(layer.kind)(**{**layer.fields, **taps})


def shape(value: Value, layout: Layout | None = None) -> Shape:
    """The shape of a map, as it stands or with another layout."""
    integers = Integers() if value.dtype == "int" else None
    return Shape(value.shape, layout or value.layout, integers=integers)


def _tap(value: Value) -> Tap:
    """What a field that names a map knows of it: also the pool that an unpooling undoes."""
    maker = value.maker
    if maker is None or not maker.kind.endswith("_pool"):
        return Tap(shape(value))
    return Tap(shape(value), typed(maker), shape(maker.inputs[0]), _rounding(maker))


def _rounding(layer: Layer) -> Rounding:
    """How a layer rounds: down, unless it says otherwise."""
    return cast(Rounding, layer.fields.get("rounding") or "floor")


def layouts_of_outputs(layer: Layer, layout: Layout | None) -> list[Layout] | None:
    """Where the channels of its maps stand if those that it reads have them at `layout`; None if it cannot read them.

    Without a layout, the maps that it reads are taken as they stand.
    """
    kept = layout or _fullest(layer)
    if layer.kind in MERGES or (layer.kind == "elementwise" and layer.maps) or layer.kind == "opaque":
        return [kept] * len(layer.outputs)
    if layer.kind == "pad":
        return _of_pad(layer, kept)
    if layer.kind == "layer_norm" and layer.fields.get("axes") == 1:
        return [kept] if kept == "channels_last" or len(layer.inputs[0].shape) == 1 else None
    found = facts(layer, [shape(value, layout) for value in layer.inputs])
    return None if found.outputs is None else [output.layout for output in found.outputs]


def _fullest(layer: Layer) -> Layout:
    """The layout of the first input with the most axes."""
    ranks = [len(value.shape) for value in layer.inputs]
    return layer.inputs[ranks.index(max(ranks))].layout if ranks else "channels_first"


def _of_pad(layer: Layer, layout: Layout) -> list[Layout] | None:
    """The field `padding` holds the axis of the channels, too, until layouts are known: that one is not padded."""
    pairs = layer.fields["padding"]
    assert isinstance(pairs, list)
    return [layout] if pairs[-1 if layout == "channels_last" else 0] == [0, 0] else None


def facts(layer: Layer, inputs: Sequence[Shape]) -> Facts:
    """What archcalc knows about the layer at these shapes."""
    return infer(typed(layer), inputs, _rounding(layer))
