"""Operations, bytes and times for people: three digits and a prefix."""

from __future__ import annotations

from fractions import Fraction

_LARGE = ("", "K", "M", "G", "T", "P", "E")
_TIMES = (("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9))


def short(value: int | Fraction, prefixes: tuple[str, ...] = _LARGE) -> str:
    """A number with three digits.

    >>> short(4089184256), short(999_999), short(147), short(Fraction(1, 3)), short(0)
    ('4.09G', '1.00M', '147', '0.333', '-')
    """
    if value == 0:
        return "-"
    exact = Fraction(value)
    for index, prefix in enumerate(prefixes):
        scaled = exact / 1000**index
        # What rounds to 1000 has the next prefix.
        if scaled < Fraction(1999, 2) or index == len(prefixes) - 1:
            return _three_digits(scaled, is_whole=index == 0 and exact.denominator == 1) + prefix
    raise AssertionError("the last prefix takes every number")


def _three_digits(value: Fraction, *, is_whole: bool) -> str:
    if is_whole:
        return f"{int(value):,}"
    places = 0
    while places < 3 and round(value, places) < 10 ** (2 - places):
        places += 1
    return f"{float(round(value, places)):.{places}f}"


def duration(seconds: Fraction) -> str:
    """A time with three digits.

    >>> duration(Fraction(3, 2000)), duration(Fraction(12345, 10**9)), duration(Fraction(1, 10**12)), duration(0)
    ('1.50ms', '12.3us', '0.001ns', '-')
    """
    if seconds == 0:
        return "-"
    name, factor = next(((name, factor) for name, factor in _TIMES if seconds * factor >= 1), _TIMES[-1])
    return f"{_three_digits(Fraction(seconds) * factor, is_whole=False)}{name}"


def share(part: Fraction) -> str:
    """A part of a whole in percent.

    >>> share(Fraction(1, 3)), share(Fraction(1, 10**5)), share(Fraction(0))
    ('33.3%', '0.0%', '-')
    """
    return f"{float(100 * part):.1f}%" if part else "-"
