"""Small random choices that every generator of this package shares."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


def chance(rng: Random, percent: int) -> bool:
    """True in so many of a hundred cases.

    Whole numbers only: Hypothesis shrinks them to 0, and 0 is the plain case, so that examples shrink to plain ones.
    """
    return rng.randrange(100) >= 100 - percent


def pick(rng: Random, options: Sequence[T]) -> T:
    """One of the options; the first is the plainest."""
    return options[rng.randrange(len(options))]


def divisors(number: int) -> list[int]:
    """All positive divisors, in order."""
    return [factor for factor in range(1, number + 1) if number % factor == 0]


def factored(rng: Random, number: int, parts: int) -> list[int]:
    """A number as a product of so many factors."""
    found: list[int] = []
    for _ in range(parts - 1):
        factor = pick(rng, divisors(number))
        found.append(factor)
        number //= factor
    return [*found, number]
