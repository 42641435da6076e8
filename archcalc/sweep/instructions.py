"""Closed forms as instructions over integers, each with proven bounds.

Equal instructions are one. The bounds follow from those of the inputs by Python's own integers, before anything is
computed, so that whoever runs the instructions knows which width of a number is enough.

>>> from archcalc.dims import floor_div, symbol
>>> found = Instructions({"N": (1, 9)})
>>> register = found.value(floor_div(symbol("N") ** 2 - 10, 2))
>>> found.operations[register], found.bounds[register]
(Operation(name='plus', read=(3,), number=-5), (-5, 35))
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import reduce
from math import gcd
from typing import NamedTuple

from archcalc.dims import Condition, Number, Polynomial
from archcalc.dims.atoms import Atom, Extremum, Floor, Monomial, Symbol, atoms_inside_out

Terms = Mapping[Monomial, int]

TRUTHS = frozenset({"is_multiple", "at_least", "at_most", "is", "both"})
"""Operations that give truth: 1 or 0."""


class Operation(NamedTuple):
    """What is done, with which registers, and with which number: a `constant` is one, an `input` has its place."""

    name: str
    read: tuple[int, ...] = ()
    number: int = 0


class Instructions:
    """Instructions in the order in which they can be computed; a register is the place of one of them.

    `inputs` are the symbols, with the least and the greatest value of each.
    """

    def __init__(self, inputs: Mapping[str, tuple[int, int]]) -> None:
        self.inputs = tuple(inputs)
        self.operations: list[Operation] = []
        self.bounds: list[tuple[int, int]] = []
        """The least and the greatest value of each register, for all inputs."""
        self.reads: list[frozenset[str]] = []
        """The inputs on which each register depends."""
        self._known: dict[Operation, int] = {}
        self._atoms: dict[Atom, int] = {}
        self._sums: dict[frozenset[tuple[Monomial, int]], int] = {}
        self._inputs = {
            name: self._emit(Operation("input", number=place), *ends, reads=(name,))
            for place, (name, ends) in enumerate(inputs.items())
        }

    # What closed forms and conditions become

    def value(self, value: Number) -> int:
        """The register of a value, rounded down where it is not whole."""
        if not isinstance(value, Polynomial):
            return self.constant(value.numerator // value.denominator)
        return self.floor(self._polynomial(value.terms), value.denominator)

    def condition(self, condition: Condition) -> int:
        """The register of the truth of a condition."""
        subject = condition.subject
        if not isinstance(subject, Polynomial):
            return self.constant(int(condition.decide() is True))
        # The sign of a fraction, and whether it is 0, is that of its numerator.
        one, factor, constant = self._apart(subject.terms)
        if condition.relation == "multiple":
            return self.is_multiple(self._linear(one, factor, constant), condition.modulus * subject.denominator)
        if condition.relation == "equal":
            return self.compare("is", one, -constant // factor) if constant % factor == 0 else self.constant(0)
        if factor < 0:
            return self.compare("at_most", one, constant // -factor)
        return self.compare("at_least", one, -(constant // factor))

    def all_of(self, conditions: Iterable[Condition]) -> int:
        """The register of the truth of all conditions, those of few inputs first."""
        found = {self.condition(one): None for one in conditions}
        order = sorted(found, key=lambda register: (len(self.reads[register]), sorted(self.reads[register])))
        return reduce(self.both, order, self.constant(1))

    # Single operations

    def constant(self, number: int) -> int:
        """A number."""
        return self._emit(Operation("constant", number=number), number, number)

    def plus(self, one: int, number: int) -> int:
        """A register, and a number added to it."""
        if number == 0:
            return one
        low, high = self.bounds[one]
        return self._emit(Operation("plus", (one,), number), low + number, high + number)

    def times(self, one: int, number: int) -> int:
        """A multiple of a register."""
        if number == 1:
            return one
        ends = [end * number for end in self.bounds[one]]
        return self._emit(Operation("times", (one,), number), min(ends), max(ends))

    def add(self, one: int, other: int) -> int:
        """The sum of two registers."""
        for first, second in ((one, other), (other, one)):
            if (number := self._number(first)) is not None:
                return self.plus(second, number)
        (low, high), (least, most) = self.bounds[one], self.bounds[other]
        return self._emit(Operation("add", _sorted(one, other)), low + least, high + most)

    def multiply(self, one: int, other: int) -> int:
        """The product of two registers."""
        for first, second in ((one, other), (other, one)):
            if (number := self._number(first)) is not None:
                return self.times(second, number)
        ends = [left * right for left in self.bounds[one] for right in self.bounds[other]]
        low, high = min(ends), max(ends)
        if one == other:
            low = 0 if self.bounds[one][0] < 0 < self.bounds[one][1] else min(end * end for end in self.bounds[one])
        return self._emit(Operation("multiply", _sorted(one, other)), low, high)

    def floor(self, one: int, divisor: int) -> int:
        """A quotient, rounded down; the divisor is positive."""
        if divisor == 1:
            return one
        low, high = self.bounds[one]
        return self._emit(Operation("floor", (one,), divisor), low // divisor, high // divisor)

    def extremum(self, kind: str, one: int, other: int) -> int:
        """The smaller (`min`) or the larger (`max`) of two registers."""
        if one == other:
            return one
        choose = min if kind == "min" else max
        (low, high), (least, most) = self.bounds[one], self.bounds[other]
        if high <= least:
            return one if kind == "min" else other
        if most <= low:
            return other if kind == "min" else one
        return self._emit(Operation(kind, _sorted(one, other)), choose(low, least), choose(high, most))

    def is_multiple(self, one: int, modulus: int) -> int:
        """Whether a positive number divides a register."""
        if modulus == 1:
            return self.constant(1)
        number = self._number(one)
        if number is not None:
            return self.constant(int(number % modulus == 0))
        return self._emit(Operation("is_multiple", (one,), modulus), 0, 1)

    def compare(self, kind: str, one: int, number: int) -> int:
        """Whether a register is at least a number (`at_least`), at most (`at_most`), or the number itself (`is`)."""
        low, high = self.bounds[one]
        least, most = {
            "at_least": (low >= number, high >= number),
            "at_most": (high <= number, low <= number),
            "is": (low == high == number, low <= number <= high),
        }[kind]
        return self._emit(Operation(kind, (one,), number), int(least), int(most))

    def both(self, one: int, other: int) -> int:
        """Whether two truths hold."""
        if one == other:
            return one
        for first, second in ((one, other), (other, one)):
            if (number := self._number(first)) is not None:
                return second if number else first
        return self._emit(Operation("both", _sorted(one, other)), 0, 1)

    def _number(self, register: int) -> int | None:
        operation = self.operations[register]
        return operation.number if operation.name == "constant" else None

    def _emit(self, operation: Operation, low: int, high: int, reads: Iterable[str] = ()) -> int:
        if low == high and operation.name not in ("constant", "input"):
            return self.constant(low)
        register = self._known.get(operation)
        if register is None:
            register = self._known[operation] = len(self.operations)
            self.operations.append(operation)
            self.bounds.append((low, high))
            self.reads.append(frozenset(reads).union(*(self.reads[one] for one in operation.read)))
        return register

    # Polynomials

    def _polynomial(self, terms: Terms) -> int:
        """A polynomial with integer coefficients."""
        return self._linear(*self._apart(terms)) if any(terms) else self.constant(terms.get((), 0))

    def _linear(self, one: int, factor: int, constant: int) -> int:
        return self.plus(self.times(one, factor), constant)

    def _apart(self, terms: Terms) -> tuple[int, int, int]:
        """A sum as a register, a factor and what is added: sums that differ in these alone share the work."""
        rest = {monomial: coefficient for monomial, coefficient in terms.items() if monomial}
        factor = gcd(*rest.values())
        if rest[min(rest, key=_rank)] < 0:
            factor = -factor
        primitive = {monomial: coefficient // factor for monomial, coefficient in rest.items()}
        key = frozenset(primitive.items())
        register = self._sums.get(key)
        if register is None:
            self._compute_atoms(primitive)
            register = self._sums[key] = self._sum(primitive)
        return register, factor, terms.get((), 0)

    def _compute_atoms(self, terms: Terms) -> None:
        """Registers for all floors, minima and maxima, from the inside out: a network may nest a thousand of them."""
        for atom in atoms_inside_out((Polynomial(terms, 1),)):
            if atom in self._atoms:
                continue
            if isinstance(atom, Symbol):
                register = self._inputs[atom.name]
            elif isinstance(atom, Floor):
                register = self.floor(self._polynomial(atom.numerator.terms), atom.divisor)
            else:
                assert isinstance(atom, Extremum)
                options = sorted({self.value(option) for option in atom.options})
                register = reduce(lambda one, other, kind=atom.kind: self.extremum(kind, one, other), options)  # type: ignore[misc]
            self._atoms[atom] = register

    def _sum(self, terms: Terms) -> int:
        """A sum whose terms are grouped by the inputs that they depend on: on a grid, few inputs are few numbers."""
        groups: dict[frozenset[str], dict[Monomial, int]] = {}
        for monomial, coefficient in terms.items():
            groups.setdefault(_symbols(monomial), {})[monomial] = coefficient
        order = sorted(groups, key=lambda names: (len(names), sorted(names)))
        return reduce(self.add, [self._group(groups[names], names) for names in order])

    def _group(self, terms: Terms, names: frozenset[str]) -> int:
        """Terms of the same inputs. Where these are several, they are a sum of products f(one) * g(the others)."""
        if len(names) > 1:
            parts = min((_by_factor(terms, name) for name in sorted(names)), key=len)
            if list(parts) != [()]:
                products = [self.multiply(self._product(one, 1), self._sum(rest)) for one, rest in parts.items()]
                return reduce(self.add, products)
        return self._horner(terms)

    def _horner(self, terms: Terms) -> int:
        """A sum in which the factor that most terms have stands in front."""
        times = Counter(atom for monomial in terms for atom, _ in monomial)
        atom, most = max(times.items(), key=lambda one: (one[1], -one[0].serial), default=(None, 0))
        if atom is None or most == 1:
            return reduce(self.add, [self._product(*term) for term in sorted(terms.items(), key=_rank_of_term)])
        inside: dict[Monomial, int] = {}
        rest: dict[Monomial, int] = {}
        for monomial, coefficient in terms.items():
            exponents = dict(monomial)
            if atom in exponents:
                exponents[atom] -= 1
                inside[tuple([(one, times) for one, times in exponents.items() if times])] = coefficient
            else:
                rest[monomial] = coefficient
        product = self.multiply(self._atoms[atom], self._horner(inside))
        return self.add(product, self._horner(rest)) if rest else product

    def _product(self, monomial: Monomial, factor: int) -> int:
        """A product, factors of few inputs first, and its number with the first of them."""
        order = sorted(monomial, key=lambda part: (len(part[0].symbols), sorted(part[0].symbols)))
        powers = [self._atoms[atom] for atom, exponent in order for _ in range(exponent)]
        return reduce(self.multiply, powers, self.constant(factor))

    def needed(self, outputs: Iterable[int], given: Iterable[int] = ()) -> list[int]:
        """The registers that outputs are made from, each soon before it is read, so that few are kept at a time.

        What others are made from that are `given` is left out, and so are these.
        """
        known = dict.fromkeys(given)
        found: dict[int, None] = {}
        waiting = [(register, False) for register in reversed(list(outputs))]
        while waiting:
            register, is_open = waiting.pop()
            if register in found or register in known:
                continue
            if is_open:
                found[register] = None
            else:
                waiting.append((register, True))
                waiting.extend((one, False) for one in reversed(self.operations[register].read))
        return list(found)


def _sorted(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one <= other else (other, one)


def _symbols(monomial: Monomial) -> frozenset[str]:
    return frozenset().union(*(atom.symbols for atom, _ in monomial))


def _by_factor(terms: Terms, name: str) -> dict[Monomial, dict[Monomial, int]]:
    """Terms by their factors of one input alone, each with the sum of what it is multiplied with."""
    found: dict[Monomial, dict[Monomial, int]] = {}
    for monomial, coefficient in terms.items():
        alone = tuple([factor for factor in monomial if factor[0].symbols == {name}])
        rest = tuple([factor for factor in monomial if factor[0].symbols != {name}])
        found.setdefault(alone, {})[rest] = coefficient
    return found


def _rank(monomial: Monomial) -> list[tuple[int, int]]:
    return [(atom.serial, exponent) for atom, exponent in monomial]


def _rank_of_term(term: tuple[Monomial, int]) -> list[tuple[int, int]]:
    return _rank(term[0])
