"""Maps brought together: stretched to one shape in ONNX, with the batch at one place, or at none."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.importing.onnx.operation import Operation
from archcalc.importing.onnx.places import malformed
from archcalc.importing.onnx.values import Batch, Constant, Known, Map, Shape, Unsaid, broadcast


def together(operation: Operation, given: Sequence[Known]) -> list[Map]:
    """The maps of a merge, so that their axes in the record are the same."""
    batch = _common(operation, given)
    return [_aligned(operation, found, batch) for found in given]


def merged(operation: Operation, given: Sequence[Known]) -> tuple[list[Map], Shape, Batch | None]:
    """The maps of a merge that stretches sizes of 1, the shape that comes out, and where the batch stands in it."""
    shape = broadcast([found.shape for found in given])
    if shape is None:
        raise malformed(f"shapes {[list(found.shape) for found in given][:8]} do not fit each other", operation.place)
    behind = _common(operation, given)
    batch = None if behind is None else Batch(len(shape) - behind[0], *behind[1:])
    return together(operation, given), shape, batch


def _common(operation: Operation, given: Sequence[Known]) -> tuple[int, bool, int] | None:
    """Where the batch stands, counted from the end, whether alone, and behind how many entries."""
    found = {
        (len(one.shape) - one.batch.axis, *one.batch[1:])
        for one in given
        if isinstance(one, Map) and one.batch is not None and (one.batch.alone or operation.items > 1)
    }
    if len(found) > 1:
        raise Unsaid("it joins maps that have the batch at different axes")
    return found.pop() if found else None


def _aligned(operation: Operation, found: Known, batch: tuple[int, bool, int] | None) -> Map:
    source = operation.as_map(found) if isinstance(found, Constant) else found
    if source.pool is not None:
        raise Unsaid("it computes with the places of the maxima of a pool")
    has_batch = source.batch is not None and (source.batch.alone or operation.items > 1)
    if has_batch or batch is None or len(source.shape) < batch[0]:
        return source
    behind, alone, _ = batch
    axis = len(source.shape) - behind
    if source.shape[axis] != 1:
        raise Unsaid("it joins the batch with another axis")
    if not alone:
        return source
    maker = source.value.maker
    if axis == 0 and maker is not None and maker.kind == "parameter" and source.value.shape == source.shape:
        return source  # A leading 1 of a parameter is the axis of the batch.
    shape = (*source.shape[:axis], *source.shape[axis + 1 :])
    own = operation.reshaped(Map(source.value, source.value.shape), shape)
    return Map(own.value, source.shape, None)
