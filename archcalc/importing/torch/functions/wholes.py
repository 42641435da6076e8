"""What many functions compute together, said by one layer: mixtures of experts, rotations, norms."""

from __future__ import annotations

from typing import TypeAlias

from archcalc.importing.record import Value
from archcalc.importing.torch.calls import Call
from archcalc.importing.torch.lengths import MeanSquareNorm, mean_square_norm
from archcalc.importing.torch.mixtures import Mixture, mixture
from archcalc.importing.torch.rotations import Rotation, rotation
from archcalc.importing.torch.trace import Function

Whole: TypeAlias = "Mixture | Rotation | MeanSquareNorm"


def whole(function: Function) -> Whole | None:
    """What a function is the last one of, where that is one layer."""
    return mixture(function) or rotation(function) or mean_square_norm(function)


def said(call: Call, found: Whole) -> Value:
    """The layer that does what many functions do."""
    if isinstance(found, Mixture):
        return _of_experts(call, found)
    return _turned(call, found) if isinstance(found, Rotation) else _normed(call, found)


def _of_experts(call: Call, found: Mixture) -> Value:
    tensors = {"gate_up_proj" if found.fields["gated"] else "up_proj": found.first, "down_proj": found.second}
    made = call.layer("experts", [call.lowering.map(found.tokens)], found.fields, tensors)
    call.made(made).maps = {"scores": call.lowering.map(found.scores)}
    return made


def _turned(call: Call, found: Rotation) -> Value:
    return call.layer("rotary", [call.lowering.map(found.read)], {"base": found.base})


def _normed(call: Call, found: MeanSquareNorm) -> Value:
    return call.layer("rms_norm", [call.lowering.map(found.read)], {"eps": found.eps}, {"weight": found.weight})
