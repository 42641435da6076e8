"""Functions that Python has another way to write for than a call: `a + b`, `x[:, 1:]`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence

Form = Callable[[Sequence[ast.expr], Mapping[str, ast.expr]], ast.expr]
"""Writes a call from what it reads and its keywords."""

_OPERATORS: dict[str, ast.operator] = {
    "add": ast.Add(),
    "mul": ast.Mult(),
    "sub": ast.Sub(),
    "matmul": ast.MatMult(),
}
"""Functions of two tensors."""


def form_of(target: str, count: int, keywords: Mapping[str, ast.expr]) -> Form | None:
    """How a function of so many tensors is written, if not as a call.

    >>> ast.unparse(form_of("add", 2, {})([ast.Name("x"), ast.Name("y")], {}))
    'x + y'
    """
    if target == "ops.aten.slice":
        return _sliced
    if target in _OPERATORS and count == 2 and not keywords:
        return lambda reads, _: ast.BinOp(reads[0], _OPERATORS[target], reads[1])
    return None


def _sliced(reads: Sequence[ast.expr], keywords: Mapping[str, ast.expr]) -> ast.expr:
    """`x[:, :, start:end:step]`, or from the end `x[..., start:end]` where many axes stand in front."""
    axis = keywords["dim"]
    assert isinstance(axis, ast.Constant) and isinstance(axis.value, int), "which axis it is decides the form"
    stretch = ast.Slice(*(keywords.get(name) for name in ("start", "end", "step")))
    places: list[ast.expr] = [*(ast.Slice() for _ in range(axis.value)), stretch]
    return ast.Subscript(reads[0], ast.Tuple(places))
