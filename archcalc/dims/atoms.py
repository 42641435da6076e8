"""The indeterminates of exact sizes: symbols, floors, and undecided minima and maxima.

Atoms are interned, so that two equal atoms are one object: equality and hashing of a polynomial never descend into
nested floors. Every atom stands for an integer, because symbols are integers >= 1.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Literal
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from archcalc.dims.polynomial import Polynomial

Monomial = tuple[tuple["Atom", int], ...]
"""Atoms with positive exponents, sorted by serial number; `()` is the constant monomial."""

_serials = count()

UNNAMED = "?"
"""How the symbols begin that stand for what nobody knows; no name of a spec does."""
_SIGNS = 10
"""More characters than the signs, parentheses and the name of a function around one part of a text."""


class Atom:
    """An integer that is not known yet.

    `symbols` are the names it depends on, `inner` the atoms directly inside it, `least` a certain lower bound (None
    when none is known), `width` as many characters as its text has at most. `is_known` says whether it depends on no
    size that an error keeps unknown. `serial` orders the factors of a monomial
    inside one process and is never shown.
    """

    __slots__ = ("__weakref__", "inner", "is_known", "least", "serial", "symbols", "width")

    inner: tuple[Atom, ...]
    is_known: bool
    least: int | None
    serial: int
    symbols: frozenset[str]
    width: int

    def _start(self, inner: Iterable[Atom], least: int | None, width: int) -> None:
        self.serial = next(_serials)
        self.inner = tuple(inner)
        self.least = least
        self.width = width
        self.symbols = frozenset().union(*(atom.symbols for atom in self.inner))
        self.is_known = all(atom.is_known for atom in self.inner)


class Symbol(Atom):
    """A named integer >= 1."""

    __slots__ = ("name",)

    name: str

    def __reduce__(self) -> tuple[Callable[[str], Symbol], tuple[str]]:
        return symbol_atom, (self.name,)


class Floor(Atom):
    """floor(numerator / divisor) in normal form (see `archcalc.dims.rounding`)."""

    __slots__ = ("divisor", "numerator")

    numerator: Polynomial
    divisor: int

    def __reduce__(self) -> tuple[Callable[[Polynomial, int], Floor], tuple[Polynomial, int]]:
        return floor_atom, (self.numerator, self.divisor)


class Extremum(Atom):
    """min(...) or max(...) of integers and integer polynomials of which none is known to win."""

    __slots__ = ("kind", "options")

    kind: Literal["min", "max"]
    options: frozenset[int | Polynomial]

    def __reduce__(self) -> tuple[Callable[..., Extremum], tuple[str, frozenset[int | Polynomial]]]:
        return extremum_atom, (self.kind, self.options)


_symbols: WeakValueDictionary[str, Symbol] = WeakValueDictionary()
_floors: WeakValueDictionary[tuple[Polynomial, int], Floor] = WeakValueDictionary()
_extrema: WeakValueDictionary[tuple[str, frozenset[int | Polynomial]], Extremum] = WeakValueDictionary()


def symbol_atom(name: str) -> Symbol:
    """The one atom of this name."""
    atom = _symbols.get(name)
    if atom is None:
        atom = Symbol()
        atom._start((), 1, len(name))
        atom.name = name
        atom.symbols = frozenset((name,))
        atom.is_known = not name.startswith(UNNAMED)
        _symbols[name] = atom
    return atom


def floor_atom(numerator: Polynomial, divisor: int) -> Floor:
    """The one atom of a floor whose parts are in normal form already."""
    key = (numerator, divisor)
    atom = _floors.get(key)
    if atom is None:
        least = least_value(numerator)
        atom = Floor()
        width = text_width(numerator) + digits(divisor) + _SIGNS
        atom._start(direct_atoms(numerator), None if least is None else least // divisor, width)
        atom.numerator = numerator
        atom.divisor = divisor
        _floors[key] = atom
    return atom


def extremum_atom(kind: Literal["min", "max"], options: frozenset[int | Polynomial]) -> Extremum:
    """The one atom of a minimum or maximum whose options are in normal form already."""
    key = (kind, options)
    atom = _extrema.get(key)
    if atom is None:
        bounds = [option if isinstance(option, int) else least_value(option) for option in options]
        known = [bound for bound in bounds if bound is not None]
        inner: dict[Atom, None] = {}
        for option in options:
            if not isinstance(option, int):
                inner.update(dict.fromkeys(direct_atoms(option)))
        # A maximum is at least every bound that is known; a minimum needs all of them.
        certain = known if kind == "max" or len(known) == len(bounds) else []
        least = (max if kind == "max" else min)(certain, default=None)
        atom = Extremum()
        width = sum(digits(one) if isinstance(one, int) else text_width(one) for one in options) + _SIGNS * len(options)
        atom._start(inner, least, width)
        atom.kind = kind
        atom.options = options
        _extrema[key] = atom
    return atom


def digits(number: int) -> int:
    """At least as many as the digits and the sign of an integer."""
    return number.bit_length() * 3 // 10 + 2


def text_width(polynomial: Polynomial) -> int:
    """At least as many characters as the text of a polynomial has, without writing it."""
    width = digits(polynomial.denominator) + _SIGNS
    for monomial, coefficient in polynomial.terms.items():
        width += digits(coefficient) + _SIGNS
        for atom, exponent in monomial:
            width += atom.width + digits(exponent) + _SIGNS
    return width


def direct_atoms(polynomial: Polynomial) -> dict[Atom, None]:
    """The atoms that a polynomial shows, without those inside floors, as an ordered set."""
    return {atom: None for monomial in polynomial.terms for atom, _ in monomial}


def atoms_inside_out(polynomials: Iterable[Polynomial]) -> list[Atom]:
    """All atoms of the polynomials, each after the atoms inside it.

    A loop and not a recursion: the sizes of a network of a thousand layers may nest a thousand floors.
    """
    order: dict[Atom, None] = {}
    waiting = [(atom, False) for polynomial in polynomials for atom in direct_atoms(polynomial)]
    while waiting:
        atom, opened = waiting.pop()
        if atom in order:
            continue
        if opened or not atom.inner:
            order[atom] = None
        else:
            waiting.append((atom, True))
            waiting.extend((inner, False) for inner in atom.inner)
    return list(order)


def least_value(polynomial: Polynomial) -> int | None:
    """A lower bound of an integer polynomial without negative coefficients, or None.

    Such a polynomial never falls when its atoms rise, provided that they are not negative.
    """
    total = 0
    for monomial, coefficient in polynomial.terms.items():
        value = coefficient
        if monomial and coefficient < 0:
            return None
        for atom, exponent in monomial:
            if atom.least is None or atom.least < 0:
                return None
            value *= atom.least**exponent
        total += value
    return total
