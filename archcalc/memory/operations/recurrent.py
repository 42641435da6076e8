"""Recurrent layers: what they keep of every token, and of the state before it.

Source: PyTorch's `RNN.cpp` for processors; what each cell keeps was seen with `saved_tensors_hooks`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from archcalc.dims import Dim
from archcalc.memory.operations.products import projected
from archcalc.memory.operations.randomness import dropped
from archcalc.memory.operations.rules import rule
from archcalc.memory.tape import Call, Tape
from archcalc.memory.tensors import Tensor


class Cell(NamedTuple):
    """What a cell keeps of one token, in as many numbers as its state has."""

    gates: int
    """Sums that it computes."""
    each: int
    """What is kept for the gradients of its functions and products."""
    projected: int = 0
    """What is kept besides if the state is projected by a matrix that is trained."""


RNN = Cell(gates=1, each=1)
"""The state that it writes."""
GRU = Cell(gates=3, each=6)
"""Three gates side by side, and of the products that are made in place the factor as it was, with the new state."""
LSTM = Cell(gates=4, each=6, projected=1)
"""Four gates side by side, the long state before, and its tanh; for the projection what it reads."""


@rule("nn.GRU")
def gru(tape: Tape, call: Call) -> Tensor:
    """Gates from the token and from the state before it."""
    return _layers(tape, call, lambda read: _run(tape, call, read, GRU))


@rule("nn.RNN", "supplied.SingleBiasRNN")
def rnn(tape: Tape, call: Call) -> Tensor:
    """A sum of the token and of the state before it, and a function of which the result is kept."""
    return _layers(tape, call, lambda read: _run(tape, call, read, RNN))


@rule("nn.LSTM", "supplied.SingleBiasLSTM")
def lstm(tape: Tape, call: Call) -> Tensor:
    """With a projection PyTorch computes it gate by gate; without one it has oneDNN do it."""
    if call.kwargs.get("proj_size"):
        return _layers(tape, call, lambda read: _run(tape, call, read, LSTM))
    return _layers(tape, call, lambda read: _fused(tape, call, read))


def _layers(tape: Tape, call: Call, direction: Callable[[Tensor], Tensor]) -> Tensor:
    """Layer by layer, every direction of each; tokens are put in front of the batch on the way."""
    count, rate = call.kwargs.get("num_layers", 1), call.kwargs.get("dropout", 0)
    read = tape.looked_at(call.read, call.read.transposed(0, 1))
    for layer in range(count):
        if layer:
            read = dropped(tape, read, rate)
        read = _joined(tape, [direction(read) for _ in range(1 + bool(call.kwargs.get("bidirectional")))])
    return tape.looked_at(read, read.transposed(0, 1))


def _joined(tape: Tape, ways: Sequence[Tensor]) -> Tensor:
    """What both directions write, side by side."""
    if len(ways) == 1:
        return ways[0]
    *front, _ = ways[0].sizes
    width: Dim = sum((way.sizes[-1] for way in ways), start=0)
    return tape.computed((*front, width), *ways, back="part")


def _run(tape: Tape, call: Call, read: Tensor, cell: Cell) -> Tensor:
    """One layer in one direction, token by token: the sums over the tokens are computed ahead, all at once."""
    hidden = call.args[1]
    written = call.kwargs.get("proj_size") or hidden
    tokens, batch, _ = read.sizes
    sums = projected(tape, read, cell.gates * hidden, trains=call.trains)
    rows = tokens * batch
    kept = [rows * cell.each * hidden]
    if call.trains:
        # The state before each token, for the gradient of the matrix that it is multiplied with. That of a cell
        # without gates is kept already as what it has written, except for the first one.
        states = 1 if cell is RNN else tokens
        kept += [states * batch * written, rows * cell.projected * hidden]
    sizes = (tokens, batch, written)
    # The states of all tokens stand alone before they are put side by side. On the way back, the gradients of the sums
    # come token by token while what is kept is freed token by token: there is never more than at the start.
    alone = (rows * written,)
    return tape.computed(sizes, sums, amounts=kept, learns=call.trains, back="part", scratch=alone, scratch_back=alone)


def _fused(tape: Tape, call: Call, read: Tensor) -> Tensor:
    """One layer in one direction by oneDNN: what it reads and writes, the states at both ends, and a workspace.

    How large the workspace is, oneDNN decides by the instructions of the processor.
    """
    hidden = call.args[1]
    tokens, batch, _ = read.sizes
    given = tape.made_contiguous(read)
    states = [batch * hidden] * 4
    found = tape.computed(
        (tokens, batch, hidden), given, keeps=(given,), keeps_result=True, amounts=states, learns=call.trains
    )
    tape.leaves_open = tape.leaves_open or (tape.training and found.learns)
    return found
