"""Codes, values and sizes as trees of Python."""

from __future__ import annotations

import ast
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from archcalc.dims import Polynomial
from archcalc.export.torch.code import Code, Given, Ratio, Row, Table, binary
from archcalc.expressions import nodes as tree
from archcalc.expressions import polynomials
from archcalc.expressions.nodes import Arithmetic, Constant, Negation, Path
from archcalc.expressions.values import Value

OPERATORS: dict[str, ast.operator] = {
    "+": ast.Add(),
    "-": ast.Sub(),
    "*": ast.Mult(),
    "/": ast.FloorDiv(),
    "//": ast.FloorDiv(),
    "%": ast.Mod(),
    "**": ast.Pow(),
}
COMPARISONS: dict[str, ast.cmpop] = {
    "==": ast.Eq(),
    "!=": ast.NotEq(),
    "<": ast.Lt(),
    "<=": ast.LtE(),
    ">": ast.Gt(),
    ">=": ast.GtE(),
}


def of_polynomial(value: Polynomial, names: dict[str, str]) -> ast.expr:
    """A size with symbols. Quotients in it are whole at every legal size, so that `//` is exact.

    >>> from archcalc.dims import symbol
    >>> ast.unparse(of_polynomial((symbol("N") - 4) * 3, {"N": "size"}))
    '3 * size - 12'
    """
    return python(_without_floors(polynomials.tree(value), names))


def _without_floors(code: Code, names: dict[str, str]) -> Code:
    """The code with the names of the parameters that symbols are, and without the floors, which `//` says."""
    match code:
        case Path(fixed=(text,)):
            return tree.name_node(names[text])
        case tree.Call("floor", (quotient,)):
            return _without_floors(quotient, names)
    return code.rebuilt(lambda part: _without_floors(part, names))


def python(
    code: Code,
    write: Callable[[Any], ast.expr] | None = None,
    known: Callable[[Code], ast.expr | None] = lambda code: None,
) -> ast.expr:
    """A code as a tree of Python.

    `write` writes its constants, by default `literal`, and the names of its tables; `known` what it knows itself.
    """
    if (found := known(code)) is not None:
        return found

    def inner(part: Code) -> ast.expr:
        return python(part, write, known)

    match code:
        case Given(tensor):
            return ast.Compare(ast.Name(tensor), [ast.IsNot()], [ast.Constant(None)])
        case Table():
            return write(code) if write is not None else literal(code.value)
        case Constant(value):
            return (write or literal)(value)
        case Path(fixed=(text,)):
            return ast.Name(text.partition("#")[0])
        case Arithmetic(operator, left, right):
            return ast.BinOp(inner(left), OPERATORS[operator], inner(right))
        case Ratio(above, below):
            return ast.BinOp(inner(above), ast.Div(), inner(below))
        case Negation(operand):
            return ast.UnaryOp(ast.USub(), inner(operand))
        case tree.Not(operand):
            return ast.UnaryOp(ast.Not(), inner(operand))
        case tree.Comparison(operators, (first, *others)):
            return ast.Compare(
                inner(first), [COMPARISONS[operator] for operator in operators], list(map(inner, others))
            )
        case tree.Logic(operator, left, right):
            return ast.BoolOp(ast.And() if operator == "and" else ast.Or(), [inner(left), inner(right)])
        case tree.Conditional(then, condition, otherwise):
            return ast.IfExp(inner(condition), inner(then), inner(otherwise))
        case tree.Index(base, index):
            return ast.Subscript(inner(base), inner(index))
        case tree.Range(first, last):
            start = [] if first == Constant(0) else [inner(first)]
            return ast.Call(ast.Name("range"), [*start, inner(binary("+", last, Constant(1)))], [])
        case tree.Call("floor" | "ceil" as function, (argument,)):
            return ast.Call(ast.Attribute(ast.Name("math"), function), [inner(argument)], [])
        case tree.Call("round", (argument,)):
            # Python rounds halves to even numbers.
            half = ast.BinOp(inner(argument), ast.Add(), ast.Constant(0.5))
            return ast.Call(ast.Attribute(ast.Name("math"), "floor"), [half], [])
        case tree.Call(function, arguments):
            return ast.Call(ast.Name(function), list(map(inner, arguments)), [])
        case Row(items, is_list):
            elements = list(map(inner, items))
            return ast.List(elements) if is_list else ast.Tuple(elements)
    raise AssertionError(code)


def literal(value: Value) -> ast.expr:
    """A constant as Python writes it."""
    if isinstance(value, tuple):
        return ast.Tuple([literal(item) for item in value])
    if isinstance(value, list):
        return ast.List([literal(item) for item in value])
    if isinstance(value, Fraction):
        value = value.numerator if value.denominator == 1 else float(value)
    if isinstance(value, float) and abs(value) == float("inf"):
        written = ast.Call(ast.Name("float"), [ast.Constant("inf")], [])
        return written if value > 0 else ast.UnaryOp(ast.USub(), written)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    if isinstance(value, str):
        return ast.Constant(str(value))
    assert value is None or isinstance(value, (bool, int, float)), f"{value!r} is no constant"
    return ast.Constant(value)
