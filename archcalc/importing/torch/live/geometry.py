"""Where the numbers of one tensor lie in another that shares its memory: a box of its axes, or apart from it."""

from __future__ import annotations

from math import prod
from typing import NamedTuple

import torch


class Place(NamedTuple):
    """Where the numbers of a tensor lie in its memory, counted in numbers of its type."""

    dtype: torch.dtype
    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int

    @property
    def flat(self) -> Place | None:
        """The same numbers in one row, where they lie one behind the other."""
        expected = 1
        for size, stride in zip(reversed(self.sizes), reversed(self.strides), strict=True):
            if size != 1 and stride != expected:
                return None
            expected *= size
        return self._replace(sizes=(prod(self.sizes),), strides=(1,))


def place_of(tensor: torch.Tensor) -> Place:
    """The place of a tensor."""
    return Place(tensor.dtype, tuple(tensor.shape), tensor.stride(), int(tensor.storage_offset()))


def box(whole: Place, part: Place) -> tuple[slice, ...] | None:
    """The slices of all axes of a tensor that give the numbers of another one, in its order; None if none do.

    A tensor of one axis stands for one of several whose numbers lie in a row.

    >>> rows = Place(torch.float32, (4, 6), (6, 1), 0)
    >>> box(rows, Place(torch.float32, (4, 2), (6, 1), 3)), box(rows, Place(torch.float32, (2, 4), (1, 6), 3))
    ((slice(None, None, None), slice(3, 5, None)), None)
    """
    starts = _first(whole, part)
    if starts is None:
        return None
    found = [slice(start, start + 1) for start in starts]
    last = -1
    for size, stride in zip(part.sizes, part.strides, strict=True):
        if size == 1:
            continue
        axis = _along(whole, stride)
        step = 0 if axis is None else stride // whole.strides[axis]
        if axis is None or axis <= last or starts[axis] + (size - 1) * step >= whole.sizes[axis]:
            return None
        found[axis] = slice(starts[axis], starts[axis] + (size - 1) * step + 1, step if step > 1 else None)
        last = axis
    return tuple(
        slice(None) if (one.start, one.stop) == (0, size) and one.step is None else one
        for one, size in zip(found, whole.sizes, strict=True)
    )


def _long(place: Place) -> list[int]:
    """The axes of more than one entry, those whose entries lie furthest apart first."""
    axes = [axis for axis, size in enumerate(place.sizes) if size > 1]
    return sorted(axes, key=lambda axis: place.strides[axis], reverse=True)


def _first(whole: Place, part: Place) -> list[int] | None:
    """Where the first number of a part stands on each axis of a tensor whose numbers have a place of their own each."""
    if whole.dtype != part.dtype or 0 in (*whole.sizes, *part.sizes):
        return None
    extent = 0
    for axis in reversed(_long(whole)):
        if whole.strides[axis] <= extent:
            return None
        extent += (whole.sizes[axis] - 1) * whole.strides[axis]
    starts, rest = [0] * len(whole.sizes), part.offset - whole.offset
    for axis in _long(whole):
        starts[axis], rest = divmod(rest, whole.strides[axis])
        if not 0 <= starts[axis] < whole.sizes[axis]:
            return None
    return None if rest else starts


def _along(whole: Place, stride: int) -> int | None:
    """The axis along which a tensor has entries that far apart."""
    axis = next((axis for axis in _long(whole) if whole.strides[axis] <= stride), None)
    return axis if axis is not None and stride % whole.strides[axis] == 0 else None


def are_apart(one: Place, other: Place) -> bool:
    """Whether it is sure that two tensors have no number in common.

    >>> columns = Place(torch.float32, (4, 3), (6, 1), 0)
    >>> are_apart(columns, columns._replace(offset=3)), are_apart(columns, columns._replace(offset=2))
    (True, False)
    """
    if 0 in (*one.sizes, *other.sizes):
        return True
    if one.dtype != other.dtype:
        return False
    ends = [(place.offset, place.offset + _extent(place, 1 << 62)) for place in (one, other)]
    if ends[0][1] < ends[1][0] or ends[1][1] < ends[0][0]:
        return True
    return any(_differ(one, other, row) for row in {*one.strides, *other.strides} if row > 1)


def _extent(place: Place, row: int) -> int:
    """How far the last number lies behind the first, along all axes whose entries are not whole rows apart."""
    pairs = zip(place.sizes, place.strides, strict=True)
    return sum((size - 1) * stride for size, stride in pairs if row > stride or stride % row)


def _differ(one: Place, other: Place, row: int) -> bool:
    """Whether two tensors lie in different columns of rows of so many numbers."""
    stretches = [(place.offset % row, place.offset % row + _extent(place, row)) for place in (one, other)]
    if any(end >= row for _, end in stretches):
        return False
    return stretches[0][1] < stretches[1][0] or stretches[1][1] < stretches[0][0]
