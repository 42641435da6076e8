"""Residue classes: with N = m*q + r, floors, minima and remainders of N become polynomials in q.

m is a common multiple of everything that is divided by, so that every division is exact within a class, and every
condition is decided there by the signs of a polynomial.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from archcalc.dims import Condition, Number, Polynomial
from archcalc.dims.atoms import Atom, Extremum, Floor, atoms_inside_out
from archcalc.sizes.signs import Coefficients, Interval, not_negative, stripped, zero


class _Stretch(NamedTuple):
    """The values of atoms on a stretch of q on which no minimum or maximum changes its mind."""

    first: int
    last: int | None
    found: dict[Atom, Coefficients]


def holds_in_class(condition: Condition, modulus: int, residue: int) -> list[Interval]:
    """Where a condition in one symbol holds among the numbers m*q + r with q >= 0, as intervals of the numbers.

    The modulus is a multiple of the condition's period, and the residue one of 1..m.

    >>> from archcalc.dims import floor_div, symbol
    >>> n = symbol("N")
    >>> even = Condition.equal(2 * floor_div(n, 2), n)
    >>> holds_in_class(even, 2, 1), holds_in_class(even, 2, 2)
    ([], [(2, None)])
    """
    subject = condition.subject
    assert isinstance(subject, Polynomial)
    found: list[Interval] = []
    for stretch in _stretches(subject, modulus, residue):
        polynomial = _combined(subject, stretch.found)
        if condition.relation == "multiple":
            divisor = condition.modulus * subject.denominator
            assert all(coefficient % divisor == 0 for coefficient in polynomial[1:]), "the period is too short"
            constant = polynomial[0] if polynomial else 0
            intervals = [(stretch.first, stretch.last)] if constant % divisor == 0 else []
        else:
            where = zero if condition.relation == "equal" else not_negative
            intervals = where(polynomial, stretch.first, stretch.last)
        for first, last in intervals:
            start, end = modulus * first + residue, None if last is None else modulus * last + residue
            if found and found[-1][1] == start - modulus:
                start = found.pop()[0]
            found.append((start, end))
    return found


def _stretches(subject: Polynomial, modulus: int, residue: int) -> list[_Stretch]:
    stretches = [_Stretch(0, None, {})]
    for atom in atoms_inside_out((subject,)):
        if isinstance(atom, Extremum):
            stretches = [part for stretch in stretches for part in _chosen(atom, stretch)]
        else:
            for stretch in stretches:
                stretch.found[atom] = _value(atom, stretch.found, modulus, residue)
    return stretches


def _value(atom: Atom, found: dict[Atom, Coefficients], modulus: int, residue: int) -> Coefficients:
    if not isinstance(atom, Floor):
        return (residue, modulus)
    numerator = _combined(atom.numerator, found)
    assert all(coefficient % atom.divisor == 0 for coefficient in numerator[1:]), "the period is too short"
    return tuple([coefficient // atom.divisor for coefficient in numerator])


def _chosen(atom: Extremum, stretch: _Stretch) -> Iterator[_Stretch]:
    """The stretch cut where another option wins."""
    winners: list[tuple[int, int | None, Coefficients]] = []
    for option in atom.options:
        candidate = _combined(option, stretch.found)
        if not winners:
            winners = [(stretch.first, stretch.last, candidate)]
            continue
        after: list[tuple[int, int | None, Coefficients]] = []
        for first, last, best in winners:
            difference = _sum(candidate, best, -1) if atom.kind == "max" else _sum(best, candidate, -1)
            at: int | None = first
            for start, end in not_negative(difference, first, last):
                assert at is not None
                if at < start:
                    after.append((at, start - 1, best))
                after.append((start, end, candidate))
                at = None if end is None else end + 1
            if at is not None and (last is None or at <= last):
                after.append((at, last, best))
        winners = after
    for first, last, best in winners:
        yield _Stretch(first, last, {**stretch.found, atom: best})


def _combined(value: Number, found: dict[Atom, Coefficients]) -> Coefficients:
    """The numerator of a value as a polynomial in q."""
    if not isinstance(value, Polynomial):
        return stripped((int(value),))
    total: Coefficients = ()
    for monomial, coefficient in value.terms.items():
        product: Coefficients = (coefficient,)
        for atom, exponent in monomial:
            for _ in range(exponent):
                product = _product(product, found[atom])
        total = _sum(total, product)
    return stripped(total)


def _sum(one: Coefficients, two: Coefficients, sign: int = 1) -> Coefficients:
    length = max(len(one), len(two))
    padded = [*one, *[0] * (length - len(one))]
    for power, coefficient in enumerate(two):
        padded[power] += sign * coefficient
    return tuple(padded)


def _product(one: Coefficients, two: Coefficients) -> Coefficients:
    if not one or not two:
        return ()
    total = [0] * (len(one) + len(two) - 1)
    for power, coefficient in enumerate(one):
        for other, factor in enumerate(two):
            total[power + other] += coefficient * factor
    return tuple(total)
