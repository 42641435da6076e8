"""Parts of maps, and maps put together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from archcalc.importing.onnx.operation import Operation
from archcalc.importing.onnx.operators.merging import together
from archcalc.importing.onnx.operators.reshaping import stretched
from archcalc.importing.onnx.operators.table import Table
from archcalc.importing.onnx.places import malformed
from archcalc.importing.onnx.slices import stretches
from archcalc.importing.onnx.values import Batch, Constant, Map, Shape, Unsaid
from archcalc.importing.record import Plain

OPERATORS = Table()


@OPERATORS("Concat")
def concat(operation: Operation) -> list[Map]:
    """Maps one behind the other."""
    given = [found for found in operation.inputs if found is not None]
    return [joined(operation, given, operation.attributes.integer("axis", 1 if operation.version < 4 else None))]


def joined(operation: Operation, values: Sequence[Map | Constant], number: int) -> Map:
    """Values joined along an axis."""
    given = [found for found in values if 0 not in found.shape]
    if not given:
        raise malformed("it joins nothing", operation.place)
    rank = len(given[0].shape)
    axis = operation.axis(number, rank)
    rests = {(*found.shape[:axis], *found.shape[axis + 1 :]) for found in given if len(found.shape) == rank}
    if any(len(found.shape) != rank for found in given) or (len(rests) > 1 and not _repeats(operation, given, axis)):
        raise malformed(f"it joins {[list(found.shape) for found in given][:8]} along axis {axis}", operation.place)
    sources = together(operation, given)
    if len(sources) == 1:
        return sources[0]
    first = next((source for source in sources if source.batch is not None), sources[0])
    shape = (*first.shape[:axis], sum(found.shape[axis] for found in given), *first.shape[axis + 1 :])
    return operation.joined("concat", sources, shape, first.batch, {"axis": operation.own_axis(first, axis)})


def _repeats(operation: Operation, given: Sequence[Map | Constant], axis: int) -> bool:
    """Whether shapes differ only because the batch is 1 in some of them, which are the same for all items."""
    if axis == 0:
        return False
    rests = {(*found.shape[1:axis], *found.shape[axis + 1 :]) for found in given}
    return len(rests) == 1 and {found.shape[0] for found in given} <= {1, operation.items}


@OPERATORS("Split")
def split(operation: Operation) -> list[Map]:
    """Parts along an axis."""
    source = operation.map(0)
    rank, count = len(source.shape), len(operation.outputs)
    axis = operation.axis(operation.attributes.integer("axis", 0), rank)
    whole = source.shape[axis] if rank else 0
    sizes = _sizes(operation, whole, count)
    return parts_of(operation, source, axis, sizes)


def parts_of(operation: Operation, source: Map, axis: int, sizes: Sequence[int]) -> list[Map]:
    """Parts of a map along an axis, of these sizes."""
    own = operation.own_axis(source, axis)
    if len(sizes) == 1:
        return [source]
    shapes = [_with(source.shape, axis, size) for size in sizes]
    fields: dict[str, Plain] = {"axis": own}
    fields |= {"parts": len(sizes)} if len(set(sizes)) == 1 else {"sizes": list(sizes)}
    owned = [operation.sizes(shape, source.batch) for shape in shapes]
    values = operation.bench.layers("split", [source.value], owned, fields, source=operation.kind)
    return [Map(value, shape, source.batch) for value, shape in zip(values, shapes, strict=True)]


def _sizes(operation: Operation, whole: int, count: int) -> list[int]:
    sizes = operation.attributes.integers("split", [])
    if not sizes and operation.has(1):
        sizes = operation.numbers(1, "the sizes of its parts")
    if not sizes and count:
        part = -(-whole // count)
        sizes = [min(part, whole - part * at) for at in range(count)]
    if sum(sizes) != whole or len(sizes) != count or any(size < 1 for size in sizes):
        raise malformed(f"it cuts {whole} into {count} parts of the sizes {sizes[:16]}", operation.place)
    return sizes


@OPERATORS("Slice")
def cut(operation: Operation) -> list[Map]:
    """Stretches of axes, one layer for each axis that is cut."""
    source = operation.map(0)
    for axis, taken in _taken(operation, source.shape):
        size = source.shape[axis]
        if len(taken) == size and taken.step == 1:
            continue
        if taken.step < 0:
            raise Unsaid("it turns an axis around", (cut_shape(operation, source.shape),))
        fields: dict[str, Plain] = {"axis": operation.own_axis(source, axis)}
        if taken.start:
            fields["start"] = taken.start
        if (stop := taken[-1] + 1) + taken.step - 1 < size:
            fields["stop"] = stop
        if taken.step != 1:
            fields["step"] = taken.step
        source = operation.layer("slice", source, _with(source.shape, axis, len(taken)), fields)
    return [source]


def cut_shape(operation: Operation, shape: Shape) -> Shape:
    """What a slice leaves of a shape."""
    for axis, taken in _taken(operation, shape):
        shape = _with(shape, axis, len(taken))
    return shape


def _taken(operation: Operation, shape: Shape) -> list[tuple[int, range]]:
    """The entries that a slice takes of every axis that it names.

    Raises: ImportFailure if it takes none.
    """
    found = []
    for axis, start, stop, step in stretches(operation, len(shape)):
        # Backwards, an end far before the front means the front itself.
        low = None if step < 0 and stop < -shape[axis] else stop
        taken = range(shape[axis])[slice(start, low, step)]
        if not taken:
            raise malformed(f"it takes no entry of axis {axis} of {list(shape)}", operation.place)
        found.append((axis, taken))
    return found


def _with(shape: Shape, axis: int, size: int) -> Shape:
    return (*shape[:axis], size, *shape[axis + 1 :])


@OPERATORS("Gather")
def gather(operation: Operation) -> list[Map]:
    """One entry or a stretch of an axis; or rows of a table for a map of integers."""
    table, index = operation.read(0), operation.read(1)
    rank = len(table.shape)
    axis = operation.axis(operation.attributes.integer("axis", 0), rank)
    if isinstance(index, Map):
        return [_embedding(operation, table, index, axis)]
    entries = operation.numbers(1, "which entries it takes")
    size = table.shape[axis]
    if any(not -size <= entry < size for entry in entries):
        raise malformed(f"it takes entries {entries[:8]} of an axis of {size}", operation.place)
    taken = [entry % size for entry in entries]
    shape = (*table.shape[:axis], *index.shape, *table.shape[axis + 1 :])
    if not taken:
        raise malformed("it takes no entry", operation.place)
    if not _is_even(taken):
        if isinstance(table, Constant) and table.tensor is not None:
            return [_embedding(operation, table, operation.map(1), axis)]
        raise Unsaid("it takes entries in an order of their own", (shape,))
    return [_stretch(operation, operation.map(0), axis, taken, index.shape, shape)]


def _is_even(taken: list[int]) -> bool:
    """Whether entries are a stretch with a step, or one entry again and again."""
    step = taken[1] - taken[0] if len(taken) > 1 else 1
    return step >= 0 and all(later - earlier == step for earlier, later in pairwise(taken))


def _stretch(operation: Operation, source: Map, axis: int, taken: list[int], index: Shape, shape: Shape) -> Map:
    """Entries of an axis that lie evenly."""
    if not index:
        return _selected(operation, source, axis, taken[0])
    if taken == list(range(source.shape[axis])) and (axis == 0 or len(index) == 1):
        return operation.reshaped(source, shape)
    if len(taken) > 1 and len(set(taken)) == 1:
        one = _selected(operation, source, axis, taken[0])
        opened = (*one.shape[:axis], *(1 for _ in index), *one.shape[axis:])
        return stretched(operation, operation.reshaped(one, opened), shape)
    fields: dict[str, Plain] = {"axis": operation.own_axis(source, axis), "start": taken[0], "stop": taken[-1] + 1}
    if len(taken) > 1 and taken[1] - taken[0] != 1:
        fields["step"] = taken[1] - taken[0]
    flat = (*source.shape[:axis], len(taken), *source.shape[axis + 1 :])
    return operation.reshaped(operation.layer("slice", source, flat, fields), shape)


def _selected(operation: Operation, source: Map, axis: int, index: int) -> Map:
    shape = (*source.shape[:axis], *source.shape[axis + 1 :])
    batch = source.batch
    if batch is not None and batch.axis == axis and batch.alone and operation.items == 1:
        return Map(source.value, shape, Batch(0, alone=False))
    own = operation.own_axis(source, axis)
    if batch is not None and batch.axis > axis:
        batch = batch._replace(axis=batch.axis - 1)
    elif batch is not None and batch.axis == axis:
        batch = Batch(0, alone=False)
    if source.shape[axis] == 1:
        return operation.reshaped(source, shape, batch)
    return operation.joined("select", [source], shape, batch, {"index": index, "axis": own})


def _embedding(operation: Operation, table: Map | Constant, index: Map, axis: int) -> Map:
    shape = (*table.shape[:axis], *index.shape, *table.shape[axis + 1 :])
    if isinstance(table, Map) or len(table.shape) != 2 or axis != 0 or index.value.dtype != "int":
        raise Unsaid("it takes entries that the network computes", (shape,))
    tensor = operation.tensor(0, "its table")
    fields: dict[str, Plain] = {"count": table.shape[0], "out": table.shape[1]}
    return operation.joined("embedding", [index], shape, index.batch, fields, {"weight": tensor})
