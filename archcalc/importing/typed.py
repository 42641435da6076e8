"""A layer of a record as archcalc's own layer, and what that makes of maps."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.importing.record import Layer, Layout, Value
from archcalc.infer import Facts, infer
from archcalc.layers.base import Layer as Typed
from archcalc.layers.base import Tap
from archcalc.layers.shape import Integers, Shape
from archcalc.layers.table import layer_class


def typed(layer: Layer, layout: Layout | None = None) -> Typed:
    """The layer of archcalc, with the maps that its fields name; `layout` stands for theirs.

    >>> typed(Layer("conv", {"out": 8, "kernel": 3}, [Value((3, 32, 32))]))
    Conv(out=8, kernel=3)
    """
    taps = {name: Tap(shape(value, layout)) for name, value in layer.maps.items() if name not in layer.fields}
    return layer_class(layer.kind)(**layer.fields, **taps)


def shape(value: Value, layout: Layout | None = None) -> Shape:
    """The shape of a map, as it stands or with another layout."""
    integers = Integers() if value.dtype == "int" else None
    return Shape(value.shape, layout or value.layout, integers=integers)


def facts(layer: Layer, inputs: Sequence[Shape], layout: Layout | None = None) -> Facts:
    """What archcalc knows about the layer at these shapes; sizes are rounded down."""
    return infer(typed(layer, layout), inputs, "floor")
