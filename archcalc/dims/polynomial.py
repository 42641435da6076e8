"""Exact polynomials over symbols, floors and undecided minima: the sizes and counts of networks.

A polynomial keeps integer coefficients over one common denominator, without a common factor, so that equal polynomials
have equal parts. It is never constant: every operator collapses to `int`, or to `Fraction` when the value is not whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from math import gcd
from typing import NoReturn, TypeAlias, overload

from archcalc.dims.atoms import Atom, Monomial, symbol_atom

MAX_TERMS = 20_000
MAX_WORK = 1_000_000
MAX_EXPONENT = 64
"""What an expression may ask for, and a sum be raised to."""
MAX_QUOTIENT = 200
"""Terms of a quotient of polynomials that is looked for."""
# Below the 4,300 digits that Python is willing to print.
MAX_BITS = 14_000

Terms = dict[Monomial, int]


class DimsOverflow(ValueError):
    """A size or count that is too large to be written down: too many terms, digits or characters."""


class Polynomial:
    """An exact value that depends on symbols, which stand for integers >= 1.

    `==` compares normal forms. Comparing by `<` or asking for the truth raises `TypeError`, because a symbol would
    decide: ask a `Condition`.

    >>> n = symbol("N")
    >>> print((n + 1) * (n - 1))
    N**2 - 1
    >>> (n + 3) - n
    3
    >>> print(n * Fraction(1, 2) - 2)
    (N - 4)/2
    """

    __slots__ = ("_hash", "_text", "denominator", "terms")

    terms: Mapping[Monomial, int]
    denominator: int
    _hash: int | None
    _text: str | None

    def __init__(self, terms: Mapping[Monomial, int], denominator: int) -> None:
        """Keep the parts, which are in normal form already: operators and `collapse` see to that."""
        self.terms = terms
        self.denominator = denominator
        self._hash = None
        self._text = None

    @overload
    def __add__(self, other: int | Fraction) -> Polynomial: ...
    @overload
    def __add__(self, other: Polynomial) -> Number: ...
    def __add__(self, other: Number) -> Number:
        if isinstance(other, int):
            if not other:
                return self
            terms = dict(self.terms)
            constant = terms.get((), 0) + other * self.denominator
            if constant:
                terms[()] = constant
            else:
                terms.pop((), None)
            # gcd(c + k*d, d) = gcd(c, d): the common factor cannot change, so the parts stay reduced.
            return Polynomial(terms, self.denominator)
        if isinstance(other, Fraction):
            return _sum(self.terms, self.denominator, {(): other.numerator}, other.denominator)
        if isinstance(other, Polynomial):
            return _sum(self.terms, self.denominator, other.terms, other.denominator)
        return NotImplemented

    __radd__ = __add__

    def __neg__(self) -> Polynomial:
        return Polynomial({monomial: -coefficient for monomial, coefficient in self.terms.items()}, self.denominator)

    def __pos__(self) -> Polynomial:
        return self

    @overload
    def __sub__(self, other: int | Fraction) -> Polynomial: ...
    @overload
    def __sub__(self, other: Polynomial) -> Number: ...
    def __sub__(self, other: Number) -> Number:
        if isinstance(other, (int, Fraction, Polynomial)):
            return self + -other
        return NotImplemented

    def __rsub__(self, other: int | Fraction) -> Polynomial:
        return -self + other

    @overload
    def __mul__(self, other: int) -> int | Polynomial: ...
    @overload
    def __mul__(self, other: Fraction) -> int | Polynomial: ...
    @overload
    def __mul__(self, other: Polynomial) -> Polynomial: ...
    def __mul__(self, other: Number) -> int | Polynomial:
        if isinstance(other, (int, Fraction)):
            if not other:
                return 0
            if other == 1:
                return self
            top, bottom = other.numerator, other.denominator
            scaled = {monomial: coefficient * top for monomial, coefficient in self.terms.items()}
            return _reduce(_bounded(scaled), self.denominator * bottom)
        if isinstance(other, Polynomial):
            terms = multiply_terms(self.terms, other.terms)
            return _reduce(terms, self.denominator * other.denominator)
        return NotImplemented

    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> int | Polynomial:
        if not isinstance(exponent, int):
            return NotImplemented
        if exponent < 0:
            raise ValueError(f"the exponent of a symbolic power must be 0 or more, not {exponent}")
        if exponent == 0:
            return 1
        if len(self.terms) == 1:
            # Products of layers have exponents that no expression may ask for: N**64 * N**2 is N**66.
            ((monomial, coefficient),) = self.terms.items()
            power = tuple([(atom, times * exponent) for atom, times in monomial])
            return _reduce(_bounded({power: coefficient**exponent}), self.denominator**exponent)
        if exponent > MAX_EXPONENT:
            raise DimsOverflow(f"the power {exponent} of {len(self.terms)} terms is too large")
        terms: Mapping[Monomial, int] = self.terms
        for _ in range(exponent - 1):
            terms = multiply_terms(terms, self.terms)
        return _reduce(terms, self.denominator**exponent)

    def __truediv__(self, other: Number) -> Number:
        if not isinstance(other, (int, Fraction, Polynomial)):
            return NotImplemented
        return divide(self, other)

    def __rtruediv__(self, other: int | Fraction) -> Number:
        if not isinstance(other, (int, Fraction)):
            return NotImplemented
        return divide(other, self)

    # The rounding rules stand on polynomials, so these two can only import them when they are called.
    def __floordiv__(self, other: int) -> int | Polynomial:
        from archcalc.dims.rounding import floor_div

        return floor_div(self, other)

    def __mod__(self, other: int) -> Number:
        from archcalc.dims.rounding import modulo

        return modulo(self, other)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if isinstance(other, Polynomial):
            return self.denominator == other.denominator and self.terms == other.terms
        return NotImplemented

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash((frozenset(self.terms.items()), self.denominator))
        return self._hash

    def __bool__(self) -> NoReturn:
        raise TypeError(f"whether {self!r} is zero depends on {_names(self)}: ask a Condition")

    def _no_order(self, other: object) -> NoReturn:
        raise TypeError(f"the order of {self!r} and {other!r} depends on {_names(self)}: ask Condition.at_least")

    __lt__ = __le__ = __gt__ = __ge__ = _no_order

    def __str__(self) -> str:
        if self._text is None:
            from archcalc.dims.text import expression_text

            self._text = expression_text(self)
        return self._text

    def __repr__(self) -> str:
        try:
            return f"Polynomial({self})"
        except DimsOverflow:
            return f"Polynomial(<{len(self.terms)} terms>)"

    def __deepcopy__(self, memo: object) -> Polynomial:
        return self

    def __reduce__(self) -> tuple[Callable[..., Polynomial], tuple[object, ...]]:
        return _restored, (tuple(self.terms.items()), self.denominator)


Dim: TypeAlias = int | Polynomial
"""A size: an int, or a polynomial when symbols are left."""

Number: TypeAlias = int | Fraction | Polynomial
"""Any exact value."""


def symbol(name: str) -> Polynomial:
    """An unknown integer >= 1.

    Raises: ValueError if the name is not an identifier.

    >>> symbol("N") == symbol("N")
    True
    >>> str(2 * symbol("N") + 1)
    '2*N + 1'
    """
    if not name.isidentifier():
        raise ValueError(f"{name!r} cannot be the name of a symbol")
    return atom_polynomial(symbol_atom(name))


def atom_polynomial(atom: Atom) -> Polynomial:
    """The atom itself as a polynomial."""
    return Polynomial({((atom, 1),): 1}, 1)


def collapse(terms: Mapping[Monomial, int], denominator: int = 1) -> Number:
    """The normal form of integer terms over a positive denominator."""
    kept = {monomial: coefficient for monomial, coefficient in terms.items() if coefficient}
    if not kept:
        return 0
    if len(kept) == 1 and () in kept:
        constant = kept[()]
        return constant // denominator if constant % denominator == 0 else Fraction(constant, denominator)
    return _reduce(kept, denominator)


def divide(value: Number, divisor: Number) -> Number:
    """The exact quotient: an int when it is whole, else a fraction or a rational polynomial.

    Raises: ValueError if the quotient of two polynomials is none, or has too many terms to be looked for,
    ZeroDivisionError for a zero divisor.

    >>> divide(12, 4), divide(7, 2)
    (3, Fraction(7, 2))
    >>> n = symbol("N")
    >>> print(divide(n - 4, 2))
    (N - 4)/2
    >>> print(divide(6 * n**2 + 2 * n, 2 * n), divide(n**2 - 4, n + 2))
    3*N + 1 N - 2
    """
    if isinstance(divisor, Polynomial):
        return _divide_by_polynomial(value, divisor)
    if not divisor:
        raise ZeroDivisionError(f"{value} cannot be divided by zero")
    if isinstance(value, Polynomial):
        return value if divisor == 1 else value * (Fraction(1) / divisor)
    return whole_if_possible(Fraction(value) / divisor)


def whole_if_possible(value: Fraction) -> int | Fraction:
    """The same number, as an int if it is one."""
    return value.numerator if value.denominator == 1 else value


def multiply_terms(left: Mapping[Monomial, int], right: Mapping[Monomial, int]) -> Terms:
    """The product of two sums of terms.

    Raises: DimsOverflow if it would have too many terms or take too long.
    """
    if len(left) * len(right) > MAX_WORK:
        raise DimsOverflow(f"a product of {len(left)} by {len(right)} terms is too large")
    product: Terms = {}
    for one, factor in left.items():
        for other, coefficient in right.items():
            monomial = _join(one, other)
            product[monomial] = product.get(monomial, 0) + factor * coefficient
        if len(product) > MAX_TERMS:
            raise DimsOverflow(f"a product of {len(left)} by {len(right)} terms has more than {MAX_TERMS:,} terms")
    return _bounded({monomial: coefficient for monomial, coefficient in product.items() if coefficient})


def _join(one: Monomial, other: Monomial) -> Monomial:
    if not one:
        return other
    if not other:
        return one
    if one[-1][0].serial < other[0][0].serial:
        return one + other
    if other[-1][0].serial < one[0][0].serial:
        return other + one
    exponents = dict(one)
    for atom, exponent in other:
        exponents[atom] = exponents.get(atom, 0) + exponent
    return tuple(exponents.items()) if len(exponents) == len(one) else _sorted(exponents.items())


def _sorted(factors: Iterable[tuple[Atom, int]]) -> Monomial:
    return tuple(sorted(factors, key=lambda factor: factor[0].serial))


def _bounded(terms: Terms) -> Terms:
    for coefficient in terms.values():
        if coefficient.bit_length() > MAX_BITS:
            raise DimsOverflow(f"a coefficient has more than {MAX_BITS:,} bits")
    return terms


def _reduce(terms: Mapping[Monomial, int], denominator: int) -> Polynomial:
    """Remove the common factor of terms that are not constant and not zero."""
    if denominator > 1:
        factor = gcd(denominator, *terms.values())
        if factor > 1:
            terms = {monomial: coefficient // factor for monomial, coefficient in terms.items()}
            denominator //= factor
        if denominator.bit_length() > MAX_BITS:
            raise DimsOverflow(f"a denominator has more than {MAX_BITS:,} bits")
    return Polynomial(terms, denominator)


def _sum(left: Mapping[Monomial, int], below: int, right: Mapping[Monomial, int], other_below: int) -> Number:
    if below == other_below:
        terms, scale, denominator = dict(left), 1, below
    else:
        shared = gcd(below, other_below)
        up, scale, denominator = other_below // shared, below // shared, below // shared * other_below
        terms = {monomial: coefficient * up for monomial, coefficient in left.items()}
    for monomial, coefficient in right.items():
        terms[monomial] = terms.get(monomial, 0) + coefficient * scale
    return collapse(terms, denominator)


def _divide_by_polynomial(value: Number, divisor: Polynomial) -> Number:
    if not isinstance(value, Polynomial):
        if value == 0:
            return 0
        raise ValueError(f"{value}/({divisor}) is not a polynomial")
    if len(divisor.terms) == 1:
        ((monomial, coefficient),) = divisor.terms.items()
        quotient: Terms = {}
        for term, factor in value.terms.items():
            exponents = dict(term)
            for atom, exponent in monomial:
                exponents[atom] = exponents.get(atom, 0) - exponent
            if min(exponents.values(), default=-1) < 0:
                raise ValueError(f"({value})/({divisor}) is not a polynomial")
            quotient[_sorted((atom, exponent) for atom, exponent in exponents.items() if exponent)] = factor
        return divide(collapse(quotient), Fraction(coefficient * value.denominator, divisor.denominator))
    found = _long_division(value, divisor)
    if found is None:
        raise ValueError(f"({value})/({divisor}) is not known to be a polynomial")
    return found


def _long_division(value: Polynomial, divisor: Polynomial) -> Number | None:
    """The quotient of two polynomials where it comes out even, one leading term after the other."""
    atoms = sorted({atom for one in (value, divisor) for monomial in one.terms for atom, _ in monomial}, key=_serial)

    def rank(monomial: Monomial) -> tuple[int, ...]:
        exponents = dict(monomial)
        return tuple([exponents.get(atom, 0) for atom in atoms])

    lead = max(divisor.terms, key=rank)
    rest = {monomial: Fraction(coefficient, value.denominator) for monomial, coefficient in value.terms.items()}
    quotient: Number = 0
    for _ in range(MAX_QUOTIENT):
        if not rest:
            return divide(quotient, 1)
        top = max(rest, key=rank)
        exponents = {atom: above - below for atom, above, below in zip(atoms, rank(top), rank(lead), strict=True)}
        if min(exponents.values()) < 0:
            return None
        term = _sorted((atom, exponent) for atom, exponent in exponents.items() if exponent)
        factor = rest[top] * divisor.denominator / divisor.terms[lead]
        quotient = quotient + factor * collapse({term: 1})
        for monomial, coefficient in divisor.terms.items():
            product = _join(term, monomial)
            rest[product] = rest.get(product, Fraction(0)) - factor * Fraction(coefficient, divisor.denominator)
        rest = {monomial: coefficient for monomial, coefficient in rest.items() if coefficient}
    return None


def _serial(atom: Atom) -> int:
    return atom.serial


def _names(polynomial: Polynomial) -> str:
    return ", ".join(sorted({name for monomial in polynomial.terms for atom, _ in monomial for name in atom.symbols}))


def _restored(items: tuple[tuple[Monomial, int], ...], denominator: int) -> Polynomial:
    """Rebuild after a pickle: serial numbers, and with them the order of factors, belong to one process."""
    return Polynomial({_sorted(monomial): coefficient for monomial, coefficient in items}, denominator)
