"""Unpooling: values are put to places, which are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archcalc.dims import Dim
from archcalc.memory.operations.padding import ceil_pairs, framed, same_pairs
from archcalc.memory.operations.rules import rule
from archcalc.memory.tape import Call, Tape
from archcalc.memory.tensors import Tensor, numel


@rule("supplied.unpool_to")
def unpool_to(tape: Tape, call: Call) -> Tensor:
    """Values at the starts of blocks, along one axis after the other."""
    return _spread(tape, call.read, call.sizes[2:])


@rule("supplied.unpool_blocks")
def unpool_blocks(tape: Tape, call: Call) -> Tensor:
    """The same, of which a padding is cut off at the end, if only nothing."""
    padding = call.kwargs.get("padding", 0)
    sides = tuple(padding) if isinstance(padding, tuple) else (padding,) * (len(call.sizes) - 2)
    whole = [size + 2 * side for size, side in zip(call.sizes[2:], sides, strict=True)]
    return framed(tape, _spread(tape, call.read, whole), [(-side, -side) for side in sides])


def _spread(tape: Tape, value: Tensor, sizes: Sequence[Dim]) -> Tensor:
    """Along one axis after the other, the values and the places that they are put to."""
    for axis, size in enumerate(sizes, start=2):
        whole = (*value.sizes[:axis], size, *value.sizes[axis + 1 :])
        with tape.operation(value) as writes:
            writes.append(tape.fresh(whole, learns=value.learns))
            tape.save(value)
            tape.keep(value.sizes[axis], dtype="int64")
        value = writes[0]
    return value


@rule("supplied.max_unpool")
def max_unpool(tape: Tape, call: Call) -> Tensor:
    """The places of the maxima."""
    read, places, *_ = call.reads
    return tape.computed(call.sizes, read, places, keeps=(places,))


@rule("supplied.max_unpool_dilated")
def max_unpool_dilated(tape: Tape, call: Call) -> Tensor:
    """The places once more, with one for those that are none: a number behind all others, which is cut off."""
    read, places, *_ = call.reads
    items, channels, *sizes = call.sizes
    moved = tape.fresh(places.sizes, learns=False, dtype="int64", role="kept")
    values = tape.computed((items, channels, numel(sizes) + 1), read, moved, keeps=(moved,))
    return tape.looked_at(values, values.resized(2, numel(sizes)).seen(call.sizes, _inside(values, sizes)))


def _inside(values: Tensor, sizes: Sequence[Dim]) -> list[Dim]:
    """The strides of places of a map that stand in one row."""
    steps: list[Dim] = []
    step: Dim = 1
    for size in reversed(sizes):
        steps.insert(0, step)
        step = step * size
    return [*values.strides[:2], *steps]


@rule("supplied.max_unpool_padded")
def max_unpool_padded(tape: Tape, call: Call) -> Tensor:
    """The places in the map as it was padded, and what lies in the padding cut off."""
    return _cut(tape, call, call.args[0])


@rule("supplied.max_unpool_uneven")
def max_unpool_uneven(tape: Tape, call: Call) -> Tensor:
    """The same with a padding that the size of the map asks for."""
    *_, entered = call.reads
    padding = call.kwargs.get("padding")
    if padding is None:
        return _cut(tape, call, same_pairs(entered, call))
    sizes = [size + before + after for size, (before, after) in zip(entered.sizes[2:], padding, strict=True)]
    whole = entered.seen((*entered.sizes[:2], *sizes), entered.strides)
    past = ceil_pairs(whole, call, [after for _, after in padding])
    return _cut(tape, call, [(before, after + more) for (before, after), (_, more) in zip(padding, past, strict=True)])


def _cut(tape: Tape, call: Call, pairs: Sequence[tuple[Dim, Dim]]) -> Tensor:
    read, places, _ = call.reads
    sizes: list[Any] = [size + before + after for size, (before, after) in zip(call.sizes[2:], pairs, strict=True)]
    values = tape.computed((*call.sizes[:2], *sizes), read, places, keeps=(places,))
    return framed(tape, values, [(-before, -after) for before, after in pairs])
