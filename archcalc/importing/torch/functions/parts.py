"""Parts of maps, and maps joined: slices, splits, concatenation."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from archcalc.importing.building import NotSaid
from archcalc.importing.record import Plain, Value
from archcalc.importing.torch.calls import Call, axes_of
from archcalc.importing.torch.functions.arithmetic import number
from archcalc.importing.torch.functions.shapes import reshaped
from archcalc.importing.torch.trace import Traced


def concat(call: Call) -> Value:
    """`cat(tensors, dim)`."""
    parts = [one for one in call.get(0, "tensors") if isinstance(one, Traced)]
    axis = _axis_of_parts(call, parts, call.get(1, "dim", 0))
    values = [call.lowering.map(one, leading=True) for one in parts]
    return values[0] if len(values) == 1 else call.layer("concat", values, {"axis": axis})


def _axis_of_parts(call: Call, parts: list[Traced], number: int) -> int:
    """The axis of the map; a part that is learned has no batch, or a 1 for it."""
    (batched, *_) = [one for one in parts if one.batched] or parts
    return call.axis(batched, number)


def stack(call: Call) -> Value:
    """`stack(tensors, dim)`."""
    parts = [one for one in call.get(0, "tensors") if isinstance(one, Traced)]
    made = call.function.outputs[0].shape
    axis = axes_of(made)[call.get(1, "dim", 0)]
    if axis is None:
        raise NotSaid("stack along the batch")
    return call.layer("stack", [call.lowering.map(one) for one in parts], {"axis": axis})


def split(call: Call) -> list[Value]:
    """`split`, `chunk`, `tensor_split`: the parts along an axis."""
    axis = call.axis(call.traced(0, "input"), call.get(2, "dim", 0))
    sizes: list[Plain] = [shape[axis] for shape in call.shapes]
    fields: dict[str, Plain] = {"parts": len(sizes)} if len(set(sizes)) == 1 else {"sizes": sizes}
    if len(sizes) == 1:
        return [call.map(0)]
    read = [call.map(0)]
    return call.lowering.builder.layers("split", read, call.shapes, {**fields, "axis": axis}, source=call.name)


def unbind(call: Call) -> list[Value]:
    """`unbind(input, dim)`: every entry along an axis."""
    axis = call.axis(call.traced(0, "input"), call.get(1, "dim", 0))
    return _selected(call, call.map(0), axis, len(call.function.outputs))


def _selected(call: Call, read: Value, axis: int, count: int) -> list[Value]:
    shape = tuple(size for at, size in enumerate(read.shape) if at != axis)
    return [call.layer("select", [read], {"index": index, "axis": axis}, shape=shape) for index in range(count)]


def select(call: Call) -> Value:
    """`select(input, dim, index)`."""
    rank = len(call.traced(0, "input").shape)
    return taken(call, [slice(None)] * (call.get(1, "dim") % rank) + [call.get(2, "index")])


def narrow(call: Call) -> Value:
    """`narrow(input, dim, start, length)`."""
    rank = len(call.traced(0, "input").shape)
    start = call.get(2, "start")
    return taken(call, [slice(None)] * (call.get(1, "dim") % rank) + [slice(start, start + call.get(3, "length"))])


def getitem(call: Call) -> Value:
    """`input[index]` with numbers, slices, None and `...`."""
    index = call.get(1, "index")
    if isinstance(index, Traced):
        return looked_up(call, call.traced(0, "input"), index)
    return taken(call, list(index) if isinstance(index, (list, tuple)) else [index])


def gather(call: Call) -> Value:
    """`gather(input, dim, index)` of what holds one number everywhere: that number, whatever the index is."""
    table = call.traced(0, "input")
    held = None if table.batched or table.learned else number(table)
    if held is None:
        raise NotSaid("a choice of numbers along an axis")
    dtype = "int" if isinstance(held, int) else "float"
    return call.lowering.builder.buffer(call.shape, held, dtype=dtype)


def looked_up(call: Call, table: Traced, index: Traced) -> Value:
    """Rows of a learned table at fixed places: the biases of relative positions, or any other embedding."""
    if table.tensor is None or table.tensor.is_buffer or len(table.shape) != 2 or index.dtype == "bool":
        raise NotSaid("an index that is a map or a table")
    window = None if index.values is None else window_of(_flat(index.values))
    if window is None or table.shape[0] != (2 * window[0] - 1) * (2 * window[1] - 1):
        fields: dict[str, Plain] = {"count": table.shape[0], "out": table.shape[1]}
        return call.layer("embedding", [call.lowering.map(index)], fields, {"weight": table.tensor})
    heads, positions = table.shape[1], window[0] * window[1]
    tensors = {"relative_position_bias_table": table.tensor}
    side: Plain = window[0] if window[0] == window[1] else list(window)
    shape = (heads, positions, positions)
    label = call.lowering.below(table.tensor.name)
    made = call.lowering.builder.layer(
        "relative_position_bias", [], shape, {"heads": heads, "window": side}, tensors, label, call.name
    )
    last = call.layer("permute", [made], {"axes": [1, 2, 0]}, shape=(positions, positions, heads))
    return reshaped(call, last, call.shape)


def _flat(values: Any) -> list[int]:
    found: list[int] = []
    for one in values if isinstance(values, list) else [values]:
        found += _flat(one) if isinstance(one, list) else [one]
    return found


def window_of(places: list[int]) -> tuple[int, int] | None:
    """The window whose positions lie to each other as these rows of a table say, for every two of them.

    >>> window_of([1, 0, 2, 1]), window_of([0, 1, 2, 3])
    ((1, 2), None)
    """
    positions = math.isqrt(len(places))
    for rows in range(1, positions + 1):
        columns, rest = divmod(positions, rows)
        if rest or positions**2 != len(places):
            continue
        wide = 2 * columns - 1
        wanted = (
            (one // columns - two // columns + rows - 1) * wide + one % columns - two % columns + columns - 1
            for one in range(positions)
            for two in range(positions)
        )
        if all(place == want for place, want in zip(places, wanted, strict=True)):
            return rows, columns
    return None


def taken(call: Call, index: list[Any]) -> Value:
    """What an index takes of a map, one axis at a time."""
    if any(
        not (one is None or one is Ellipsis or isinstance(one, (int, slice))) or isinstance(one, bool) for one in index
    ):
        raise NotSaid("an index that is a map or a table")
    traced, read = call.traced(0, "input"), call.map(0)
    rank = len(traced.shape)
    if Ellipsis in index:
        at = index.index(Ellipsis)
        index[at : at + 1] = [slice(None)] * (rank - sum(one is not None for one in index) + 1)
    mapped, gone, place = axes_of(traced.shape), 0, 0
    for one in index:
        if one is None:
            continue
        axis, size = mapped[place], traced.shape[place]
        place += 1
        if isinstance(one, slice) and one.indices(size) == (0, size, 1):
            continue
        if axis is None:
            raise NotSaid("an index into the batch")
        at = axis - gone
        if isinstance(one, int):
            read, gone = _entry(call, read, one, at), gone + 1
        else:
            read = _stretch(call, read, one, at)
    return reshaped(call, read, call.shape or (1,)) if read.shape != (call.shape or (1,)) else read


def _entry(call: Call, read: Value, index: int, axis: int) -> Value:
    if len(read.shape) == 1:
        # A map has an axis at least, so that one number of a vector is a stretch of it.
        fields: dict[str, Plain] = {"axis": 0, "start": index, **({} if index == -1 else {"stop": index + 1})}
        return call.layer("slice", [read], fields, shape=(1,))
    shape = tuple(size for at, size in enumerate(read.shape) if at != axis)
    return call.layer("select", [read], {"index": index, "axis": axis}, shape=shape)


def _stretch(call: Call, read: Value, one: slice, axis: int) -> Value:
    size = read.shape[axis]
    start, stop, step = one.indices(size)
    count = len(range(start, stop, step))
    if step < 1 or count == 0:
        raise NotSaid("a slice backwards, or of nothing")
    fields: dict[str, Plain] = {"axis": axis}
    if start:
        fields["start"] = one.start
    if stop < size:
        fields["stop"] = one.stop
    if step != 1:
        fields["step"] = step
    shape = tuple(count if at == axis else own for at, own in enumerate(read.shape))
    return call.layer("slice", [read], fields, shape=shape)


FUNCTIONS: dict[str, Callable[[Call], Value | list[Value]]] = {
    **dict.fromkeys(("cat", "concat", "concatenate"), concat),
    "stack": stack,
    **dict.fromkeys(("chunk", "split", "unsafe_chunk", "unsafe_split", "tensor_split", "split_with_sizes"), split),
    "gather": gather,
    "unbind": unbind,
    "select": select,
    "narrow": narrow,
    "__getitem__": getitem,
}
