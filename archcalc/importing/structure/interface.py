"""What a spec says besides its steps: inputs, rounding and outputs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from archcalc.importing.record import Layer, Record, Value
from archcalc.importing.structure.data import Formula, Spec, Steps
from archcalc.layers.base import Layer as Typed
from archcalc.layers.table import layer_class
from archcalc.spec.names import problem_with_value_name


def inputs_of(record: Record) -> dict[Value, str]:
    """The inputs with the names that they have in the spec: a single one is `input`."""
    if len(record.inputs) == 1:
        return {record.inputs[0]: "input"}
    names: dict[Value, str] = {}
    for index, value in enumerate(record.inputs):
        wanted = re.sub(r"\W+", "_", value.name or "", flags=re.ASCII).strip("_") or "x"
        if problem_with_value_name(wanted) or wanted in names.values():
            wanted = f"input_{index + 1}"
        names[value] = wanted
    return names


def outputs_of(record: Record, names: Mapping[Value, Formula]) -> Any:
    """The outputs by name; None where the last layer makes the only one."""
    last = next(iter(reversed(list(record.layers()))), None)
    if len(record.outputs) == 1 and last is not None and last.outputs == record.outputs:
        return None
    found = list(dict.fromkeys(names[value] for value in record.outputs))
    return found if len(found) != 1 else found[0]


def spec(
    record: Record,
    blocks: Mapping[str, Steps],
    layers: Steps,
    outputs: Any,
    shapes: Sequence[Sequence[Any]] | None = None,
    at: Mapping[str, int] | None = None,
    rounding: Any = "floor",
) -> Spec:
    """The whole of a spec, with the keys that it needs, in the order in which people write them."""
    data: Spec = {"name": record.name, "input": _input(record, shapes)}
    if at:
        data["at"] = dict(at)
    if any(layer_class(layer.kind).rounds() for layer in record.layers()):
        data["rounding"] = rounding
    if blocks:
        data["blocks"] = dict(blocks)
    data["layers"] = layers
    if outputs is not None:
        data["output"] = outputs
    return data


def pools_that_round_up(record: Record) -> list[Layer]:
    """The pools of a network, if all of them round up and what else has windows are convolutions: said once.

    None, where that is not so.
    """
    classes = {layer: layer_class(layer.kind) for layer in record.layers()}
    moving = {layer: cls for layer, cls in classes.items() if cls.rounds() or cls.windows is not Typed.windows}
    pools = [layer for layer, cls in moving.items() if cls.family == "pool" and cls.rounds()]
    others = {cls.family for layer, cls in moving.items() if layer not in pools}
    is_said_once = len(pools) > 1 and others <= {"conv"} and not any("fold" in cls.kind for cls in classes.values())
    return pools if is_said_once and all(layer.fields.get("rounding") == "ceil" for layer in pools) else []


def _input(record: Record, shapes: Sequence[Sequence[Any]] | None) -> Any:
    given = shapes or [value.shape for value in record.inputs]
    found = {
        name: _entry(value, list(shape)) for (value, name), shape in zip(inputs_of(record).items(), given, strict=True)
    }
    return found["input"] if list(found) == ["input"] else found


def _entry(value: Value, shape: list[Any]) -> Any:
    if value.dtype == "int":
        return {"shape": shape, "dtype": "int"}
    return {"shape": shape, "layout": value.layout} if value.layout == "channels_last" else shape
