"""Random expressions that can be built with archcalc.dims and, independently, evaluated over exact fractions.

An expression is a nested tuple. `build` hands it to the algebra, `evaluate` computes with Python numbers only, and
`evaluate_text` reads printed text with Python's own parser.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from fractions import Fraction
from math import floor
from typing import Any

from hypothesis import strategies as st

from archcalc.dims import ceil_div, divide, floor_div, maximum, minimum, modulo, symbol

NAMES = ("N", "M", "k")

_leaves = st.one_of(
    st.sampled_from(NAMES).map(lambda name: ("symbol", name)), st.integers(-9, 9).map(lambda n: ("number", n))
)
QUOTIENTS: dict[str, Callable[[Any, int], Any]] = {
    "floor": floor_div,
    "ceil": ceil_div,
    "modulo": modulo,
    "divide": divide,
}
_divisors = st.integers(1, 6)


def _grow(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.tuples(st.sampled_from(["add", "subtract"]), inner, inner),
        st.tuples(st.just("multiply"), inner, inner),
        st.tuples(st.sampled_from(["floor", "ceil", "modulo", "divide"]), inner, _divisors),
        st.tuples(st.sampled_from(["min", "max"]), inner, inner),
        st.tuples(st.just("power"), inner, st.integers(0, 2)),
    )


EXPRESSIONS = st.recursive(_leaves, _grow, max_leaves=6)

# What the sizes of a strided network look like: linear steps and rounded divisions of one symbol.
CHAINS = st.lists(
    st.tuples(st.sampled_from(["floor", "ceil"]), st.integers(-4, 4), st.integers(1, 4), st.integers(1, 3)), max_size=4
)


def build(expression: Any) -> Any:
    """The value according to archcalc.dims; dividing by 1 makes whole sums of Python fractions ints again."""
    return divide(_built(expression), 1)


def _built(expression: Any) -> Any:
    match expression:
        case ("symbol", name):
            return symbol(name)
        case ("number", number):
            return number
        case (operation, left, right):
            one = build(left)
            if operation in ("floor", "ceil", "modulo", "divide"):
                return QUOTIENTS[operation](one, right)
            if operation == "power":
                return one**right
            other = build(right)
            if operation == "add":
                return one + other
            if operation == "subtract":
                return one - other
            if operation == "multiply":
                return one * other
            return {"min": minimum, "max": maximum}[operation](one, other)
    raise AssertionError(expression)


def evaluate(expression: Any, sizes: dict[str, int]) -> Fraction:
    """The value according to Python's fractions."""
    match expression:
        case ("symbol", name):
            return Fraction(sizes[name])
        case ("number", number):
            return Fraction(number)
        case (operation, left, right):
            one = evaluate(left, sizes)
            if operation == "floor":
                return Fraction(floor(one / right))
            if operation == "ceil":
                return Fraction(-floor(-one / right))
            if operation == "modulo":
                return Fraction(one - right * floor(one / right))
            if operation == "divide":
                return Fraction(one / right)
            if operation == "power":
                return Fraction(one**right)
            other = evaluate(right, sizes)
            if operation == "add":
                return one + other
            if operation == "subtract":
                return one - other
            if operation == "multiply":
                return one * other
            return min(one, other) if operation == "min" else max(one, other)
    raise AssertionError(expression)


def evaluate_text(text: str, sizes: dict[str, int]) -> Fraction:
    """The value of printed text."""
    return _walk(ast.parse(text, mode="eval").body, sizes)


def _walk(node: ast.expr, sizes: dict[str, int]) -> Fraction:
    match node:
        case ast.Constant(value=int(number)):
            return Fraction(number)
        case ast.Name(id=name):
            return Fraction(sizes[name])
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_walk(operand, sizes)
        case ast.BinOp(left=left, op=operator, right=right):
            one, other = _walk(left, sizes), _walk(right, sizes)
            match operator:
                case ast.Add():
                    return one + other
                case ast.Sub():
                    return one - other
                case ast.Mult():
                    return one * other
                case ast.Div():
                    return one / other
                case ast.Pow():
                    return Fraction(one ** int(other))
        case ast.Call(func=ast.Name(id=function), args=arguments):
            values = [_walk(argument, sizes) for argument in arguments]
            if function == "floor":
                (value,) = values
                return Fraction(floor(value))
            return min(values) if function == "min" else max(values)
    raise AssertionError(ast.dump(node))


def chain(steps: Any, start: Any, floor_of: Any, ceil_of: Any) -> Any:
    """Apply a chain of strided steps with any implementation of the two divisions."""
    size = start
    for kind, shift, divisor, factor in steps:
        size = (floor_of if kind == "floor" else ceil_of)(size + shift, divisor) * factor
    return size
