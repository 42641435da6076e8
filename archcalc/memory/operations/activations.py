"""Functions of single numbers: autograd keeps what each reads, or what it writes.

Source: PyTorch's `derivatives.yaml`; what is kept in place was seen with `saved_tensors_hooks`.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from archcalc.memory.operations.rules import rule
from archcalc.memory.tape import Call, Tape
from archcalc.memory.tensors import Tensor


class Kept(NamedTuple):
    """What autograd keeps of an activation."""

    written: bool
    """Whether it is what is written, not what is read."""
    in_place: bool | None
    """Whether what is written is enough where it stands in the place of what was read; None if it never does."""


ACTIVATIONS = {
    "ReLU": Kept(True, True),
    "ReLU6": Kept(False, False),
    "LeakyReLU": Kept(False, True),
    "ELU": Kept(False, True),
    "SELU": Kept(False, True),
    "CELU": Kept(False, True),
    "GELU": Kept(False, None),
    "SiLU": Kept(False, False),
    "Mish": Kept(False, False),
    "Sigmoid": Kept(True, None),
    "Tanh": Kept(True, None),
    "Hardsigmoid": Kept(False, False),
    "Hardswish": Kept(False, False),
    "Hardtanh": Kept(False, False),
    "Softplus": Kept(False, None),
}


def _activation(kept: Kept, tape: Tape, call: Call) -> Tensor:
    read = call.read
    if kept.in_place is None or not tape.may_overwrite(read):
        return tape.computed(
            read.sizes, read, keeps=() if kept.written else (read,), keeps_result=kept.written, like=read
        )
    with tape.operation(read) as writes:
        writes.append(read)
        if kept.in_place:
            tape.save(read)
        else:
            tape.keep(read.elements)
    return read


for _name, _kept in ACTIVATIONS.items():
    rule(f"nn.{_name}")(partial(_activation, _kept))


@rule("nn.PReLU")
def prelu(tape: Tape, call: Call) -> Tensor:
    """The gradients of the map and of the slope need what is read."""
    return tape.computed(call.read.sizes, call.read, keeps=(call.read,), like=call.read, learns=call.trains)


@rule("nn.LogSigmoid", "nn.Softsign")
def with_a_number_between(tape: Tape, call: Call) -> Tensor:
    """Another number for each besides what is read: e^-|x|, or 1 + |x|."""
    read = call.read
    return tape.computed(read.sizes, read, keeps=(read,), amounts=(read.elements,), like=read)


@rule("nn.GLU")
def glu(tape: Tape, call: Call) -> Tensor:
    """Half of what is read."""
    axis = call.argument(0, "dim", -1)
    sizes = list(call.read.sizes)
    sizes[axis] = sizes[axis] // 2
    return tape.computed(tuple(sizes), call.read, keeps=(call.read,))


@rule("nn.Softmax", "nn.LogSoftmax")
def softmax(tape: Tape, call: Call) -> Tensor:
    """The gradient needs what is written."""
    return tape.computed(call.read.sizes, call.read, keeps_result=True, like=call.read)


@rule("supplied.TanhGate")
def tanh_gate(tape: Tape, call: Call) -> Tensor:
    """Tanh of one half and sigmoid of the other, which are multiplied."""
    sizes = call.sizes
    signal = tape.computed(sizes, call.read, keeps_result=True)
    gate = tape.computed(sizes, call.read, keeps_result=True)
    return tape.computed(sizes, signal, gate, keeps=(signal, gate))


@rule("supplied.HardSigmoid")
def hard_sigmoid(tape: Tape, call: Call) -> Tensor:
    """A line, and a clamp that needs where it is cut off."""
    line = tape.computed(call.read.sizes, call.read, like=call.read)
    return tape.computed(line.sizes, line, keeps=(line,), like=line)
