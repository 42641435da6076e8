"""Convolutions whose filters are computed from what is learned, or read at places that are."""

from __future__ import annotations

from math import prod
from typing import Any

from archcalc.dims import divide
from archcalc.memory.operations.arithmetic import product, total
from archcalc.memory.operations.rules import rule
from archcalc.memory.operations.windows import convolved, padded_for
from archcalc.memory.tape import Call, Tape
from archcalc.memory.tensors import Storage, Tensor, contiguous


def _tensor(tape: Tape, call: Call, name: str) -> Tensor:
    """A tensor of the layer."""
    sizes = tuple(call.weights[name].shape)
    storage = Storage(call.weights[name].elements, "map", "tensor", tape.place)
    return Tensor(storage, sizes, contiguous(sizes), call.trains)


@rule("supplied.StdConv")
def standardized(tape: Tape, call: Call) -> Tensor:
    """A mean and a deviation for every filter, the filters as they are used, and the factors of these."""
    weight = _tensor(tape, call, "weight")
    filters = weight.sizes[0]
    gains = []
    if "gain" in call.weights:
        gain = _tensor(tape, call, "gain")
        gains.append(tape.computed(gain.sizes, gain))
    with tape.operation(weight, *gains) as writes:
        writes.append(tape.fresh(weight.sizes, learns=call.trains))
        tape.save(weight, *gains)
        tape.keep(filters, filters, dtype="float32")
    return convolved(tape, call, padded_for(tape, call, call.read), writes[0])


@rule("supplied.WeightNormConv")
def weight_normed(tape: Tape, call: Call) -> Tensor:
    """The lengths that the weights have, and the weights at those that are learned."""
    lengths = _tensor(tape, call, "parametrizations.weight.original0")
    weight = _tensor(tape, call, "parametrizations.weight.original1")
    axis = call.kwargs.get("dim", 0)
    if axis in (0, len(weight.sizes) - 1):
        used = tape.computed(weight.sizes, weight, lengths, keeps=(weight, lengths), amounts=(lengths.elements,))
    else:
        # PyTorch has a kernel of its own for the first and for the last axis alone.
        turned = tape.made_contiguous(tape.looked_at(weight, weight.transposed(0, axis)))
        norms = tape.computed(lengths.sizes, turned, keeps=(turned,), keeps_result=True)
        factors = tape.computed(lengths.sizes, lengths, norms, keeps=(lengths, norms))
        used = product(tape, weight, factors)
    return convolved(tape, call, padded_for(tape, call, call.read), used)


@rule("supplied.DeformConv2d")
def deformable(tape: Tape, call: Call) -> Tensor:
    """What lies between four neighbours of every place that a window reads, and a product of it with the weight."""
    read, offset, *masks = call.reads
    weight = _tensor(tape, call, "weight")
    count = prod(weight.sizes[2:])
    items, channels, *_ = read.sizes
    sizes = offset.sizes[2:]
    groups: Any = divide(offset.sizes[1], 2 * count)
    rows: Any = items * groups
    maps: Any = divide(channels, groups)
    places = prod(sizes, start=count)
    at = [tape.computed((rows, places), offset) for _ in range(2)]
    parts = tape.reshaped(read, (rows, maps, *read.sizes[2:]))
    values = _between(tape, parts, *at)
    if masks:
        factors = tape.reshaped(masks[0], (rows, 1, places))
        values = product(tape, values, factors)
    columns = tape.reshaped(values, (items, channels * count, *sizes))
    return convolved(tape, call, columns, weight)


def _between(tape: Tape, parts: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Four neighbours of every place, each with a share that follows from its distance."""
    found = None
    for _ in range(4):
        row, column = (tape.computed(at.sizes, at) for at in (rows, columns))
        nearness = product(tape, _near(tape, rows, row), _near(tape, columns, column))
        inside = tape.fresh(rows.sizes, learns=False, dtype="bool", role="kept")
        index = _index(tape, row, column)
        share = product(tape, nearness, inside)
        share = tape.looked_at(share, share.seen((share.sizes[0], 1, share.sizes[1]), (share.strides[0], 1, 1)))
        taken = tape.computed((*parts.sizes[:2], rows.sizes[1]), parts, index, keeps=(index, parts))
        mixed = product(tape, taken, share)
        found = mixed if found is None else total(tape, found, mixed)
    assert found is not None
    return found


def _near(tape: Tape, at: Tensor, neighbour: Tensor) -> Tensor:
    """One minus the distance of a place to a neighbour, of which the size is taken."""
    apart = tape.computed(at.sizes, at, neighbour, back="same")
    size = tape.computed(at.sizes, apart, keeps=(apart,))
    return tape.computed(at.sizes, size)


def _index(tape: Tape, row: Tensor, column: Tensor) -> Tensor:
    """The place of a neighbour in the map: rows and columns are held inside, and numbers that are none replaced."""
    held = [tape.computed(one.sizes, one, keeps=(one,)) for one in (row, column)]
    joined = tape.computed(row.sizes, *held)
    tape.computed(joined.sizes, joined, keeps=(joined,))
    return tape.fresh(row.sizes, learns=False, dtype="int64", role="kept")
