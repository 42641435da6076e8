"""Proofs that a value is never negative, whatever the symbols are.

Only certain answers: False means that no proof was found.
"""

from __future__ import annotations

from fractions import Fraction

from archcalc.dims.atoms import Atom, Floor, Monomial
from archcalc.dims.polynomial import DimsOverflow, Number, Polynomial, atom_polynomial, divide

# Floors are replaced from the outside in. Deeper nests and larger sums are left undecided.
_MAX_ROUNDS = 24
_MAX_TERMS = 200
_MAX_DEGREE = 12


def never_negative(value: Number) -> bool:
    """Whether the value is certainly >= 0 for all symbols >= 1.

    >>> from archcalc.dims import floor_div, symbol
    >>> n = symbol("N")
    >>> never_negative(n - 1), never_negative(n - 2), never_negative(n - 2 * floor_div(n, 2))
    (True, False, True)
    """
    if not isinstance(value, Polynomial):
        return value >= 0
    # A sum of integers that is above -1 is at least 0, and every atom is an integer.
    below = Polynomial(value.terms, 1)
    return _proved(below, keep=True) or _proved(below, keep=False)


def _proved(value: Polynomial, keep: bool) -> bool:
    """Bound floors by what stands inside them; with `keep`, floors that help may stay as they are."""
    bound: Number = value
    try:
        for _ in range(_MAX_ROUNDS):
            if not isinstance(bound, Polynomial):
                return bound > -1
            if len(bound.terms) > _MAX_TERMS or any(_degree(monomial) > _MAX_DEGREE for monomial in bound.terms):
                return False
            if _above_minus_one(bound):
                return True
            lower = _without_floors(bound, keep)
            if lower is None:
                return False
            bound = lower
    except DimsOverflow:
        return False
    return False


def _degree(monomial: Monomial) -> int:
    return sum(exponent for _, exponent in monomial)


def _above_minus_one(value: Polynomial) -> bool:
    """Write every atom as its least value plus something >= 0, and look at the signs of the coefficients."""
    shifted: Number = 0
    for monomial, coefficient in value.terms.items():
        product: Number = coefficient
        for atom, exponent in monomial:
            if atom.least is None:
                return False
            product = product * (atom_polynomial(atom) + atom.least) ** exponent
        shifted = shifted + product
    if not isinstance(shifted, Polynomial):
        return Fraction(shifted, value.denominator) > -1
    constant = shifted.terms.get((), 0)
    negative = any(coefficient < 0 for monomial, coefficient in shifted.terms.items() if monomial)
    return not negative and constant > -value.denominator


def _without_floors(value: Polynomial, keep: bool) -> Number | None:
    """A lower bound of the value in which outer floors are gone, or None if there is none to replace."""
    bound: Number = 0
    changed = False
    for monomial, coefficient in value.terms.items():
        product: Number = coefficient
        floor = next((atom for atom, _ in monomial if isinstance(atom, Floor)), None)
        if floor is None or (keep and coefficient > 0):
            product = Polynomial({monomial: coefficient}, 1) if monomial else coefficient
        else:
            if any(atom.least is None or atom.least < 0 for atom, _ in monomial):
                return None
            for atom, exponent in monomial:
                product = product * _outer_bound(atom, exponent, coefficient > 0, atom is floor)
            changed = True
        bound = bound + product
    return divide(bound, value.denominator) if changed else None


def _outer_bound(atom: Atom, exponent: int, below: bool, chosen: bool) -> Number:
    itself = atom_polynomial(atom)
    if not chosen or not isinstance(atom, Floor):
        return itself**exponent
    if below:
        # Only one factor: the bound may be negative, and then its powers are no bounds.
        return divide(atom.numerator - (atom.divisor - 1), atom.divisor) * itself ** (exponent - 1)
    return divide(atom.numerator, atom.divisor) * itself ** (exponent - 1)
