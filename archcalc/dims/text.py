"""Values written in the expression language, so that they can be pasted into a specification, and in others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from archcalc.dims.atoms import UNNAMED, Atom, Extremum, Floor, Monomial, atoms_inside_out
from archcalc.dims.atoms import Symbol as SymbolAtom
from archcalc.dims.polynomial import DimsOverflow, Number, Polynomial

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")

MAX_LENGTH = 1_000_000

_Key = tuple[int, tuple[tuple[bool, str, int], ...]]


class Notation(NamedTuple, Generic[T]):
    """What becomes of the parts of a polynomial, from the innermost outwards: texts, or trees.

    `number` gets whole numbers from 0 on, `power` an atom and an exponent above 1. `sum` gets products: whether each is
    taken away, and its factors, of which none is a sum. `quotient` gets a sum or a single term, an integer above 1, and
    whether it is a sum; `floor` a quotient; `extremum` min or max and the options.
    """

    number: Callable[[int], T]
    symbol: Callable[[str], T]
    power: Callable[[T, int], T]
    sum: Callable[[Sequence[tuple[bool, Sequence[T]]]], T]
    quotient: Callable[[T, int, bool], T]
    floor: Callable[[T], T]
    extremum: Callable[[str, Sequence[T]], T]


def signed_sum(terms: Sequence[tuple[bool, Sequence[str]]], times: str) -> str:
    """A sum as text, with `times` between factors.

    >>> signed_sum([(True, ["2", "N"]), (False, ["1"])], times="*")
    '-2*N + 1'
    """
    text = "".join(f" {'-' if negative else '+'} {times.join(factors)}" for negative, factors in terms)
    return text.removeprefix(" + ") if text.startswith(" + ") else f"-{text.removeprefix(' - ')}"


_TEXT: Notation[str] = Notation(
    number=str,
    symbol=str,
    power=lambda base, exponent: f"{base}**{exponent}",
    sum=lambda terms: signed_sum(terms, times="*"),
    quotient=lambda above, below, is_sum: f"({above})/{below}" if is_sum else f"{above}/{below}",
    floor=lambda quotient: f"floor({quotient})",
    extremum=lambda kind, options: f"{kind}({', '.join(options)})",
)


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
    return _plain(polynomial)[0]


def written(polynomial: Polynomial, notation: Notation[T]) -> T:
    """The polynomial in a notation; the order of terms is that of `expression_text`, and so are the errors."""
    _, order = _plain(polynomial)
    return _quotient(polynomial, polynomial.denominator, notation, _atoms(polynomial, notation, order), order)


def leading_sign(value: Number) -> int:
    """The sign, 1 or -1, of a number or of the term that a polynomial shows first."""
    if not isinstance(value, Polynomial):
        return -1 if value < 0 else 1
    return -1 if _ordered_terms(value, _plain_atoms(value))[0][1] < 0 else 1


def _plain(polynomial: Polynomial) -> tuple[str, dict[Atom, str]]:
    """The text of a polynomial in the expression language, and that of every atom in it."""
    texts = _plain_atoms(polynomial)
    return _short_enough(_quotient(polynomial, polynomial.denominator, _TEXT, texts, texts)), texts


def _plain_atoms(polynomial: Polynomial) -> dict[Atom, str]:
    texts: dict[Atom, str] = {}
    for atom in atoms_inside_out((polynomial,)):
        texts[atom] = _short_enough(_atom(atom, _TEXT, texts, texts))
    return texts


def _atoms(polynomial: Polynomial, notation: Notation[T], order: Mapping[Atom, str]) -> dict[Atom, T]:
    found: dict[Atom, T] = {}
    for atom in atoms_inside_out((polynomial,)):
        found[atom] = _atom(atom, notation, found, order)
    return found


def _atom(atom: Atom, notation: Notation[T], found: Mapping[Atom, T], order: Mapping[Atom, str]) -> T:
    if isinstance(atom, SymbolAtom):
        return notation.symbol(atom.name if atom.is_known else UNNAMED)
    if isinstance(atom, Floor):
        return notation.floor(_quotient(atom.numerator, atom.divisor, notation, found, order))
    assert isinstance(atom, Extremum)
    return notation.extremum(atom.kind, _options(atom, notation, found, order))


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
    numerator: Polynomial, divisor: int, notation: Notation[T], found: Mapping[Atom, T], order: Mapping[Atom, str]
) -> T:
    above = _sum(numerator, notation, found, order)
    return above if divisor == 1 else notation.quotient(above, divisor, len(numerator.terms) > 1)


def _options(atom: Extremum, notation: Notation[T], found: Mapping[Atom, T], order: Mapping[Atom, str]) -> list[T]:
    # The constant stands last: max(N - 4, 0).
    symbolic = [option for option in atom.options if isinstance(option, Polynomial)]
    symbolic.sort(key=lambda option: _sum(option, _TEXT, order, order))
    constants = [_constant(option, notation) for option in atom.options if isinstance(option, int)]
    return [_sum(option, notation, found, order) for option in symbolic] + constants


def _sum(polynomial: Polynomial, notation: Notation[T], found: Mapping[Atom, T], order: Mapping[Atom, str]) -> T:
    terms: list[tuple[bool, list[T]]] = []
    for monomial, coefficient in _ordered_terms(polynomial, order):
        factors = [
            found[atom] if exponent == 1 else notation.power(found[atom], exponent) for atom, exponent in monomial
        ]
        if abs(coefficient) != 1 or not factors:
            factors.insert(0, notation.number(abs(coefficient)))
        terms.append((coefficient < 0, factors))
    return notation.sum(terms)


def _constant(value: int, notation: Notation[T]) -> T:
    return notation.sum([(value < 0, [notation.number(abs(value))])])


def _short_enough(text: str) -> str:
    if len(text) > MAX_LENGTH:
        raise DimsOverflow(f"the expression has more than {MAX_LENGTH:,} characters")
    return text
