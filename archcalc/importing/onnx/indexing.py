"""Computes which numbers of an array are taken, moved and put together, as the operators of ONNX define it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from archcalc.importing.onnx.arrays import MOST
from archcalc.importing.onnx.operation import Operation
from archcalc.importing.onnx.slices import stretches

if TYPE_CHECKING:
    import numpy

Arrays = Sequence["numpy.ndarray"]


class TooMany(Exception):
    """There would be more numbers than are ever computed."""


def _concat(operation: Operation, arrays: Arrays) -> Any:
    import numpy

    return numpy.concatenate(list(arrays), axis=operation.attributes.integer("axis", 0))


def _gather(operation: Operation, arrays: Arrays) -> Any:
    import numpy

    data, index = arrays
    axis = operation.axis(operation.attributes.integer("axis", 0), data.ndim)
    if data.ndim == 0 or index.size * (data.size // max(data.shape[axis], 1)) > MOST:
        raise TooMany
    return numpy.take(data, index.astype("int64"), axis=axis)


def _gather_each(operation: Operation, arrays: Arrays) -> Any:
    import numpy

    data, index = arrays
    axis = operation.axis(operation.attributes.integer("axis", 0), data.ndim)
    shape = [size if at == axis else max(size, 1) for at, size in enumerate(index.shape)]
    wide = numpy.broadcast_to(data, [data.shape[axis] if at == axis else size for at, size in enumerate(shape)])
    return numpy.take_along_axis(wide, index.astype("int64"), axis=axis)


def _gather_slices(operation: Operation, arrays: Arrays) -> Any:
    """Slices that the last axis of an index names, behind some axes that both have."""
    data, index = arrays
    lead = operation.attributes.integer("batch_dims", 0)
    places = index.astype("int64")
    depth = places.shape[-1]
    size = int(places.size // max(depth, 1)) * int(data.size // max(1, prod(data.shape[: lead + depth])))
    if size > MOST:
        raise TooMany
    if lead == 0:
        return data[tuple(places[..., at] for at in range(depth))]
    if lead != 1 or places.shape[0] != data.shape[0]:
        raise TooMany
    import numpy

    return numpy.stack([one[tuple(at[..., k] for k in range(depth))] for one, at in zip(data, places, strict=True)])


def _slice(operation: Operation, arrays: Arrays) -> Any:
    data = arrays[0]
    for place, start, stop, step in stretches(operation, data.ndim):
        size = data.shape[place]
        # Backwards, an end far before the front means the front itself.
        low = None if step < 0 and stop < -size else stop
        data = data[(slice(None),) * place + (slice(start, low, step),)]
    return data


def _split(operation: Operation, arrays: Arrays) -> Any:
    import numpy

    data = arrays[0]
    axis = operation.axis(operation.attributes.integer("axis", 0), data.ndim)
    count = len(operation.outputs)
    sizes = operation.attributes.integers("split", [])
    if not sizes:
        part = -(-data.shape[axis] // count)
        sizes = arrays[1].ravel().tolist() if len(arrays) > 1 else [part] * (count - 1)
    return numpy.split(data, numpy.cumsum(sizes)[: count - 1], axis=axis)


def _scattered(operation: Operation, arrays: Arrays) -> Any:
    """Slices put where an index says."""
    import numpy

    data, index, updates = arrays
    result = numpy.array(data)
    places = index.astype("int64").reshape(-1, index.shape[-1]).T
    if operation.attributes.text("reduction", "none") != "none":
        raise TooMany
    result[tuple(places)] = updates.reshape(-1, *data.shape[index.shape[-1] :])
    return result


def _tiled(operation: Operation, arrays: Arrays) -> Any:
    import numpy

    times = arrays[1].ravel().tolist()
    if arrays[0].size * float(numpy.prod([float(one) for one in times])) > MOST:
        raise TooMany
    return numpy.tile(arrays[0], times)


INDEXING: dict[str, Callable[[Operation, Arrays], Any]] = {
    "Concat": _concat,
    "Gather": _gather,
    "GatherElements": _gather_each,
    "GatherND": _gather_slices,
    "ScatterND": _scattered,
    "Slice": _slice,
    "Split": _split,
    "Tile": _tiled,
}
