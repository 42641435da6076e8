"""An axis of a plot: where numbers stand on it, and which round numbers are written at it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from math import log10
from typing import NamedTuple

WIDE = 30
"""Numbers of which the largest is so many times the smallest stand on a logarithmic axis."""
PREFIXES = ("", "k", "M", "B", "T")
"""As papers print counts: 15.5B, not 15.5G."""


class Scale(NamedTuple):
    """From the smallest to the largest of some whole numbers, in proportion or, where they differ much, by logarithm.

    >>> scale = Scale.of([100, 150, 200])
    >>> scale.place(150), scale.ticks(4)
    (0.5, [100, 150, 200])
    >>> scale = Scale.of([10, 100_000])
    >>> scale.is_logarithmic, scale.place(1000), scale.ticks(4)
    (True, 0.5, [10, 100, 1000, 10000, 100000])
    """

    low: int
    high: int
    is_logarithmic: bool

    @classmethod
    def of(cls, numbers: Iterable[int]) -> Scale:
        """The scale of some numbers. Raises: ValueError if there are none."""
        found = list(numbers)
        low, high = min(found), max(found)
        return cls(low, high, 0 < WIDE * low < high)

    def place(self, number: int) -> float:
        """Where a number stands: 0 is the smallest of all, 1 the largest."""
        if self.low == self.high:
            return 0.5
        if self.is_logarithmic:
            # log10 takes whole numbers of any length.
            return (log10(number) - log10(self.low)) / (log10(self.high) - log10(self.low))
        return float(Fraction(number - self.low, self.high - self.low))

    def ticks(self, most: int) -> list[int]:
        """Round numbers between the ends, both included: about so many."""
        if self.is_logarithmic:
            return self._powers(most)
        step = _step(self.high - self.low, most)
        return list(range(-(-self.low // step) * step, self.high + 1, step))

    def _powers(self, most: int) -> list[int]:
        """Powers of ten and, where there are few of them, numbers between them."""
        first, last = len(str(self.low)) - 1, len(str(self.high)) - 1
        apart = max(1, -(-(last - first) // most))
        for digits, steps in (((1, 2, 5), 1), ((1, 3), 1), ((1,), apart)):
            found = [digit * 10**power for power in range(first, last + 1, steps) for digit in digits]
            within = [number for number in found if self.low <= number <= self.high]
            if len(within) <= most + 1:
                break
        return within


def _step(span: int, most: int) -> int:
    """1, 2 or 5 times a power of ten, so that a span has about so many of them."""
    exact = Fraction(max(span, 1), most)
    power: int = 10 ** max(0, len(str(int(exact))) - 1)
    return next(step for step in (power, 2 * power, 5 * power, 10 * power) if step >= exact)


def short(number: int) -> str:
    """A number in few letters, rounded to three digits.

    >>> short(0), short(1500), short(4_089_184_256), short(-25_557_032), short(999_999), short(10**30)
    ('0', '1.5k', '4.09B', '-25.6M', '1M', '1e+30')
    """
    size, power = abs(number), 0
    # What rounds to 1000 has the next prefix.
    while power < len(PREFIXES) and 2 * size >= 1999 * 1000**power:
        power += 1
    if power == len(PREFIXES):
        return f"{Decimal(number).normalize():.3g}"
    return f"{'-' if number < 0 else ''}{size / 1000**power:.3g}{PREFIXES[power]}"
