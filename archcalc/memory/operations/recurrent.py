"""Recurrent layers: what they keep of every token, and of the state before it.

Source: PyTorch's `RNN.cpp` for processors; what each cell keeps was seen with `saved_tensors_hooks`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

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


class Trained(NamedTuple):
    """How many numbers of the tensors of one layer in one direction are trained."""

    of_tokens: Dim
    """What tokens are multiplied with, and its bias."""
    of_states: Dim
    """What states are multiplied with, their biases and their projection among it."""
    repeated: Dim
    """Of it the matrix that the state before each token is multiplied with."""


RNN = Cell(gates=1, each=1)
"""The state that it writes."""
GRU = Cell(gates=3, each=6)
"""Three gates side by side, and of the products that are made in place the factor as it was, with the new state."""
LSTM = Cell(gates=4, each=6, projected=1)
"""Four gates side by side, the long state before, and its tanh; for the projection what it reads."""


@rule("nn.GRU")
def gru(tape: Tape, call: Call) -> Tensor:
    """Gates from the token and from the state before it."""
    return _layers(tape, call, lambda read, own: _run(tape, call, read, own, GRU))


@rule("nn.RNN", "supplied.SingleBiasRNN")
def rnn(tape: Tape, call: Call) -> Tensor:
    """A sum of the token and of the state before it, and a function of which the result is kept."""
    return _layers(tape, call, lambda read, own: _run(tape, call, read, own, RNN))


@rule("nn.LSTM", "supplied.SingleBiasLSTM")
def lstm(tape: Tape, call: Call) -> Tensor:
    """With a projection PyTorch computes it gate by gate; without one it has oneDNN do it."""
    if call.kwargs.get("proj_size"):
        return _layers(tape, call, lambda read, own: _run(tape, call, read, own, LSTM))
    return _layers(tape, call, lambda read, own: _fused(tape, call, read, own))


def _layers(tape: Tape, call: Call, direction: Callable[[Tensor, Trained], Tensor]) -> Tensor:
    """Layer by layer, every direction of each; tokens are put in front of the batch on the way."""
    count, rate = call.kwargs.get("num_layers", 1), call.kwargs.get("dropout", 0)
    ways = ("", "_reverse") if call.kwargs.get("bidirectional") else ("",)
    read = tape.looked_at(call.read, call.read.transposed(0, 1))
    for layer in range(count):
        if layer:
            read = dropped(tape, read, rate)
        read = _joined(tape, [direction(read, _own(call, f"l{layer}{way}")) for way in ways])
    return tape.looked_at(read, read.transposed(0, 1))


def _own(call: Call, end: str) -> Trained:
    """What is trained of one layer in one direction: the tensors whose names end alike."""

    def numbers(*names: str) -> Dim:
        tensors = [call.weights[name] for name in (f"{one}_{end}" for one in names) if name in call.weights]
        count: Any = sum(tensor.elements for tensor in tensors)
        found: Dim = count if call.trains else 0
        return found

    return Trained(numbers("weight_ih", "bias_ih"), numbers("weight_hh", "bias_hh", "weight_hr"), numbers("weight_hh"))


def _joined(tape: Tape, ways: Sequence[Tensor]) -> Tensor:
    """What both directions write, side by side."""
    if len(ways) == 1:
        return ways[0]
    *front, _ = ways[0].sizes
    width: Dim = sum((way.sizes[-1] for way in ways), start=0)
    return tape.computed((*front, width), *ways, back="part")


def _run(tape: Tape, call: Call, read: Tensor, own: Trained, cell: Cell) -> Tensor:
    """One layer in one direction, token by token: the sums over the tokens are computed ahead, all at once."""
    hidden = call.args[1]
    written = call.kwargs.get("proj_size") or hidden
    tokens, batch, _ = read.sizes
    sums = projected(tape, read, cell.gates * hidden, trains=call.trains, trained=own.of_tokens)
    rows = tokens * batch
    kept = [rows * cell.each * hidden]
    if call.trains:
        # The state before each token, for the gradient of the matrix that it is multiplied with. That of a cell
        # without gates is kept already as what it has written, except for the first one.
        states = 1 if cell is RNN else tokens
        kept += [states * batch * written, rows * cell.projected * hidden]
    sizes = (tokens, batch, written)
    # The states of all tokens stand alone before they are put side by side. On the way back, the gradients of the sums
    # come token by token while what is kept is freed token by token: there is never more than at the start, where the
    # gradients of a matrix for two tokens stand beside their sum.
    matrix: Any = own.repeated
    two: Any = 0 if tokens == 1 else 2 * matrix
    return tape.computed(
        sizes,
        sums,
        amounts=kept,
        learns=call.trains,
        back="part",
        scratch=(rows * written,),
        scratch_back=(two,),
        trained=own.of_states,
    )


def _fused(tape: Tape, call: Call, read: Tensor, own: Trained) -> Tensor:
    """One layer in one direction by oneDNN: what it reads and writes, the states at both ends, and a workspace.

    How large the workspace is, oneDNN decides by the instructions of the processor.
    """
    hidden = call.args[1]
    tokens, batch, _ = read.sizes
    given = tape.made_contiguous(read)
    states = [batch * hidden] * 4
    trained: Any = own.of_tokens + own.of_states
    found = tape.computed(
        (tokens, batch, hidden),
        given,
        keeps=(given,),
        keeps_result=True,
        amounts=states,
        learns=call.trains,
        trained=trained,
    )
    tape.leaves_open = tape.leaves_open or (tape.training and found.learns)
    return found
