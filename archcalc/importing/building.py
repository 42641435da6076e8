"""Builds a record, layer by layer as a front reads them: scopes, tensors that are applied again, and unknown layers.

Shapes are those of arrays without the batch, axes are counted from 0 in them. Where the channels stand, a front does
not say: `layouts` finds that out when all layers are known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from archcalc.importing.record import Layer, Plain, Record, Scope, Tensor, Value

Shape = Sequence[int]
_KEEP_NUMBERS = ("reshape", "flatten", "permute", "expand", "slice", "select", "split", "concat", "stack", "identity")
"""Kinds that give the numbers that they read, so that integers stay integers."""


class NotSaid(Exception):
    """What the source does has no kind of layer; the text says what, for the reason of an opaque step."""


class Builder:
    """A record that grows.

    >>> builder = Builder("net")
    >>> image = builder.input("image", (3, 8, 8))
    >>> weight = Tensor("stem.weight", (4, 3, 3, 3))
    >>> fields = {"out": 4, "kernel": 3, "bias": False}
    >>> stem = builder.layer("conv", [image], (4, 6, 6), fields, {"weight": weight}, "stem")
    >>> record = builder.record([builder.layer("relu", [stem], (4, 6, 6))], [weight])
    >>> [(layer.kind, layer.label, layer.output.shape) for layer in record.layers()]
    [('conv', 'stem', (4, 6, 6)), ('relu', None, (4, 6, 6))]
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.root = Scope("", "", "")
        self.scope = self.root
        self.inputs: list[Value] = []
        self.notes: list[str] = []
        self._owners: dict[str, Layer] = {}
        self._parameters: dict[str, Value] = {}

    def input(self, name: str, shape: Shape, dtype: str = "float") -> Value:
        """An input of the network, by its name."""
        assert dtype in ("float", "int", "bool"), dtype
        value = Value(tuple(shape), name=name, dtype=dtype)  # type: ignore[arg-type]
        self.inputs.append(value)
        return value

    @contextmanager
    def within(
        self, name: str, path: str, class_name: str, arguments: Mapping[str, Plain] | None = None
    ) -> Iterator[Scope]:
        """What is built meanwhile stands in a scope of its own, of that name below the scope around it."""
        outer, self.scope = self.scope, Scope(name, path, class_name, dict(arguments or {}))
        outer.items.append(self.scope)
        try:
            yield self.scope
        finally:
            self.scope = outer

    def layer(
        self,
        kind: str,
        inputs: Sequence[Value],
        shape: Shape,
        fields: Mapping[str, Plain] | None = None,
        tensors: Mapping[str, Tensor] | None = None,
        label: str | None = None,
        source: str = "",
    ) -> Value:
        """The map of a new layer that makes one; `tensors` by archcalc's name of each."""
        return self.layers(kind, inputs, [shape], fields, tensors, label, source)[0]

    def layers(
        self,
        kind: str,
        inputs: Sequence[Value],
        shapes: Sequence[Shape],
        fields: Mapping[str, Plain] | None = None,
        tensors: Mapping[str, Tensor] | None = None,
        label: str | None = None,
        source: str = "",
    ) -> list[Value]:
        """The maps of a new layer, such as those of a `split`."""
        layer = Layer(kind, dict(fields or {}), list(inputs), label=label, tensors=dict(tensors or {}), source=source)
        layer.outputs = [Value(tuple(shape), maker=layer, port=port) for port, shape in enumerate(shapes)]
        if kind in _KEEP_NUMBERS and inputs and all(value.dtype == "int" for value in inputs):
            for output in layer.outputs:
                output.dtype = "int"
        self._own(layer)
        self.scope.items.append(layer)
        return layer.outputs

    def parameter(self, tensor: Tensor, label: str | None = None) -> Value:
        """The map that is a tensor itself; a second one reads the first."""
        known = self._parameters.get(tensor.name)
        if known is None:
            shape = tensor.shape or (1,)
            known = self.layer("parameter", [], shape, {"shape": list(shape)}, {"weight": tensor}, label)
            self._parameters[tensor.name] = known
        return known

    def buffer(
        self,
        shape: Shape,
        values: Plain = None,
        tensor: Tensor | None = None,
        label: str | None = None,
        dtype: str = "float",
    ) -> Value:
        """The map that holds fixed numbers: a tensor of the network, or one that its code makes anew each time."""
        key = tensor.name if tensor is not None else None
        if key is not None and key in self._parameters:
            return self._parameters[key]
        fields: dict[str, Plain] = {"shape": list(shape) or [1]}
        if values is not None:
            fields["values"] = values
        if dtype == "int":
            fields["dtype"] = "int"
        if tensor is None:
            fields["persistent"] = False
        value = self.layer("buffer", [], shape or (1,), fields, {} if tensor is None else {"values": tensor}, label)
        value.dtype = "int" if dtype == "int" else "float"
        if key is not None:
            self._parameters[key] = value
        return value

    def opaque(
        self,
        inputs: Sequence[Value],
        shapes: Sequence[Shape],
        reason: str,
        tensors: Sequence[Tensor] = (),
        products: int = 0,
        label: str | None = None,
        source: str = "",
    ) -> list[Value]:
        """Maps of a layer that there is no kind for: all that is known of it is stated."""
        fields: dict[str, Plain] = {"reason": reason, "products": products}
        return self.layers("opaque", inputs, shapes, fields, {tensor.name: tensor for tensor in tensors}, label, source)

    def undo(self, count: int) -> None:
        """Take back the layers of the scope behind the first `count` items, as if they had never been built."""
        undone = {
            id(layer)
            for item in self.scope.items[count:]
            for layer in (item.layers() if isinstance(item, Scope) else [item])
        }
        del self.scope.items[count:]
        self._owners = {key: owner for key, owner in self._owners.items() if id(owner) not in undone}
        self._parameters = {key: value for key, value in self._parameters.items() if id(value.maker) not in undone}

    def record(self, outputs: Sequence[Value], tensors: Sequence[Tensor], multiplications: int | None = None) -> Record:
        """The record of all that was built."""
        return Record(self.name, self.root, self.inputs, list(outputs), list(tensors), multiplications, self.notes)

    def _own(self, layer: Layer) -> None:
        """A layer whose tensors another one owns shares them; its tensors may be frozen."""
        if not layer.tensors or layer.kind in ("parameter", "buffer"):
            return
        first = next(iter(layer.tensors.values())).name
        owner = self._owners.setdefault(first, layer)
        if owner is not layer and _is_shared(owner, layer):
            layer.shares = owner
            layer.is_tied = self._has_own_name(layer)
        layer.trainable = any(tensor.trainable for tensor in layer.tensors.values())

    def _has_own_name(self, layer: Layer) -> bool:
        """Whether the one tensor of a layer has a name where the layer is, and its owner has it under another."""
        (name, tensor), *more = layer.tensors.items()
        if more or layer.label is None:
            return False
        own = ".".join(filter(None, (self.scope.path, layer.label, name)))
        return own in tensor.others


def _is_shared(owner: Layer, layer: Layer) -> bool:
    """Whether a layer is an earlier one again, or has the weight of it."""
    found = [one.tensors.get("weight") for one in (owner, layer)]
    return (owner.kind == layer.kind and _same(owner.tensors, layer.tensors)) or found[0] is found[1] is not None


def _same(first: Mapping[str, Tensor], second: Mapping[str, Tensor]) -> bool:
    return {key: tensor.name for key, tensor in first.items()} == {key: tensor.name for key, tensor in second.items()}
