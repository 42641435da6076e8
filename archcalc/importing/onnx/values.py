"""What flows through a file: maps that the network computes, and constants that it knows beforehand.

ONNX shapes have the batch as an axis like any other, records leave it out. So every map remembers where the batch is:
an axis of its own, or part of an axis, as in windows [batch * windows, positions, channels].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from archcalc.importing.building import NotSaid
from archcalc.importing.record import Layer, Plain, Tensor, Value

if TYPE_CHECKING:
    import numpy

Shape: TypeAlias = tuple[int, ...]


class Batch(NamedTuple):
    """Where the batch stands in a shape: the axis, whether nothing else is in it, and how many entries go before it."""

    axis: int = 0
    alone: bool = True
    front: int = 1


class Unsaid(NotSaid):
    """Something that has no kind of layer, with the shapes of its maps where they are known, and its products."""

    def __init__(self, reason: str, shapes: tuple[Shape, ...] = (), products: int = 0) -> None:
        super().__init__(reason)
        self.shapes = shapes
        self.products = products


@dataclass(eq=False)
class Map:
    """A map of the record, its shape in ONNX, and where the batch stands in it: nowhere, if all axes are the map's.

    `pool` says that it is not what this pool writes, but the places where the pool found it.
    """

    value: Value
    shape: Shape
    batch: Batch | None = None
    pool: Layer | None = None


@dataclass(eq=False)
class Change:
    """A layer that makes another view of a stored tensor."""

    kind: str
    fields: dict[str, Plain]
    shape: Shape


@dataclass(eq=False)
class Constant:
    """What does not depend on the input: its shape, its numbers if they are few and known, the tensor that it is.

    `changes` are what was done to the tensor since. `repeated` says that its first axis is the batch, along which it
    is the same everywhere.
    """

    shape: Shape
    kind: str
    array: numpy.ndarray | None = None
    tensor: Tensor | None = None
    changes: tuple[Change, ...] = ()
    repeated: bool = False
    pieces: tuple[tuple[Tensor, int], ...] = ()
    """Stored tensors that it is put together of, each with how many of its numbers."""
    made: Callable[[], Map] | None = None
    """What puts the pieces together as layers, if somebody needs it as a map."""
    is_number: bool = field(default=False, repr=False)
    """Whether somebody read it as numbers, as sizes and paddings are read."""
    is_stored: bool = False
    """Whether it stands in the file as it is."""

    def whole_tensors(self) -> list[Tensor]:
        """The tensors that it is put together of, if it holds all of their numbers and nothing else."""
        counts: dict[str, int] = {}
        tensors = {tensor.name: tensor for tensor, _ in self.pieces}
        for tensor, count in self.pieces:
            counts[tensor.name] = counts.get(tensor.name, 0) + count
        is_whole = all(prod(tensors[name].shape) == count for name, count in counts.items())
        return list(tensors.values()) if is_whole and sum(counts.values()) == prod(self.shape) else []


Known: TypeAlias = Map | Constant


@dataclass(eq=False)
class Series:
    """Several values in a row, which a file hands on as one."""

    parts: list[Known]


def without_batch(shape: Shape, batch: Batch | None, items: int) -> Shape:
    """The shape that the record has.

    >>> without_batch((8, 3, 5, 5), Batch(), 8), without_batch((32, 49, 96), Batch(0, False), 8)
    ((3, 5, 5), (4, 49, 96))
    """
    if batch is None or not shape:
        return shape
    if batch.alone:
        return shape[: batch.axis] + shape[batch.axis + 1 :]
    return (*shape[: batch.axis], shape[batch.axis] // items, *shape[batch.axis + 1 :])


def axis_without_batch(axis: int, batch: Batch | None, items: int) -> int:
    """The axis of the record that an axis in ONNX is.

    Raises: NotSaid if it is the batch.
    """
    if batch is None:
        return axis
    if axis == batch.axis and (batch.alone or items > 1):
        raise NotSaid("it works along the batch")
    return axis - 1 if batch.alone and axis > batch.axis else axis


def reshaped_batch(shape: Shape, batch: Batch | None, target: Shape, items: int) -> Batch | None:
    """Where the batch stands after a reshape: behind it there are as many numbers as before.

    Raises: NotSaid if it is spread over several axes.

    >>> reshaped_batch((8, 4, 49, 96), Batch(), (32, 49, 96), items=8)
    Batch(axis=0, alone=False, front=1)
    >>> reshaped_batch((32, 49), Batch(0, alone=False), (8, 4, 49), items=8)
    Batch(axis=0, alone=True, front=1)
    """
    if batch is None:
        return None
    size = 1 if batch.alone or not shape else shape[batch.axis] // (items * batch.front)
    behind = size * prod(shape[batch.axis + 1 :])
    shared = None
    for axis, extent in enumerate(target):
        tail = prod(target[axis + 1 :])
        if behind == tail and extent == items:
            return Batch(axis)
        if shared is None and tail and behind % tail == 0 and extent % (items * (behind // tail)) == 0:
            shared = Batch(axis, False, extent // (items * (behind // tail)))
    if shared is None and items > 1:
        raise NotSaid("it spreads the batch over several axes")
    return shared or Batch(0, alone=False)


def broadcast(shapes: list[Shape]) -> Shape | None:
    """The shape that arrays of these shapes are stretched to; None if they do not fit.

    >>> broadcast([(3, 1, 5), (4, 5)]), broadcast([(2,), (3,)])
    ((3, 4, 5), None)
    """
    rank = max(map(len, shapes))
    sizes = []
    for column in zip(*((1,) * (rank - len(shape)) + shape for shape in shapes), strict=True):
        wide = {size for size in column if size != 1}
        if len(wide) > 1:
            return None
        sizes.append(wide.pop() if wide else 1)
    return tuple(sizes)
