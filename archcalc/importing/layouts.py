"""Finds out where the channels of every map stand.

Arrays do not tell: a convolution reads channels in front, `linear` behind, a reshape or a sum takes either. What the
layers behind a map want is followed back to it; a map that is free (an input, of a reshape, a parameter) gets that
layout, and where a map has the other one a `permute` that moves nothing states it anew.
"""

from __future__ import annotations

from collections import Counter
from typing import cast

from archcalc.importing.record import Layer, Layout, Record, Scope, Value
from archcalc.importing.typed import layouts_of_outputs
from archcalc.layers.table import layer_class

FIRST: Layout = "channels_first"
LAST: Layout = "channels_last"


def settle(record: Record) -> None:
    """Set the layout of every map, the field `layout` of the layers that state it, and relabel maps where needed."""
    layers = list(record.layers())
    wanted = _wanted(layers)
    for value in record.inputs:
        has_channels = value.dtype == "float" and len(value.shape) > 1
        value.layout = wanted.get(id(value), FIRST) if has_channels else LAST if len(value.shape) > 1 else FIRST
    _Settling(wanted).scope(record.root)


def _wanted(layers: list[Layer]) -> dict[int, Layout]:
    """The layout that the readers of each map want, by its id: most of them decide, the first where they are even."""
    votes: dict[int, Counter[Layout]] = {}
    wanted: dict[int, Layout] = {}
    for layer in reversed(layers):
        for output in layer.outputs:
            if found := votes.get(id(output)):
                wanted[id(output)] = _most(found)
        if _is_free(layer):
            continue
        passed = wanted.get(id(layer.outputs[0])) if layer.outputs else None
        for value in layer.inputs:
            if (demand := _demand(layer, value) or passed) is not None and len(value.shape) > 1:
                votes.setdefault(id(value), Counter())[demand] += 1
    for key, found in votes.items():
        wanted.setdefault(key, _most(found))
    return wanted


def _most(votes: Counter[Layout]) -> Layout:
    return max(reversed(votes), key=votes.__getitem__)


def _is_free(layer: Layer) -> bool:
    """Whether its map may have either layout, whatever it reads."""
    return layer.kind == "opaque" or ("layout" in layer_class(layer.kind).model_fields and layer.kind != "stack")


def _demand(layer: Layer, value: Value) -> Layout | None:
    """The layout that the layer wants of what it reads; None if it takes either."""
    if len(value.shape) < 2 or value.dtype != "float":
        return None
    first, last = layouts_of_outputs(layer, FIRST), layouts_of_outputs(layer, LAST)
    if first is None and last is not None:
        return LAST
    return FIRST if last is None and first is not None else None


class _Settling:
    """One walk through the layers in the order in which they run."""

    def __init__(self, wanted: dict[int, Layout]) -> None:
        self.wanted = wanted
        self.relabelled: dict[tuple[int, Layout], Value] = {}

    def scope(self, scope: Scope) -> None:
        """Settle what runs in a scope; a map that was relabelled in it is known in it alone."""
        outer, self.relabelled = self.relabelled, {}
        items: list[Scope | Layer] = []
        for item in scope.items:
            if isinstance(item, Scope):
                self.scope(item)
            else:
                items += self.layer(item)
            items.append(item)
        scope.items, self.relabelled = items, outer

    def layer(self, layer: Layer) -> list[Layer]:
        """Settle one layer; what stands in front of it are permutes that relabel what it reads."""
        added: list[Layer] = []
        if _is_free(layer):
            for output in layer.outputs:
                self.free(layer, output)
            return added
        layout = self.common(layer)
        if layout is not None:
            layer.inputs = [self.relabel(value, layout, added) for value in layer.inputs]
        found = layouts_of_outputs(layer, None)
        for output, settled in zip(layer.outputs, found or [FIRST] * len(layer.outputs), strict=True):
            output.layout = settled if len(output.shape) > 1 else FIRST
        return added

    def free(self, layer: Layer, output: Value) -> None:
        """A free map is what its readers want, else as what it is made of, where that has as many axes."""
        same = [value.layout for value in layer.inputs if len(value.shape) == len(output.shape)]
        kept = same[0] if same and layer.kind == "opaque" else FIRST
        has_channels = len(output.shape) > 1 and output.dtype == "float"
        output.layout = self.wanted.get(id(output), kept) if has_channels else FIRST
        if output.layout == LAST:
            layer.fields["layout"] = LAST

    def common(self, layer: Layer) -> Layout | None:
        """The layout that all inputs must have; None if they need none."""
        ranked = [value for value in layer.inputs if len(value.shape) > 1 and value.dtype == "float"]
        if not ranked:
            return None
        demand = _demand(layer, ranked[0])
        if demand is not None or len(ranked) == 1 or layer.kind == "matmul":
            return demand
        fixed = [value for value in ranked if value.maker is None or not _is_free(value.maker)]
        return (fixed or ranked)[0].layout

    def relabel(self, value: Value, layout: Layout, added: list[Layer]) -> Value:
        """The map with that layout."""
        if value.layout == layout or len(value.shape) < 2 or value.dtype != "float":
            return value
        known = self.relabelled.get((id(value), layout))
        if known is None:
            axes = cast("list[object]", list(range(len(value.shape))))
            fields = {"axes": axes, **({"layout": LAST} if layout == LAST else {})}
            layer = Layer("permute", fields, [value], source="a map read in another layout")  # type: ignore[arg-type]
            known = Value(value.shape, layout, layer)
            layer.outputs = [known]
            added.append(layer)
            self.relabelled[id(value), layout] = known
        return known
