"""Rounded quotients, remainders, minima and maxima in normal form.

floor(p/c) of a polynomial p with integer coefficients is made unique by four steps: whole multiples of c leave the
floor; a factor shared by c and all coefficients is divided out, and the constant is rounded down with it; one floor
inside a floor is merged, floor((floor(x/a) + y)/c) = floor((x + a*y)/(a*c)), because y is an integer.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm
from typing import TYPE_CHECKING, Literal, overload

from archcalc.dims.atoms import Atom, Extremum, Floor, Monomial, atoms_inside_out, extremum_atom, floor_atom
from archcalc.dims.atoms import Symbol as SymbolAtom
from archcalc.dims.bounds import never_negative
from archcalc.dims.polynomial import (
    MAX_BITS,
    Dim,
    DimsOverflow,
    Number,
    Polynomial,
    Terms,
    atom_polynomial,
    collapse,
    divide,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


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
    return _extremum("min", (first, *others))


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
    return _extremum("max", (first, *others))


def substitute(value: Number, values: Mapping[str, Dim]) -> Number:
    """The value with sizes in the place of symbols; symbols that are not named stay.

    Raises: TypeError if a symbol would become anything but an int or a polynomial, because floors rely on integers.

    >>> from archcalc.dims import symbol
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
            found[atom] = _extremum(atom.kind, [replace_atoms(option, found) for option in atom.options])
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
    for monomial, coefficient in value.terms.items():
        product: Number = coefficient
        for atom, exponent in monomial:
            factor = values[atom] if atom in values else atom_polynomial(atom)
            product = product * factor**exponent
        if isinstance(product, int):
            whole += product
        else:
            rest = rest + product
    return divide(rest + whole, value.denominator)


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


def _extremum(kind: Literal["min", "max"], values: Iterable[Number]) -> Number:
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
