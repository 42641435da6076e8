"""Values in the place of symbols and of roundings, and the symbols that a value has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.dims.atoms import Atom, Extremum, Floor, atoms_inside_out
from archcalc.dims.atoms import Symbol as SymbolAtom
from archcalc.dims.extrema import extremum
from archcalc.dims.polynomial import (
    MAX_EXPONENT,
    Dim,
    Number,
    Polynomial,
    atom_polynomial,
    divide,
)
from archcalc.dims.rounding import floor_div

if TYPE_CHECKING:
    from collections.abc import Mapping


def substitute(value: Number, values: Mapping[str, Dim]) -> Number:
    """The value with sizes in the place of symbols; symbols that are not named stay.

    Raises: TypeError if a symbol would become anything but an int or a polynomial, because floors rely on integers.

    >>> from archcalc.dims import ceil_div, symbol
    >>> substitute(ceil_div(symbol("N"), 32), {"N": 224})
    7
    """
    if not isinstance(value, Polynomial):
        return value
    for name, size in values.items():
        if isinstance(size, bool) or not isinstance(size, (int, Polynomial)):
            raise TypeError(f"{name} stands for an integer and cannot become {size!r}")
    found: dict[Atom, Number] = {}
    for atom in atoms_inside_out((value,)):
        if atom.symbols.isdisjoint(values):
            found[atom] = atom_polynomial(atom)
        elif isinstance(atom, SymbolAtom):
            found[atom] = values[atom.name]
        elif isinstance(atom, Floor):
            found[atom] = floor_div(replace_atoms(atom.numerator, found), atom.divisor)
        elif isinstance(atom, Extremum):
            found[atom] = extremum(atom.kind, [replace_atoms(option, found) for option in atom.options])
    return replace_atoms(value, found)


def free_symbols(value: Number) -> frozenset[str]:
    """The names of the symbols that the value depends on.

    >>> from archcalc.dims import symbol
    >>> sorted(free_symbols(floor_div(symbol("N"), 2) * symbol("C")))
    ['C', 'N']
    """
    if not isinstance(value, Polynomial):
        return frozenset()
    return frozenset().union(*(atom.symbols for monomial in value.terms for atom, _ in monomial))


def replace_atoms(value: Number, values: Mapping[Atom, Number]) -> Number:
    """The value with others in the place of atoms that it shows; those not in `values`, and those inside floors, stay.

    >>> from archcalc.dims import symbol
    >>> half = floor_div(symbol("N"), 2)
    >>> ((atom,),) = [[atom for atom, _ in monomial] for monomial in half.terms]
    >>> print(replace_atoms(half * half + symbol("N"), {atom: symbol("a")}))
    a**2 + N
    """
    if not isinstance(value, Polynomial):
        return value
    whole = 0
    rest: Number = 0
    powers: dict[Atom, list[Number]] = {}
    for monomial, coefficient in value.terms.items():
        product: Number = coefficient
        for atom, exponent in monomial:
            if atom not in powers:
                powers[atom] = [values[atom] if atom in values else atom_polynomial(atom)]
            product = product * _power(powers[atom], exponent)
        if isinstance(product, int):
            whole += product
        else:
            rest = rest + product
    return divide(rest + whole, value.denominator)


def _power(known: list[Number], exponent: int) -> Number:
    """A power of the first of the powers that are known. Those of a sum take long, and each is made from the last."""
    base = known[0]
    if not isinstance(base, Polynomial) or len(base.terms) == 1 or exponent > MAX_EXPONENT:
        return base**exponent
    while len(known) < exponent:
        known.append(known[-1] * base)
    return known[exponent - 1]
