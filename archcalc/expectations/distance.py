"""How far a value is from what was expected, in words: what is left of a budget, what is too much, and where it is."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from archcalc.dims import Number, Polynomial
from archcalc.dims.figures import grouped, percent
from archcalc.expectations.matching import value_of
from archcalc.expressions.values import Scope, Value
from archcalc.quantities import Quantity
from archcalc.spec.model import Between, Bound, Expected
from archcalc.spec.published import Published


class Ends(NamedTuple):
    """The least and the most that an expectation takes, as it says it; None without an end."""

    low: int | Fraction | None
    high: int | Fraction | None
    is_strict: bool = False
    is_share: bool = False
    """Whether it is written in percent."""

    def written(self, value: int | Fraction) -> str:
        """A value as the expectation writes it."""
        return percent(value) if self.is_share else grouped(value)


def ends_of(expected: Expected, stated: Value, scope: Scope) -> Ends | None:
    """The ends of what is expected; both are the number itself where it is one, `stated` if it was computed.

    None for sizes and closed forms. Raises: Mistake, UnknownValue.
    """
    if isinstance(expected, Between):
        bounds: tuple[Bound | None, ...] = (expected.low, expected.high)
        low, high = (None if bound is None else value_of(bound, scope) for bound in bounds)
    else:
        bounds = (expected,) if isinstance(expected, Published) else ()
        low = high = expected.value if isinstance(expected, Published) else stated
    if isinstance(low, Polynomial) or isinstance(high, Polynomial):
        return None
    low, high = (int(end) if isinstance(end, Fraction) and end.denominator == 1 else end for end in (low, high))
    is_share = any(isinstance(bound, Published) and bound.text.endswith("%") for bound in bounds)
    return Ends(low, high, isinstance(expected, Between) and expected.is_strict, is_share)


def headroom(actual: Value, ends: Ends) -> str:
    """What is left of a budget: `896 of at most 20,480 (96 % left)`; nothing for a closed form.

    >>> headroom(896, Ends(None, 20480)), headroom(10, Ends(10, 10)), headroom(50, Ends(40, None))
    ('896 of at most 20,480 (96 % left)', '10 of 10 to 10 (nothing left)', '50 of at least 40 (25 % more)')
    """
    if not _is_known(actual):
        return ""
    has, low, high = ends.written(actual), ends.low, ends.high
    if high is None:
        assert low is not None, "a range has an end"
        more = f" ({_part(actual - low, low)} more)" if low > 0 and actual > low else ""
        return f"{has} of {'more than' if ends.is_strict else 'at least'} {ends.written(low)}{more}"
    left = f" ({_part(high - actual, high)} left)" if high > 0 else ""
    if low is None:
        return f"{has} of {'less than' if ends.is_strict else 'at most'} {ends.written(high)}{left}"
    return f"{has} of {ends.written(low)} to {ends.written(high)}{left}"


def _part(part: int | Fraction, whole: int | Fraction) -> str:
    """A share in whole percent, which is rounded neither to nothing nor to everything."""
    if part <= 0:
        return "nothing"
    share = round(Fraction(100 * part) / whole)
    if share == 0:
        return "less than 1 %"
    return f"{min(share, 99) if part < whole else share:,} %"


def difference(quantity: Quantity, actual: Value, ends: Ends) -> str:
    """How far a number is outside: `268,456 too many`; nothing for a closed form."""
    if not _is_known(actual):
        return ""
    if ends.high is not None and (over := actual - ends.high) >= 0 and (over or ends.is_strict):
        return _too("many" if quantity.is_count else "large", over, ends)
    if ends.low is not None and (under := ends.low - actual) >= 0 and (under or ends.is_strict):
        return _too("few" if quantity.is_count else "small", under, ends)
    return ""


def _too(word: str, by: int | Fraction, ends: Ends) -> str:
    if not by:
        return f"it has to be {'less' if word in ('many', 'large') else 'more'}"
    if ends.is_share or isinstance(by, Fraction):
        return f"{ends.written(by)} too {'much' if word == 'many' else 'little' if word == 'few' else word}"
    return f"{by:,} too {word}"


def differing_sizes(actual: tuple[Value, ...], expected: Value) -> str:
    """Which sizes of a shape differ: `13 instead of 12`.

    >>> differing_sizes((256, 13, 19), (256, 12, 19)), differing_sizes((10,), (10, 1, 1))
    ('13 instead of 12', 'it has 1 size, not 3')
    """
    wanted = expected if isinstance(expected, tuple) else (expected,) * len(actual)
    if len(wanted) != len(actual):
        return f"it has {len(actual)} size{'s' if actual[1:] else ''}, not {len(wanted)}"
    return " and ".join(f"{one} instead of {two}" for one, two in zip(actual, wanted, strict=True) if one != two)


def _is_known(value: Value | Number | None) -> bool:
    return isinstance(value, (int, Fraction)) and not isinstance(value, bool)
