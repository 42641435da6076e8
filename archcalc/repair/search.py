"""The search for repairs: candidates are written into the text, which is read and checked again before it is offered.

A kernel of 3 in steps of 3 does not come out even on 7 rows: (7 - 3)/3 + 1 is 7/3.

1. Modules of candidates propose changes, each with a cost that says how far it is from what an expert would do: padding
   (F - 1)/2 = 1 is the usual one, a stride of 2 is less so, and H = W = 6 or 9 are the nearest legal sizes.
2. The cheapest candidate is tried first. Its edits are made, and the text is checked at the same sizes. It stays in the
   race if the error is gone and no other one has come; failing claims and new warnings then add to its cost.
3. Costs only rise. So a repair is decided, that is, the legal sizes of the changed text are computed, as soon as
   no candidate that is left can become cheaper (`_Choice`), and the search ends when enough are decided.

>>> from archcalc import load
>>> for repair in load("input: [1, 7, 7]\\nlayers: [conv: {out: 1, kernel: 3, stride: 3}]\\n").repairs()[:3]:
...     print(f"{repair.title}: legal at {repair.legal}")
padding: 1 on conv 0: legal at H = 1 (mod 3); W = 1 (mod 3)
H = W = 6 instead of 7: legal at H = 0 (mod 3); W = 0 (mod 3)
H = W = 9 instead of 7: legal at H = 0 (mod 3); W = 0 (mod 3)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import partial
from heapq import heappop, heappush, nsmallest
from itertools import chain
from math import inf
from typing import Any, NamedTuple

from archcalc.checking import Checked, check
from archcalc.editing import Editor, TextEdit, Uneditable, apply
from archcalc.expressions.limits import with_room
from archcalc.network import Settings
from archcalc.program import Program
from archcalc.repair import rank
from archcalc.repair.blame import Blame, failures
from archcalc.repair.changes import window_candidates
from archcalc.repair.harms import (
    OUTSIDE,
    Harm,
    errors,
    harm_of_sizes,
    harm_of_variant,
    harms,
    hidden_layers,
    lost_weights,
    unchecked_variant,
)
from archcalc.repair.merges import merge_candidates
from archcalc.repair.model import Candidate, Repair
from archcalc.repair.scene import Scene
from archcalc.repair.sizes import (
    field_candidates,
    input_candidates,
    layout_candidates,
    reshape_candidates,
    rounding_candidates,
)
from archcalc.sizes.legal import LegalSizes
from archcalc.sizes.question import legal_sizes
from archcalc.source import SourceFile

Values = Mapping[str, int | Fraction | bool]

MAX_CANDIDATES = 60
MAX_NODES = 20_000
"""Layers that all changes and checks of one search may read and unfold together."""
MAX_ELSEWHERE = 3 * MAX_NODES
"""Layers of other variants that are checked; a change whose consequences there are not known is not safe."""
_READ = 20
"""A check takes as long as so many layers besides."""
MAX_REPAIRS = 5
"""Repairs of one error; for each the legal sizes are decided."""
MAX_ERRORS = 3
"""Errors of one network that are looked at."""


def repairs(program: Program, values: Values | None = None) -> list[Repair]:
    """Changes that repair the errors of a network's sizes, best first: of the first error, then of the next.

    Each was written into the text, and the text was read and checked again at the same values. An empty list means
    that the network has no such error, or that no single change was found to repair it.

    Raises: as `check` does.

    >>> from archcalc import Architecture
    >>> text = "input: [1, 7, 7]\\nlayers: [conv: {out: 1, kernel: 3, stride: 3}]\\n"
    >>> [repair.title for repair in Architecture.from_text(text).repairs()][:1]
    ['padding: 1 on conv 0']
    """
    return with_room(lambda: _repairs(program, dict(values or {})))


def _repairs(program: Program, given: dict[str, Any]) -> list[Repair]:
    report = check(program, Settings(given))
    network = report.network
    if report.ok or network is None:
        return []
    search = _Search(program, given, report)
    blamed = failures(network.graph, network.diagnostics)[:MAX_ERRORS]
    return [repair for blame in blamed for repair in search.of(Scene(program, network, given, blame))]


class _Tried(NamedTuple):
    """A candidate that repairs its error."""

    cost: float
    candidate: Candidate
    edits: tuple[TextEdit, ...]
    program: Program
    harms: list[Harm]
    """What is worse at the present sizes, in the network itself."""
    keeps_weights: bool


class _Choice:
    """The cheapest of what was tried. Costs only rise, from a candidate over its check to the decision of its sizes.

    So a decision is made when no candidate to come can be cheaper, and there are none to come when enough are decided.
    """

    def __init__(self, decide: Callable[[_Tried], tuple[float, Repair]], decidable: int) -> None:
        self._decide = decide
        self._decidable = decidable
        self._waiting: list[tuple[float, int, _Tried]] = []
        self._decided: list[tuple[float, Repair]] = []
        self._added = 0
        self._cheapest = inf

    def add(self, tried: _Tried) -> None:
        """One more; of those with equal costs the first is the first."""
        heappush(self._waiting, (tried.cost, self._added, tried))
        self._added += 1
        self._cheapest = min(self._cheapest, tried.cost)

    def is_settled(self, cost: float) -> bool:
        """Whether no candidate of this cost, or of a higher one, is wanted any more."""
        self._settle(cost)
        return self._is_full(cost) or cost > self._cheapest + rank.WORSE

    def best(self) -> list[tuple[float, Repair]]:
        """The cheapest repairs with their costs, where there are no more candidates."""
        self._settle(inf)
        return nsmallest(MAX_REPAIRS, self._decided, key=lambda one: one[0])

    def _settle(self, cost: float) -> None:
        while self._waiting and self._waiting[0][0] <= cost and not self._is_full(self._waiting[0][0]):
            self._decided.append(self._decide(heappop(self._waiting)[-1]))

    def _is_full(self, cost: float) -> bool:
        """Whether so many are decided that nothing of this cost can come among the cheapest."""
        return len(self._decided) >= self._decidable or sum(one[0] <= cost for one in self._decided) >= MAX_REPAIRS


class _Search:
    """Tries candidates on one network. The work of all its checks together is bounded."""

    def __init__(self, program: Program, values: dict[str, Any], report: Checked) -> None:
        self.program = program
        self.values = values
        self.report = report
        self.editor = Editor(program.file)
        self.nodes = MAX_NODES
        self.size = len(report.graph.nodes)
        self.hidden = hidden_layers(report)
        self._present: LegalSizes | None = None
        self.elsewhere = MAX_ELSEWHERE
        self._others: dict[str, Counter[str]] = {}

    def of(self, scene: Scene) -> list[Repair]:
        """The repairs of one error, best first."""
        if self._present is None:
            self._present = self._legal(self.program)
        found = [_candidates(scene), input_candidates(scene, self._present)]
        chosen = nsmallest(MAX_CANDIDATES, chain(*found), key=lambda candidate: candidate.cost)
        # What stays undecided has taken the longest.
        decidable = max(2, min(2 * MAX_REPAIRS - len(self._present.undecided), MAX_NODES // max(1, self.size)))
        best = self._best(scene.blame, chosen, decidable)
        offered = [repair for cost, repair in best if cost < best[0][0] + rank.WORSE]
        # Where other sizes than those that were given are the best idea, the file is not to blame.
        return offered if not offered or offered[0].edits else [_outside(repair) for repair in offered]

    def _best(self, blame: Blame, candidates: Iterable[Candidate], decidable: int) -> list[tuple[float, Repair]]:
        """The cheapest repairs with their costs; candidates come with the cheapest first."""
        choice = _Choice(partial(self._decided, blame), decidable)
        seen: set[Hashable] = set()
        for candidate in candidates:
            if self.nodes < 0 or choice.is_settled(candidate.cost):
                break
            tried = self._tried(blame, candidate, seen)
            if tried is not None:
                choice.add(tried)
        return choice.best()

    def _tried(self, blame: Blame, candidate: Candidate, seen: set[Hashable]) -> _Tried | None:
        """A candidate that repairs an error; None for others, and for a change that was seen to work already."""
        edits = self._written(candidate) if candidate.change not in seen else None
        # Every edit is proved by reading the text again, which is about as much work as unfolding it.
        self.nodes -= len(candidate.edits) * self.size
        if edits is None:
            return None
        text = apply(self.program.file.text, edits)
        key = (text, tuple(sorted(candidate.sizes.items())))
        tried = self._checked(blame, candidate, edits, text) if key not in seen else None
        seen.add(key)
        if tried is not None and candidate.change is not None:
            seen.add(candidate.change)
        return tried

    def _checked(self, blame: Blame, candidate: Candidate, edits: tuple[TextEdit, ...], text: str) -> _Tried | None:
        """A candidate after which the error is gone and no other error of a size has come; None if it is no repair.

        Errors of layers behind it, which it had kept hidden, may show up.
        """
        values = self.values if edits else {**self.values, **candidate.sizes}
        changed = self._read(text) if edits else self.program
        report = check(changed, Settings(values))
        self.nodes -= 1 + len(report.graph.nodes)
        before, after = _errors(self.report), _errors(report, hidden=self.hidden)
        if not after <= before or after[blame.code] >= before[blame.code]:
            return None
        found = harms(self.report, report, candidate.layers)
        kinds = Counter(harm.kind for harm in found)
        keeps_weights = not lost_weights(self.report, report)
        warnings = _warnings(report) - _warnings(self.report)
        weights = 0.0 if keeps_weights else rank.WEIGHTS
        cost = candidate.cost + rank.CLAIM * kinds["claim"] + rank.WARNING * max(0, warnings) + weights
        cost += rank.UNCOVERED if kinds["hidden"] else 0.0
        return _Tried(cost, candidate, edits, changed, found, keeps_weights)

    def _written(self, candidate: Candidate) -> tuple[TextEdit, ...] | None:
        """The edits of a candidate, each once; None where one cannot be made safely."""
        try:
            edits = tuple(dict.fromkeys(edit(self.editor) for edit in candidate.edits))
            apply(self.program.file.text, edits)
        except (Uneditable, ValueError):
            return None
        return edits

    def _read(self, text: str) -> Program:
        """The changed text, read as the file was."""
        file = self.program.file
        return Program.read(SourceFile(file.name, text, format=file.format), self.program.variant)

    def _decided(self, blame: Blame, tried: _Tried) -> tuple[float, Repair]:
        """A repair with the sizes for which the network is legal now."""
        candidate = tried.candidate
        legal = self._legal_after(tried)
        text = tried.program.file.text
        found = list(tried.harms)
        if not tried.edits:
            found.append(OUTSIDE)
        found += [harm for harm in [harm_of_sizes(legal)] if harm is not None]
        # Other variants take the longest, and cannot make an unsafe repair safe.
        found = found or self._harms_elsewhere(tried.program)
        repair = Repair(
            candidate.title,
            "; ".join(part for part in [candidate.why, *_but_then(tried.harms)] if part),
            blame.node.name,
            blame.code,
            tried.edits,
            text,
            candidate.sizes,
            legal,
            tried.keeps_weights,
            tuple(found),
        )
        return tried.cost + (rank.ONE_SIZE if _is_narrow(legal) else 0), repair

    def _legal(self, program: Program, shown: Mapping[str, int] | None = None) -> LegalSizes:
        """The legal sizes: for all values of symbols, at the values of lets that were given."""
        symbols = self.report.symbols
        return legal_sizes(program, {name: value for name, value in self.values.items() if name not in symbols}, shown)

    def _legal_after(self, tried: _Tried) -> LegalSizes:
        """The legal sizes of the changed text; other sizes of the same network are no reason to unfold it again."""
        if not tried.candidate.keeps_form:
            return self._legal(tried.program)
        return self._legal(self.program, tried.candidate.sizes if tried.edits else None)

    def _harms_elsewhere(self, changed: Program) -> list[Harm]:
        """The first other variant of the file that has errors which it did not have, or cannot be checked any more."""
        for name in self.program.variants:
            if name == self.program.variant:
                continue
            if name not in self._others:
                self._others[name] = self._of_variant(self.program, name)
            if self.elsewhere < 0:
                return [unchecked_variant(name)]
            harm = harm_of_variant(name, self._others[name], self._of_variant(changed, name))
            if harm is not None:
                return [harm]
        return []

    def _of_variant(self, program: Program, name: str) -> Counter[str]:
        report = check(program.choose(name))
        self.elsewhere -= _READ + len(report.graph.nodes)
        return _errors(report, with_claims=True)


def _candidates(scene: Scene) -> Iterator[Candidate]:
    """Everything that can be tried about an error, but for other input sizes."""
    makers = (
        window_candidates,
        merge_candidates,
        rounding_candidates,
        reshape_candidates,
        layout_candidates,
        field_candidates,
    )
    return chain.from_iterable(maker(scene) for maker in makers)


def _errors(report: Checked, with_claims: bool = False, hidden: Collection[str] = ()) -> Counter[str]:
    """How many errors of every code a report has, but for those of hidden layers."""
    return Counter(found.code.id for found in errors(report, with_claims) if found.layer not in hidden)


def _warnings(report: Checked) -> int:
    return sum(found.severity == "warning" for found in report.diagnostics)


def _but_then(found: Iterable[Harm]) -> list[str]:
    """The first claim and the first layer that fail after a repair, as its help says them."""
    first = {harm.kind: harm.text for harm in reversed(list(found))}
    return [f"but then {first[kind]}" for kind in ("claim", "hidden") if kind in first]


def _outside(repair: Repair) -> Repair:
    """A repair where other sizes than those that were given are the best idea."""
    return repair if OUTSIDE in repair.harms else repair._replace(harms=(*repair.harms, OUTSIDE))


def _is_narrow(legal: LegalSizes) -> bool:
    """Whether the shapes of a network are right for finitely many sizes of some axis only."""
    sizes = legal.with_new_weights or legal
    return any(sizes.end(name) is not None for name in sizes.symbols)
