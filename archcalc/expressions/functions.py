"""The functions of the expression language, on exact numbers."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from typing import Any

from archcalc.diagnostics import closest
from archcalc.dims import Polynomial, ceil_div, floor_div, maximum, minimum
from archcalc.expressions.values import Value, described, is_number


class FunctionError(Exception):
    """A function does not take the values that it was given; the message says what it takes."""


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
    if isinstance(value, Polynomial):
        # As the layers round up, so that the same size is written in the same way.
        return ceil_div(value, 1)
    return -floor(-value)


def divisible(value: Any, divisor: Any) -> Any:
    """The nearest multiple of `divisor`, at least one of it, and never less than nine tenths of the value.

    Raises: FunctionError if the divisor is no positive whole number or the value depends on a symbol.

    Source: the channel rounding of MobileNet and EfficientNet

    >>> divisible(Fraction(352, 10), 8), divisible(4, 8)
    (32, 8)
    """
    if not isinstance(divisor, int) or divisor < 1:
        raise FunctionError(f"divisible takes a positive whole number as its second value, not {described(divisor)}")
    if isinstance(value, Polynomial):
        raise FunctionError(f"divisible needs a number and cannot depend on a symbol: {value}")
    rounded = max(divisor, floor(value + Fraction(divisor, 2)) // divisor * divisor)
    return rounded + divisor if 10 * rounded < 9 * value else rounded


def nearest(value: Any) -> Any:
    """The nearest whole number; halves go up.

    >>> nearest(Fraction(5, 2)), nearest(Fraction(-5, 2))
    (3, -2)
    """
    return floor(value + Fraction(1, 2))


def _length(arguments: list[Value]) -> Value:
    if len(arguments) != 1 or not isinstance(arguments[0], tuple):
        raise FunctionError("len takes one list")
    return len(arguments[0])


def _extreme(name: str, choose: Callable[[Any, Any], Any]) -> Callable[[list[Value]], Value]:
    """min or max, of several numbers or of one list of them."""

    def call(arguments: list[Value]) -> Value:
        values = arguments[0] if len(arguments) == 1 and isinstance(arguments[0], tuple) else arguments
        odd = next((f", not {described(value)}" for value in values if not is_number(value)), "")
        if odd or not values:
            raise FunctionError(f"{name} takes numbers, or one list of numbers{odd}")
        return reduce(choose, values)

    return call


def _of_numbers(name: str, count: int, function: Callable[..., Any]) -> Callable[[list[Value]], Value]:
    """A function of a fixed count of numbers."""

    def call(arguments: list[Value]) -> Value:
        if len(arguments) != count or not all(is_number(value) for value in arguments):
            raise FunctionError(f"{name} takes {count} number{'s' if count > 1 else ''}")
        return function(*arguments)

    return call


FUNCTIONS: dict[str, Callable[[list[Value]], Value]] = {
    "min": _extreme("min", minimum),
    "max": _extreme("max", maximum),
    "floor": _of_numbers("floor", 1, floor),
    "ceil": _of_numbers("ceil", 1, ceil),
    "round": _of_numbers("round", 1, nearest),
    "divisible": _of_numbers("divisible", 2, divisible),
    "len": _length,
}
"""Functions of values alone. Each raises FunctionError for arguments that it does not take."""

MAP_SIZES = ("channels", "height", "width", "length", "depth", "tokens", "size")
"""Functions of a map, which ask the scope: it knows the maps. `size` takes the number of an axis, too."""

NAMES = (*FUNCTIONS, *MAP_SIZES)
"""Every built-in function."""


def of_map(name: str, path: str = "NAME") -> str:
    """How a size of a map is written.

    >>> of_map("height"), of_map("shape", "here")
    ('height(NAME)', 'size(here, 0)')
    """
    axis = "" if name in MAP_SIZES[:-1] else ", AXIS" if path == "NAME" else ", 0"
    return f"{name if name in MAP_SIZES else 'size'}({path}{axis})"


_ELSEWHERE: dict[str, str] = {
    **dict.fromkeys(("int", "trunc", "floordiv"), "write `floor(x)`, or `//` for a quotient that is rounded down"),
    **dict.fromkeys(("ceildiv", "cdiv", "div_up"), "write `ceil(a / b)`"),
    **dict.fromkeys(("minimum", "clip_max"), "write `min(a, b)`"),
    **dict.fromkeys(("maximum", "clip_min"), "write `max(a, b)`"),
    **dict.fromkeys(("make_divisible", "_make_divisible", "round_filters"), "write `divisible(width, 8)`"),
    **dict.fromkeys(("float", "str", "bool", "number"), "every number is exact here: write it without"),
    "shape": f"a size of a map is `{of_map('size')}`; axes count from 0, without the batch",
    "range": "write `0..n - 1`, a range with both of its ends",
    "pow": "a power is written `a**b`",
    "abs": "write `max(x, -x)`",
    "list": "a list is written in brackets: `[1, 2]`",
}
"""The functions of other languages, with what is written here."""


def elsewhere(name: str) -> str | None:
    """What to write for a function of another language, or one with a slip in its name.

    >>> elsewhere("int"), elsewhere("celi"), elsewhere("spam")
    ('write `floor(x)`, or `//` for a quotient that is rounded down', 'did you mean `ceil`?', None)
    """
    bare = name.rpartition(".")[2]
    near = closest(bare, NAMES)
    return _ELSEWHERE.get(bare) or (f"did you mean `{near}`?" if near else None)
