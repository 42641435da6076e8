"""Mixtures of experts, as the module that archcalc supplies computes them: the weights of those chosen are gathered."""

from __future__ import annotations

from archcalc.dims import Dim
from archcalc.memory.operations.arithmetic import product, total
from archcalc.memory.operations.products import multiplied
from archcalc.memory.operations.rules import rule
from archcalc.memory.tape import Call, Tape
from archcalc.memory.tensors import Tensor

ACTIVATIONS_THAT_KEEP_THEIR_RESULT = ("relu",)
"""The others keep what they read."""


@rule("supplied.Experts")
def experts(tape: Tape, call: Call) -> Tensor:
    """The scores and the experts chosen by them; of each expert its weights for every token, and what they multiply."""
    read, scores = call.reads
    channels, hidden, _, active = call.args
    front = read.sizes[:-1]
    chances = tape.computed(scores.sizes, scores, keeps_result=True)
    chosen = tape.fresh((*front, active), learns=False, dtype="int64", role="kept")
    weights = tape.computed((*front, active), chances, keeps=(chosen,))
    if call.kwargs.get("normalize", True):
        whole = tape.computed((*front, 1), weights)
        weights = tape.computed(weights.sizes, weights, whole, keeps=(weights, whole))
    column = tape.looked_at(read, read.seen((*read.sizes, 1), (*read.strides, 1)))
    result = None
    for _ in range(active):
        inner = _inner(tape, call, column, chosen)
        outer = _through(tape, call, inner, chosen, (channels, hidden))
        share = weights.seen((*front, 1), (*weights.strides[:-1], 1))
        weighted = product(tape, outer, share, read.sizes)
        result = weighted if result is None else total(tape, result, weighted)
    assert result is not None
    return result


def _inner(tape: Tape, call: Call, column: Tensor, chosen: Tensor) -> Tensor:
    """The first layer of an expert, with its activation, as a column; with a gate the activation is on one half."""
    channels, hidden, *_ = call.args
    is_gated = call.kwargs.get("gated", True)
    sums = _through(tape, call, column, chosen, (hidden * (1 + is_gated), channels))
    half = sums.resized(len(sums.sizes) - 1, hidden)
    keeps_result = call.kwargs.get("activation", "silu") in ACTIVATIONS_THAT_KEEP_THEIR_RESULT
    acted = tape.computed(half.sizes, half, keeps=() if keeps_result else (half,), keeps_result=keeps_result)
    inner = product(tape, acted, half) if is_gated else acted
    return tape.looked_at(inner, inner.seen((*inner.sizes, 1), (*inner.strides, 1)))


def _through(tape: Tape, call: Call, column: Tensor, chosen: Tensor, sizes: tuple[Dim, Dim]) -> Tensor:
    """A product of a column with the weights of an expert, which are gathered for every token."""
    front = column.sizes[:-2]
    gathered = tape.computed((*front, *sizes), learns=call.trains, keeps=(chosen,))
    product_ = multiplied(tape, gathered, column)
    return tape.looked_at(product_, product_.seen(product_.sizes[:-1], product_.strides[:-1]))
