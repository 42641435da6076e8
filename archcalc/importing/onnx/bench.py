"""What all nodes of a file share while it is read: the record that grows, and what is known of its layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archcalc.importing.building import Builder
from archcalc.importing.onnx.arrays import uniform
from archcalc.importing.onnx.values import Shape
from archcalc.importing.record import Layer, Plain, Tensor, Value

if TYPE_CHECKING:
    import numpy

FEW = 16
"""Fixed numbers are stated if they are no more than these, or one number everywhere."""
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
    _uses: Counter[str] = field(default_factory=Counter)
    """How many layers have a tensor."""

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
        return self._owned(self.builder.parameter(tensor), {"weight": tensor}, source)

    def buffer(self, shape: Shape, array: numpy.ndarray | None, dtype: str, source: str) -> Value:
        """The map of numbers that the file computes from nothing; few of them are stated."""
        return self._owned(self.builder.buffer(shape, _few(array), dtype=dtype), {}, source)

    def _owned(self, value: Value, tensors: Mapping[str, Tensor], source: str) -> Value:
        maker = value.maker
        if maker is not None and self.builder.root.items[-1:] == [maker] and not maker.source:
            maker.source = source
            self._note([value], tensors)
        return value

    def undo(self, count: int) -> None:
        """Take back the layers behind the first ones."""
        gone = [item for item in self.builder.root.items[count:] if isinstance(item, Layer)]
        self.builder.undo(count)
        self.made.clear()
        for layer in gone:
            self.products.pop(id(layer), None)
            for tensor in layer.tensors.values():
                self._uses[tensor.name] -= 1
                if not self._uses[tensor.name]:
                    self.tensors.pop(tensor.name, None)

    def _note(self, values: Sequence[Value], tensors: Mapping[str, Tensor] | None) -> None:
        maker = values[0].maker
        if maker is not None and (not self.made or self.made[-1] is not maker):
            self.made.append(maker)
        for tensor in (tensors or {}).values():
            self.tensors[tensor.name] = tensor
            self._uses[tensor.name] += 1


def _few(array: numpy.ndarray | None) -> Plain:
    """The numbers as a spec states them; None where they are many, or not finite."""
    one = uniform(array)
    if array is None or (one is None and array.size > FEW):
        return None
    numbers: list[Plain] = [one] if one is not None else array.ravel().tolist()
    if any(not isinstance(number, (int, float)) or not -1e30 < number < 1e30 for number in numbers):
        return None
    return numbers[0] if one is not None else numbers
