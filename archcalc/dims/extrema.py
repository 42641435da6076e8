"""Minima and maxima in normal form: options that never win are left out, and common factors stand in front."""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm
from typing import TYPE_CHECKING, Literal, overload

from archcalc.dims.atoms import Extremum, extremum_atom
from archcalc.dims.bounds import never_negative
from archcalc.dims.polynomial import (
    Dim,
    Number,
    Polynomial,
    atom_polynomial,
    divide,
)

if TYPE_CHECKING:
    from collections.abc import Iterable


@overload
def minimum(first: int, *others: int) -> int: ...
@overload
def minimum(first: Number, *others: Number) -> Number: ...
def minimum(first: Number, *others: Number) -> Number:
    """The smallest of the values; `min(...)` stays where a symbol decides.

    >>> from archcalc.dims import symbol
    >>> n = symbol("N")
    >>> minimum(n, n + 2) == n
    True
    >>> print(minimum(n, 7))
    min(N, 7)
    """
    return extremum("min", (first, *others))


@overload
def maximum(first: int, *others: int) -> int: ...
@overload
def maximum(first: Number, *others: Number) -> Number: ...
def maximum(first: Number, *others: Number) -> Number:
    """The largest of the values; `max(...)` stays where a symbol decides.

    >>> from archcalc.dims import symbol
    >>> maximum(3, 5), maximum(symbol("N"), 1) == symbol("N")
    (5, True)
    """
    return extremum("max", (first, *others))


def extremum(kind: Literal["min", "max"], values: Iterable[Number]) -> Number:
    """The smallest or the largest of several values."""
    options: dict[Number, None] = {}
    for value in values:
        options.update(dict.fromkeys(_options(kind, value)))
    numbers = [value for value in options if not isinstance(value, Polynomial)]
    kept: list[Number] = [value for value in options if isinstance(value, Polynomial)]
    if numbers:
        kept.append(divide(max(numbers) if kind == "max" else min(numbers), 1))
    kept = _undominated(kind, kept)
    if len(kept) == 1:
        return kept[0]
    bottom = lcm(*(value.denominator for value in kept))
    scaled = [value * bottom for value in kept]
    content = gcd(*(factor for value in scaled for factor in _coefficients(value)))
    sizes = frozenset(_sized(divide(value, content)) for value in scaled)
    return atom_polynomial(extremum_atom(kind, sizes)) * Fraction(content, bottom)


def _options(kind: str, value: Number) -> Iterable[Number]:
    """The options of a bare extremum of the same kind, so that max(max(a, b), c) is max(a, b, c)."""
    if isinstance(value, Polynomial) and len(value.terms) == 1:
        ((monomial, coefficient),) = value.terms.items()
        atom, exponent = monomial[0]
        if (
            len(monomial) == 1
            and exponent == 1
            and coefficient > 0
            and isinstance(atom, Extremum)
            and atom.kind == kind
        ):
            scale = Fraction(coefficient, value.denominator)
            return [divide(option, 1 / scale) for option in atom.options]
    return (value,)


def _undominated(kind: str, values: list[Number]) -> list[Number]:
    kept: list[Number] = []
    for value in values:
        if any(_wins(kind, other, value) for other in kept):
            continue
        kept = [other for other in kept if not _wins(kind, value, other)]
        kept.append(value)
    return kept


def _wins(kind: str, one: Number, other: Number) -> bool:
    return never_negative(one - other if kind == "max" else other - one)


def _coefficients(value: Number) -> Iterable[int]:
    if isinstance(value, Polynomial):
        return value.terms.values()
    return (value.numerator,)


def _sized(value: Number) -> Dim:
    assert not isinstance(value, Fraction)
    return value
