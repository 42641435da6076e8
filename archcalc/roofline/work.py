"""The work of one layer for a batch of inputs: the operations that it computes, and the bytes that it moves.

Every map that a layer reads or writes crosses the memory once, and so does every number of its tensors that it needs,
however often the layer uses them. What a layer computes between its input and its output, as attention computes its
scores, stays within the processor. A layer that only looks at its map in another way, or that acts in training only,
moves nothing.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

from archcalc.dtypes import size_of
from archcalc.graph import Map, Node
from archcalc.hardware import stored
from archcalc.layers.base import Layer
from archcalc.layers.shape import Shape


class Precision(NamedTuple):
    """The types of the numbers: of maps, which is that of the arithmetic, and of the tensors of layers.

    >>> import archcalc
    >>> archcalc.load("lenet:lecture").check().roofline("a100", dtype="half", tensors="int4").precision
    Precision(maps='float16', tensors='int4')
    """

    maps: str
    tensors: str


class LayerWork(NamedTuple):
    """What a layer computes and moves for a batch: operations, and bytes of maps read, tensors read, maps written.

    >>> import archcalc
    >>> report = archcalc.load("input: [64, 56, 56]\\nlayers: [conv: {out: 64, kernel: 3, padding: 1}]").check()
    >>> work = report.roofline("a100").layers[0].work
    >>> work.flops, work.read, work.tensors, work.written
    (231211008, 802816, 147712, 802816)
    """

    flops: int
    """2 for every multiplication of a matrix product, and 1 for every operation on a single number."""
    read: int
    tensors: int
    written: int

    @property
    def bytes(self) -> int:
        """All bytes that it moves."""
        return self.read + self.tensors + self.written

    @property
    def intensity(self) -> Fraction | None:
        """FLOPs for every byte that is moved; None where nothing is moved."""
        return Fraction(self.flops, self.bytes) if self.bytes else None

    def plus(self, other: LayerWork) -> LayerWork:
        """The work of both."""
        return LayerWork(*(one + more for one, more in zip(self, other, strict=True)))


NOTHING = LayerWork(0, 0, 0, 0)


def work(node: Node, precision: Precision, batch: int = 1) -> LayerWork:
    """What a layer computes and moves for a batch, in a network whose sizes are all numbers."""
    layer, facts = node.layer, node.facts
    if layer is None or facts is None or facts.outputs is None or moves_nothing(node):
        return NOTHING
    flowing, outputs = _flowing(node, layer), facts.outputs
    times = 1 if node.is_constant else batch
    operations: Any = layer.operations(flowing, outputs) * outputs[0].items
    flops: Any = (2 * facts.multiplications + operations) * times
    # The same map at two places of a product is read once.
    distinct = {(id(value.node), value.port): value for value in numbers_read(node)}
    read = sum(map_bytes(value, precision, batch) for value in distinct.values())
    tensors: Any = layer.tensors_read(flowing, outputs, times)
    written = sum(map_bytes(value, precision, batch) for value in node.outputs)
    return LayerWork(flops, read, bytes_of(tensors, precision.tensors), written)


def moves_nothing(node: Node) -> bool:
    """Whether a layer hands on what it reads, or is a tensor of the network, which is read where it is used."""
    layer = node.layer
    if layer is None or layer.is_view or layer.acts_in_training_only:
        return True
    if layer.inputs != 0:
        return False
    held = layer.held((), tuple([value.shape for value in node.outputs if value.shape is not None]))
    return held is None or not held.calls


def numbers_read(node: Node) -> list[Map]:
    """The maps of which a layer reads numbers, and not only sizes."""
    layer = node.layer
    if layer is None:
        return []
    named = layer.naming()
    flowing = len(node.inputs) - len(named)
    read = list(node.inputs[:flowing]) if layer.reads_numbers else []
    fields = zip(named, node.inputs[flowing:], strict=True)
    return read + [value for field, value in fields if field not in layer.measuring]


def _flowing(node: Node, layer: Layer) -> tuple[Shape, ...]:
    shapes = tuple([value.shape for value in node.inputs if value.shape is not None])
    return shapes[: layer.inputs]


def map_bytes(value: Map, precision: Precision, batch: int) -> int:
    """The bytes of a map for a batch; one that depends on no input is one map for all of it."""
    shape = value.shape
    if shape is None:
        return 0
    is_constant = value.node is not None and value.node.is_constant
    numbers: Any = shape.elements * shape.items * (1 if is_constant else batch)
    if shape.integers is not None:
        return bytes_of(numbers, INDEX)
    return bytes_of(numbers, precision.tensors if is_constant else precision.maps)


INDEX = "int64"
"""The type of integers that name something, such as words: PyTorch looks up by it."""


def bytes_of(numbers: int, dtype: str) -> int:
    """The bytes of so many numbers; a last byte that is not full counts."""
    found: Any = size_of(numbers, stored(dtype))
    return int(found)
