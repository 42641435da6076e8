"""Sizes that an error keeps unknown: symbols without a name, of which nobody ever learns the value."""

from __future__ import annotations

from archcalc.dims.atoms import UNNAMED, symbol_atom
from archcalc.dims.polynomial import Number, Polynomial, atom_polynomial


class Unknowns:
    """Unknown sizes, one after the other. All are written `?`, and no two are the same.

    >>> unknowns = Unknowns()
    >>> first, second = unknowns.new(), unknowns.new()
    >>> print(first - second, first == second, first - first)
    ? - ? False 0
    """

    def __init__(self) -> None:
        self._count = 0

    def new(self) -> Polynomial:
        """A size of which nothing is known."""
        self._count += 1
        return atom_polynomial(symbol_atom(f"{UNNAMED}{self._count}"))


def is_known(value: Number) -> bool:
    """Whether a value depends on no size that an error keeps unknown.

    >>> from archcalc.dims import floor_div, symbol
    >>> is_known(7), is_known(symbol("N") + 1), is_known(floor_div(Unknowns().new(), 2) + symbol("N"))
    (True, True, False)
    """
    if not isinstance(value, Polynomial):
        return True
    return all(atom.is_known for monomial in value.terms for atom, _ in monomial)
