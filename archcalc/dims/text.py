"""Values written in the expression language, so that they can be pasted into a specification."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.dims.atoms import Atom, Extremum, Floor, Monomial, atoms_inside_out
from archcalc.dims.atoms import Symbol as SymbolAtom
from archcalc.dims.polynomial import DimsOverflow, Number, Polynomial

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_LENGTH = 1_000_000

_Key = tuple[int, tuple[tuple[bool, str, int], ...]]


class Notation:
    """How the parts of an expression are written. This one writes the expression language; others override parts."""

    __slots__ = ()

    def symbol(self, name: str) -> str:
        """A symbol."""
        return name

    def power(self, base: str, exponent: int) -> str:
        """An atom to a power above 1."""
        return f"{base}**{exponent}"

    def product(self, factors: Sequence[str]) -> str:
        """Factors that need no parentheses."""
        return "*".join(factors)

    def quotient(self, numerator: str, divisor: int, is_sum: bool) -> str:
        """A sum or a single term over an integer above 1."""
        return f"({numerator})/{divisor}" if is_sum else f"{numerator}/{divisor}"

    def floor(self, quotient: str) -> str:
        """A rounded quotient."""
        return f"floor({quotient})"

    def extremum(self, kind: str, options: Sequence[str]) -> str:
        """A minimum or maximum."""
        return f"{kind}({', '.join(options)})"


def expression_text(polynomial: Polynomial) -> str:
    """The polynomial as an expression: higher degrees first, then by name.

    Raises: DimsOverflow if the text would be longer than a million characters (nested floors share their insides, a
    text repeats them).

    >>> from archcalc.dims import ceil_div, symbol
    >>> n = symbol("N")
    >>> expression_text(3 * n**2 - 4 * n + 1)
    '3*N**2 - 4*N + 1'
    >>> expression_text(ceil_div(n, 2) - 1)
    'floor((N + 1)/2) - 1'
    """
    return written(polynomial, Notation())


def written(polynomial: Polynomial, notation: Notation) -> str:
    """The polynomial in a notation; the order of terms is that of `expression_text`, and so are the errors."""
    plain = _atom_texts(polynomial, Notation(), {})
    texts = plain if type(notation) is Notation else _atom_texts(polynomial, notation, plain)
    return _short_enough(_quotient(polynomial, polynomial.denominator, notation, texts, plain))


def leading_sign(value: Number) -> int:
    """The sign, 1 or -1, of a number or of the term that a polynomial shows first."""
    if not isinstance(value, Polynomial):
        return -1 if value < 0 else 1
    plain = _atom_texts(value, Notation(), {})
    return -1 if _ordered_terms(value, plain)[0][1] < 0 else 1


def _atom_texts(polynomial: Polynomial, notation: Notation, order: Mapping[Atom, str]) -> dict[Atom, str]:
    """The text of every atom; terms are ordered by `order`, or by the texts themselves if it is empty."""
    texts: dict[Atom, str] = {}
    order = order or texts
    for atom in atoms_inside_out((polynomial,)):
        if isinstance(atom, SymbolAtom):
            text = notation.symbol(atom.name)
        elif isinstance(atom, Floor):
            text = notation.floor(_quotient(atom.numerator, atom.divisor, notation, texts, order))
        else:
            assert isinstance(atom, Extremum)
            text = notation.extremum(atom.kind, _options(atom, notation, texts, order))
        texts[atom] = _short_enough(text)
    return texts


def _ordered_terms(polynomial: Polynomial, order: Mapping[Atom, str]) -> list[tuple[Monomial, int]]:
    keyed = []
    for monomial, coefficient in polynomial.terms.items():
        factors = tuple(sorted(monomial, key=lambda factor: (factor[0].inner != (), order[factor[0]])))
        keyed.append((_key(factors, order), factors, coefficient))
    keyed.sort(key=lambda term: term[0])
    return [(factors, coefficient) for _, factors, coefficient in keyed]


def _key(factors: Monomial, order: Mapping[Atom, str]) -> _Key:
    """High degrees first; then symbols before floors and extrema, by name; then high powers."""
    degree = sum(exponent for _, exponent in factors)
    return -degree, tuple((atom.inner != (), order[atom], -exponent) for atom, exponent in factors)


def _quotient(
    numerator: Polynomial, divisor: int, notation: Notation, texts: Mapping[Atom, str], order: Mapping[Atom, str]
) -> str:
    text = _sum(numerator, notation, texts, order)
    return text if divisor == 1 else notation.quotient(text, divisor, len(numerator.terms) > 1)


def _options(atom: Extremum, notation: Notation, texts: Mapping[Atom, str], order: Mapping[Atom, str]) -> list[str]:
    # The constant stands last: max(N - 4, 0).
    symbolic = [option for option in atom.options if isinstance(option, Polynomial)]
    constants = [str(option) for option in atom.options if isinstance(option, int)]
    symbolic.sort(key=lambda option: _sum(option, Notation(), order, order))
    return [_sum(option, notation, texts, order) for option in symbolic] + constants


def _sum(polynomial: Polynomial, notation: Notation, texts: Mapping[Atom, str], order: Mapping[Atom, str]) -> str:
    parts: list[str] = []
    for monomial, coefficient in _ordered_terms(polynomial, order):
        if parts:
            parts.append(" - " if coefficient < 0 else " + ")
        elif coefficient < 0:
            parts.append("-")
        factors = [
            texts[atom] if exponent == 1 else notation.power(texts[atom], exponent) for atom, exponent in monomial
        ]
        if abs(coefficient) != 1 or not factors:
            factors.insert(0, str(abs(coefficient)))
        parts.append(notation.product(factors))
    return "".join(parts)


def _short_enough(text: str) -> str:
    if len(text) > MAX_LENGTH:
        raise DimsOverflow(f"the expression has more than {MAX_LENGTH:,} characters")
    return text
