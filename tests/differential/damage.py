"""Illegal networks whose mistake lies in one layer, and that layer alone as a network that can be exported.

A number of a legal spec is changed. Where the mistake depends on the sizes that the layer reads, these become symbols
of a spec of that one layer: exported at sizes that are legal, it runs at those that are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from itertools import product
from random import Random
from typing import Any

from strategies.choices import chance, pick

import archcalc
from archcalc.graph import Node
from archcalc.layers.base import Layer, Tap
from archcalc.layers.shape import Shape
from differential.judge import Data, Subject, Values, illegalities

LETTERS = "ABCDEFGHIJKLMNOP"
DISTANCE = 6


def damaged(rng: Random, data: Data) -> Data:
    """A copy with one of the numbers in its steps changed."""
    data = deepcopy(data)
    places = list(_numbers({key: data[key] for key in ("layers", "blocks") if key in data}))
    if places:
        container, key = pick(rng, places)
        value = container[key]
        container[key] = max(1, pick(rng, (value + 1, value - 1, 2 * value, value + 5, value + 2)))
    return data


def _numbers(data: Any) -> Iterator[tuple[Any, Any]]:
    parts = list(data.items()) if isinstance(data, dict) else list(enumerate(data)) if isinstance(data, list) else []
    for key, part in parts:
        if isinstance(part, int) and not isinstance(part, bool):
            yield data, key
        else:
            yield from _numbers(part)


def culprit(data: Data) -> Node | None:
    """The one layer of a spec that has an error, if the sizes that it reads are known."""
    report = archcalc.load(data).check()
    layers = {error.layer for error in illegalities(report)}
    if len(layers) != 1 or None in layers:
        return None
    node = next((node for node in report.graph.nodes if node.name in layers), None)
    if node is None or node.layer is None or any(value.shape is None for value in node.inputs):
        return None
    return node


def alone(rng: Random, node: Node) -> Subject | None:
    """A spec of one layer with symbols for the sizes that it reads; None if no sizes near are legal."""
    shapes = [value.shape for value in node.inputs if value.shape is not None]
    if node.layer is None or not shapes or any(shape.items != 1 or shape.integers for shape in shapes):
        return None
    bad, inputs, steps, branches = _entries(shapes)
    step = _step(node.layer, [f"x{index}" for index in range(len(shapes))], branches)
    if step is None:
        return None
    data: Data = {"input": inputs, "rounding": node.rounding, "layers": [*steps, *step], "at": {}}
    good = _legal_near(rng, data, bad)
    if good is None:
        return None
    data["at"] = good
    near = [{name: max(1, size + rng.randrange(-2, 3)) for name, size in bad.items()} for _ in range(2)]
    return Subject(data, [bad, *near])


def _entries(shapes: list[Shape]) -> tuple[Values, Data, list[Any], list[str]]:
    """Values of the symbols, the inputs, steps that put channels last where they are, and the names of the maps."""
    bad: Values = {}
    inputs: Data = {}
    steps: list[Any] = []
    for index, shape in enumerate(shapes):
        names = [LETTERS[len(bad) + axis] for axis in range(len(shape.sizes))]
        sizes = [*(() if shape.integers is not None else (shape.channels,)), *shape.spatial]
        bad.update({name: int(size) for name, size in zip(names, sizes, strict=True)})
        label = f"x{index}"
        if shape.layout == "channels_last" and len(sizes) > 1:
            steps.append({"channels_last": {}, "from": f"in{index}", "as": label})
            label = f"in{index}"
        inputs[label] = list(names) if shape.integers is None else {"shape": list(names), "dtype": "int"}
    return bad, inputs, steps, []


def _step(layer: Layer, names: list[str], branches: list[str]) -> list[Any] | None:
    """The layer as steps that read these maps: its inputs first, then those that its fields name."""
    fields: Data = {}
    flowing = layer.flowing(names)
    waiting = names[len(flowing) :]
    for name in (name for name in type(layer).model_fields if name in layer.model_fields_set):
        value = getattr(layer, name)
        if isinstance(value, Tap):
            if value.entered is not None and layer.kind == "unpool":
                return None
            value = waiting.pop(0)
        fields[name] = _plain(value)
    if layer.is_merge:
        return [{layer.kind: {"branches": flowing, **fields}}]
    if layer.inputs == 0:
        return None
    step: Data = {layer.kind: fields, "from": names[0]}
    return [{**step, "as": "parts"}, {"from": "parts.0"}] if layer.gives_list else [step]


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, (bool, int, str)) or value is None else str(value)


def _legal_near(rng: Random, data: Data, bad: Values) -> Values | None:
    """Sizes near the bad ones at which the layer is legal."""
    architecture = archcalc.load({name: part for name, part in data.items() if name != "at"})
    symbolic = architecture.check(symbolic=True)
    if illegalities(symbolic):
        return None
    conditions = [requirement.condition for _, requirement in symbolic.conditions]

    def is_legal(sizes: Values) -> bool:
        return all(condition.holds_at(sizes) for condition in conditions)

    for name in rng.sample(list(bad), len(bad)):
        for distance in (1, -1, 2, -2, 3, -3, 4, 5, 6, 8):
            if is_legal(sizes := {**bad, name: max(1, bad[name] + distance)}):
                return sizes
    if len(bad) <= 4:
        for sizes in product(range(1, DISTANCE + 1), repeat=len(bad)):
            if is_legal(near := dict(zip(bad, sizes, strict=True))):
                return near
    return next((sizes for size in range(1, 64) if is_legal(sizes := dict.fromkeys(bad, size))), None)


def wrong_layer(rng: Random, data: Data, tries: int = 3) -> Subject | None:
    """A layer of the spec that a changed number made illegal, as a network of its own."""
    for _ in range(tries):
        node = culprit(damaged(rng, data))
        if node is not None:
            return alone(rng, node)
        if chance(rng, 20):
            return None
    return None
