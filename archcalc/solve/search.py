"""How a question is answered: decided for all values at once where symbols can stand for them, else value by value.

For which depths and image sizes does this network write maps of 7x7? The depth decides how many layers there are, so
that no symbol can stand for it: the search tries 1, 2 and 3. At each of them N stays a symbol, and one decision over
the conditions of the layers (what the pool reads is even) and of the question finds every N. Each depth gives a box:

>>> import archcalc
>>> network = archcalc.load('''
...     input: [1, N, N]
...     at: {N: 28}
...     let: {depth: 2}
...     layers: [{repeat: depth, do: [conv: {out: 8, kernel: 5}]}, {max_pool: 2}]
... ''')
>>> print(network.solve(["depth=1..3", "N"], "size(network) = 7x7"))
depth = 1; N = 18
depth = 2; N = 22
depth = 3; N = 26

The largest depth with at most 5,000 parameters needs no symbol: every depth is a `Trial`, measured with numbers. The
first one that misses the constraint says by its quantities why the solutions end there:

>>> print(network.solve("depth=1..9", "parameters <= 5000").to_text("largest"))
depth = 3
  depth = 3: parameters = 3,424
  but depth = 4: parameters = 5,032
complete: depth = 1..9 tried one by one

Where that would be too many networks, a sweep goes through all combinations (`swept`), and trials are made of those
alone that say something about the ends. It is asked once, when it becomes clear how many there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.diagnostics import Diagnostic
from archcalc.diagnostics.codes import claims as claim_codes
from archcalc.dims import Condition, Number, Polynomial, symbol
from archcalc.expressions.values import UnknownValue, Unresolved, Value
from archcalc.layers.site import Requirement
from archcalc.network import Network, Settings
from archcalc.program import Program
from archcalc.questions.constraints import Constraint
from archcalc.questions.errors import are_definite, errors_of, problem
from archcalc.questions.measuring import Measures, NotMeasured
from archcalc.questions.names import names_in
from archcalc.questions.values import Domain, Exact, WrongQuestion
from archcalc.sizes.decision import decide
from archcalc.sizes.legal import LegalSizes
from archcalc.sizes.question import conditions
from archcalc.solve.solutions import End, SolutionBox
from archcalc.solve.values import Found, Unknown
from archcalc.spec.model import Argument, Mistake, Spec

if TYPE_CHECKING:
    from archcalc.solve.swept import Answer

SEARCHED = 256
"""Values of an unknown without a domain that are put in one by one; of a further one, an eighth of them."""

ALIKE = 24
"""Values that meet one error in the same words before the search for an unknown without a domain ends."""

MAX_TRIALS = 20_000
"""Combinations of values that are put in one by one."""

SEVERAL, MANY = 3, 100_000
"""So many unknowns, with more combinations than that, are not decided step by step: each step takes its time."""

MAX_WORK = 100_000
"""Layers that a search unfolds before it stops: some ten seconds."""


class Asking(NamedTuple):
    """A question: unknowns with their domains, constraints, and values of other names."""

    unknowns: tuple[Unknown, ...]
    constraints: tuple[Constraint, ...]
    given: Mapping[str, Value]

    def domain(self, name: str) -> Domain:
        """The domain of an unknown."""
        found = next(one.domain for one in self.unknowns if one.name == name)
        assert found is not None, "every unknown has got a domain"
        return found


class Trial(NamedTuple):
    """One network: what is wrong with it, and which constraints it meets, with their quantities in words."""

    values: dict[str, Exact]
    obstacle: str = ""
    measured: tuple[str, ...] = ()
    misses: tuple[int, ...] = ()
    by: tuple[Exact, ...] = ()
    """How far each missed constraint is from being met."""
    error: Diagnostic | None = None
    """The error that is the obstacle, if it is one."""

    @property
    def is_solution(self) -> bool:
        """Whether the network is legal and all constraints are met."""
        return not self.obstacle and not self.misses


class _Answered(Exception):
    """A sweep has answered the question."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class Search:
    """The search for all solutions of one question. `trials` are the values that were put in, with what was found."""

    def __init__(self, program: Program, asking: Asking, stated: Mapping[str, Number]) -> None:
        self.program = program
        self.asking = asking
        self.stated = stated
        self.constants = {name: value for name, value in stated.items() if isinstance(value, int)}
        self.symbols = frozenset(stated)
        self.is_tied = bool(_ties(program.network_spec, [one.name for one in asking.unknowns]))
        self.trials: list[Trial] = []
        self.sets: list[LegalSizes] = []
        """The legal values, decided for all at once, whether or not they meet the constraints."""
        self.ends: dict[str, Exact] = {}
        """The last value of each unknown that was tried, or looked up."""
        self.looked_up: frozenset[str] = frozenset()
        """Those of them that a sweep has looked up in tables."""
        self.is_complete = True
        self.errors: list[Diagnostic] = []
        """The errors that the network has whatever its unknowns are."""
        self.problem: NotMeasured | None = None
        self.unlisted = 0
        """Solutions that are in none of the boxes, because all would be too many."""
        self.extremes: dict[End, dict[str, Exact]] = {}
        """The first and the last solution, where not all are listed."""
        self.help = ""
        """What makes an answer complete that is not."""
        self._measured = False
        self._work = 0
        self._at_last = 0
        """Layers of the latest networks whose unknowns all were decided or had a value."""
        self._going: list[Unknown] = []
        """The unknowns that are put in at the moment."""
        self._is_asked = False

    def boxes(self) -> list[SolutionBox]:
        """All solutions.

        Raises: WrongQuestion if no network has what a constraint asks about, or there is too much work.
        """
        try:
            found = list(self._boxes({}, self.asking.unknowns))
        except _Answered as answered:
            found = self._told(answered)
        if self.problem is not None and not self._measured:
            raise WrongQuestion(str(self.problem))
        return found

    def _boxes(
        self, fixed: dict[str, Exact], unknowns: tuple[Unknown, ...], *, is_outer: bool = True
    ) -> Iterator[SolutionBox]:
        before = self._work
        if not unknowns:
            trial = self.trial(fixed)
            self._at_last = self._work - before
            self.trials.append(trial)
            if trial.is_solution:
                yield {}
            return
        for one in unknowns:
            assert one.domain is not None
            # Symbols stand for numbers from 1 on; a padding of 0 is put in.
            if one.domain.is_whole and (below := self._below_one(one.domain)):
                for value in below:
                    yield from self._at(one, value, fixed, unknowns, is_outer=is_outer)
                if one.domain.positive:
                    above = one._replace(domain=one.domain.from_one_on())
                    others = tuple([above if other is one else other for other in unknowns])
                    yield from self._boxes(fixed, others, is_outer=is_outer)
                return
        decided = self._decided(fixed, unknowns)
        if decided is not None:
            self._at_last = self._work - before
            yield from decided
            return
        if len(unknowns) >= SEVERAL and prod(one.domain.size or 0 for one in unknowns if one.domain) > MANY:
            self._ask_a_sweep()
        one = self._to_search(fixed, unknowns)
        for value in self._values(one, is_outer=is_outer):
            yield from self._at(one, value, fixed, unknowns, is_outer=False)

    def _at(
        self, one: Unknown, value: Exact, fixed: dict[str, Exact], unknowns: tuple[Unknown, ...], *, is_outer: bool
    ) -> Iterator[SolutionBox]:
        """The solutions at one value of an unknown."""
        rest = tuple([other for other in unknowns if other is not one])
        for box in self._boxes({**fixed, one.name: value}, rest, is_outer=is_outer):
            yield {one.name: Found.of([value]), **box}

    def _below_one(self, domain: Domain) -> list[Exact]:
        if domain.first < 1 - MAX_TRIALS and not domain.listed:
            raise WrongQuestion(f"{domain.text()} has too many values below 1 to put them in one by one")
        return domain.below_one

    def _values(self, one: Unknown, *, is_outer: bool) -> Iterator[Exact]:
        """The values that are put in for an unknown; where they are not all, the answer is not complete."""
        domain = one.domain
        assert domain is not None
        most = domain.size
        if most is None:
            most = SEARCHED if is_outer else SEARCHED // 8
            self.is_complete = False
        self._going.append(one)
        if most > MAX_TRIALS:
            self._ask_a_sweep()
            raise WrongQuestion(
                f"{one.name} has to be put in value by value, and {domain.text()} has {most:,} values; "
                f"ask for {MAX_TRIALS:,} at most{self._or_else}"
            )
        end: Exact | None = None
        for index, value in enumerate(domain.members()):
            if index >= most:
                break
            if index and self._is_long:
                self._ask_a_sweep()
            if self._work > MAX_WORK and is_outer and index:
                self.is_complete = False
                break
            if len(self.trials) > MAX_TRIALS or self._work > 4 * MAX_WORK:
                raise WrongQuestion(
                    f"there are too many combinations to put them in one by one: ask for fewer values{self._or_else}"
                )
            end = value
            yield value
            if domain.size is None and self._is_hopeless():
                break
        self._going.pop()
        if end is not None:
            self.ends[one.name] = min(end, self.ends.get(one.name, end))

    @property
    def _is_long(self) -> bool:
        """Whether all combinations are too many to be put in one by one, if the others are like the latest."""
        sizes = [one.domain.size for one in self._going if one.domain is not None]
        combinations = prod(size for size in sizes if size is not None)
        return max(combinations * self._at_last, self._work) > MAX_WORK or combinations > MAX_TRIALS

    def _ask_a_sweep(self) -> None:
        """Once, ask whether a sweep goes through all combinations. Raises: _Answered if so."""
        if self._is_asked:
            return
        self._is_asked = True
        # NumPy takes longer to begin than a small question to be answered.
        from archcalc.solve.swept import NotSwept, swept

        try:
            answer = swept(self.program, self.asking.unknowns, self.asking.constraints, self.asking.given)
        except NotSwept as error:
            self.help = str(error)
        else:
            raise _Answered(answer)

    @property
    def _or_else(self) -> str:
        return f"; {self.help}" if self.help else ""

    def _told(self, answered: _Answered) -> list[SolutionBox]:
        """The solutions that a sweep found, and trials where it says that these tell something."""
        answer = answered.answer
        self.unlisted, self.extremes = answer.unlisted, answer.ends
        self.is_complete = True
        going = [one.name for one in self._going] if self._at_last else answer.put_in
        self.ends = {name: self.asking.domain(name).greatest for name in going}
        self.looked_up = answer.looked_up
        # What was found before all were gone through says nothing that is not known by now.
        self.sets = []
        self._measured = self._measured or bool(answer.boxes)
        self.trials = [self.trial(values) for values in answer.told]
        if not answer.boxes and self.trials[0].obstacle:
            stated = self.stated_values
            if all(one.domain is not None and one.domain.has(stated.get(one.name)) for one in self.asking.unknowns):
                self.trials.append(self.trial(stated))
        return answer.boxes

    @property
    def stated_values(self) -> dict[str, Any]:
        """The values that the spec has for the unknowns, as far as it has some."""
        known = self.program.unfold(Settings(dict(self.asking.given))).globals
        found = {}
        for one in self.asking.unknowns:
            with suppress(Unresolved, UnknownValue, Mistake):
                found[one.name] = known.context.resolve((one.name,))
        return found

    def _is_hopeless(self) -> bool:
        """Whether the latest values all met one error, which says the same of each: it has nothing to do with them."""
        latest = [trial.error and (trial.error.message, trial.error.span) for trial in self.trials[-ALIKE:]]
        return len(latest) == ALIKE and latest[0] is not None and len(set(latest)) == 1

    def unfold(self, values: Mapping[str, Value], *, symbolic: bool = False) -> Network:
        """The network at values; its layers are charged to the work of the search."""
        network = self.program.unfold(Settings({**self.asking.given, **values}, symbolic))
        self._work += len(network.graph.nodes) + 10
        return network

    def trial(self, values: dict[str, Exact]) -> Trial:
        """The network at values of all unknowns, checked against the constraints."""
        network = self.unfold(values)
        if obstacle := problem(network):
            return Trial(values, obstacle, error=next(iter(errors_of(network)), None))
        measures = Measures(network)
        measured, misses, by = [], [], []
        for index, constraint in enumerate(self.asking.constraints):
            measured.append(measures.measured_text(constraint))
            try:
                asked = measures.conditions(constraint)
            except NotMeasured as error:
                self.problem = error
                misses.append(index)
                continue
            self._measured = True
            if not all(condition.decide() for condition in asked):
                misses.append(index)
                by.append(max(_miss(condition) for condition in asked))
        return Trial(values, "", tuple(measured), tuple(misses), tuple(by))

    def _decided(self, fixed: dict[str, Exact], unknowns: tuple[Unknown, ...]) -> list[SolutionBox] | None:
        """All solutions at once, if symbols can stand for the unknowns and their conditions can be decided."""
        names = [one.name for one in unknowns]
        if self.is_tied or not all(one.domain is not None and one.domain.is_whole for one in unknowns):
            return None
        network = self.unfold(self.freed(fixed, names), symbolic=True)
        if are_definite(errors := errors_of(network)):
            self.sets.append(LegalSizes(tuple(names), []))
            if not fixed:
                self.errors = errors
            return []
        if not network.graph.is_complete or problem(network):
            return None
        measures = Measures(network)
        wanted: list[Requirement] = []
        for constraint in self.asking.constraints:
            try:
                wanted.extend(Requirement(condition, constraint.text) for condition in measures.conditions(constraint))
            except NotMeasured as error:
                if error.code is claim_codes.UNKNOWN_TARGET:
                    raise WrongQuestion(str(error)) from None
                return None
        self._measured = True
        asked = [*conditions(network), *(one for unknown in unknowns for one in _within(unknown))]
        found = decide([*asked, *wanted], names)
        listed = {one.name: one.domain.positive for one in unknowns if one.domain is not None and one.domain.listed}
        boxes = [
            {name: Found(values & listed[name] if name in listed else values) for name, values in box.items()}
            for box in found.boxes
        ]
        boxes = [box for box in boxes if not any(values.is_empty for values in box.values())]
        if found.undecided and boxes:
            return None
        self.sets.append(decide(asked, names))
        return boxes

    def freed(self, fixed: Mapping[str, Exact], names: list[str]) -> dict[str, Value]:
        """Values for a network in which some names stand for themselves: symbols do so without a value."""
        constants = {name: value for name, value in self.constants.items() if name not in names}
        lets = {name: symbol(name) for name in names if name not in self.symbols}
        return {**constants, **fixed, **lets}

    def _to_search(self, fixed: dict[str, Exact], unknowns: tuple[Unknown, ...]) -> Unknown:
        """The unknown that is put in value by value: one on which the form of the network depends, or the last."""
        if len(unknowns) == 1:
            return unknowns[0]
        for one in unknowns:
            assert one.domain is not None
            if not one.domain.is_whole:
                return one
            others = {
                other.name: next(other.domain.members()) for other in unknowns if other is not one and other.domain
            }
            network = self.unfold(self.freed({**fixed, **others}, [one.name]), symbolic=True)
            if not are_definite(errors_of(network)) and (not network.graph.is_complete or problem(network)):
                return one
        bounded = [one for one in unknowns if one.domain is not None and one.domain.size is not None]
        return (bounded or list(unknowns))[-1]


def _within(unknown: Unknown) -> list[Requirement]:
    """The domain of an unknown, as conditions on it."""
    name, domain = unknown
    if domain is None or domain.listed:
        return []
    itself = symbol(name)
    found = [Condition.at_least(itself, domain.first)]
    if domain.last is not None:
        found.append(Condition.at_least(domain.last, itself))
    if domain.step != 1:
        found.append(Condition.multiple(itself - domain.first, int(domain.step)))
    return [Requirement(condition, f"{name} = {domain.text()}") for condition in found]


def _miss(condition: Condition) -> Exact:
    """How far a number is from meeting a condition; 0 if it does."""
    subject = condition.subject
    assert not isinstance(subject, Polynomial), "a network without symbols has numbers"
    if condition.relation == "at-least":
        return -subject if subject < 0 else 0
    return subject if subject >= 0 else -subject


def _ties(spec: Spec, unknowns: list[str]) -> list[str]:
    """Symbols whose value of `at` is computed from an unknown, so that they are no constants."""
    definitions: dict[str, Argument] = {**{name: let.value for name, let in spec.lets.items()}, **spec.at}
    reached: set[str] = set(unknowns)
    while True:
        found = {name for name, value in definitions.items() if name not in reached and names_in(value) & reached}
        if not found:
            return [name for name in spec.at if name in reached and name not in unknowns]
        reached |= found
