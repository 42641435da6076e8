"""Pools that are computed in several steps: norms of windows, and means of windows that lie unevenly."""

from __future__ import annotations

from archcalc.memory.operations.padding import ceil_pairs, framed, same_pairs
from archcalc.memory.operations.rules import rule
from archcalc.memory.tape import Call, Tape
from archcalc.memory.tensors import Sizes, Tensor


@rule("nn.LPPool1d", "nn.LPPool2d", "nn.LPPool3d")
def norm_pool(tape: Tape, call: Call) -> Tensor:
    """Powers and their means; of the means their sizes and signs, which are multiplied, and the power of the sums."""
    powers = tape.computed(call.read.sizes, call.read, keeps=(call.read,), like=call.read)
    means = tape.computed(call.sizes, powers, keeps=(powers,), like=powers)
    signs = tape.computed(call.sizes, means, like=means)
    amounts = tape.computed(call.sizes, means, keeps=(means,), like=means)
    positive = tape.computed(call.sizes, amounts, keeps_result=True, like=amounts)
    signed = tape.computed(call.sizes, signs, positive, keeps=(signs, positive), like=signs)
    sums = tape.computed(call.sizes, signed, like=signed)
    return tape.computed(call.sizes, sums, keeps=(sums,), like=sums)


@rule("supplied.dilated_lp_pool")
def dilated_norm_pool(tape: Tape, call: Call) -> Tensor:
    """Powers, and the power of their sums."""
    powers = tape.computed(call.read.sizes, call.read, keeps=(call.read,), like=call.read)
    sums = _summed(tape, powers, call.sizes)
    return tape.computed(call.sizes, sums, keeps=(sums,))


@rule("supplied.uneven_avg_pool")
def uneven_avg_pool(tape: Tape, call: Call) -> Tensor:
    """Sums of windows of a padded map, and by how many numbers each is divided, the same for all maps."""
    read = call.read
    padding = call.kwargs.get("padding")
    whole = framed(tape, read, same_pairs(read, call) if padding is None else padding)
    if call.kwargs.get("ceil_mode"):
        padding = same_pairs(read, call) if padding is None else padding
        whole = framed(tape, whole, ceil_pairs(whole, call, [after for _, after in padding]))
    sums = _summed(tape, whole, call.sizes)
    counts = tape.fresh((1, 1, *call.sizes[2:]), learns=False, role="kept")
    return tape.computed(call.sizes, sums, counts, keeps=(counts,))


def _summed(tape: Tape, read: Tensor, sizes: Sizes) -> Tensor:
    """The sums of windows, along one axis after the other."""
    for axis in range(2, len(sizes)):
        read = tape.computed((*sizes[: axis + 1], *read.sizes[axis + 1 :]), read)
    return read
