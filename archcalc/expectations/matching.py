"""Whether a value is what was expected: exact numbers, published roundings, ranges, shapes."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from archcalc.diagnostics.codes import language as codes
from archcalc.dims import Condition, Number
from archcalc.expressions.values import Scope, Value, is_number
from archcalc.spec.model import Between, Bound, Expected, Formula, Listing, mistake
from archcalc.spec.published import Published


class Match(NamedTuple):
    """Whether a value meets an expectation (None: a symbol decides), and how."""

    holds: bool | None
    how: str = ""


def match(expected: Expected, actual: Value, scope: Scope, base: Number = 1) -> Match:
    """Hold a value, or its ratio to a positive base, against an expectation. Raises: Mistake, UnknownValue.

    Sizes along several axes meet a list one by one, and a single number if each of them does.
    """
    if isinstance(expected, Listing):
        return _matches_sizes(expected, actual, scope)
    if isinstance(actual, tuple):
        each = [match(expected, one, scope) for one in actual]
        return _all([one.holds for one in each], each[0].how)
    # Both sides times the base: nothing has to be divided, so that a ratio of closed forms is decided as well.
    if isinstance(expected, Published):
        return _matches_published(expected, actual, base)
    if isinstance(expected, Between):
        return _matches_range(expected, actual, scope, base)
    return Match(Condition.equal(_number(expected, scope) * base, actual).decide(), "exactly")


def is_plain(expected: Expected) -> bool:
    """Whether an expectation is made of numbers only, so that it speaks of certain sizes.

    A closed form such as `1024 * N` speaks of all sizes, and so does a range, which is a budget.
    """
    if isinstance(expected, Formula):
        return not expected.tree.names()
    if isinstance(expected, Listing):
        return all(is_plain(item) for item in expected.items if isinstance(item, (Formula, Listing)))
    return isinstance(expected, Published)


def _matches_sizes(expected: Listing, actual: Value, scope: Scope) -> Match:
    wanted = stated(expected, scope)
    assert isinstance(wanted, tuple), "a list of values"
    if len(wanted) != len(actual) or not all(is_number(size) for size in wanted):
        return Match(False)
    return _all([Condition.equal(one, two).decide() for one, two in zip(wanted, actual, strict=True)])


def stated(expected: Formula | Listing, scope: Scope) -> Value:
    """What an expectation comes to: a number, or sizes; a list of one entry may name a list.

    Raises: Mistake, UnknownValue.

    >>> from archcalc.expressions.parser import parse
    >>> from archcalc.expressions.values import NoNames
    >>> from archcalc.diagnostics.model import Span
    >>> stated(Formula(parse("2 * 5"), "2 * 5", Span(1, 1, 1, 6), None), NoNames())
    10
    """
    value = expected.evaluate(scope)
    return value[0] if isinstance(value, tuple) and len(value) == 1 and isinstance(value[0], tuple) else value


def value_of(bound: Bound, scope: Scope) -> Number:
    """What an end of a range comes to. Raises: Mistake, UnknownValue."""
    return bound.value if isinstance(bound, Published) else _number(bound, scope)


def _matches_range(expected: Between, actual: Number, scope: Scope, base: Number) -> Match:
    verdicts = []
    if expected.low is not None:
        verdicts.append(_reaches(actual, value_of(expected.low, scope) * base, expected.is_strict))
    if expected.high is not None:
        verdicts.append(_reaches(value_of(expected.high, scope) * base, actual, expected.is_strict))
    return _all(verdicts, "in the range")


def _reaches(value: Number, bound: Number, is_strict: bool) -> bool | None:
    """Whether a number is at least a bound, or above it."""
    return _not(Condition.at_least(bound, value).decide()) if is_strict else Condition.at_least(value, bound).decide()


def _not(verdict: bool | None) -> bool | None:
    return None if verdict is None else not verdict


def _all(verdicts: list[bool | None], how: str = "") -> Match:
    return Match(False if False in verdicts else None if None in verdicts else True, how)


def _matches_published(expected: Published, actual: Number, base: Number) -> Match:
    """Whether a value rounds, or else truncates, to the printed digits.

    Papers do both: 60,965,224 is printed as 61M and as 60M. A `~` allows more, and takes nothing away.
    """
    printed, digit = expected.value, _last_digit(expected)
    above, below = _steps(expected)
    rounded = _lies_between(actual, (printed - below / 2) * base, (printed + above / 2) * base)
    if rounded is not False:
        return Match(rounded, "rounded")
    beyond = Condition.at_least(actual, (printed + digit) * base).decide()
    reached = Condition.at_least(actual, printed * base).decide()
    return _all([reached, _not(beyond)], "truncated")


def _steps(expected: Published) -> tuple[Fraction, Fraction]:
    """How far the next numbers above and below are that would be printed with as many digits.

    With a `~`, zeros at the end of a whole number are no digits, and below 1000 comes 900.
    """
    unit = _last_digit(expected)
    if not expected.is_about:
        return unit, unit
    whole, _, decimals = expected.digits.partition(".")
    digits = (whole + decimals).strip("0")
    unit *= 1 if decimals else 10 ** (len(whole) - len(whole.rstrip("0")))
    return unit, unit / 10 if digits == "1" else unit


def _last_digit(expected: Published) -> Fraction:
    """What one more in the last digit that is printed stands for."""
    return Fraction(expected.unit, 10 ** len(expected.digits.partition(".")[2]))


def _lies_between(value: Number, low: Number, high: Number) -> bool | None:
    return _all([Condition.at_least(value, low).decide(), Condition.at_least(high, value).decide()]).holds


def _number(formula: Formula, scope: Scope) -> Number:
    value = formula.evaluate(scope)
    if not is_number(value):
        raise mistake(codes.BAD_CLAIM, "an expectation is a number, a rounding or a range", formula.span)
    number: Number = value
    return number
