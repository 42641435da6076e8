"""Numbers that are written into a tensor, or into a part of it: a map of what stays and what is new."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from archcalc.importing.building import NotSaid
from archcalc.importing.record import Value
from archcalc.importing.torch.calls import Call, axes_of
from archcalc.importing.torch.constants import number
from archcalc.importing.torch.functions.parts import spelled_out, stretch
from archcalc.importing.torch.functions.shapes import reshaped, stretched
from archcalc.importing.torch.trace import CHANGED, Traced


def setitem(call: Call) -> Value:
    """`input[index] = value`, with numbers and slices as index."""
    traced, given = call.traced(0, "input"), call.get(1, "index")
    parts = spelled_out(given if isinstance(given, (list, tuple)) else [given], len(traced.shape))
    if any(not (one is None or isinstance(one, (int, slice))) or isinstance(one, bool) for one in parts):
        raise NotSaid("a write to places that a map or a table names")
    along = [one for one in parts if one is not None]
    along += [slice(None)] * (len(traced.shape) - len(along))
    pairs = list(zip(along, traced.shape, axes_of(traced.shape), strict=True))
    # New values fit to the axes that the index leaves.
    left = [len(range(*one.indices(size))) for one, size, axis in pairs if isinstance(one, slice) and axis is not None]
    slices = [one if isinstance(one, slice) else slice(one % size, one % size + 1) for one, size, _ in pairs]
    return _changed(call, slices, _new(call, call.get(2, "value"), left))


def changed(call: Call) -> Value:
    """A tensor of which a view was written."""
    traced, index = call.traced(0, "input"), call.get(1, "index")
    if index is None:
        raise NotSaid("a tensor that was changed through a view that is no slice of it")
    new = _new(call, call.get(2, "value"), None)
    if len(index) == len(traced.shape):
        return _changed(call, index, new)
    if traced.batched:
        raise NotSaid("a map that was changed through a view in one row")
    read = call.map(0)
    row = reshaped(call, read, (prod(read.shape),))
    return reshaped(call, _patched(call, row, list(enumerate(index)), new), call.shape)


def _changed(call: Call, slices: Sequence[Any], new: Value | float) -> Value:
    """A map with new numbers in slices of the axes of its tensor."""
    traced = call.traced(0, "input")
    axes: list[tuple[int, slice]] = []
    for one, size, axis in zip(slices, traced.shape, axes_of(traced.shape), strict=True):
        if axis is not None:
            axes.append((axis, one))
        elif one.indices(size) != (0, size, 1):
            raise NotSaid("a write to some items of the batch")
    return _patched(call, call.map(0), axes, new)


def _new(call: Call, written: Any, left: Sequence[int] | None) -> Value | float:
    """What is written: a number, or a map, which is stretched to the sizes that are left if they are given."""
    if not isinstance(written, Traced):
        if not isinstance(written, (int, float)) or isinstance(written, bool):
            raise NotSaid("a write of what is neither a map nor a number")
        return written
    if (alone := number(written)) is not None:
        return alone
    value = call.lowering.map(written)
    return value if left is None else stretched(call, value, left)


def _patched(call: Call, read: Value, axes: list[tuple[int, slice]], new: Value | float) -> Value:
    """A map whose entries in slices of these axes are new ones: what is in front of them, they, what is behind."""
    if not axes:
        return reshaped(call, new, read.shape) if isinstance(new, Value) else _filled(call, new, read.shape)
    (axis, part), *rest = axes
    size = read.shape[axis]
    start, stop, step = part.indices(size)
    if (start, stop, step) == (0, size, 1):
        return _patched(call, read, rest, new)
    if step != 1 or stop <= start:
        raise NotSaid("a write to every so many entries")
    inner = _patched(call, stretch(call, read, slice(start, stop), axis), rest, new)
    front = [stretch(call, read, slice(0, start), axis)] if start else []
    behind = [stretch(call, read, slice(stop, size), axis)] if stop < size else []
    return call.layer("concat", [*front, inner, *behind], {"axis": axis}, shape=read.shape)


def _filled(call: Call, number: float, shape: Sequence[int]) -> Value:
    return call.lowering.builder.buffer(shape, number)


def filled(call: Call) -> Value:
    """`fill_(value)` and `zero_()`: one number everywhere."""
    new = 0 if call.short == "zero_" else _new(call, call.get(1, "value"), None)
    if isinstance(new, Value):
        raise NotSaid("a tensor that is filled with a map")
    return _filled(call, new, call.shape)


def copied(call: Call) -> Value:
    """`copy_(src)`: the numbers of another tensor."""
    new = _new(call, call.get(1, "src"), call.shape)
    return new if isinstance(new, Value) else _filled(call, new, call.shape)


FUNCTIONS: dict[str, Callable[[Call], Value | list[Value]]] = {
    "__setitem__": setitem,
    CHANGED: changed,
    "zero_": filled,
    "fill_": filled,
    "copy_": copied,
}
