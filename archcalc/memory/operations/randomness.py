"""Layers that drop numbers in training: the mask is kept."""

from __future__ import annotations

from archcalc.memory.operations.rules import rule
from archcalc.memory.tape import Call, Tape
from archcalc.memory.tensors import Tensor, numel


def _rate(call: Call) -> object:
    return call.argument(0, "p", 0.5)


@rule("nn.Dropout")
def dropout(tape: Tape, call: Call) -> Tensor:
    """A factor for every number."""
    return dropped(tape, call.read, _rate(call))


def dropped(tape: Tape, read: Tensor, rate: object) -> Tensor:
    """A factor for every number; on processors of the type of the map."""
    if rate == 0 or not tape.training:
        return read
    return tape.computed(read.sizes, read, amounts=(1 if rate == 1 else read.elements,), like=read)


@rule("nn.Dropout1d", "nn.Dropout2d", "nn.Dropout3d")
def channel_dropout(tape: Tape, call: Call) -> Tensor:
    """A factor for every channel."""
    rate = _rate(call)
    if rate == 0 or not tape.training:
        return call.read
    amount = 1 if rate == 1 else numel(call.read.sizes[:2])
    return tape.computed(call.read.sizes, call.read, amounts=(amount,), like=call.read)


@rule("nn.AlphaDropout")
def alpha_dropout(tape: Tape, call: Call) -> Tensor:
    """A factor for every number."""
    rate = _rate(call)
    if rate == 0 or not tape.training:
        return call.read
    return tape.computed(call.read.sizes, call.read, amounts=(1 if rate == 1 else call.read.elements,), like=call.read)


@rule("supplied.StochasticDepth")
def stochastic_depth(tape: Tape, call: Call) -> Tensor:
    """A factor for every item."""
    if not tape.training:
        return call.read
    return tape.computed(call.read.sizes, call.read, amounts=(call.read.sizes[0],), like=call.read)
