"""Pools of regions of interest, as the modules that archcalc supplies compute them."""

from __future__ import annotations

from typing import Any

from archcalc.dims import Dim
from archcalc.memory.operations.arithmetic import product
from archcalc.memory.operations.rules import rule
from archcalc.memory.tape import Call, NotKnown, Tape
from archcalc.memory.tensors import Sizes, Tensor, numel


def _aside(tape: Tape, sizes: Sizes, dtype: str = "int64") -> Tensor:
    """Numbers without a gradient that are made on the way."""
    return tape.fresh(sizes, learns=False, dtype=dtype, role="kept")


def _clamped(tape: Tape, read: Tensor) -> Tensor:
    """Where it is cut off follows from what is read."""
    return tape.computed(read.sizes, read, keeps=(read,))


def _quotient(tape: Tape, one: Tensor, other: Tensor, sizes: Sizes) -> Tensor:
    keeps = (one, other) if other.learns else (other,)
    return tape.computed(sizes, one, other, keeps=keeps)


@rule("supplied.RoiPool")
def roi_pool(tape: Tape, call: Call) -> Tensor:
    """Maxima of 1, 2, 4, ... neighbours along both axes; of each part four of them, found by their places."""
    read, boxes = call.reads
    high, wide = call.args[0]
    _, channels, height, width = read.sizes
    (regions, *_) = boxes.sizes
    corners = tape.computed(boxes.sizes, boxes)
    ends = tape.computed((regions, 4), corners)
    for parts in (high, wide):
        _parts_of(tape, ends, parts)
    maxima = _doubled(tape, _doubled(tape, read, width, -1), height, -2)
    levels = [_aside(tape, (regions, high, 1)), _aside(tape, (regions, 1, wide)), _aside(tape, (regions, 1, 1))]
    found = []
    for _ in range(4):
        places = [*levels, _aside(tape, (regions, high, 1)), _aside(tape, (regions, 1, wide))]
        found.append(tape.computed((regions, high, wide, channels), maxima, keeps=places))
    several = tape.computed((4, regions, high, wide, channels), *found)
    largest = tape.computed(several.sizes[1:], several, keeps=(several,), keeps_result=True)
    empty = _aside(tape, (regions, high, wide, 1), "bool")
    filled = tape.computed(largest.sizes, largest, keeps=(empty,))
    return tape.looked_at(filled, filled.permuted((0, 3, 1, 2)))


def _parts_of(tape: Tape, ends: Tensor, parts: Dim) -> None:
    """Start and end of the parts of ranges. They become integers, which have no gradient; what leads there is kept."""
    (regions, _) = ends.sizes
    extent = _clamped(tape, tape.computed((regions,), ends))
    for _ in range(2):
        index = _aside(tape, (parts,))
        _clamped(tape, tape.computed((regions, parts), product(tape, extent, index, (regions, parts)), ends))


def _doubled(tape: Tape, read: Tensor, size: Dim, axis: int) -> Tensor:
    """Maxima of 1, 2, 4, ... neighbours, stacked in front. Raises: NotKnown for an open size."""
    if not isinstance(size, int):
        raise NotKnown
    levels = [read]
    while 2 ** len(levels) <= size:
        last = levels[-1]
        turned = tape.computed(last.sizes, last)
        levels.append(tape.computed(last.sizes, last, turned, keeps=(last, turned)))
    return tape.computed((len(levels), *read.sizes), *levels)


@rule("supplied.RoiAlign")
def roi_align(tape: Tape, call: Call) -> Tensor:
    """Rows are mixed by the shares that they have in parts, then columns: the places and the shares are kept."""
    read, boxes = call.reads
    high, wide = call.args[0]
    images, channels, height, width = read.sizes
    (regions, *_) = boxes.sizes
    corners = tape.computed(boxes.sizes, boxes, back="same")
    rows, columns = (_shares(tape, call, corners, parts, size) for parts, size in ((high, height), (wide, width)))
    turned = read.permuted((0, 2, 3, 1))
    lines = tape.reshaped(tape.looked_at(read, turned), (images * height, width * channels))
    mixed = _bags(tape, lines, tape.reshaped(rows, (regions * high, height)))
    table = tape.reshaped(mixed, (regions * high * width, channels))
    whole = tape.computed((regions * high, wide, width), columns)
    mixed = _bags(tape, table, tape.reshaped(whole, (regions * high * wide, width)))
    apart = tape.reshaped(mixed, (regions, high, wide, channels))
    return tape.looked_at(apart, apart.permuted((0, 3, 1, 2)))


def _bags(tape: Tape, table: Tensor, shares: Tensor) -> Tensor:
    """Sums of rows of a table, each with its share: the places, where each sum begins, and two counters of each."""
    sums, _ = shares.sizes
    places = _aside(tape, (numel(shares.sizes),))
    counted = [_aside(tape, (sums,)) for _ in range(3)]
    keeps = [places, shares, *counted, *([table] if shares.learns else [])]
    return tape.computed((sums, table.sizes[1]), table, shares, keeps=keeps)


def _shares(tape: Tape, call: Call, corners: Tensor, parts: Dim, size: Dim) -> Tensor:
    """What the positions of an axis give to the means of parts: each part is read at several places."""
    (regions, _) = corners.sizes
    samples = call.kwargs.get("sampling_ratio")
    count: Any = size if samples is None else samples
    extent = tape.computed((regions,), corners)
    if not call.kwargs.get("aligned"):
        extent = _clamped(tape, extent)
    part = tape.computed((regions,), extent)
    counts = tape.computed((regions,), part) if samples is None else _aside(tape, (regions,), "map")
    step = tape.computed((regions,), extent)
    distance = _quotient(tape, step, _clamped(tape, counts), (regions,))
    steps = product(tape, distance, _aside(tape, (count,), "map"), (regions, count))
    each = tape.computed((regions,), extent)
    starts = tape.computed((regions, parts), corners, product(tape, each, _aside(tape, (parts,)), (regions, parts)))
    places = _clamped(tape, tape.computed((regions, parts, count), starts, steps))
    apart = tape.computed((regions, parts, count, size), places)
    away = tape.computed(apart.sizes, apart, keeps=(apart,))
    near = _clamped(tape, tape.computed(away.sizes, away))
    seen = product(tape, near, _aside(tape, (regions, parts, count, 1), "bool"), near.sizes)
    added = tape.computed((regions, parts, size), seen)
    return _quotient(tape, added, _clamped(tape, counts), added.sizes)
