"""What all nodes of a file share while it is read: the record that grows, and what is known of its layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from archcalc.importing.building import Builder
from archcalc.importing.onnx.values import Shape
from archcalc.importing.record import Layer, Plain, Tensor, Value

_STATISTICS = ("running_mean", "running_var")


@dataclass
class Bench:
    """What all nodes share: the record that grows, and how many items a batch has."""

    builder: Builder
    items: int
    is_batched: bool = True
    tensors: dict[str, Tensor] = field(default_factory=dict)
    """Tensors that a layer has, by their names."""
    made: list[Layer] = field(default_factory=list)
    """The layers of the node that is being read."""
    products: dict[int, int] = field(default_factory=dict)
    """Products of numbers by the ids of layers, as operators define them."""
    _parameters: dict[str, Value] = field(default_factory=dict)

    def layers(
        self,
        kind: str,
        inputs: Sequence[Value],
        shapes: Sequence[Shape],
        fields: Mapping[str, Plain] | None = None,
        tensors: Mapping[str, Tensor] | None = None,
        source: str = "",
    ) -> list[Value]:
        """The maps of a new layer."""
        tensors = tensors or {}
        for name, tensor in tensors.items():
            # Equal tensors are stored once: one of them may be learned, and another one only kept.
            is_kept = name in _STATISTICS and (tensor.is_buffer or tensor.name not in self.tensors)
            tensor.is_buffer = is_kept and all(tensor is not tensors[one] for one in tensors if one not in _STATISTICS)
            tensor.trainable = not tensor.is_buffer
        values = self.builder.layers(kind, inputs, shapes, fields, tensors, source=source)
        self._note(values, tensors)
        return values

    def opaque(
        self,
        inputs: Sequence[Value],
        shapes: Sequence[Shape],
        reason: str,
        tensors: Sequence[Tensor],
        products: int,
        source: str,
    ) -> list[Value]:
        """Maps of a layer that there is no kind for."""
        values = self.builder.opaque(inputs, shapes, reason, tensors, products, source=source)
        if products and values[0].maker is not None:
            self.products[id(values[0].maker)] = products
        self._note(values, {tensor.name: tensor for tensor in tensors})
        return values

    def parameter(self, tensor: Tensor, source: str) -> Value:
        """The map that is a tensor itself."""
        known = self._parameters.get(tensor.name)
        if known is None:
            known = self._parameters[tensor.name] = self.builder.parameter(tensor)
            assert known.maker is not None
            known.maker.source = source
            self._note([known], {"weight": tensor})
        return known

    def undo(self, count: int) -> None:
        """Take back the layers behind the first ones, but for parameters, which others may read."""
        items = self.builder.root.items
        gone = [item for item in items[count:] if isinstance(item, Layer) and item.kind != "parameter"]
        for layer in gone:
            self.products.pop(id(layer), None)
        self.builder.forget(gone)
        self.made = [layer for layer in self.made if layer not in gone]
        kept = {tensor.name for item in items if isinstance(item, Layer) for tensor in item.tensors.values()}
        for layer in gone:
            for tensor in layer.tensors.values():
                if tensor.name not in kept:
                    self.tensors.pop(tensor.name, None)

    def _note(self, values: Sequence[Value], tensors: Mapping[str, Tensor] | None) -> None:
        maker = values[0].maker
        if maker is not None and (not self.made or self.made[-1] is not maker):
            self.made.append(maker)
        for tensor in (tensors or {}).values():
            self.tensors[tensor.name] = tensor
