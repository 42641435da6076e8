"""How much an expression may ask for, so that no text can occupy the machine."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

MAX_BITS = 3400
"""About 1,000 decimal digits: what arithmetic may produce."""
MAX_SIZE_BITS = 332
"""About 100 decimal digits: a size or a count that a layer gets. Products of all sizes can still be printed."""
MAX_PRODUCT_BITS = 13_000
"""Below the 4,300 digits that Python is willing to print."""
MAX_ENTRIES = 200_000
"""Entries of one list, those of the lists inside it included."""
MAX_SYMBOL_TERMS = 10_000
"""Terms that the result of an operation with symbols may have."""
MAX_EFFORT = 20_000_000
"""Entries of all lists that are made, compared or handed to layers in one unfolding."""

_FRAMES = 40_000


@contextmanager
def deep_calls() -> Iterator[None]:
    """Room for the calls that nested steps, lets and expressions need at their own limits.

    130 steps inside each other, 40 definitions inside each other and 300 parts of each expression are some 26,000
    calls; calls between Python functions do not use the machine's stack.
    """
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def entries(value: Any) -> int:
    """Entries of a list and of the lists inside it, counted until there are too many; a single value has none.

    >>> entries(3), entries((1, (2, 3)))
    (0, 4)
    """
    if value.__class__ is not tuple:
        return 0
    count = 0
    waiting = [value]
    while waiting and count <= MAX_ENTRIES:
        inner = waiting.pop()
        count += len(inner)
        waiting.extend([item for item in inner if item.__class__ is tuple])
    return count


def is_long(value: Any) -> bool:
    """Whether a number has more than 1,000 digits."""
    if value.__class__ is int:
        return bool(value.bit_length() > MAX_BITS)
    if value.__class__ is Fraction:
        return bool(value.denominator.bit_length() + value.numerator.bit_length() > MAX_BITS)
    return False


def is_beyond(value: Any) -> bool:
    """Whether a layer cannot take a value: a number of more than 100 digits, or a list with a product of thousands.

    >>> is_beyond(10**99), is_beyond(10**300), is_beyond((64,) * 10_000)
    (False, True, True)
    """
    if value.__class__ is int:
        return bool(value.bit_length() > MAX_SIZE_BITS)
    if value.__class__ is tuple:
        whole = [item.bit_length() for item in value if item.__class__ is int]
        return sum(whole) > MAX_PRODUCT_BITS or any(is_beyond(item) for item in value)
    return False
