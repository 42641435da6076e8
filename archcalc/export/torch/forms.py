"""Functions that Python has another way to write for than a call: `a + b`, `x[:, 1:]`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence

Form = Callable[[Sequence[ast.expr], Sequence[ast.expr], Mapping[str, ast.expr]], ast.expr]
"""Writes a call from what it reads, its arguments and its keywords."""

_OPERATORS: dict[str, ast.operator] = {
    "add": ast.Add(),
    "mul": ast.Mult(),
    "sub": ast.Sub(),
    "matmul": ast.MatMult(),
}
"""Functions of two tensors."""
_METHODS: dict[str, ast.operator] = {
    "add": ast.Add(),
    "sub": ast.Sub(),
    "mul": ast.Mult(),
    "truediv": ast.Div(),
    "pow": ast.Pow(),
}
"""Operators, by the names that Python has for them: `__add__`, and `__radd__` with the tensor behind a number."""


BY_METHOD: dict[str, tuple[str, tuple[int, ...]]] = {
    "nn.Flatten": ("flatten", (1,)),
    "nn.Unflatten": ("unflatten", ()),
    "nn.Softmax": ("softmax", ()),
    "nn.LogSoftmax": ("log_softmax", ()),
}
"""Modules for which people call a method of the tensor: which one, and what it takes in place of nothing."""


def form_of(target: str, count: int) -> Form | None:
    """How a function of so many tensors is written, if not as a call.

    >>> ast.unparse(form_of("Tensor.__rmul__", 1)([ast.Name("x")], [ast.Constant(0.5)], {}))
    '0.5 * x'
    """
    if target == "ops.aten.slice":
        return _sliced
    if target == "neg":
        return lambda reads, given, _: ast.UnaryOp(ast.USub(), reads[0])
    if target in _OPERATORS and count == 2:
        return lambda reads, given, _: ast.BinOp(reads[0], _OPERATORS[target], reads[1])
    name = target.removeprefix("Tensor.__").removesuffix("__")
    if name in _METHODS and name != target:
        return lambda reads, given, _: ast.BinOp(reads[0], _METHODS[name], (*reads, *given)[1])
    if name[1:] in _METHODS and name != target:
        return lambda reads, given, _: ast.BinOp(given[0], _METHODS[name[1:]], reads[0])
    return None


def _sliced(reads: Sequence[ast.expr], _: Sequence[ast.expr], keywords: Mapping[str, ast.expr]) -> ast.expr:
    """`x[:, :, start:end:step]`, or from the end `x[..., start:end]` where many axes stand in front."""
    axis = keywords["dim"]
    assert isinstance(axis, ast.Constant) and isinstance(axis.value, int), "which axis it is decides the form"
    stretch = ast.Slice(*(keywords.get(name) for name in ("start", "end", "step")))
    places: list[ast.expr] = [*(ast.Slice() for _ in range(axis.value)), stretch]
    return ast.Subscript(reads[0], ast.Tuple(places))


def total(reads: Sequence[ast.expr]) -> ast.expr:
    """The sum of tensors, some of which are all entries of a list, from the left to the right.

    >>> print(ast.unparse(total([ast.Starred(ast.Name("maps")), ast.Name("x")])))
    sum(maps[1:], maps[0]) + x
    """
    found: ast.expr | None = None
    for read in reads:
        if not isinstance(read, ast.Starred):
            found = read if found is None else ast.BinOp(found, ast.Add(), read)
        elif found is None:
            rest = ast.Subscript(read.value, ast.Slice(ast.Constant(1)))
            found = ast.Call(ast.Name("sum"), [rest, ast.Subscript(read.value, ast.Constant(0))], [])
        else:
            found = ast.Call(ast.Name("sum"), [read.value, found], [])
    assert found is not None, "a sum has terms"
    return found
