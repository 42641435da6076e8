"""The same numbers in other shapes and orders."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from archcalc.importing.building import NotSaid
from archcalc.importing.record import Plain, Value
from archcalc.importing.torch.calls import Call, axes_of


def reshape(call: Call) -> Value:
    """`view`, `reshape`, `flatten`, `squeeze`, `unsqueeze`, `unflatten`: the numbers stay in their order."""
    return reshaped(call, call.map(0, leading=True), call.shape)


def reshaped(call: Call, read: Value, shape: Sequence[int]) -> Value:
    """A map in another shape of as many numbers."""
    if read.shape == tuple(shape):
        return read
    if (before := _before(read, shape)) is not None:
        return before
    maker = read.maker
    if maker is not None and maker.kind == "stack" and [one.shape for one in maker.inputs] == [tuple(shape)]:
        return maker.inputs[0]
    if (
        read.shape[:1] == (1,)
        and read.shape[1:] == tuple(shape)
        and read.maker is not None
        and read.maker.kind == "parameter"
    ):
        return read
    if math.prod(read.shape) != math.prod(shape):
        raise NotSaid(f"{call.short} that splits the batch")
    sizes: list[Plain] = list(shape) or [1]
    if len(sizes) == 1:
        return call.layer("flatten", [read], {}, shape=shape or (1,))
    return call.layer("reshape", [read], {"shape": sizes}, shape=shape)


def _before(read: Value, shape: Sequence[int]) -> Value | None:
    """The map that had that shape before it was seen in another one, if there is one."""
    is_seen = read.maker is not None and read.maker.kind == "reshape" and read.maker.inputs[0].shape == tuple(shape)
    return read.maker.inputs[0] if read.maker is not None and is_seen else None


def without_leading(call: Call, read: Value) -> Value:
    """A map without the 1 in front of its shape, also where a merge would take that for the batch."""
    shape = read.shape[1:]
    before = _before(read, shape)
    return call.layer("reshape", [read], {"shape": list(shape)}, shape=shape) if before is None else before


def permute(call: Call) -> Value:
    """`permute(input, dims)`."""
    return permuted(call, [dim % len(call.traced(0, "input").shape) for dim in call.numbers(1, "dims")])


def transpose(call: Call) -> Value:
    """`transpose(input, dim0, dim1)`, and the last two axes of `T` and `mT`."""
    traced = call.traced(0, "input")
    rank = len(traced.shape)
    if call.short in ("T", "mT", "t", "H", "mH"):
        first, second = -2, -1
    else:
        first, second = call.get(1, "dim0"), call.get(2, "dim1")
    order = list(range(rank))
    order[first % rank], order[second % rank] = order[second % rank], order[first % rank]
    return permuted(call, order)


def movedim(call: Call) -> Value:
    """`movedim(input, source, destination)`."""
    rank = len(call.traced(0, "input").shape)
    given = [call.get(1, "source"), call.get(2, "destination")]
    source, destination = ([one % rank for one in ([item] if isinstance(item, int) else item)] for item in given)
    rest = iter([axis for axis in range(rank) if axis not in source])
    placed = dict(zip(destination, source, strict=True))
    return permuted(call, [placed[at] if at in placed else next(rest) for at in range(rank)])


def permuted(call: Call, order: Sequence[int]) -> Value:
    """The axes of a tensor in another order; that of the batch may go anywhere."""
    traced = call.traced(0, "input")
    mapped = axes_of(traced.shape)
    axes: list[Plain] = [axis for at in order if (axis := mapped[at]) is not None]
    read = call.map(0)
    if axes == list(range(len(axes))):
        return read
    return call.layer("permute", [read], {"axes": axes})


def expand(call: Call) -> Value:
    """`expand(input, sizes)`: to the batch alone, or sizes of 1 to larger ones."""
    read, shape = call.map(0, leading=True), call.shape
    if read.shape in (shape, (1, *shape)):
        return read
    if read.shape[:1] == (1,) and len(read.shape) == len(shape) + 1:
        read = call.map(0)
    return stretched(call, read, shape)


def stretched(call: Call, read: Value, shape: Sequence[int]) -> Value:
    """A map with ones in front, and sizes of 1 stretched, so that it has a shape."""
    if len(read.shape) < len(shape):
        read = reshaped(call, read, (1,) * (len(shape) - len(read.shape)) + read.shape)
    sizes: list[Plain] = [-1 if own == size else size for own, size in zip(read.shape, shape, strict=True)]
    return read if read.shape == tuple(shape) else call.layer("expand", [read], {"shape": sizes}, shape=shape)


def repeat(call: Call) -> Value:
    """`repeat(input, sizes)` where it repeats what `expand` would stretch."""
    read, shape = call.map(0, leading=True), call.shape
    if read.shape in (shape, (1, *shape)):
        return read
    read = call.map(0)
    if len(read.shape) < len(shape):
        read = reshaped(call, read, (1,) * (len(shape) - len(read.shape)) + read.shape)
    times = [size // own for size, own in zip(shape, read.shape, strict=True)]
    return _repeated(call, read, times, behind=False)


def repeat_interleave(call: Call) -> Value:
    """`repeat_interleave(input, repeats, dim)`: every entry of an axis several times, one behind the other."""
    count, dim = call.get(1, "repeats"), call.get(2, "dim", None)
    if not isinstance(count, int) or dim is None:
        raise NotSaid("repeat_interleave by numbers that differ, or of everything")
    read, traced = call.map(0), call.traced(0, "input")
    if axes_of(traced.shape)[dim] is None and dim == 0:
        # Every item of the batch so many times: they are an axis in front of the map.
        return stretched(call, read, call.shape)
    axis = call.axis(traced, dim)
    return _repeated(call, read, [count if at == axis else 1 for at in range(len(read.shape))], behind=True)


def _repeated(call: Call, read: Value, times: Sequence[int], *, behind: bool) -> Value:
    """Axes repeated as wholes, or entry by entry: a 1 beside each is stretched."""
    opened, stretched = [], []
    for size, count in zip(read.shape, times, strict=True):
        pair, wide = ((size, 1), (size, count)) if behind else ((1, size), (count, size))
        opened += list(pair) if count > 1 else [size]
        stretched += list(wide) if count > 1 else [size]
    read = reshaped(call, read, opened)
    sizes: list[Plain] = [-1 if own == size else size for own, size in zip(opened, stretched, strict=True)]
    read = call.layer("expand", [read], {"shape": sizes}, shape=stretched)
    return reshaped(call, read, call.shape)


FUNCTIONS: dict[str, Callable[[Call], Value | list[Value]]] = {
    **dict.fromkeys(
        ("view", "reshape", "flatten", "squeeze", "unsqueeze", "unflatten", "view_as", "reshape_as"), reshape
    ),
    "permute": permute,
    **dict.fromkeys(("transpose", "swapaxes", "swapdims", "T", "mT", "t"), transpose),
    **dict.fromkeys(("movedim", "moveaxis"), movedim),
    **dict.fromkeys(("expand", "expand_as", "broadcast_to"), expand),
    **dict.fromkeys(("repeat", "tile"), repeat),
    "repeat_interleave": repeat_interleave,
}
