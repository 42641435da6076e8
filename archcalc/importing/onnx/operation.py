"""One node of a graph while it is read: its attributes, what it reads, and the layers that it becomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING

from archcalc.importing.onnx.arrays import uniform
from archcalc.importing.onnx.attributes import Attributes
from archcalc.importing.onnx.places import malformed
from archcalc.importing.onnx.values import (
    Batch,
    Constant,
    Known,
    Map,
    Shape,
    Unsaid,
    axis_without_batch,
    reshaped_batch,
    without_batch,
)
from archcalc.importing.record import Plain, Tensor

if TYPE_CHECKING:
    from onnx import NodeProto

    from archcalc.importing.onnx.bench import Bench
    from archcalc.importing.onnx.neighbours import Neighbours

Fields = Mapping[str, Plain]


class Operation:
    """A node with what it reads. The functions of `operators` turn it into layers."""

    def __init__(
        self,
        bench: Bench,
        neighbours: Neighbours,
        node: NodeProto,
        inputs: Sequence[Known | None],
        attributes: Attributes,
        version: int,
        outputs: Sequence[str] | None = None,
    ) -> None:
        self.bench = bench
        self.neighbours = neighbours
        self.node = node
        self.inputs = list(inputs)
        self.attributes = attributes
        self.version = version
        self.outputs = list(node.output) if outputs is None else list(outputs)
        self.place = attributes.place
        self.items = bench.items

    @property
    def kind(self) -> str:
        """Its operator."""
        return self.node.op_type

    def gives(self, index: int) -> bool:
        """Whether it has an output there."""
        return index < len(self.outputs) and bool(self.outputs[index])

    def has(self, index: int) -> bool:
        """Whether it reads something there."""
        return index < len(self.inputs) and self.inputs[index] is not None

    def read(self, index: int) -> Known:
        """What it reads there."""
        found = self.inputs[index] if index < len(self.inputs) else None
        if found is None:
            raise malformed(f"its input {index + 1} is missing", self.place)
        return found

    def map(self, index: int) -> Map:
        """The map that it reads there; a stored tensor becomes one."""
        found = self.read(index)
        if isinstance(found, Constant):
            return self.as_map(found)
        if found.pool is not None:
            raise Unsaid("it computes with the places of the maxima of a pool")
        return found

    def as_known_map(self, found: Known) -> Map:
        """A value as a map."""
        return self.as_map(found) if isinstance(found, Constant) else found

    def maps(self) -> list[Map]:
        """All maps that it reads."""
        return [self.map(index) for index in range(len(self.inputs)) if self.has(index)]

    def as_map(self, constant: Constant) -> Map:
        """A stored tensor as a map of its own, with what was done to it since; or numbers that the file computes.

        Raises: Unsaid for truths, and for numbers that differ from item to item.
        """
        if constant.made is not None:
            source = constant.made()
            for change in constant.changes:
                (value,) = self.bench.layers(
                    change.kind, [source.value], [change.shape], change.fields, source=self.kind
                )
                source = Map(value, change.shape)
            return source
        if constant.tensor is None and (found := self._buffer(constant)) is not None:
            return found
        if constant.tensor is None:
            raise Unsaid(
                f"it computes with constant numbers {list(constant.shape)}, which are no tensor of the network"
            )
        value = self.bench.parameter(constant.tensor, self.kind)
        for change in constant.changes:
            (value,) = self.bench.layers(change.kind, [value], [change.shape], change.fields, source=self.kind)
        batch = Batch(0) if constant.repeated else None
        return Map(value, constant.shape, batch)

    def _buffer(self, constant: Constant) -> Map | None:
        """Numbers that the file computes, as a map; None for truths, and for numbers that differ from item to item."""
        shape, array = constant.shape, constant.array
        if constant.kind not in ("float", "int"):
            return None
        dtype = "int" if constant.kind == "int" else "float"
        if self.items == 1 or self.items not in shape:
            return Map(self.bench.buffer(shape, array, dtype, self.kind), shape)
        if shape[0] == self.items and array is not None and bool((array == array[:1]).all()):
            return Map(self.bench.buffer(shape[1:], array[0], dtype, self.kind), shape, Batch(0))
        return None

    def constant(self, index: int, what: str) -> Constant:
        """A constant that it reads there; `what` says in a message what that is.

        Raises: Unsaid if it is computed from the input.
        """
        found = self.read(index)
        if isinstance(found, Map):
            raise Unsaid(f"{what} is computed by the network")
        return found

    def tensor(self, index: int, what: str, shape: Shape | None = None) -> Tensor:
        """The tensor that it reads there; numbers that a file states by their size alone are one, too."""
        return self.owned(self.constant(index, what), index, shape)

    def owned(self, constant: Constant, index: int, shape: Shape | None = None) -> Tensor:
        """The tensor that a constant is; `shape` is that of the layer's, which may have other sizes of 1.

        Raises: Unsaid for one that is put together of others.
        """
        if constant.pieces:
            raise Unsaid("it has weights that are put together of several tensors")
        if constant.tensor is None:
            name = self.node.input[index] if index < len(self.node.input) else f"{self.outputs[0]}.{index}"
            constant.tensor = Tensor(name, constant.shape)
        if shape is not None and _without_ones(shape) == _without_ones(constant.tensor.shape):
            constant.tensor.shape = shape
        return constant.tensor

    def numbers(self, index: int, what: str) -> list[int]:
        """Integers that it reads there, such as the sizes of a reshape.

        Raises: Unsaid if they depend on the input, or the file does not hold them.
        """
        return [int(number) for number in self.reals(index, what)]

    def reals(self, index: int, what: str) -> list[float]:
        """Numbers that it reads there."""
        constant = self.constant(index, what)
        if constant.array is None:
            raise Unsaid(f"{what} is not in the file")
        constant.is_number = True
        numbers: list[float] = constant.array.ravel().tolist()
        return numbers

    def number(self, index: int, what: str) -> float:
        """One number that it reads there."""
        constant = self.constant(index, what)
        found = uniform(constant.array)
        if found is None:
            raise Unsaid(f"{what} is no single number that the file holds")
        constant.is_number = True
        return short(float(found))

    def axis(self, number: int, rank: int) -> int:
        """An axis, which may be counted from the end.

        Raises: ImportFailure if there is no such axis.
        """
        if not -rank <= number < max(rank, 1):
            raise malformed(f"it names axis {number} of {rank} axes", self.place)
        return number % rank if rank else 0

    def own_axis(self, source: Map, axis: int) -> int:
        """The axis of the record that an axis of a map is."""
        return axis_without_batch(axis, source.batch, self.items)

    def sizes(self, shape: Shape, batch: Batch | None) -> Shape:
        """A shape as the record has it."""
        return without_batch(shape, batch, self.items)

    def entries(self, shape: Shape, batch: Batch | None) -> int:
        """How many numbers of a shape belong to one item."""
        return prod(self.sizes(shape, batch))

    def layer(
        self,
        kind: str,
        source: Map,
        shape: Shape | None = None,
        fields: Fields | None = None,
        tensors: Mapping[str, Tensor] | None = None,
        products: int = 0,
    ) -> Map:
        """The map of a layer with one input, with the batch where it was."""
        return self.joined(
            kind, [source], source.shape if shape is None else shape, source.batch, fields, tensors, products
        )

    def joined(
        self,
        kind: str,
        sources: Sequence[Map],
        shape: Shape,
        batch: Batch | None,
        fields: Fields | None = None,
        tensors: Mapping[str, Tensor] | None = None,
        products: int = 0,
    ) -> Map:
        """The map of a layer; `products` are those of numbers with weights, by the definition of the operator."""
        inputs = [source.value for source in sources]
        (value,) = self.bench.layers(kind, inputs, [self.sizes(shape, batch)], fields, tensors, self.kind)
        if products and value.maker is not None:
            self.bench.products[id(value.maker)] = products
        return Map(value, shape, batch)

    def reshaped(self, source: Map, shape: Shape, batch: Batch | None = None) -> Map:
        """The map in another shape; nothing is written where the record's shape stays."""
        if prod(shape) != prod(source.shape):
            raise malformed(
                f"it makes {list(shape)} of {list(source.shape)}, which has another number of entries", self.place
            )
        if batch is None:
            batch = reshaped_batch(source.shape, source.batch, shape, self.items)
        own = self.sizes(shape, batch)
        if own == self.sizes(source.shape, source.batch):
            return Map(source.value, shape, batch)
        if len(own) < 2:
            return self.joined("flatten", [source], shape, batch)
        return self.joined("reshape", [source], shape, batch, {"shape": list(own)})

    def image(self, index: int = 0, least: int = 3) -> Map:
        """A map [batch, channels, *positions], as convolutions and pools read it.

        Raises: ImportFailure for fewer axes, Unsaid if the first axis is not the batch.
        """
        source = self.map(index)
        if len(source.shape) < least:
            raise malformed(f"it reads {list(source.shape)}, and needs {least} axes or more", self.place)
        if source.batch == Batch(0):
            return source
        if source.shape[0] == 1 and (source.batch is None or self.items == 1):
            own = source.shape[1:]
            (value,) = self.bench.layers("reshape", [source.value], [own], {"shape": list(own)}, source=self.kind)
            return Map(value, (self.items, *own), Batch(0))
        raise Unsaid("the first axis of what it reads is not the batch")


def _without_ones(shape: Shape) -> Shape:
    return tuple(size for size in shape if size != 1)


def short(number: float) -> float | int:
    """A number as it was meant: whole numbers as integers, others with the digits that 32 bits hold.

    >>> short(2.0), short(0.10000000149011612)
    (2, 0.1)
    """
    if number == int(number) if abs(number) < 1e9 else False:
        return int(number)
    return float(f"{number:.7g}")
