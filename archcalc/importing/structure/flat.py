"""The flat list of a record: one step for each layer, every map read by name. Every other form is held to it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from archcalc.importing.record import Layer, Record, Scope, Value
from archcalc.importing.structure.data import Formula, Spec, Step, layer_step
from archcalc.importing.structure.interface import inputs_of, outputs_of, spec
from archcalc.importing.structure.labels import Labels, legal
from archcalc.importing.structure.maps import fields_with_maps, part
from archcalc.importing.structure.tree import with_scopes
from archcalc.layers.table import layer_class


def flat(record: Record, shapes: Sequence[Sequence[Any]] | None = None, at: Mapping[str, int] | None = None) -> Spec:
    """One step for each layer, named as its tensors are.

    `shapes` are those of the inputs where they hold symbols, whose values `at` gives.

    >>> from archcalc.importing.building import Builder
    >>> from archcalc.importing.record import Tensor
    >>> builder = Builder("net")
    >>> tensors = {"weight": Tensor("fc.weight", (10, 8)), "bias": Tensor("fc.bias", (10,))}
    >>> output = builder.layer("linear", [builder.input("x", (8,))], (10,), {"out": 10}, tensors, "fc")
    >>> flat(builder.record([output], list(tensors.values())))["layers"]
    [{'linear': 10, 'as': 'fc', 'from': 'input'}]
    """
    names, inputs = _Names(record), inputs_of(record)
    read = {value: Formula(name) for value, name in inputs.items()}
    steps: list[Step] = []
    for layer in record.layers():
        name = names[layer]
        steps.append(_step(layer, name, read, names))
        read.update({value: Formula(part(name, layer, value)) for value in layer.outputs})
    return spec(record, {}, steps, outputs_of(record, read), shapes, at)


def _step(layer: Layer, name: str, read: Mapping[Value, Formula], names: _Names) -> Step:
    sources = [read[value] for value in layer.inputs]
    fields = fields_with_maps(layer, read.__getitem__)
    shared = layer.shares
    if shared is not None and layer.is_again:
        return {"use": Formula(names[shared]), "as": name, "from": sources[0]}
    is_merge = layer_class(layer.kind).is_merge
    step = {**layer_step(layer.kind, fields, list(sources) if is_merge else None), "as": name}
    if sources and not is_merge:
        step["from"] = sources[0]
    if shared is not None:
        step["tied"] = Formula(names[shared])
    return step if layer.trainable else {**step, "trainable": False}


class _Names:
    """The names of all layers: those of their tensors, and others by their kind."""

    def __init__(self, record: Record) -> None:
        self._labels = Labels()
        for name in inputs_of(record).values():
            self._labels.new(name)
        self._names: dict[Layer, str] = {}
        self._counts: Counter[str] = Counter()
        self._in_arithmetic = {value.maker for layer in record.layers() for value in _computed_with(layer)}
        layers = with_scopes(record.root)
        for owner in (True, False):
            for scope, layer in layers:
                if bool(layer.tensors) is owner:
                    self._names[layer] = self._labels.new(self._wanted(scope, layer))

    def _wanted(self, scope: Scope, layer: Layer) -> str:
        if not layer.tensors or layer.is_again:
            self._counts[layer.kind] += 1
            return f"{layer.kind}_{self._counts[layer.kind]}"
        found = legal(".".join(filter(None, (scope.path, layer.label))) or layer.kind)
        if layer in self._in_arithmetic and ("-" in found or found[0].isdigit()):
            # In arithmetic, a digit begins a number and a hyphen is a minus sign.
            return f"map_{re.sub('[.-]', '_', found)}"
        return found

    def __getitem__(self, layer: Layer) -> str:
        return self._names[layer]


def _computed_with(layer: Layer) -> list[Value]:
    """The maps that the arithmetic of a layer names."""
    return list(layer.maps.values()) if layer_class(layer.kind).computed else []
