"""Rounded quotients and remainders in normal form.

floor(p/c) of a polynomial p with integer coefficients is made unique by four steps: whole multiples of c leave the
floor; a factor shared by c and all coefficients is divided out, and the constant is rounded down with it; one floor
inside a floor is merged, floor((floor(x/a) + y)/c) = floor((x + a*y)/(a*c)), because y is an integer.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd
from typing import TYPE_CHECKING, overload

from archcalc.dims.atoms import Floor, Monomial, floor_atom
from archcalc.dims.polynomial import (
    MAX_BITS,
    Dim,
    DimsOverflow,
    Number,
    Polynomial,
    Terms,
    collapse,
    divide,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


@overload
def floor_div(value: int, divisor: int) -> int: ...
@overload
def floor_div(value: Number, divisor: int) -> Dim: ...
def floor_div(value: Number, divisor: int) -> Dim:
    """The quotient, rounded down.

    Raises: ValueError unless the divisor is positive.

    >>> from archcalc.dims import symbol
    >>> n = symbol("N")
    >>> floor_div(7, 2)
    3
    >>> print(floor_div(floor_div(n, 2) + 3, 2))
    floor((N + 2)/4) + 1
    """
    if divisor <= 0:
        raise ValueError(f"the divisor must be positive, not {divisor}")
    if isinstance(value, Polynomial):
        return _floor(value.terms, value.denominator * divisor)
    return value // divisor


@overload
def ceil_div(value: int, divisor: int) -> int: ...
@overload
def ceil_div(value: Number, divisor: int) -> Dim: ...
def ceil_div(value: Number, divisor: int) -> Dim:
    """The quotient, rounded up.

    Raises: ValueError unless the divisor is positive.

    >>> from archcalc.dims import symbol
    >>> ceil_div(7, 2)
    4
    >>> print(ceil_div(symbol("N"), 32))
    floor((N + 31)/32)
    """
    if divisor <= 0:
        raise ValueError(f"the divisor must be positive, not {divisor}")
    if isinstance(value, Polynomial):
        bottom = value.denominator * divisor
        terms = dict(value.terms)
        terms[()] = terms.get((), 0) + bottom - 1
        return _floor(terms, bottom)
    return -(-value // divisor)


@overload
def modulo(value: int, divisor: int) -> int: ...
@overload
def modulo(value: Number, divisor: int) -> Number: ...
def modulo(value: Number, divisor: int) -> Number:
    """What `floor_div` leaves: value - divisor*floor(value/divisor).

    Raises: ValueError unless the divisor is positive.

    >>> from archcalc.dims import symbol
    >>> modulo(-1, 4)
    3
    >>> modulo(4 * symbol("N") + 6, 4)
    2
    """
    if divisor <= 0:
        raise ValueError(f"the divisor must be positive, not {divisor}")
    if isinstance(value, Polynomial):
        return value - divisor * floor_div(value, divisor)
    rest = value % divisor
    return divide(rest, 1)


def _floor(terms: Mapping[Monomial, int], divisor: int) -> Dim:
    whole: Terms = {}
    while divisor > 1:
        rest: Terms = {}
        for monomial, coefficient in terms.items():
            quotient, remainder = divmod(coefficient, divisor)
            if quotient:
                whole[monomial] = whole.get(monomial, 0) + quotient
            if remainder:
                rest[monomial] = remainder
        constant = rest.pop((), 0)
        if not rest:
            return _whole(whole)
        shared = gcd(divisor, *rest.values())
        if shared > 1:
            divisor //= shared
            constant //= shared
            rest = {monomial: coefficient // shared for monomial, coefficient in rest.items()}
        inner = _only_floor(rest)
        if inner is None:
            if constant:
                rest[()] = constant
            monomial = ((floor_atom(Polynomial(rest, 1), divisor), 1),)
            whole[monomial] = whole.get(monomial, 0) + 1
            return _whole(whole)
        del rest[((inner, 1),)]
        merged = {monomial: coefficient * inner.divisor for monomial, coefficient in rest.items()}
        merged[()] = constant * inner.divisor
        for monomial, coefficient in inner.numerator.terms.items():
            merged[monomial] = merged.get(monomial, 0) + coefficient
        terms = merged
        divisor *= inner.divisor
        if divisor.bit_length() > MAX_BITS:
            raise DimsOverflow(f"a divisor has more than {MAX_BITS:,} bits")
    for monomial, coefficient in terms.items():
        whole[monomial] = whole.get(monomial, 0) + coefficient
    return _whole(whole)


def _whole(terms: Terms) -> Dim:
    value = collapse(terms)
    assert not isinstance(value, Fraction)
    return value


def _only_floor(terms: Terms) -> Floor | None:
    """The floor that is a term by itself, if there is exactly one: with two, the result would depend on the order."""
    found: Floor | None = None
    for monomial, coefficient in terms.items():
        if coefficient == 1 and len(monomial) == 1:
            atom, exponent = monomial[0]
            if exponent == 1 and isinstance(atom, Floor):
                if found is not None:
                    return None
                found = atom
    return found
