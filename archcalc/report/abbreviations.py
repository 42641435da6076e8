"""Abbreviations of long sizes, such as `a = floor((N + 1)/2)`, so that closed forms fit into a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from string import ascii_lowercase

from archcalc.dims import Dim, Number, Polynomial, free_symbols, replace_atoms, symbol
from archcalc.dims.atoms import Atom, Symbol, direct_atoms
from archcalc.dims.polynomial import atom_polynomial


class Abbreviations:
    """One letter for every rounding in a set of values, in the order in which they appear.

    No letter is a symbol of one of the values, or one of the `reserved` names.
    """

    def __init__(self, values: Iterable[Dim], reserved: Iterable[str] = ()) -> None:
        forms = [value for value in dict.fromkeys(values) if isinstance(value, Polynomial)]
        taken = {*reserved, *(name for form in forms for name in free_symbols(form))}
        found = dict.fromkeys(atom for form in forms for atom in direct_atoms(form) if not isinstance(atom, Symbol))
        free = [letter for letter in ascii_lowercase if letter not in taken]
        # With more roundings than letters, the last ones are written out.
        self.names: dict[Atom, str] = dict(zip(found, free, strict=False))
        self._values: Mapping[Atom, Number] = {atom: symbol(letter) for atom, letter in self.names.items()}

    def short(self, value: Dim) -> Dim:
        """The value, with its roundings abbreviated.

        >>> from archcalc.dims import floor_div
        >>> half = floor_div(symbol("N") + 1, 2)
        >>> print(Abbreviations([half]).short(3 * half * half))
        3*a**2
        >>> print(Abbreviations([half], ["a"]).short(3 * half * half))
        3*b**2
        """
        short = replace_atoms(value, self._values)
        assert not isinstance(short, Fraction)
        return short

    def legend(self) -> list[str]:
        """What each letter stands for."""
        return [f"{letter} = {atom_polynomial(atom)}" for atom, letter in self.names.items()]
