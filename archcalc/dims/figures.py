"""Sizes and counts for people: thousands set apart, fractions with as many digits as are read."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

DIGITS = 5
"""Digits of a fraction that are shown at least, unless fewer say it exactly."""
MEMORABLE = 3
"""Digits above or below the line up to which a fraction says something to people that its decimals do not say."""
MOST_DECIMALS = 20
"""Decimals that somebody may have written; a fraction that needs more is shown as one."""


def grouped(value: object) -> str:
    """A count or a shape for people: thousands set apart, closed forms where symbols remain.

    A fraction is shown with five digits at least, and as it is where these do not say everything and it is no noise.

    >>> grouped(61706), grouped((6, 28, 28)), grouped(Fraction(23, 2)), grouped(Fraction(6400, 281))
    ('61,706', '[6, 28, 28]', '11.5', '22.776 (6400/281)')
    >>> grouped(Fraction(31189172, 30853))
    '1,010.9'
    """
    if isinstance(value, tuple):
        return "[" + ", ".join(str(size) for size in value) + "]"
    if isinstance(value, Fraction):
        shown = _decimal(value)
        return shown.text + _exactly(value, shown)
    return f"{value:,}" if isinstance(value, int) else str(value)


def number_text(value: object) -> str:
    """A number as people write it: with its decimals where they end, and as a fraction where they do not.

    >>> number_text(Fraction(129, 2)), number_text(Fraction(7, 3)), number_text(Fraction(-1, 80)), number_text(3)
    ('64.5', '7/3', '-0.0125', '3')
    """
    if not isinstance(value, Fraction):
        return str(value)
    places = next((count for count in range(1, MOST_DECIMALS + 1) if 10**count % value.denominator == 0), None)
    if places is None:
        return str(value)
    whole, decimals = divmod(abs(value.numerator) * 10**places // value.denominator, 10**places)
    return f"{'-' if value < 0 else ''}{whole}.{decimals:0{places}}"


def percent(share: int | Fraction) -> str:
    """A share in percent, and as it is where the digits do not say everything and it is no noise.

    >>> percent(Fraction(1, 2)), percent(Fraction(1, 3))
    ('50%', '33.333% (1/3)')
    """
    shown = _decimal(Fraction(share * 100))
    return f"{shown.text}%" + _exactly(Fraction(share), shown)


def _exactly(value: Fraction, shown: _Decimal) -> str:
    """The fraction behind decimals that do not say everything, unless it says nothing to people."""
    digits = min(len(str(value.numerator)), len(str(value.denominator)))
    is_told = digits <= MEMORABLE or "." not in shown.text
    return f" ({value})" if is_told and not shown.is_exact else ""


class _Decimal(NamedTuple):
    text: str
    is_exact: bool


def _decimal(value: Fraction) -> _Decimal:
    """A positive fraction with the decimals that make five digits of it, or fewer that say it exactly."""
    places = 0
    while 0 < value * 10**places < 10 ** (DIGITS - 1):
        places += 1
    digits = round(value * 10**places)
    whole, decimals = divmod(digits, 10**places)
    text = f"{whole:,}" + (f".{decimals:0{places}}".rstrip("0").rstrip(".") if places else "")
    return _Decimal(text, Fraction(digits, 10**places) == value)
