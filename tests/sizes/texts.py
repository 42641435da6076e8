"""Sizes written as expressions, such as `2*floor((N - 1)/3)`, evaluated for many numbers at once.

Values are exact quotients of an array of integers and one integer, in plain integer arithmetic.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from fractions import Fraction
from functools import cache, reduce
from typing import Any, NamedTuple

import numpy as np

Array = Any
"""Integers of 64 bits, one for every size that is looked at; arrays of different axes meet by broadcasting.

Also something else that can be added and divided as these can, such as a form of `sizes.forms`.
"""


def largest(one: Array, two: Array) -> Array:
    """The larger of two, place by place."""
    for form in (one, two):
        if hasattr(form, "largest"):
            return form.largest(one, two)
    return np.maximum(one, two)


def least(one: Array, two: Array) -> Array:
    """The smaller of two, place by place."""
    return -largest(-one, -two)


class Quotient(NamedTuple):
    """Integers over one positive integer."""

    over: Array
    under: int = 1


def whole(value: Any, sizes: Mapping[str, Array]) -> tuple[Array, Array]:
    """The integers that a number or an expression stands for, and where it is one at all."""
    found = quotient(value, sizes)
    return found.over // found.under, found.over % found.under == 0


def quotient(value: Any, sizes: Mapping[str, Array]) -> Quotient:
    """What a number or an expression stands for."""
    if isinstance(value, (int, np.integer)):
        return Quotient(np.int64(value))
    if isinstance(value, Fraction):
        return Quotient(np.int64(value.numerator), value.denominator)
    return _of(_tree(str(value)), sizes)


@cache
def _tree(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _of(node: ast.expr, sizes: Mapping[str, Array]) -> Quotient:
    match node:
        case ast.Constant(value=int(number)):
            return Quotient(np.int64(number))
        case ast.Name(id=name):
            return Quotient(sizes[name])
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            found = _of(operand, sizes)
            return Quotient(-found.over, found.under)
        case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int(exponent))):
            found = _of(left, sizes)
            return Quotient(found.over**exponent, found.under**exponent)
        case ast.BinOp(left=left, op=ast.Div(), right=ast.Constant(value=int(divisor))):
            found = _of(left, sizes)
            return Quotient(found.over, found.under * divisor)
        case ast.BinOp(left=left, op=sign, right=right):
            one, two = _of(left, sizes), _of(right, sizes)
            under = one.under * two.under
            if isinstance(sign, ast.Mult):
                return Quotient(one.over * two.over, under)
            first, second = one.over * two.under, two.over * one.under
            if isinstance(sign, (ast.Add, ast.Sub)):
                return Quotient(first + second if isinstance(sign, ast.Add) else first - second, under)
        case ast.Call(func=ast.Name(id="floor"), args=[argument]):
            found = _of(argument, sizes)
            return Quotient(found.over // found.under)
        case ast.Call(func=ast.Name(id="min" | "max" as name), args=arguments):
            parts = [_of(argument, sizes) for argument in arguments]
            assert all(part.under == 1 for part in parts), ast.unparse(node)
            return Quotient(reduce(least if name == "min" else largest, [part.over for part in parts]))
    raise NotImplementedError(f"no rule for {ast.unparse(node)}")
