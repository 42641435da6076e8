"""The decision for one symbol: conditions in, the complete set of its legal values out.

Bounds are read off where a condition is monotonic, congruences are merged by the Chinese remainder theorem, and what
is left is decided class by class, only within the classes that are still alive.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import gcd, lcm
from typing import NamedTuple

from archcalc.dims import Condition, DimsOverflow, Number, Polynomial, symbol
from archcalc.dims.atoms import Atom, Extremum, Floor, Symbol, atoms_inside_out
from archcalc.dims.condition import periods
from archcalc.layers.site import Requirement
from archcalc.sizes.classes import holds_in_class
from archcalc.sizes.contribution import Contribution
from archcalc.sizes.sets import MAX_MODULUS, IntegerSet, SetOverflow
from archcalc.sizes.signs import Coefficients, Interval, not_negative, zero

MAX_CLASSES = 8_192
"""Residue classes that are looked at for one condition one by one; beyond that they are sieved prime by prime."""

MAX_SIEVED = 4_000
"""Classes that a sieve looks at before it gives up."""

MAX_WORK = 8 * MAX_CLASSES
"""Classes that are looked at for all conditions on a symbol together, some two seconds."""

MAX_TRIED = 2_000
"""Values that are put in one by one, where so few are left."""


class Decided(NamedTuple):
    """The legal values of one symbol, who caused them, and what was not decided."""

    values: IntegerSet
    causes: list[Contribution]
    undecided: list[Requirement]


class _Work:
    """How many classes may still be looked at."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_WORK

    def spend(self, amount: int) -> None:
        """Charge classes before they are looked at. Raises: SetOverflow if they are too many."""
        if amount > self.left:
            raise SetOverflow("too many classes")
        self.left -= amount


def decide_axis(asked: Sequence[Requirement], name: str) -> Decided:
    """The values of a symbol at which all conditions hold; each is a condition on this symbol alone."""
    narrowed = IntegerSet.everything()
    causes: list[Contribution] = []
    harder: list[Requirement] = []
    # Layers behind each other ask for the same remainder again and again.
    known: set[tuple[int, int]] = set()
    lower: tuple[int, Requirement | None] = (1, None)
    upper: tuple[int | None, Requirement | None] = (None, None)
    for one in asked:
        try:
            intervals = _bounds(one.condition)
        except SetOverflow:
            harder.append(one)
            continue
        if intervals is not None and len(intervals) == 1:
            first, last = intervals[0]
            if first > lower[0]:
                lower = (first, one)
            if last is not None and (upper[0] is None or last < upper[0]):
                upper = (last, one)
            continue
        congruence = _congruence(one.condition) if intervals is None else None
        if congruence is not None and congruence in known:
            continue
        try:
            after = _narrowed(narrowed, intervals, congruence)
        except SetOverflow:
            after = None
        if after is None:
            harder.append(one)
            continue
        if congruence is not None:
            known.add(congruence)
        if after != narrowed:
            narrowed = after
            causes.append(Contribution(name, one.layer, narrowed, one.reason))
    bounded = IntegerSet.between(lower[0], upper[0])
    values = narrowed & bounded
    undecided: list[Requirement] = []
    work = _Work()
    for one in sorted(harder, key=lambda one: _period(one.condition, name)):
        try:
            kept = _within(values, one.condition, name, work)
        except (SetOverflow, DimsOverflow):
            kept = None
        if kept is None:
            undecided.append(one)
        elif kept != values:
            values = kept
            causes.append(Contribution(name, one.layer, values, one.reason))
    if lower[1] is not None and lower[1] is upper[1]:
        causes.append(Contribution(name, lower[1].layer, bounded, lower[1].reason))
        return Decided(values, causes, undecided)
    if lower[1] is not None:
        causes.append(Contribution(name, lower[1].layer, IntegerSet.between(lower[0], None), lower[1].reason))
    if upper[1] is not None:
        causes.append(Contribution(name, upper[1].layer, IntegerSet.between(1, upper[0]), upper[1].reason))
    return Decided(values, causes, undecided)


def _narrowed(
    values: IntegerSet, intervals: list[Interval] | None, congruence: tuple[int, int] | None
) -> IntegerSet | None:
    """The values in one of the intervals, or with a remainder; None if there is neither. Raises: SetOverflow."""
    if intervals is not None:
        return values & _union(intervals)
    if congruence is None:
        return None
    residue, modulus = congruence
    if modulus > MAX_MODULUS:
        raise SetOverflow(f"the pattern repeats only after {modulus:,} numbers")
    return values & IntegerSet.progression(residue, modulus) if modulus else IntegerSet.empty()


def _union(intervals: Iterable[Interval]) -> IntegerSet:
    found = IntegerSet.empty()
    for first, last in intervals:
        found = found | IntegerSet.between(first, last)
    return found


def _bounds(condition: Condition) -> list[Interval] | None:
    """Intervals of the symbol in which an inequality or equation holds, if it can be peeled: it is a polynomial in one
    floor, that floor is of a polynomial in one floor, and so on down to the symbol. Raises: SetOverflow."""
    if condition.relation == "multiple":
        return None
    where = zero if condition.relation == "equal" else not_negative
    inner = _in_one_atom(condition.subject)
    if inner is None:
        return None
    polynomial, atom = inner
    if atom.least is None:
        return None
    intervals = where(polynomial, atom.least, None)
    while isinstance(atom, Floor):
        inner = _in_one_atom(atom.numerator)
        if inner is None or inner[1].least is None:
            return None
        divisor = atom.divisor
        polynomial, atom = inner
        assert atom.least is not None
        # a <= floor(P/d) <= b  is  d*a <= P <= d*b + d - 1.
        below: list[Interval] = []
        for first, last in intervals:
            reached = not_negative(_shifted(polynomial, -divisor * first), atom.least, None)
            if last is not None:
                end = divisor * last + divisor - 1
                kept = not_negative(tuple([-c for c in _shifted(polynomial, -end)]), atom.least, None)
                reached = _common(reached, kept)
            below.extend(reached)
        intervals = sorted(below, key=lambda interval: interval[0])
    return intervals


def _shifted(polynomial: Coefficients, by: int) -> Coefficients:
    return (polynomial[0] + by, *polynomial[1:])


def _common(one: list[Interval], two: list[Interval]) -> list[Interval]:
    found: list[Interval] = []
    for first, last in one:
        for start, end in two:
            low = max(first, start)
            high = min((limit for limit in (last, end) if limit is not None), default=None)
            if high is None or low <= high:
                found.append((low, high))
    return found


def _in_one_atom(value: Number) -> tuple[Coefficients, Atom] | None:
    """The numerator as a polynomial in the only atom that it shows."""
    if not isinstance(value, Polynomial):
        return None
    atom: Atom | None = None
    coefficients: dict[int, int] = {0: 0}
    for monomial, coefficient in value.terms.items():
        if not monomial:
            coefficients[0] = coefficient
            continue
        (one, exponent), *others = monomial
        if others or (atom is not None and one is not atom):
            return None
        atom = one
        coefficients[exponent] = coefficient
    if atom is None or not isinstance(atom, (Floor, Symbol)):
        return None
    return tuple([coefficients.get(power, 0) for power in range(max(coefficients) + 1)]), atom


def _congruence(condition: Condition) -> tuple[int, int] | None:
    """Remainder and modulus of the values at which m divides a*N + b; a modulus of 0 means that it never does."""
    inner = _in_one_atom(condition.subject)
    if condition.relation != "multiple" or inner is None or len(inner[0]) != 2 or not isinstance(inner[1], Symbol):
        return None
    (offset, slope), _ = inner
    assert isinstance(condition.subject, Polynomial)
    modulus = condition.modulus * condition.subject.denominator
    common = gcd(slope, modulus)
    if offset % common:
        return 0, 0
    modulus //= common
    return -(offset // common) * pow(slope // common, -1, modulus) % modulus, modulus


def _period(condition: Condition, name: str) -> int:
    assert isinstance(condition.subject, Polynomial)
    return periods(condition.subject, condition.modulus).get(name, 1)


def _within(values: IntegerSet, condition: Condition, name: str, work: _Work) -> IntegerSet | None:
    """The values at which the condition holds, or None if there are too many classes. Raises: SetOverflow."""
    count = values.count
    if count is not None and count <= MAX_TRIED:
        work.spend(count // 4)
        return IntegerSet.of([value for value in values if condition.holds_at({name: value})])
    assert isinstance(condition.subject, Polynomial)
    period = _period(condition, name)
    before = lcm(*(run.modulus for run in values.runs))
    modulus = lcm(before, period)
    congruence = _congruence(condition)
    if congruence is not None and lcm(before, congruence[1]) > MAX_MODULUS:
        # Only a contradiction can still be written down.
        residue, common = congruence[0], gcd(before, congruence[1])
        return None if values & IntegerSet.progression(residue, common) else IntegerSet.empty()
    alive = {residue for run in values.runs for residue in _turned(run.residues, run.modulus, before)}
    weight = _weight(condition.subject)
    amount = len(alive) * (modulus // before) * weight
    if amount > MAX_CLASSES:
        return _sieved(values, condition, name, before, modulus, alive, work)
    work.spend(amount)
    classes = {
        residue % modulus: holds_in_class(condition, modulus, residue)
        for start in alive
        for residue in range(start or before, modulus + 1, before)
    }
    return values & IntegerSet.of_classes(modulus, classes)


def _weight(subject: Polynomial) -> int:
    """How much work it is to look at a class: 1 for a line in a symbol, more for every atom and for high degrees."""
    atoms = atoms_inside_out((subject,))
    degrees: dict[Atom, int] = {}
    for atom in atoms:
        inner = (atom.numerator,) if isinstance(atom, Floor) else atom.options if isinstance(atom, Extremum) else ()
        degrees[atom] = max([_degree(one, degrees) for one in inner], default=1)
    return len(atoms) * max(1, _degree(subject, degrees) ** 2 // 4)


def _degree(value: Number, degrees: Mapping[Atom, int]) -> int:
    terms = value.terms if isinstance(value, Polynomial) else ()
    return max([sum(degrees[atom] * exponent for atom, exponent in monomial) for monomial in terms], default=0)


def _turned(residues: Sequence[int], modulus: int, whole: int) -> Iterable[int]:
    return (residue + turn for residue in residues for turn in range(0, whole, modulus))


def _sieved(
    values: IntegerSet, condition: Condition, name: str, modulus: int, whole: int, alive: Iterable[int], work: _Work
) -> IntegerSet | None:
    """Class by class, from coarse to fine: most are decided before the pattern repeats. Raises: SetOverflow."""
    if whole > MAX_MODULUS:
        return None
    assert isinstance(condition.subject, Polynomial)
    weight = _weight(condition.subject)
    waiting = [(modulus, residue or modulus) for residue in sorted(alive)]
    classes: dict[int, list[Interval]] = {}
    visited = 0
    while waiting:
        modulus, residue = waiting.pop()
        visited += 1
        if visited > MAX_SIEVED:
            return None
        work.spend(weight)
        # The new symbol keeps the name and is >= 1, as all symbols are.
        place = symbol(name) * modulus - (modulus - residue) if modulus > 1 else symbol(name)
        answer = condition.substitute({name: place}).decide_by_signs()
        if answer is False:
            continue
        if answer is None and modulus < whole:
            prime = _least_prime(whole // modulus)
            waiting.extend((modulus * prime, residue + turn * modulus) for turn in range(prime))
            continue
        if answer is None:
            classes[residue % whole] = holds_in_class(condition, whole, residue)
            continue
        for number in range(residue, whole + 1, modulus):
            classes[number % whole] = [(number, None)]
        # Entering a class costs next to nothing beside a look at it, but a coarse one is entered very often.
        visited += whole // modulus // 64
    return values & IntegerSet.of_classes(whole, classes)


def _least_prime(number: int) -> int:
    prime = 2
    while number % prime:
        prime += 1
    return prime
