"""Amounts of memory in words: bytes with the unit that people read, and budgets as people write them."""

from __future__ import annotations

from fractions import Fraction
from math import floor

from archcalc.dims.figures import grouped

UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_STEP = 1024
_DIGITS = 3


def readable(size: object) -> str:
    """Bytes with three digits and a unit; a closed form as it is.

    >>> readable(102228128), readable(512), readable(25769803776)
    ('97.5 MiB', '512 B', '24.0 GiB')
    """
    if not isinstance(size, int):
        return f"{grouped(size)} B"
    unit, value = 0, Fraction(size)
    while value >= _STEP and unit < len(UNITS) - 1:
        value, unit = value / _STEP, unit + 1
    if not unit:
        return f"{size} B"
    places = max(0, _DIGITS - len(str(floor(value))))
    return f"{float(value):,.{places}f} {UNITS[unit]}"
