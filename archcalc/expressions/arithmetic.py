"""The operators of the expression language, on exact numbers."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from archcalc.dims import Polynomial, divide, modulo
from archcalc.dims.polynomial import MAX_EXPONENT
from archcalc.expressions import functions
from archcalc.expressions.limits import MAX_BITS
from archcalc.expressions.values import described


def _power(base: Any, exponent: Any) -> Any:
    if not isinstance(exponent, int):
        raise ValueError(f"a power needs a whole number without symbols as exponent, not {described(exponent)}")
    if isinstance(base, Polynomial):
        if not 0 <= exponent <= MAX_EXPONENT:
            raise OverflowError(f"a power of a symbol goes from 0 to {MAX_EXPONENT}")
        return base**exponent
    bits = max(abs(base.numerator).bit_length(), base.denominator.bit_length()) - 1
    if bits * abs(exponent) > MAX_BITS:
        raise OverflowError("the result has more than 1,000 digits")
    if exponent < 0:
        return divide(1, base**-exponent)
    return base**exponent


def _floor_division(left: Any, right: Any) -> Any:
    if isinstance(left, int) and isinstance(right, int):
        return left // right
    return functions.floor(divide(left, right))


def _remainder(left: Any, right: Any) -> Any:
    if isinstance(left, int) and isinstance(right, int):
        return left % right
    if isinstance(left, Polynomial) and isinstance(right, int) and right > 0:
        return modulo(left, right)
    return left - right * _floor_division(left, right)


OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": divide,
    "//": _floor_division,
    "%": _remainder,
    "**": _power,
}
"""The exact result for two numbers; not yet bounded, but for powers.

Each raises ZeroDivisionError, OverflowError where the result is too large, and ValueError with a message for operands
that it does not take.
"""
