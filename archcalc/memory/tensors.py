"""Tensors as PyTorch keeps them: a stretch of memory, and sizes and strides by which it is looked at.

Sizes have the batch in front. Several tensors may look at one storage; what is freed is the storage.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Literal, NamedTuple

from archcalc.dims import Dim
from archcalc.dims.bounds import never_negative

Role = Literal["input", "map", "tensor", "kept"]
"""What a storage holds: what is given to the network, what a layer writes, a tensor that a layer owns, or what an
operation keeps for its gradient alone, such as the places of maxima."""

Sizes = tuple[Dim, ...]


@dataclass(eq=False, slots=True)
class Storage:
    """A stretch of memory: how many numbers, of which type. `map` is the type that maps have."""

    elements: Dim
    dtype: str
    role: Role
    place: str = ""
    """The layer that has written it."""


class Tensor(NamedTuple):
    """A view of a storage. `learns` says whether its gradient is asked for."""

    storage: Storage
    sizes: Sizes
    strides: Sizes
    learns: bool

    @property
    def elements(self) -> Dim:
        """The numbers that are looked at; more than the storage has where they are repeated."""
        return numel(self.sizes)

    @property
    def is_contiguous(self) -> bool:
        """Whether the numbers stand in the order of the axes, without gaps."""
        wanted = contiguous(self.sizes)
        pairs = zip(self.sizes, self.strides, wanted, strict=True)
        return all(size == 1 or stride == due for size, stride, due in pairs)

    def seen(self, sizes: Iterable[Dim], strides: Iterable[Dim]) -> Tensor:
        """The same storage, looked at in another way."""
        return self._replace(sizes=tuple(sizes), strides=tuple(strides))

    def permuted(self, order: Sequence[int]) -> Tensor:
        """The axes in another order.

        >>> image = Tensor(Storage(24, "map", "input"), (2, 3, 4), (12, 4, 1), False)
        >>> image.permuted((0, 2, 1)).strides
        (12, 1, 4)
        """
        return self.seen([self.sizes[axis] for axis in order], [self.strides[axis] for axis in order])

    def moved(self, source: int, destination: int) -> Tensor:
        """One axis at another place, as `torch.movedim` has it."""
        rank = len(self.sizes)
        order = [axis for axis in range(rank) if axis != source % rank]
        order.insert(destination % rank, source % rank)
        return self.permuted(order)

    def transposed(self, first: int, second: int) -> Tensor:
        """Two axes exchanged."""
        order = list(range(len(self.sizes)))
        order[first], order[second] = order[second], order[first]
        return self.permuted(order)

    def resized(self, axis: int, size: Dim, step: Dim = 1) -> Tensor:
        """A part of one axis, every `step`-th entry of it."""
        sizes, strides = list(self.sizes), list(self.strides)
        sizes[axis], strides[axis] = size, strides[axis] * step
        return self.seen(sizes, strides)

    def expanded(self, sizes: Sequence[Dim]) -> Tensor:
        """Sizes of 1 repeated without writing a number; further axes come in front."""
        front = len(sizes) - len(self.sizes)
        pairs = zip(self.sizes, sizes[front:], self.strides, strict=True)
        strides = [stride if size == wide else 0 for size, wide, stride in pairs]
        return self.seen(sizes, [*([0] * front), *strides])

    def with_sizes(self, sizes: Sizes) -> Tensor | None:
        """The same numbers in the same order, in other sizes; None where they would have to be written anew.

        >>> image = Tensor(Storage(24, "map", "input"), (2, 3, 4), (12, 4, 1), False)
        >>> image.with_sizes((2, 12)).strides, image.permuted((0, 2, 1)).with_sizes((2, 12))
        ((12, 1), None)
        """
        strides = _viewed(self.sizes, self.strides, sizes)
        return None if strides is None else self.seen(sizes, strides)


def numel(sizes: Iterable[Dim]) -> Dim:
    """How many numbers there are in so many sizes."""
    found: Dim = prod(sizes, start=1)
    return found


def contiguous(sizes: Sequence[Dim]) -> Sizes:
    """The strides of a tensor whose numbers stand in the order of its axes.

    >>> contiguous((2, 3, 4))
    (12, 4, 1)
    """
    strides: list[Dim] = []
    step: Any = 1
    for size in reversed(sizes):
        strides.append(step)
        step = step * size
    return tuple(reversed(strides))


def dense_like(tensor: Tensor, sizes: Sizes) -> Sizes:
    """The strides of a new tensor whose axes lie in memory in the order of those of another one.

    >>> image = Tensor(Storage(24, "map", "input"), (2, 4, 3), (12, 1, 4), False)
    >>> dense_like(image, (2, 4, 3))
    (12, 1, 4)
    """
    if len(sizes) != len(tensor.sizes) or tensor.is_contiguous or any(stride == 0 for stride in tensor.strides):
        return contiguous(sizes)
    order = _outermost_first(tensor)
    if order is None:
        return contiguous(sizes)
    found: list[Dim] = [1] * len(sizes)
    step: Any = 1
    for axis in reversed(order):
        found[axis] = step
        step = step * sizes[axis]
    return tuple(found)


def _outermost_first(tensor: Tensor) -> list[int] | None:
    """The axes from the largest stride to the smallest; None where symbols leave it open."""
    order: list[int] = []
    for axis in range(len(tensor.sizes)):
        place = len(order)
        while place and _is_smaller(tensor.strides[order[place - 1]], tensor.strides[axis]):
            place -= 1
        order.insert(place, axis)
    return order


def _is_smaller(one: Dim, other: Dim) -> bool:
    """Whether a stride is smaller; strides are products, so that the larger one is a multiple where it matters."""
    if isinstance(one, int) and isinstance(other, int):
        return one < other
    return one != other and never_negative(other - one)


def _viewed(sizes: Sizes, strides: Sizes, wanted: Sizes) -> Sizes | None:
    """The strides by which the same numbers have other sizes, found as PyTorch finds them.

    Axes that lie in memory without gaps make a chunk; each chunk must be cut into sizes that are wanted.
    """
    found: list[Dim] = [1] * len(wanted)
    at = len(wanted) - 1
    base: Dim = strides[-1] if strides else 1
    chunk: Any = 1
    taken: Any = 1
    for axis in reversed(range(len(sizes))):
        chunk = chunk * sizes[axis]
        if axis and (sizes[axis - 1] == 1 or strides[axis - 1] == chunk * base):
            continue
        while at >= 0 and (_falls_short(taken, chunk) or wanted[at] == 1):
            found[at] = taken * base
            taken = taken * wanted[at]
            at -= 1
        if taken != chunk:
            return None
        if axis:
            base, chunk, taken = strides[axis - 1], 1, 1
    return tuple(found) if at < 0 else None


def _falls_short(taken: Dim, chunk: Dim) -> bool:
    """Whether a part of a chunk is not all of it."""
    return taken < chunk if isinstance(taken, int) and isinstance(chunk, int) else taken != chunk
