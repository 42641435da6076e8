"""Exact values as data: each form and each rounding in it once, so that a page evaluates it once for all layers.

A form is an integer, or `[denominator, term, ...]` with terms `[coefficient, atom, exponent, ...]`; atoms are numbered,
and each stands behind those that are inside of it. An integer that JavaScript's numbers do not hold exactly is a text.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from archcalc.dims import Number, Polynomial, is_known
from archcalc.dims.atoms import Atom, Extremum, Floor, Symbol, atoms_inside_out

SAFE = 2**53
"""From here on two integers may be one number of JavaScript."""


def integer(value: int) -> int | str:
    """An integer as JSON that every reader reads exactly.

    >>> integer(572), integer(2**53)
    (572, '9007199254740992')
    """
    return value if abs(value) < SAFE else str(value)


class Forms:
    """The forms and the atoms of one network, in the order in which they were asked for.

    >>> from archcalc.dims import floor_div, symbol
    >>> forms = Forms()
    >>> forms.number(3 * symbol("N")), forms.number(floor_div(symbol("N"), 2)), forms.number(7), forms.number(None)
    (0, 2, 3, None)
    >>> forms.atoms, forms.forms
    ([['symbol', 'N'], ['floor', 1, 2]], [[1, [3, 0, 1]], [1, [1, 0, 1]], [1, [1, 1, 1]], 7])
    """

    def __init__(self) -> None:
        self.forms: list[Any] = []
        self.atoms: list[list[Any]] = []
        self._places: dict[tuple[type[Any], Number], int] = {}
        self._atoms: dict[Atom, int] = {}

    def number(self, value: Number | None) -> int | None:
        """Where the form of a value stands; None for one that an error keeps unknown."""
        if value is None or not is_known(value):
            return None
        # Python takes 2 and Fraction(2) for the same key; as data they are, too, but not as text.
        key = (value.__class__, value)
        place = self._places.get(key)
        if place is None:
            written = self._written(value)
            place = self._places[key] = len(self.forms)
            self.forms.append(written)
        return place

    def numbers(self, values: Iterable[Number | None]) -> list[int | None]:
        """Where the forms of several values stand."""
        return [self.number(value) for value in values]

    def _written(self, value: Number) -> Any:
        if isinstance(value, Polynomial):
            for atom in atoms_inside_out([value]):
                if atom not in self._atoms:
                    described = self._described(atom)
                    self._atoms[atom] = len(self.atoms)
                    self.atoms.append(described)
            return [integer(value.denominator), *map(self._term, value.terms.items())]
        if isinstance(value, Fraction):
            return [integer(value.denominator), [integer(value.numerator)]]
        return integer(value)

    def _term(self, item: tuple[Any, int]) -> list[int | str]:
        monomial, coefficient = item
        return [integer(coefficient), *(part for atom, power in monomial for part in (self._atoms[atom], power))]

    def _described(self, atom: Atom) -> list[Any]:
        if isinstance(atom, Symbol):
            return ["symbol", atom.name]
        if isinstance(atom, Floor):
            return ["floor", self.number(atom.numerator), integer(atom.divisor)]
        assert isinstance(atom, Extremum), f"an atom is {atom!r}"
        return [atom.kind, self.numbers(sorted(atom.options, key=str))]
