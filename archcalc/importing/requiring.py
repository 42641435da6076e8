"""A check in front of a network: a `require` of an input, which what runs first on it reads."""

from __future__ import annotations

from collections.abc import Mapping

from archcalc.importing.record import Layer, Plain, Record, Scope, Value


def require(record: Record, value: Value, fields: Mapping[str, Plain]) -> None:
    """Let the record check one of its inputs."""
    made = Layer("require", dict(fields), [value], source="what the source refuses")
    made.outputs = [Value(value.shape, value.layout, made)]
    items = record.root.items
    reader = next((item for item in items if any(one is value for layer in _of(item) for one in layer.inputs)), None)
    for layer in [] if reader is None else _of(reader):
        layer.inputs = [made.output if one is value else one for one in layer.inputs]
    items.insert(0 if reader is None else items.index(reader), made)


def _of(item: Scope | Layer) -> list[Layer]:
    return list(item.layers()) if isinstance(item, Scope) else [item]
