"""Maps in spec data: the names of maps that fields of layers take, and of the entries of a layer that makes several."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from archcalc.importing.record import Layer, Value
from archcalc.importing.structure.data import Formula, MapName
from archcalc.layers.table import layer_class


def part(name: str, layer: Layer, value: Value) -> str:
    """The name of one map of a layer: of a layer that gives a list, its entry.

    >>> halves = Layer("split", {"parts": 2}, [Value((8, 4, 4))])
    >>> halves.outputs = [Value((4, 4, 4), maker=halves, port=port) for port in (0, 1)]
    >>> part("halves", halves, halves.outputs[1])
    'halves.1'
    """
    return f"{name}.{value.port}" if gives_list(layer) else name


def gives_list(layer: Layer) -> bool:
    """Whether the name of a layer stands for a list of maps."""
    return len(layer.outputs) > 1 or layer_class(layer.kind).gives_list


def fields_with_maps(layer: Layer, name_of: Callable[[Value], str]) -> dict[str, Any]:
    """The fields of a layer, with the maps that they name under the names that these have in the spec."""
    if not layer.maps:
        return dict(layer.fields)
    fields: dict[str, Any] = dict(layer.fields)
    computed = layer_class(layer.kind).computed
    for field, value in layer.maps.items():
        if field in layer_class(layer.kind).model_fields:
            fields[field] = MapName(name_of(value))
        elif computed is not None:
            fields[computed] = Formula(re.sub(rf"\b{re.escape(field)}\b", name_of(value), str(fields[computed])))
    return fields
