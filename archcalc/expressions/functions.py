"""The functions of the expression language, on exact numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from archcalc.dims import Polynomial, floor_div, maximum, minimum
from archcalc.expressions.values import Value, described, is_number

NAMES = ("min", "max", "floor", "ceil", "round", "divisible", "channels", "len")


def floor(value: Any) -> Any:
    """The largest whole number not above a number.

    >>> floor(Fraction(7, 2)), floor(-3)
    (3, -3)
    """
    if isinstance(value, int):
        return value
    if isinstance(value, Fraction):
        return value.numerator // value.denominator
    return floor_div(value, 1)


def ceil(value: Any) -> Any:
    """The smallest whole number not below a number.

    >>> ceil(Fraction(7, 2))
    4
    """
    return -floor(-value)


def divisible(value: Any, divisor: Any) -> Any:
    """The nearest multiple of `divisor`, at least one of it, and never less than nine tenths of the value.

    Source: the channel rounding of MobileNet and EfficientNet

    >>> divisible(Fraction(352, 10), 8), divisible(4, 8)
    (32, 8)
    """
    if not isinstance(divisor, int) or divisor < 1:
        raise TypeError(f"divisible takes a positive whole number as its second value, not {described(divisor)}")
    if isinstance(value, Polynomial):
        raise TypeError(f"divisible needs a number and cannot depend on a symbol: {value}")
    rounded = max(divisor, floor(value + Fraction(divisor, 2)) // divisor * divisor)
    return rounded + divisor if 10 * rounded < 9 * value else rounded


def nearest(value: Any) -> Any:
    """The nearest whole number; halves go up.

    >>> nearest(Fraction(5, 2)), nearest(Fraction(-5, 2))
    (3, -2)
    """
    return floor(value + Fraction(1, 2))


def apply(name: str, arguments: list[Value]) -> Value:
    """Call a function by its name.

    Raises: KeyError for an unknown name, TypeError with a message for arguments that it does not take.

    >>> apply("max", [3, Fraction(7, 2)])
    Fraction(7, 2)
    """
    if name == "len":
        if len(arguments) != 1 or not isinstance(arguments[0], tuple):
            raise TypeError("len takes one list")
        return len(arguments[0])
    if name in ("min", "max"):
        values = arguments[0] if len(arguments) == 1 and isinstance(arguments[0], tuple) else arguments
        if not values or not all(is_number(value) for value in values):
            raise TypeError(f"{name} takes numbers, or one list of numbers")
        choose = minimum if name == "min" else maximum
        result = values[0]
        for value in values[1:]:
            result = choose(result, value)
        return result
    arity = {"floor": 1, "ceil": 1, "round": 1, "divisible": 2}[name]
    if len(arguments) != arity or not all(is_number(value) for value in arguments):
        raise TypeError(f"{name} takes {arity} number{'s' if arity > 1 else ''}")
    if name == "divisible":
        return divisible(arguments[0], arguments[1])
    return {"floor": floor, "ceil": ceil, "round": nearest}[name](arguments[0])
