"""Tensors that a class holds itself, as Python: `nn.Parameter(0.02 * torch.randn(1, 16))`, `nn.Buffer(...)`."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from archcalc.export.torch.parts import Call
from archcalc.export.torch.tensors import BUFFER, PARAMETER

MODULE = "supplied.FixedTensor"
"""The module that a tensor of fixed numbers is if it has no name."""


def tensor_code(target: str, sizes: Sequence[ast.expr], told: Mapping[str, ast.expr], stated: Any) -> ast.expr:
    """What makes a tensor of these sizes: `told` is what is known of it, as code, and `stated` are its numbers."""
    if target == PARAMETER:
        return _of_torch(PARAMETER, _parameter(sizes, told.get("initial")))
    dtype = "long" if "integers" in told else None
    made = _of_torch(BUFFER, _buffer(sizes, told.get("values"), stated, dtype))
    if "persistent" in told:
        made.keywords.append(ast.keyword("persistent", told["persistent"]))
    return made


def is_open(call: Call) -> bool:
    """Whether a call makes a tensor of fixed numbers that nothing states."""
    return call.target in (BUFFER, MODULE) and "values" not in call.made.kwargs


def frozen_parameter(made: ast.expr) -> ast.expr | None:
    """A parameter without a gradient; None for what is none."""
    if isinstance(made, ast.Call) and ast.unparse(made.func) == PARAMETER:
        return ast.Call(made.func, made.args, [ast.keyword("requires_grad", ast.Constant(False))])
    return None


def _parameter(sizes: Sequence[ast.expr], initial: ast.expr | None) -> ast.expr:
    """One number everywhere, or small random ones."""
    if initial is None:
        return ast.BinOp(ast.Constant(0.02), ast.Mult(), _of_torch("torch.randn", *sizes))
    return _filled(sizes, initial, None)


def _buffer(sizes: Sequence[ast.expr], values: ast.expr | None, stated: Any, dtype: str | None) -> ast.expr:
    """The numbers that are stated; zeros stand where those of a state dict will be."""
    if values is None or not isinstance(stated, tuple):
        return _filled(sizes, ast.Constant(0) if values is None else values, dtype)
    listed = _listed(values, int if dtype else float)
    made = _of_torch("torch.tensor", listed)
    if not isinstance(listed, ast.List):
        made.keywords.append(_dtype(dtype or "float"))
    is_nested = isinstance(stated[0], tuple)
    return made if is_nested or len(sizes) == 1 else ast.Call(ast.Attribute(made, "view"), list(sizes), [])


def _filled(sizes: Sequence[ast.expr], number: ast.expr, dtype: str | None) -> ast.expr:
    """A tensor of one number."""
    value = number.value if isinstance(number, ast.Constant) else None
    made = _of_torch("torch.zeros" if value == 0 else "torch.ones", *sizes)
    if dtype is not None:
        made.keywords.append(_dtype(dtype))
    return made if value in (0, 1) else ast.BinOp(number, ast.Mult(), made)


def _listed(values: ast.expr, kind: type) -> ast.expr:
    """A list of numbers, all of a kind: one of whole numbers alone would be a tensor of integers."""
    match values:
        case ast.Tuple(elts=items) | ast.List(elts=items):
            return ast.List([_listed(item, kind) for item in items])
        case ast.Constant(value=number):
            return ast.Constant(kind(number))
        case ast.UnaryOp(op=sign, operand=ast.Constant(value=number)):
            return ast.UnaryOp(sign, ast.Constant(kind(number)))
    return values


def _dtype(name: str) -> ast.keyword:
    return ast.keyword("dtype", ast.Attribute(ast.Name("torch"), name))


def _of_torch(target: str, *arguments: ast.expr) -> ast.Call:
    module, name = target.split(".")
    return ast.Call(ast.Attribute(ast.Name(module), name), list(arguments), [])
