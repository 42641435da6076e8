"""Arithmetic on maps: sums keep nothing, products keep their factors, functions what their derivatives are made of."""

from __future__ import annotations

from functools import partial

from archcalc.dims import Dim
from archcalc.memory.operations.rules import rule
from archcalc.memory.tape import Call, Tape
from archcalc.memory.tensors import Sizes, Tensor

NOTHING, READ, WRITTEN = "nothing", "what is read", "what is written"

FUNCTIONS = {
    "abs": READ, "ceil": NOTHING, "cos": READ, "exp": WRITTEN, "floor": NOTHING, "log": READ, "relu": WRITTEN,
    "round": NOTHING, "rsqrt": WRITTEN, "sigmoid": WRITTEN, "sign": NOTHING, "sin": READ, "sqrt": WRITTEN,
    "tanh": WRITTEN, "clamp": READ,
}  # fmt: skip
"""What the gradient of a function of single numbers needs."""


def stretched(*sizes: Sizes) -> Sizes:
    """The sizes of maps that are joined number by number: those of 1 give way.

    >>> stretched((2, 8, 1), (2, 1, 5))
    (2, 8, 5)
    """
    rank = max(map(len, sizes))
    padded = [(*([1] * (rank - len(one))), *one) for one in sizes]
    return tuple(next((size for size in along if size != 1), 1) for along in zip(*padded, strict=True))


def product(tape: Tape, one: Tensor, other: Tensor, sizes: Sizes | None = None) -> Tensor:
    """Each factor is kept where the gradient of the other one is asked for."""
    keeps = [kept for kept, asking in ((one, other), (other, one)) if asking.learns]
    return tape.computed(sizes or stretched(one.sizes, other.sizes), one, other, keeps=keeps, like=_shaping(one, other))


def total(tape: Tape, one: Tensor, other: Tensor, sizes: Sizes | None = None) -> Tensor:
    """A sum or a difference keeps nothing."""
    return tape.computed(sizes or stretched(one.sizes, other.sizes), one, other, like=_shaping(one, other), back="same")


def _shaping(one: Tensor, other: Tensor) -> Tensor:
    """The operand whose axes the result lies in memory as: the first one that is as large."""
    return one if len(one.sizes) >= len(other.sizes) and one.elements == _numbers(one, other) else other


def _numbers(one: Tensor, other: Tensor) -> Dim:
    found: Dim = 1
    for size in stretched(one.sizes, other.sizes):
        found = found * size
    return found


def _told(call: Call) -> Sizes | None:
    """The sizes of what a layer writes, if this is its last call."""
    return None if call.written is None else call.written[0]


@rule("add", "sub", "Tensor.__add__", "Tensor.__radd__", "Tensor.__sub__", "Tensor.__rsub__")
def add(tape: Tape, call: Call) -> Tensor:
    """A sum or difference of two maps, or of a map and a number."""
    if len(call.reads) == 1:
        return tape.computed(call.read.sizes, call.read, like=call.read, back="same")
    one, other = call.reads
    return total(tape, one, other, _told(call))


@rule("mul", "Tensor.__mul__", "Tensor.__rmul__")
def mul(tape: Tape, call: Call) -> Tensor:
    """A product of two maps; one with a number keeps nothing."""
    if len(call.reads) == 1:
        return tape.computed(call.read.sizes, call.read, like=call.read)
    one, other = call.reads
    return product(tape, one, other, _told(call))


@rule("Tensor.__truediv__")
def divide(tape: Tape, call: Call) -> Tensor:
    """A quotient: the divisor for both gradients, the dividend for that of the divisor."""
    if len(call.reads) == 1:
        return tape.computed(call.read.sizes, call.read, like=call.read)
    one, other = call.reads
    keeps = (one, other) if other.learns else (other,)
    return tape.computed(stretched(one.sizes, other.sizes), one, other, keeps=keeps, like=_shaping(one, other))


@rule("Tensor.__rtruediv__")
def inverted(tape: Tape, call: Call) -> Tensor:
    """A number by a map: the reciprocal of the map is what its gradient needs."""
    reciprocal = tape.computed(call.read.sizes, call.read, keeps_result=True, like=call.read)
    return tape.computed(reciprocal.sizes, reciprocal, like=reciprocal)


@rule("Tensor.__pow__", "Tensor.__rpow__", "pow")
def power(tape: Tape, call: Call) -> Tensor:
    """The base, and where the gradient of the exponent is asked for, the power."""
    whole = stretched(*(one.sizes for one in call.reads))
    is_base = len(call.reads) == 1 and not call.reversed
    return tape.computed(whole, *call.reads, keeps=call.reads, keeps_result=not is_base, like=call.read)


@rule("neg", "Tensor.__neg__")
def negative(tape: Tape, call: Call) -> Tensor:
    """The same with the other sign."""
    return tape.computed(call.read.sizes, call.read, like=call.read)


@rule("maximum", "minimum")
def greater(tape: Tape, call: Call) -> Tensor:
    """Where which of the two is the greater one."""
    return tape.computed(stretched(*(one.sizes for one in call.reads)), *call.reads, keeps=call.reads)


def _function(kept: str, tape: Tape, call: Call) -> Tensor:
    read = call.read
    return tape.computed(
        read.sizes, read, keeps=(read,) if kept is READ else (), keeps_result=kept is WRITTEN, like=read
    )


for _name, _kept in FUNCTIONS.items():
    rule(_name)(partial(_function, _kept))
