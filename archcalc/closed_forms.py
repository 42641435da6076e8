"""Closed forms: a size or a count of a network, exact at every size that its symbols stand for.

A form is text for a spec, LaTeX for a page, a number at given sizes, and a sympy expression for those who go on with
it. On a set of sizes it becomes simpler: where N = 0 (mod 16), floor(N/2) is N/2.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from archcalc.dims import Number, Polynomial, free_symbols, replace_atoms, substitute, symbol
from archcalc.dims.atoms import Symbol, atoms_inside_out, direct_atoms
from archcalc.dims.polynomial import atom_polynomial

if TYPE_CHECKING:
    from archcalc.sizes.legal import LegalSizes
    from archcalc.sizes.sets import IntegerSet

MAX_PIECES = 256
"""A set of sizes with more residues and exceptions than this does not make a form simpler."""


class ClosedForm:
    """An exact value over symbols, which stand for integers >= 1; without symbols it is a number.

    `str` writes it in the language of specs, `format(form, ",")` for people. `where` holds the sizes for which it was
    made simpler by `on`, by symbol. Forms can be added, subtracted and multiplied with each other and with integers;
    `==` compares how they are written in normal form.

    >>> n = symbol("N")
    >>> form = ClosedForm(9 * n**2 - 36 * n + 36)
    >>> print(form, form.symbols, form.at(N=32))
    9*N**2 - 36*N + 36 ('N',) 8100
    >>> print(2 * form + 1)
    18*N**2 - 72*N + 73
    """

    __slots__ = ("value", "where")

    value: Number
    where: Mapping[str, IntegerSet]

    def __init__(self, value: Number, where: Mapping[str, IntegerSet] = MappingProxyType({})) -> None:
        self.value = value
        self.where = dict(where)

    @property
    def symbols(self) -> tuple[str, ...]:
        """The names of the symbols that it depends on, in the order of the alphabet."""
        return tuple(sorted(free_symbols(self.value)))

    def at(self, sizes: Mapping[str, int] | None = None, /, **more: int) -> int:
        """The value at sizes, given as keywords or as a map. Names that the form does not depend on are ignored.

        Raises: ValueError if a symbol has no value, for a size outside `where`, and where the value is not whole, so
        that there is no such network; TypeError for a size that is no integer.

        >>> from archcalc.dims import divide
        >>> ClosedForm(divide(symbol("N") - 4, 2)).at(N=7)
        Traceback (most recent call last):
            ...
        ValueError: (N - 4)/2 is 3/2 where N = 7: a network of this size is not legal
        """
        given = {**(sizes or {}), **more}
        # A symbol that a check gives no value stands for itself in its report.
        missing = [name for name in self.symbols if isinstance(given.get(name, symbol(name)), Polynomial)]
        if missing:
            raise ValueError(f"no value for {', '.join(missing)}")
        used = {name: operator.index(given[name]) for name in sorted({*self.symbols, *self.where}) if name in given}
        for name, size in used.items():
            if size < 1:
                raise ValueError(f"{name} is at least 1, not {size}")
            if name in self.where and size not in self.where[name]:
                raise ValueError(f"the form holds for {self.where[name].text(name)}, and not for {name} = {size}")
        value = substitute(self.value, used)
        if not isinstance(value, int):
            place = ", ".join(f"{name} = {size}" for name, size in used.items())
            raise ValueError(f"{self} is {value} where {place}: a network of this size is not legal")
        return value

    def on(self, sizes: LegalSizes | Mapping[str, IntegerSet] | None = None, /, **more: IntegerSet) -> ClosedForm:
        """The form on a set of sizes: a set for each symbol, or the legal sizes of a network.

        Roundings, minima and maxima that are the same polynomial throughout the set are replaced by it; the others
        stay. The result equals the form on the set, and nowhere else.

        >>> from archcalc.dims import floor_div
        >>> from archcalc.sizes.sets import IntegerSet
        >>> form = ClosedForm(floor_div(symbol("N") + 5, 16) ** 2)
        >>> print(form, "and", form.on(N=IntegerSet.progression(12, 16)))
        floor((N + 5)/16)**2 and (N**2 + 8*N + 16)/256
        """
        if sizes is not None and not isinstance(sizes, Mapping):
            sizes = sizes.axes
        where = dict(self.where)
        value = self.value
        for name, members in {**(sizes or {}), **more}.items():
            where[name] = where[name] & members if name in where else members
            value = simplified(value, name, where[name])
        return ClosedForm(value, where)

    def latex(self) -> str:
        r"""The form for a formula in LaTeX.

        >>> print(ClosedForm(9 * symbol("N") ** 2 - 36 * symbol("N") + 36).latex())
        9 \, N^{2} - 36 \, N + 36
        """
        from archcalc.dims.bridge import latex

        return latex(self.value)

    def to_sympy(self) -> Any:
        """The form as a sympy expression over positive integer symbols; its floors are of exact fractions.

        >>> import sympy
        >>> sympy.diff(ClosedForm(9 * symbol("N") ** 2).to_sympy())
        18*N
        """
        from archcalc.dims.bridge import to_sympy

        return to_sympy(self.value)

    def factored(self) -> Any:
        """The form as a product, in sympy.

        >>> ClosedForm(9 * symbol("N") ** 2 - 36 * symbol("N") + 36).factored()
        9*(N - 2)**2
        """
        from archcalc.dims.bridge import factored

        return factored(self.value)

    def __add__(self, other: ClosedForm | int) -> ClosedForm:
        return self._joined(operator.add, other)

    __radd__ = __add__

    def __sub__(self, other: ClosedForm | int) -> ClosedForm:
        return self._joined(operator.sub, other)

    def __rsub__(self, other: int) -> ClosedForm:
        return -self + other

    def __mul__(self, other: ClosedForm | int) -> ClosedForm:
        return self._joined(operator.mul, other)

    __rmul__ = __mul__

    def __neg__(self) -> ClosedForm:
        return ClosedForm(-self.value, self.where)

    def _joined(self, operation: Callable[[Any, Any], Number], other: ClosedForm | int) -> ClosedForm:
        if isinstance(other, int):
            return ClosedForm(operation(self.value, int(other)), self.where)
        if not isinstance(other, ClosedForm):
            return NotImplemented
        where = {**self.where, **other.where}
        for name in self.where.keys() & other.where.keys():
            where[name] = self.where[name] & other.where[name]
        return ClosedForm(operation(self.value, other.value), where)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ClosedForm):
            return self.value == other.value
        if isinstance(other, (int, Fraction, Polynomial)):
            return self.value == other
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.value)

    def __str__(self) -> str:
        return str(self.value)

    def __format__(self, kind: str) -> str:
        # Digits behind a letter belong to a name.
        text = re.sub(r"(?<!\w)\d+", lambda digits: f"{int(digits[0]):,}", str(self)) if kind == "," else str(self)
        return text if kind == "," else format(text, kind)

    def __repr__(self) -> str:
        where = ", ".join(sizes.text(name) for name, sizes in self.where.items())
        return f"<ClosedForm {self}{f' where {where}' if where else ''}>"

    def _repr_html_(self) -> str:
        """For a notebook: the form in MathML."""
        from archcalc.derivations.mathml import MATHML, math

        return math(MATHML.number(self.value))

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.latex()}$"


def simplified(value: Number, name: str, sizes: IntegerSet) -> Number:
    """The value as it is where a symbol is in a set of sizes: roundings that the set decides are gone.

    >>> from archcalc.dims import floor_div
    >>> from archcalc.sizes.sets import IntegerSet
    >>> half = floor_div(symbol("N") + 1, 2)
    >>> print(simplified(half, "N", IntegerSet.progression(1, 4)), simplified(half, "N", IntegerSet.everything()))
    (N + 1)/2 floor((N + 1)/2)
    """
    if not isinstance(value, Polynomial):
        return value
    ways = [pieces for pieces in (_progressions(name, sizes), _members(sizes)) if pieces]
    # One after the other first: those that the set leaves open then stay as they were written.
    decided = {
        atom: _best(atom_polynomial(atom), name, ways)
        for atom in direct_atoms(value)
        if not isinstance(atom, Symbol) and name in atom.symbols
    }
    return _best(replace_atoms(value, decided), name, ways)


_Piece = tuple[int | Polynomial, Polynomial | None]
"""What stands for a symbol on a part of a set, in terms of a counter of that part, which has the same name; and that
counter in terms of the symbol. A part of one number needs no counter."""


def _progressions(name: str, sizes: IntegerSet) -> list[_Piece]:
    """The set as progressions that count from 1; none if there are too many."""
    pieces: list[_Piece] = []
    counter = symbol(name)
    for first, last, modulus, residues in sizes.runs:
        if len(pieces) + len(residues) > MAX_PIECES:
            return []
        for residue in residues:
            start = first + (residue - first) % modulus
            if last is None or start + modulus <= last:
                back = (counter - start) * Fraction(1, modulus) + 1
                assert isinstance(back, Polynomial), "a multiple of a symbol is never constant"
                forth = modulus * (counter - 1) + start
                pieces.append((forth, back))
            elif start <= last:
                pieces.append((start, None))
    return pieces


def _members(sizes: IntegerSet) -> list[_Piece]:
    """The numbers of a small set one by one; none if it is large."""
    if not sizes.is_finite or len(sizes) > MAX_PIECES:
        return []
    return [(number, None) for number in sizes]


def _best(value: Number, name: str, ways: list[list[_Piece]]) -> Number:
    """What the value is on all pieces of a set, if that is one form and has less in it that is not known."""
    for pieces in ways:
        found = _agreed(value, name, pieces)
        if found is not None and _unknowns(found) < _unknowns(value):
            value = found
    return value


def _agreed(value: Number, name: str, pieces: list[_Piece]) -> Number | None:
    """The one form that the value has on all pieces, or None."""
    found: Number | None = None
    for forth, back in sorted(pieces, key=lambda piece: piece[1] is None):
        here = substitute(value, {name: forth})
        if back is not None:
            here = substitute(here, {name: back})
        if found is None:
            found = here
        elif here != (found if back is not None else substitute(found, {name: forth})):
            return None
    return found


def _unknowns(value: Number) -> tuple[int, int]:
    """How many roundings, minima and maxima a value has, and how many symbols."""
    atoms = atoms_inside_out((value,)) if isinstance(value, Polynomial) else []
    symbols = sum(isinstance(atom, Symbol) for atom in atoms)
    return len(atoms) - symbols, symbols
