"""Interpolation step by step, and pixels that are exchanged with channels on any number of axes."""

from __future__ import annotations

from typing import Any

from archcalc.dims import divide
from archcalc.memory.operations.rules import rule
from archcalc.memory.tape import Call, Tape
from archcalc.memory.tensors import Tensor

NEIGHBOURS = {"nearest": 1, "bicubic": 4}
"""How many positions are mixed along an axis; two in all other modes."""


@rule("supplied.resample", "supplied.resample_like", "supplied.resample_by")
def resample(tape: Tape, call: Call) -> Tensor:
    """Along every axis the places of the neighbours, and the share that each has."""
    read = call.read
    count = NEIGHBOURS.get(call.kwargs["mode"], 2)
    for axis, size in enumerate(call.sizes[2:], start=2):
        sizes = (*read.sizes[:axis], size, *read.sizes[axis + 1 :])
        mixed = []
        for _ in range(count):
            places = tape.fresh((size,), learns=False, dtype="int64", role="kept")
            taken = tape.computed(sizes, read, keeps=(places,))
            mixed.append(tape.computed(sizes, taken, amounts=(size,)))
        several = tape.computed((count, *sizes), *mixed)
        read = tape.computed(sizes, several)
    return read


@rule("supplied.shuffle_pixels")
def shuffle_pixels(tape: Tape, call: Call) -> Tensor:
    """Channels cut into blocks, whose sides are put behind the axes that they lengthen."""
    items, channels, *sizes = call.read.sizes
    axes, factor = len(sizes), call.args[0]
    maps: Any = divide(channels, factor**axes)
    blocks = (factor,) * axes
    if call.kwargs.get("blocks_first"):
        cut = tape.reshaped(call.read, (items, *blocks, maps, *sizes))
        cut = tape.looked_at(cut, cut.moved(1 + axes, 1))
    else:
        cut = tape.reshaped(call.read, (items, maps, *blocks, *sizes))
    for _ in range(axes):
        turned = tape.looked_at(cut, cut.moved(2, axes + 2))
        cut = _flattened(tape, turned, axes + 1, axes + 2)
    return cut


@rule("supplied.unshuffle_pixels")
def unshuffle_pixels(tape: Tape, call: Call) -> Tensor:
    """Every axis cut into blocks, whose sides are put to the channels."""
    read = call.read
    axes, factor = len(read.sizes) - 2, call.args[0]
    for axis in range(axes):
        at = 2 + 2 * axis
        length: Any = divide(read.sizes[at], factor)
        read = tape.reshaped(read, (*read.sizes[:at], length, factor, *read.sizes[at + 1 :]))
        read = tape.looked_at(read, read.moved(at + 1, 2 + axis))
    if call.kwargs.get("blocks_first"):
        read = tape.looked_at(read, read.moved(1, 1 + axes))
    return _flattened(tape, read, 1, 1 + axes)


def _flattened(tape: Tape, read: Tensor, first: int, last: int) -> Tensor:
    """Neighbouring axes made one."""
    joined: Any = 1
    for size in read.sizes[first : last + 1]:
        joined = joined * size
    return tape.reshaped(read, (*read.sizes[:first], joined, *read.sizes[last + 1 :]))
