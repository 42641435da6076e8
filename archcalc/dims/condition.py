"""Conditions on symbols: what must hold for a network to be legal."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from math import gcd, lcm, prod
from typing import Literal, NamedTuple

from archcalc.dims.atoms import Atom, Floor, Symbol, atoms_inside_out
from archcalc.dims.bounds import never_negative
from archcalc.dims.polynomial import Dim, DimsOverflow, Number, Polynomial, divide, symbol
from archcalc.dims.substitution import free_symbols, substitute
from archcalc.dims.text import leading_sign
from archcalc.dims.unknown import is_known

# More residue classes than this, or more terms in all of them, are left undecided here.
MAX_CLASSES = 128
MAX_CLASS_TERMS = 10_000

Relation = Literal["at-least", "equal", "multiple"]


class Condition(NamedTuple):
    """A statement about one value: it is >= 0, it is 0, or it is a multiple of `modulus`.

    Build it with `at_least`, `equal` or `multiple`. Symbols are integers >= 1.

    >>> n = symbol("N")
    >>> print(Condition.at_least(n, 188), Condition.at_least(n, 188).decide())
    N >= 188 None
    >>> Condition.at_least(n, 1).decide(), Condition.equal(n, n + 1).decide()
    (True, False)
    """

    relation: Relation
    subject: Number
    modulus: int = 1

    @classmethod
    def at_least(cls, value: Number, bound: Number) -> Condition:
        """The condition value >= bound."""
        return cls("at-least", value - bound)

    @classmethod
    def equal(cls, value: Number, other: Number) -> Condition:
        """The condition value = other, which is the same as other = value."""
        difference = value - other
        return cls("equal", difference * leading_sign(difference))

    @classmethod
    def multiple(cls, value: Number, modulus: int) -> Condition:
        """The condition that the modulus divides the value; with 1, that the value is whole.

        Raises: ValueError unless the modulus is positive.

        >>> print(Condition.multiple(symbol("N") - 4, 2))
        N - 4 is a multiple of 2
        """
        if modulus <= 0:
            raise ValueError(f"the modulus must be positive, not {modulus}")
        return cls("multiple", value, modulus)

    def substitute(self, values: Mapping[str, Dim]) -> Condition:
        """The same condition with sizes in the place of symbols."""
        subject = substitute(self.subject, values)
        if self.relation == "equal":
            subject = subject * leading_sign(subject)
        return self._replace(subject=subject)

    def holds_at(self, values: Mapping[str, int]) -> bool:
        """Whether the condition holds at these sizes.

        Raises: ValueError if a symbol has no value.
        """
        subject = substitute(self.subject, values)
        missing = free_symbols(subject)
        if missing:
            raise ValueError(f"no value for {', '.join(sorted(missing))}")
        return self._of_number(subject)

    def decide(self) -> bool | None:
        """True if the condition holds for all symbols, False if for none, None if it is not known or depends on them.

        Of sizes that an error keeps unknown nothing is known.

        Cost: a look at the coefficients; with floors, one look for each residue class, at most 128.
        """
        subject = self.subject
        if not isinstance(subject, Polynomial):
            return self._of_number(subject)
        if not is_known(subject):
            return None
        line = _line(subject)
        if line is not None:
            return self._decide_line(*line, subject.denominator)
        answer = self.decide_by_signs()
        return self._decide_by_classes(subject) if answer is None else answer

    def __str__(self) -> str:
        if self.relation == "multiple":
            if self.modulus == 1:
                return f"{self.subject} is a whole number"
            return f"{self.subject} is a multiple of {self.modulus}"
        left, right = _sides(self.subject)
        return f"{left} {'=' if self.relation == 'equal' else '>='} {right}"

    def _of_number(self, number: Number) -> bool:
        assert not isinstance(number, Polynomial)
        if self.relation == "at-least":
            return number >= 0
        if self.relation == "equal":
            return number == 0
        return number % self.modulus == 0

    def decide_by_signs(self) -> bool | None:
        """As `decide`, from the coefficients alone; it answers less often."""
        subject = self.subject
        if not isinstance(subject, Polynomial):
            return self._of_number(subject)
        if self.relation == "multiple":
            # Atoms are integers: multiples of the modulus in every term but the constant leave the constant to decide.
            modulus = self.modulus * subject.denominator
            if any(coefficient % modulus for monomial, coefficient in subject.terms.items() if monomial):
                return None
            return subject.terms.get((), 0) % modulus == 0
        if self.relation == "at-least":
            if never_negative(subject):
                return True
            return False if _always_negative(subject) else None
        return False if _always_negative(subject) or _always_negative(-subject) else None

    def _decide_line(self, slope: int, offset: int, denominator: int) -> bool | None:
        """Decide for (slope*N + offset)/denominator, which most sizes are. The slope is not 0."""
        if self.relation == "multiple":
            modulus = self.modulus * denominator
            common = gcd(slope, modulus)
            if offset % common:
                return False
            return True if common == modulus else None
        first = slope + offset
        if self.relation == "at-least":
            if slope > 0:
                return True if first >= 0 else None
            return False if first < 0 else None
        return None if offset % slope == 0 and -offset // slope >= 1 else False

    def _decide_by_classes(self, subject: Polynomial) -> bool | None:
        """Split symbols by their remainders: N = m*t + r makes floors of N exact if all divisors divide m."""
        every = periods(subject, self.modulus)
        classes = prod(every.values())
        if classes == 1 or classes > MAX_CLASSES or classes * _size(subject) > MAX_CLASS_TERMS:
            return None
        names = list(every)
        answer: bool | None = None
        for rests in product(*(range(period) for period in every.values())):
            # The new symbol keeps the name, and t >= 1 like all symbols: N = m*t - rest with 0 <= rest < m.
            places = {name: symbol(name) * every[name] - rest for name, rest in zip(names, rests, strict=True)}
            try:
                found = self.substitute(places).decide_by_signs()
            except DimsOverflow:
                return None
            if found is None or (answer is not None and found is not answer):
                return None
            answer = found
        return answer


def _line(subject: Polynomial) -> tuple[int, int] | None:
    """Slope and offset of the numerator, if it is of degree 1 in a single symbol."""
    if len(subject.terms) > 2:
        return None
    slope = 0
    for monomial, coefficient in subject.terms.items():
        if monomial:
            ((atom, exponent), *others) = monomial
            if slope or others or exponent != 1 or not isinstance(atom, Symbol):
                return None
            slope = coefficient
    return slope, subject.terms.get((), 0)


def _always_negative(subject: Polynomial) -> bool:
    # Over the common denominator the value is an integer, so that below zero means at most -1.
    whole = subject * subject.denominator
    return never_negative(-whole - 1)


def _size(subject: Polynomial) -> int:
    """How many terms stand in the subject and in its floors."""
    floors = (atom for atom in atoms_inside_out((subject,)) if isinstance(atom, Floor))
    return len(subject.terms) + sum(len(floor.numerator.terms) for floor in floors)


def periods(subject: Polynomial, modulus: int) -> dict[str, int]:
    """For each symbol, a period after which every floor and every remainder of the subject repeats.

    >>> from archcalc.dims import floor_div
    >>> periods(floor_div(symbol("N"), 8) * symbol("W"), 3)
    {'N': 24, 'W': 3}
    """
    inside: dict[Atom, int] = {}
    for atom in atoms_inside_out((subject,)):
        period = lcm(*(inside[inner] for inner in atom.inner))
        inside[atom] = period * atom.divisor if isinstance(atom, Floor) else period
    found = dict.fromkeys(sorted(free_symbols(subject)), 1)
    for monomial in subject.terms:
        for atom, _ in monomial:
            for name in atom.symbols:
                found[name] = lcm(found[name], inside[atom] * modulus * subject.denominator)
    return found


def _sides(subject: Number) -> tuple[Number, Number]:
    """The terms with positive coefficients, and the others with their signs changed."""
    if not isinstance(subject, Polynomial):
        return subject, 0
    left: Number = 0
    right: Number = 0
    for monomial, coefficient in subject.terms.items():
        term = Polynomial({monomial: abs(coefficient)}, 1) if monomial else abs(coefficient)
        if coefficient > 0:
            left = left + term
        else:
            right = right + term
    if subject.denominator != 1:
        return divide(left, subject.denominator), divide(right, subject.denominator)
    return left, right
