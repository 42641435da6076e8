"""Whether a value is what was expected: exact numbers, published roundings, ranges, shapes."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from archcalc.diagnostics.codes import language as codes
from archcalc.dims import Condition, Dim, Number, Polynomial
from archcalc.expressions.values import Scope, Value, is_number
from archcalc.spec.model import Between, Bound, Expected, Formula, Listing, Published, mistake


class Match(NamedTuple):
    """Whether a value meets an expectation (None: a symbol decides), and how."""

    holds: bool | None
    how: str = ""


def match(expected: Expected, actual: Value, scope: Scope) -> Match:
    """Hold a value against an expectation. Raises: Mistake, UnknownValue."""
    if isinstance(expected, Listing):
        return _matches_shape(expected, actual, scope)
    if isinstance(expected, Published):
        return _matches_published(expected, actual)
    if isinstance(expected, Between):
        return _matches_range(expected, actual, scope)
    return Match(Condition.equal(_number(expected, scope), actual).decide(), "exactly")


def is_plain(expected: Expected) -> bool:
    """Whether an expectation is made of numbers only, so that it speaks of certain sizes.

    A closed form such as `1024 * N` speaks of all sizes, and so does a range, which is a budget.
    """
    if isinstance(expected, Formula):
        return not expected.tree.names()
    if isinstance(expected, Listing):
        return all(is_plain(item) for item in expected.items if isinstance(item, (Formula, Listing)))
    return isinstance(expected, Published)


def _matches_shape(expected: Listing, actual: Value, scope: Scope) -> Match:
    wanted = expected.evaluate(scope)
    if len(wanted) != len(actual) or not all(is_number(size) for size in wanted):
        return Match(False)
    return _all([Condition.equal(one, two).decide() for one, two in zip(wanted, actual, strict=True)])


def _matches_range(expected: Between, actual: Dim, scope: Scope) -> Match:
    verdicts = []
    if expected.low is not None:
        verdicts.append(Condition.at_least(actual, _bound(expected.low, scope)).decide())
    if expected.high is not None:
        verdicts.append(Condition.at_least(_bound(expected.high, scope), actual).decide())
    return _all(verdicts)._replace(how="in the range")


def _all(verdicts: list[bool | None]) -> Match:
    return Match(False if False in verdicts else None if None in verdicts else True)


def _matches_published(expected: Published, actual: Dim) -> Match:
    """Whether a value rounds, or else truncates, to the printed digits.

    Papers do both: 60,965,224 is printed as 61M and as 60M.
    """
    if isinstance(actual, Polynomial):
        return Match(None)
    unit = Fraction(expected.unit, 10 ** len(expected.digits.partition(".")[2]))
    printed = Fraction(expected.digits) * expected.unit
    if printed - unit / 2 <= actual <= printed + unit / 2:
        return Match(True, "rounded")
    return Match(printed <= actual < printed + unit, "truncated")


def _bound(bound: Bound, scope: Scope) -> Number:
    if isinstance(bound, Published):
        return Fraction(bound.digits) * bound.unit
    return _number(bound, scope)


def _number(formula: Formula, scope: Scope) -> Number:
    value = formula.evaluate(scope)
    if not is_number(value):
        raise mistake(codes.BAD_CLAIM, "an expectation is a number, a rounding or a range", formula.span)
    number: Number = value
    return number
