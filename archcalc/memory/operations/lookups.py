"""Tensors that are learned or looked up, and integers."""

from __future__ import annotations

from typing import Any

from archcalc.dims import Dim, divide
from archcalc.memory.operations.rules import rule
from archcalc.memory.tape import Call, NotKnown, Tape
from archcalc.memory.tensors import Storage, Tensor, contiguous


@rule("nn.Embedding")
def embedding(tape: Tape, call: Call) -> Tensor:
    """The integers, by which the gradient is added to rows."""
    return tape.computed(call.sizes, call.read, keeps=(call.read,), learns=call.trains)


@rule("supplied.index_select")
def index_select(tape: Tape, call: Call) -> Tensor:
    """The places, and the map that they are looked up in."""
    read, places = call.reads
    return tape.computed(call.sizes, read, places, keeps=(places, read))


@rule("supplied.LearnedTensor", "supplied.FixedTensor")
def tensor(tape: Tape, call: Call) -> Tensor:
    """The tensor once for every item of a batch, which is a batch of one here."""
    return tape.computed(call.sizes, learns=call.trains)


@rule("supplied.ClassToken")
def class_token(tape: Tape, call: Call) -> Tensor:
    """A token in front of the others."""
    return tape.computed(call.sizes, call.read, learns=call.trains, back="part")


@rule("supplied.PositionEmbedding")
def position_embedding(tape: Tape, call: Call) -> Tensor:
    """A table that is added."""
    return tape.computed(call.sizes, call.read, learns=call.trains, like=call.read, back="same")


@rule("supplied.add_positions")
def add_positions(tape: Tape, call: Call) -> Tensor:
    """A table that is computed and added."""
    return tape.computed(call.read.sizes, call.read, like=call.read, back="same")


@rule("supplied.rotated")
def rotated(tape: Tape, call: Call) -> Tensor:
    """Cosines and sines of the angles of every token, the same for all heads and items."""
    read = call.read
    heads = call.argument(0, "heads", 1)
    head: Any = read.sizes[-1] // heads if isinstance(read.sizes[-1], int) else divide(read.sizes[-1], heads)
    turned = read.sizes[-2] * (call.kwargs.get("width") or head)
    kept = tape.computed(read.sizes, read, amounts=(turned,))
    across = tape.computed(read.sizes, read, amounts=(turned,))
    both = tape.computed(read.sizes, kept, across, back="same")
    return tape.computed(read.sizes, both, back="same")


@rule("supplied.counted_tokens")
def counted(tape: Tape, call: Call) -> Tensor:
    """Integers that depend on what is read."""
    with tape.operation(call.read) as writes:
        writes.append(tape.fresh(call.sizes, learns=False, dtype="int64"))
    return writes[0]


@rule("supplied.token_positions", "supplied.relative_buckets")
def integers(tape: Tape, call: Call) -> Tensor:
    """Integers, which have no gradient; they are the same for every item where nothing else is read."""
    if call.written is None:
        raise NotKnown
    sizes = call.sizes
    alone = (1, *sizes[1:])
    elements: Dim = 1
    for size in alone:
        elements = elements * size
    return Tensor(Storage(elements, "int64", "map", tape.place), sizes, (0, *contiguous(sizes)[1:]), False)
