"""Matrix products: both factors, each for the gradient of the other one."""

from __future__ import annotations

from typing import Any

from archcalc.dims import Dim
from archcalc.memory.operations.arithmetic import stretched
from archcalc.memory.operations.rules import rule
from archcalc.memory.tape import Call, NotKnown, Tape
from archcalc.memory.tensors import Sizes, Tensor, numel


@rule("nn.Linear")
def linear(tape: Tape, call: Call) -> Tensor:
    """What is read, in rows, if the weight is trained."""
    return projected(tape, call.read, call.sizes[-1], trains=call.trains, out=call.sizes)


@rule("supplied.TransposedLinear")
def transposed_linear(tape: Tape, call: Call) -> Tensor:
    """The same with the weight the other way round."""
    return projected(tape, call.read, call.sizes[-1], trains=call.trains, out=call.sizes)


def projected(
    tape: Tape, read: Tensor, width: Any, *, trains: bool, out: Sizes | None = None, trained: Dim | None = None
) -> Tensor:
    """A product of the last axis with a weight: rows are written anew where the memory has none."""
    sizes = (*read.sizes[:-1], width) if out is None else out
    rows = read if len(read.sizes) == 2 else tape.reshaped(read, (numel(read.sizes[:-1]), read.sizes[-1]))
    return tape.computed(sizes, rows, keeps=(rows,) if trains else (), learns=trains, trained=trained)


@rule("matmul")
def matmul(tape: Tape, call: Call) -> Tensor:
    """Two maps."""
    return multiplied(tape, *call.reads)


def multiplied(tape: Tape, one: Tensor, other: Tensor) -> Tensor:
    """A product of matrices: those that are repeated for others are written anew."""
    front = stretched(one.sizes[:-2], other.sizes[:-2])
    sizes = (*front, one.sizes[-2], other.sizes[-1])
    if front:
        one, other = (_batched(tape, each, front) for each in (one, other))
    keeps = [kept for kept, asking in ((one, other), (other, one)) if asking.learns]
    return tape.computed(sizes, one, other, keeps=keeps)


def _batched(tape: Tape, tensor: Tensor, front: Sizes) -> Tensor:
    whole = (*front, *tensor.sizes[-2:])
    wide = tensor if tensor.sizes == whole else tape.looked_at(tensor, tensor.expanded(whole))
    return tape.reshaped(wide, (numel(front), *tensor.sizes[-2:]))


@rule("supplied.RadialBasis")
def radial_basis(tape: Tape, call: Call) -> Tensor:
    """The differences to all centres, which are squared."""
    if not call.weights:
        raise NotKnown
    differences = tape.computed((*call.sizes, call.read.sizes[-1]), call.read, learns=call.trains)
    squares = tape.computed(differences.sizes, differences, keeps=(differences,))
    return tape.computed(call.sizes, squares)
