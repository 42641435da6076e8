"""Tensors that are cut and put together again, as exporters do with the gates of recurrent layers.

They stay the tensors that they are; only where somebody needs the whole as a map, the cuts become layers.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from archcalc.importing.onnx.operation import Operation
from archcalc.importing.onnx.operators.parts import cut, cut_shape, joined
from archcalc.importing.onnx.values import Constant
from archcalc.importing.record import Tensor


def put_together(operation: Operation, constants: Sequence[Constant]) -> list[Constant] | None:
    """What a Slice or a Concat makes of stored tensors; None for numbers that are none."""
    pieces = [piece for found in constants[: 1 if operation.kind == "Slice" else None] for piece in _pieces(found)]
    if operation.kind == "Slice":
        shape = cut_shape(operation, constants[0].shape)
        if len(pieces) != 1:
            return None
        return [Constant(shape, "float", pieces=((pieces[0][0], prod(shape)),), made=lambda: cut(operation)[0])]
    if len(pieces) < len(constants) or any(not _pieces(found) for found in constants):
        return None
    first = constants[0].shape
    axis = operation.axis(operation.attributes.integer("axis", 0), len(first))
    whole = sum(found.shape[axis] for found in constants if len(found.shape) == len(first))
    shape = (*first[:axis], whole, *first[axis + 1 :])
    return [Constant(shape, "float", pieces=tuple(pieces), made=lambda: joined(operation, constants, axis))]


def _pieces(found: Constant) -> list[tuple[Tensor, int]]:
    return [(found.tensor, prod(found.shape))] if found.tensor is not None else list(found.pieces)
