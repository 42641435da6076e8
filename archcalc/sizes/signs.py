"""Where a polynomial in one integer is positive, zero or a multiple: exact answers as intervals.

Polynomials are tuples of integer coefficients, the constant first.
"""

from __future__ import annotations

from collections.abc import Callable

from archcalc.sizes.runs import SetOverflow

MAX_DEGREE = 32
"""Polynomials of a higher degree are only looked at where it is plain that they never turn."""

Coefficients = tuple[int, ...]
Interval = tuple[int, "int | None"]
"""From the first to the last, or without end."""


def value(polynomial: Coefficients, at: int) -> int:
    """The value at an integer.

    >>> value((1, 0, 2), 3)
    19
    """
    total = 0
    for coefficient in reversed(polynomial):
        total = total * at + coefficient
    return total


def stripped(polynomial: Coefficients) -> Coefficients:
    """The polynomial without leading zeros; `()` is 0."""
    end = len(polynomial)
    while end and polynomial[end - 1] == 0:
        end -= 1
    return polynomial[:end]


def not_negative(polynomial: Coefficients, first: int, last: int | None) -> list[Interval]:
    """Where the polynomial is >= 0 between two integers; `last` None means without end.

    Raises: SetOverflow for a degree that is too high.

    >>> not_negative((5, -6, 1), 0, None)  # (q - 1)(q - 5)
    [(0, 1), (5, None)]
    >>> not_negative((-7, 2), 0, 100)
    [(4, 100)]
    """
    if len(polynomial) == 2 and polynomial[1] > 0 and last is None:
        # Most conditions are lower bounds of rising lines.
        return [(max(first, -(polynomial[0] // polynomial[1])), None)]
    return _where(stripped(polynomial), first, last, lambda number: number >= 0)


def zero(polynomial: Coefficients, first: int, last: int | None) -> list[Interval]:
    """Where the polynomial is 0 between two integers. Raises: SetOverflow as `not_negative` does.

    >>> zero((6, -5, 1), 0, None), zero((), 5, None), zero((1, 2), 0, None)
    ([(2, 3)], [(5, None)], [])
    """
    return _where(stripped(polynomial), first, last, lambda number: number == 0)


def _where(polynomial: Coefficients, first: int, last: int | None, holds: Callable[[int], bool]) -> list[Interval]:
    if last is not None and last < first:
        return []
    found: list[Interval] = []
    for start, end in _monotone(polynomial, first, last):
        for interval in _on_monotone(polynomial, start, end, holds):
            if found and found[-1][1] is not None and found[-1][1] + 1 == interval[0]:
                found[-1] = (found[-1][0], interval[1])
            else:
                found.append(interval)
    return found


def _monotone(polynomial: Coefficients, first: int, last: int | None) -> list[Interval]:
    """Consecutive intervals in which the polynomial only rises or only falls, from integer to integer."""
    if len(polynomial) <= 2 or (first >= 0 and _is_one_sided(polynomial[1:])):
        return [(first, last)]
    if len(polynomial) > MAX_DEGREE + 1:
        raise SetOverflow(f"a polynomial of degree {len(polynomial) - 1}")
    # Its steps p(q + 1) - p(q) are a polynomial of a lower degree: where they change sign, the direction changes.
    steps = _steps(polynomial)
    end = None if last is None else last - 1
    rising = not_negative(steps, first, end)
    found: list[Interval] = []
    at = first
    for start, stop in rising:
        if at < start:
            found.append((at, start - 1))
        found.append((start, stop))
        if stop is None:
            return found
        at = stop + 1
    if last is None or at <= last:
        found.append((at, last))
    return found


def _is_one_sided(coefficients: Coefficients) -> bool:
    return min(coefficients) >= 0 or max(coefficients) <= 0


def _steps(polynomial: Coefficients) -> Coefficients:
    degree = len(polynomial) - 1
    shifted = [0] * (degree + 1)
    for power, coefficient in enumerate(polynomial):
        term = coefficient
        for lower in range(power, -1, -1):
            shifted[lower] += term
            # Binomial coefficients from the highest power down: C(n, k - 1) = C(n, k)*k/(n - k + 1).
            term = term * lower // (power - lower + 1)
    return stripped(tuple(one - two for one, two in zip(shifted, polynomial, strict=True)))


def _on_monotone(
    polynomial: Coefficients, first: int, last: int | None, holds: Callable[[int], bool]
) -> list[Interval]:
    """Where a value has a sign, on a stretch on which the polynomial does not turn: at most one interval."""
    if len(polynomial) <= 1:
        return [(first, last)] if holds(value(polynomial, 0)) else []
    end = _far(polynomial, first) if last is None else last
    low, high = value(polynomial, first), value(polynomial, end)
    rises = low <= high

    def least(reached: Callable[[int], bool]) -> int:
        """The first place from which on something holds that never ceases again."""
        left, right = first, end + 1
        while left < right:
            middle = (left + right) // 2
            if reached(value(polynomial, middle)):
                right = middle
            else:
                left = middle + 1
        return left

    # `holds` is an interval of values: one place where it begins, one where it has ended.
    if rises:
        start, stop = least(lambda number: number >= 0), least(lambda number: number >= 0 and not holds(number))
    else:
        start, stop = least(lambda number: number < 0 or holds(number)), least(lambda number: number < 0)
    if start >= stop:
        return []
    return [(start, None if last is None and stop == end + 1 else stop - 1)]


def _far(polynomial: Coefficients, first: int) -> int:
    """A place behind all zeros: the sign does not change any more.

    The k-th root keeps it as short as the zeros are: those of q**64 - 10**640 are no longer than 10**10.

    Source: Fujiwara, "Über die obere Schranke des absoluten Betrages der Wurzeln einer algebraischen Gleichung" (1916)
    """
    degree, lead = len(polynomial) - 1, polynomial[-1].bit_length()
    # A coefficient of b bits, over a leading one of l bits, is below 2**(b - l + 1).
    bits = [-(-(c.bit_length() - lead + 1) // (degree - power)) for power, c in enumerate(polynomial[:-1])]
    return max(first, 2 << max([0, *bits])) + 1
