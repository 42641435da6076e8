"""Says in one layer what a source says in several, before layouts are known: shapes changed twice, shuffles."""

from __future__ import annotations

import math
from collections.abc import Sequence

from archcalc.importing.readers import Readers
from archcalc.importing.record import Layer, Plain, Record

_SHAPES = ("reshape", "flatten")
_DROPPING = ("dropout", "alpha_dropout", "channel_dropout", "stochastic_depth")


def simplify(record: Record) -> None:
    """Join layers that only change the shape or the order of the same numbers."""
    readers = Readers(record)
    layers = list(record.layers())
    idle = _Idle(readers, layers)
    for layer in layers:
        while (made := _joined(readers, layer)) is not None:
            layer = made
        if layer.kind in (*_SHAPES, "permute"):
            _gone(readers, layer)
        else:
            idle.go(layer)


class _Idle:
    """Layers that hand on what they read, in training, too.

    Where another call of the same module has a layer that works at the place of such a one, that is a choice of its
    author: a rate of 0, an activation that is none.
    """

    def __init__(self, readers: Readers, layers: Sequence[Layer]) -> None:
        self.readers = readers
        self.working = {self._place(layer) for layer in layers if layer not in self}

    def __contains__(self, layer: Layer) -> bool:
        return layer.kind == "identity" or (layer.kind in _DROPPING and layer.fields.get("rate") == 0)

    def _place(self, layer: Layer) -> tuple[str, str]:
        return self.readers.scopes[id(layer)].class_name, layer.label or layer.kind

    def go(self, layer: Layer) -> None:
        """Take such a layer out, if it may go."""
        is_choice = self._place(layer) in self.working or (layer.kind == "identity" and layer.label is None)
        if layer not in self or self._is_counted(layer) or (is_choice and layer.kind != "identity"):
            return
        self.readers.skip(layer, layer.inputs[0], leaves=not is_choice)

    def _is_counted(self, layer: Layer) -> bool:
        """Whether it has a number in a sequence, by which those behind it are counted."""
        items = self.readers.scopes[id(layer)].items
        behind = items[items.index(layer) :] if (layer.label or "").isdigit() else []
        return not all(isinstance(item, Layer) and item in self for item in behind)


def _joined(readers: Readers, layer: Layer) -> Layer | None:
    if layer.kind in _SHAPES:
        return _shuffled(readers, layer) or _shaped_once(readers, layer)
    if layer.kind == "permute":
        return _ordered_once(readers, layer)
    if layer.kind == "max_pool":
        return _padded_pool(readers, layer)
    return None


def _padded_pool(readers: Readers, layer: Layer) -> Layer | None:
    """A maximum over a border that no number is below is the pool's own padding."""
    before = readers.alone(layer.inputs[0], "pad")
    if before is None or before.fields.get("value") != -math.inf or layer.fields.get("padding") != 0:
        return None
    padding = before.fields["padding"]
    assert isinstance(padding, list)
    if padding[0] != [0, 0] or readers.scopes[id(before)] is not readers.scopes[id(layer)]:
        return None
    pairs = padding[1:]
    even = pairs[0] if all(pair == pairs[0] for pair in pairs) else None
    one = even[0] if isinstance(even, list) and even[0] == even[1] else pairs
    made = Layer("max_pool", {**layer.fields, "padding": one}, before.inputs, label=layer.label, source=layer.source)
    readers.merge([before, layer], made)
    return made


def _gone(readers: Readers, layer: Layer) -> bool:
    """A layer that changes nothing goes."""
    (value,) = layer.inputs
    is_same = layer.kind in _SHAPES and layer.output.shape == value.shape
    if not is_same and not (layer.kind == "permute" and _axes(layer) == list(range(len(value.shape)))):
        return False
    return readers.skip(layer, value)


def _shaped_once(readers: Readers, layer: Layer) -> Layer | None:
    """A reshape of a reshape is one."""
    (value,) = layer.inputs
    before = next((made for kind in _SHAPES if (made := readers.alone(value, kind)) is not None), None)
    if before is None or readers.scopes[id(before)] is not readers.scopes[id(layer)]:
        return None
    made = Layer(layer.kind, layer.fields, before.inputs, source=layer.source)
    readers.merge([before, layer], made)
    return made


def _ordered_once(readers: Readers, layer: Layer) -> Layer | None:
    """A permute of a permute is one."""
    (value,) = layer.inputs
    before = readers.alone(value, "permute")
    if before is None or readers.scopes[id(before)] is not readers.scopes[id(layer)]:
        return None
    first, second = _axes(before), _axes(layer)
    axes: list[Plain] = [first[at] for at in second]
    made = Layer("permute", {"axes": axes}, before.inputs, source=layer.source)
    readers.merge([before, layer], made)
    return made


def _shuffled(readers: Readers, layer: Layer) -> Layer | None:
    """Channels seen as [groups, rest], exchanged and seen as channels again."""
    order = readers.alone(layer.inputs[0], "permute")
    opened = None if order is None else readers.alone(order.inputs[0], "reshape")
    if order is None or opened is None:
        return None
    source, seen = opened.inputs[0].shape, opened.output.shape
    if layer.output.shape != source or len(seen) != len(source) + 1 or seen[2:] != source[1:]:
        return None
    if _axes(order) != [1, 0, *range(2, len(seen))]:
        return None
    made = Layer("channel_shuffle", {"groups": seen[0]}, opened.inputs, source=layer.source)
    readers.merge([opened, order, layer], made)
    return made


def _axes(layer: Layer) -> list[int]:
    axes = layer.fields["axes"]
    assert isinstance(axes, list)
    return [axis for axis in axes if isinstance(axis, int)]
