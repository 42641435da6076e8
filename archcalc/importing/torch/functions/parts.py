"""Parts of maps, and maps joined: slices, splits, concatenation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from archcalc.importing.building import NotSaid
from archcalc.importing.record import Plain, Value
from archcalc.importing.torch.calls import Call, axes_of
from archcalc.importing.torch.functions.shapes import reshaped
from archcalc.importing.torch.trace import Traced


def concat(call: Call) -> Value:
    """`cat(tensors, dim)`."""
    given = [one for one in call.get(0, "tensors") if isinstance(one, Traced)]
    parts = [one for one in given if 0 not in one.shape] or given
    axis = _axis_of_parts(call, parts, call.get(1, "dim", 0))
    parts = [one for one in parts if 0 not in one.shape] or parts
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


def taken(call: Call, index: list[Any]) -> Value:
    """What an index takes of a map."""
    traced = call.traced(0, "input")
    read = cut(call, call.map(0), axes_of(traced.shape), spelled_out(index, len(traced.shape)))
    return reshaped(call, read, call.shape or (1,)) if read.shape != (call.shape or (1,)) else read


def spelled_out(index: Sequence[Any], rank: int) -> list[Any]:
    """An index with an entry for every axis in front of the last one that it speaks of, and those for new axes.

    >>> spelled_out([..., None, 0], 3)
    [slice(None, None, None), slice(None, None, None), None, 0]
    """
    found = list(index)
    if any(one is Ellipsis for one in found):
        at = next(place for place, one in enumerate(found) if one is Ellipsis)
        found[at : at + 1] = [slice(None)] * (rank - sum(one is not None for one in found) + 1)
    return found


def cut(call: Call, read: Value, mapped: Sequence[int | None], index: Sequence[Any]) -> Value:
    """What an index takes of a map, one axis after the other; axes that it makes are left out.

    `mapped` has the axis of the map for every axis that the index speaks of, None for that of the batch.
    """
    if any(not (one is None or isinstance(one, (int, slice))) or isinstance(one, bool) for one in index):
        raise NotSaid("an index that is a map or a table")
    gone = 0
    for axis, one in zip(mapped, (one for one in index if one is not None), strict=False):
        if isinstance(one, slice) and one == slice(None):
            continue
        if axis is None:
            raise NotSaid("an index into the batch")
        at = axis - gone
        if isinstance(one, int):
            read, gone = _entry(call, read, one, at), gone + 1
        elif one.indices(read.shape[at]) != (0, read.shape[at], 1):
            read = stretch(call, read, one, at)
    return read


def _entry(call: Call, read: Value, index: int, axis: int) -> Value:
    if (stacked := _stacked(read, axis)) is not None:
        return stacked[index]
    if len(read.shape) == 1:
        # A map has an axis at least, so that one number of a vector is a stretch of it.
        fields: dict[str, Plain] = {"axis": 0, "start": index, **({} if index == -1 else {"stop": index + 1})}
        return call.layer("slice", [read], fields, shape=(1,))
    shape = tuple(size for at, size in enumerate(read.shape) if at != axis)
    return call.layer("select", [read], {"index": index, "axis": axis}, shape=shape)


def stretch(call: Call, read: Value, one: slice, axis: int) -> Value:
    """The entries of an axis that a slice takes."""
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
    if (stacked := _stacked(read, axis)) is not None:
        return call.layer("stack", stacked[one], {"axis": axis}, shape=shape)
    return call.layer("slice", [read], fields, shape=shape)


def _stacked(read: Value, axis: int) -> list[Value] | None:
    """The maps that stand side by side along an axis, if they do."""
    maker = read.maker
    return maker.inputs if maker is not None and maker.kind == "stack" and maker.fields["axis"] == axis else None


FUNCTIONS: dict[str, Callable[[Call], Value | list[Value]]] = {
    **dict.fromkeys(("cat", "concat", "concatenate"), concat),
    "stack": stack,
    **dict.fromkeys(("chunk", "split", "unsafe_chunk", "unsafe_split", "tensor_split", "split_with_sizes"), split),
    "unbind": unbind,
    "select": select,
    "narrow": narrow,
}
