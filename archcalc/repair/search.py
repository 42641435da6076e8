"""The search for repairs: candidates are written into the text, which is read and checked again before it is offered.

A kernel of 3 in steps of 3 does not come out even on 7 rows: (7 - 3)/3 + 1 is 7/3.

1. Modules of candidates propose changes, each with a cost that says how far it is from what an expert would do: padding
   (F - 1)/2 = 1 is the usual one, a stride of 2 is less so, and H = W = 6 or 9 are the nearest legal sizes.
2. The cheapest candidate is tried first. Its edits are made, and the text is checked at the same sizes. It stays in the
   race if the error is gone and no other one has come; failing claims and new warnings then add to its cost.
3. Costs only rise. So a repair is decided, that is, the legal sizes of the changed text are computed, as soon as
   no candidate that is left can become cheaper (`Choice`), and the search ends when enough are decided.
4. Where there are several errors, each repair is tried with the repairs of the others made (`Ground`).

The work of all this is bounded by the layers that are read and unfolded, and the answer says when it stopped.

>>> from archcalc import load
>>> for repair in load("input: [1, 7, 7]\\nlayers: [conv: {out: 1, kernel: 3, stride: 3}]\\n").repairs()[:3]:
...     print(f"{repair.title}: legal at {repair.legal}")
padding: 1 on conv 0: legal at H = 1 (mod 3); W = 1 (mod 3)
rounding: floor for the spec: legal at H >= 3; W >= 3
H = W = 6 instead of 7: legal at H = 0 (mod 3); W = 0 (mod 3)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from heapq import nsmallest
from itertools import chain
from typing import Any

from archcalc.checking import Checked, check
from archcalc.editing import Editor, TextEdit, Uneditable, apply, with_line_ends
from archcalc.expressions.limits import with_room
from archcalc.network import Settings
from archcalc.program import Program
from archcalc.repair import rank
from archcalc.repair.blame import Blame, failures
from archcalc.repair.changes import window_candidates
from archcalc.repair.choice import MAX_REPAIRS, Choice, Tried
from archcalc.repair.claims import claim_candidates, disputed
from archcalc.repair.ground import Ground, errors_of, grown
from archcalc.repair.harms import (
    DECISIONS,
    OUTSIDE,
    Change,
    Harm,
    compared,
    failing,
    harms,
    hidden_layers,
    lost_weights,
    says,
)
from archcalc.repair.merges import merge_candidates
from archcalc.repair.model import Candidate, Repair, Repairs
from archcalc.repair.neighbours import Elsewhere
from archcalc.repair.rounding import rounding_candidates
from archcalc.repair.scene import Scene
from archcalc.repair.sizes import (
    field_candidates,
    input_candidates,
    layout_candidates,
    reshape_candidates,
)
from archcalc.repair.spelling import corrections
from archcalc.repair.work import extent, layers_of
from archcalc.sizes.legal import LegalSizes
from archcalc.sizes.question import legal_sizes

Values = Mapping[str, int | Fraction | bool]

MAX_CANDIDATES = 60
MOST_WORK = 20_000
"""Layers that all changes and checks of one search may read and unfold together."""
LEAST = 4
"""Changes that a search can afford: a network that is too large for so many is not searched."""
_LAYER = 40
"""Characters of a text that take as long to read as a layer takes to unfold."""
MAX_ERRORS = 3
"""Errors of one network that are looked at."""


def repairs(
    program: Program, values: Values | None = None, known: Checked | None = None, most: int | None = None
) -> Repairs:
    """Changes that repair a file: certain corrections of its spelling, then what repairs the errors of sizes.

    Of each error the best comes first.
    Each was written into the text, and the text was read and checked again at the same values, with the repairs of the
    other errors made. An empty list means that the network has no such error, or that no single change was found to
    repair it; `stopped` says where the search was given up. A check that is `known` is not made again. Of several
    searches each may read and unfold fewer layers: `most`.

    Raises: as `check` does.

    >>> from archcalc import Architecture
    >>> text = "input: [1, 7, 7]\\nlayers: [conv: {out: 1, kernel: 3, stride: 3}]\\n"
    >>> [repair.title for repair in Architecture.from_text(text).repairs()][:1]
    ['padding: 1 on conv 0']
    """
    return with_room(lambda: _Case(program, Settings(dict(values or {})), known, most).repairs())


def safe_repairs(program: Program, values: Values | None = None, known: Checked | None = None) -> list[Repair]:
    """The safe ones among the repairs that `repairs` finds; of several kinds only the corrections of the spelling.

    Most errors have none, and that is known without a search: every other kind of change is for the author to decide.

    Raises: as `check` does.
    """
    return with_room(lambda: _Case(program, Settings(dict(values or {})), known).safe_repairs())


class _Case:
    """A network, and what is known about its errors before anything is tried."""

    def __init__(self, program: Program, settings: Settings, known: Checked | None, most: int | None = None) -> None:
        self.program = program
        self.most = MOST_WORK if most is None else most
        self.values = dict(settings.overrides)
        self.report = known if known is not None and _is_of(known, program, settings) else check(program, settings)
        self.spelled = [] if self.report.ok else corrections(program, self.values)
        self.size = layers_of(self.report) + len(program.file.text) // _LAYER
        self.stopped = ""
        """Why no repairs are searched."""
        self.scenes: list[Scene] = []
        """The errors for which they are searched."""
        network = self.report.network
        if self.report.ok or network is None:
            return
        if LEAST * self.size > self.most:
            self.stopped = f"no repairs were searched: the network has {extent(self.report)}"
            return
        blamed = failures(network.graph, network.diagnostics) or disputed(self.report)
        self.scenes = [Scene(program, network, self.values, blame) for blame in blamed[:MAX_ERRORS]]

    def repairs(self) -> Repairs:
        """All that is found, best first."""
        if not self.scenes:
            return Repairs(self.spelled, self.stopped)
        search = _Search(self)
        found = [repair for scene, ground in search.grounds(self.scenes) for repair in search.of(scene, ground)]
        return Repairs([*self.spelled, *found], search.stopped)

    def safe_repairs(self) -> list[Repair]:
        """What is safe of it; the search for the others is left out where there is no such repair."""
        spelled = [one for one in self.spelled if one.is_safe]
        if spelled or not any(_perhaps_safe(scene) for scene in self.scenes):
            return spelled
        if not _Search(self).may_be_safe(self.scenes):
            return []
        # Better ideas speak against it if they are about values from outside, and each uses up some of the work.
        return [one for one in self.repairs() if one.is_safe and one.edits]


class _Search:
    """Tries candidates on one network. The work of all its checks together is bounded."""

    def __init__(self, case: _Case) -> None:
        self.program = case.program
        self.values: dict[str, Any] = case.values
        self.plain = Ground((), case.program, case.report)
        self.editor = case.program.of_file.of(Editor, lambda: Editor(case.program.file))
        self.nodes = self.most = case.most
        self.size = case.size
        self.tried = 0
        self.stopped = ""
        """Why candidates are left that were not tried."""
        self.elsewhere = Elsewhere(case.program)

    def grounds(self, scenes: Sequence[Scene]) -> Iterator[tuple[Scene, Ground]]:
        """Each error with the text in which all the others are repaired, as far as one change repairs one error."""
        first = [self._first(scene) for scene in scenes] if len(scenes) > 1 else []
        for index, scene in enumerate(scenes):
            others = [one for place, one in enumerate(first) if place != index and one is not None]
            ground = self._without(scene.blame, others)
            yield scene.behind(ground.report.graph), ground

    def may_be_safe(self, scenes: Sequence[Scene]) -> bool:
        """Whether some change that decides nothing for the author repairs an error and makes nothing worse."""
        return any(self._has_safe(scene, ground) for scene, ground in self.grounds(scenes))

    def _has_safe(self, scene: Scene, ground: Ground) -> bool:
        seen: set[Hashable] = set()
        found = (self._tried(scene.blame, ground, candidate, seen) for candidate in _perhaps_safe(scene))
        # To decide sizes takes longer than to compare.
        return any(tried is not None and not tried.compared and self._decided(tried)[1].is_safe for tried in found)

    def _first(self, scene: Scene) -> Tried | None:
        """The cheapest change that repairs an error by itself."""
        best: Tried | None = None
        seen: set[Hashable] = set()
        for candidate in nsmallest(MAX_CANDIDATES, _candidates(scene), key=_cost):
            if (best is not None and candidate.cost >= best.cost) or self._is_stopped():
                break
            tried = self._tried(scene.blame, self.plain, candidate, seen)
            if tried is not None and (best is None or tried.cost < best.cost):
                best = tried
        return best

    def _without(self, blame: Blame, others: Iterable[Tried]) -> Ground:
        """The text with the repairs of other errors, but for those that take this error away with theirs."""
        ground, left = self.plain, errors_of(self.plain.report)
        for other in others:
            further = grown(ground, self.program, other.edits, self.values)
            self.nodes -= self.size
            if further is None:
                continue
            now = errors_of(further.report)
            if now[blame.code] and left[blame.code] - now[blame.code] <= (other.code == blame.code):
                ground, left = further, now
        return ground

    def of(self, scene: Scene, ground: Ground) -> list[Repair]:
        """The repairs of one error, best first."""
        present = self._legal(ground.program)
        known = [*_candidates(scene), *input_candidates(scene, present)]
        chosen = nsmallest(MAX_CANDIDATES, known, key=_cost)
        # What stays undecided has taken the longest.
        decidable = max(2, min(2 * MAX_REPAIRS - len(present.undecided), self.most // max(1, self.size)))
        best = self._best(scene.blame, ground, chosen, decidable)
        if errors_of(ground.report).total() == 1:
            # Nothing else keeps the network from being legal: what leaves no size is no way out.
            best = [(cost, repair) for cost, repair in best if not _is_hopeless(repair)]
        offered = [repair for cost, repair in best if cost < best[0][0] + rank.WORSE]
        rounding = next((one for one in known if one.nature == "rounding"), None)
        if rounding is not None:
            offered = self._with_rounding(scene.blame, ground, rounding, offered)
        # Where other sizes than those that were given are the best idea, the file is not to blame.
        return offered if not offered or offered[0].edits else [_outside(repair) for repair in offered]

    def _with_rounding(self, blame: Blame, ground: Ground, rounding: Candidate, offered: list[Repair]) -> list[Repair]:
        """The repairs with declared rounding among the first two: it is what everybody means who knows a framework."""
        known = next((one for one in offered if one.title == rounding.title), None)
        if known is None:
            tried = self._tried(blame, ground, rounding, set())
            if tried is None:
                return offered
            known = self._decided(tried)[1]
        place = min(1, offered.index(known) if known in offered else 1)
        others = [one for one in offered if one is not known]
        return [*others[:place], known, *others[place:]]

    def _best(
        self, blame: Blame, ground: Ground, candidates: Iterable[Candidate], decidable: int
    ) -> list[tuple[float, Repair]]:
        """The cheapest repairs with their costs; candidates come with the cheapest first."""
        choice = Choice(self._decided, decidable)
        seen: set[Hashable] = set()
        for candidate in candidates:
            if choice.is_settled(candidate.cost) or self._is_stopped():
                break
            tried = self._tried(blame, ground, candidate, seen)
            if tried is not None:
                choice.add(tried)
        return choice.best()

    def _is_stopped(self) -> bool:
        """Whether the work is done that a search may cost, though there is more to try."""
        if self.nodes < 0:
            given_up = f"the search for repairs was given up after {self.tried} changes"
            self.stopped = f"{given_up}: the network has {extent(self.plain.report)}"
        return bool(self.stopped)

    def _tried(self, blame: Blame, ground: Ground, candidate: Candidate, seen: set[Hashable]) -> Tried | None:
        """A candidate that repairs an error; None for others, and for a change that was seen to work already."""
        self.tried += 1
        edits = self._written(candidate) if candidate.change not in seen else None
        # Every edit is proved by reading the text again, which is about as much work as unfolding it.
        self.nodes -= len(candidate.edits) * self.size
        if edits is None:
            return None
        key = (edits, tuple(sorted(candidate.sizes.items())))
        tried = self._checked(blame, ground, candidate, edits) if key not in seen else None
        seen.add(key)
        if tried is not None and candidate.change is not None:
            seen.add(candidate.change)
        return tried

    def _checked(self, blame: Blame, ground: Ground, candidate: Candidate, edits: tuple[TextEdit, ...]) -> Tried | None:
        """A candidate after which the error is gone and no other error of a size has come; None if it is no repair.

        Errors of layers behind it, which it had kept hidden, may show up.
        """
        values = self.values if edits else {**self.values, **candidate.sizes}
        try:
            changed = ground.with_edits(self.program, edits) if edits else ground.program
        except ValueError:
            # It changes what the repair of another error changes.
            ground, changed = self.plain, self.program.with_text(apply(self.program.file.text, edits))
        before, report = ground.report, check(changed, Settings(values))
        self.nodes -= 1 + layers_of(report)
        if not _repaired(blame, before, report):
            return None
        found = compared(before, report, candidate.layers)
        kinds = Counter(harm.kind for harm in found)
        keeps_weights = not lost_weights(before, report)
        warnings = _warnings(report) - _warnings(before)
        weights = 0.0 if keeps_weights else rank.WEIGHTS
        cost = candidate.cost + rank.CLAIM * kinds["claim"] + rank.WARNING * max(0, warnings) + weights
        cost += rank.UNCOVERED if kinds["hidden"] else 0.0
        return Tried(cost, candidate, edits, changed, ground, found, keeps_weights, blame)

    def _written(self, candidate: Candidate) -> tuple[TextEdit, ...] | None:
        """The edits of a candidate, each once; None where one cannot be made safely."""
        try:
            edits = tuple(dict.fromkeys(edit(self.editor) for edit in candidate.edits))
            apply(self.program.file.text, edits)
        except (Uneditable, ValueError):
            return None
        return edits

    def _decided(self, tried: Tried) -> tuple[float, Repair]:
        """A repair with the sizes for which the network is legal now."""
        candidate = tried.candidate
        legal = self._legal_after(tried)
        text = apply(self.program.file.text, tried.edits)
        elsewhere = partial(self.elsewhere.harms, text)
        found = harms(Change(candidate.nature, tried.compared, legal, not tried.edits, elsewhere))
        repair = Repair(
            candidate.title,
            candidate.subject,
            "; ".join(part for part in [candidate.why, *_but_then(tried.compared)] if part),
            tried.blame.node.name,
            tried.code,
            tried.edits,
            with_line_ends(self.program.file, text),
            candidate.nature,
            candidate.sizes,
            candidate.present,
            legal,
            tried.keeps_weights,
            found,
        )
        return tried.cost + (rank.ONE_SIZE if _is_narrow(legal) else 0), repair

    def _legal(self, program: Program, shown: Mapping[str, int] | None = None) -> LegalSizes:
        """The legal sizes: for all values of symbols, at the values of lets that were given."""
        symbols = self.plain.report.symbols
        return legal_sizes(program, {name: value for name, value in self.values.items() if name not in symbols}, shown)

    def _legal_after(self, tried: Tried) -> LegalSizes:
        """The legal sizes of the changed text; other sizes of the same network are no reason to unfold it again."""
        if not tried.candidate.keeps_form:
            return self._legal(tried.program)
        return self._legal(tried.ground.program, tried.candidate.sizes if tried.edits else None)


def _is_of(report: Checked, program: Program, settings: Settings) -> bool:
    """Whether a report is what a check finds; repairs are about the spec, whatever its project asks of it."""
    asks_nothing = report.demands is None or report.demands.ask_nothing
    return asks_nothing and report.program is program and report.settings.key == settings.key


def _candidates(scene: Scene) -> Iterator[Candidate]:
    """Everything that can be tried about an error, but for other input sizes."""
    makers = (
        claim_candidates,
        window_candidates,
        merge_candidates,
        rounding_candidates,
        reshape_candidates,
        layout_candidates,
        field_candidates,
    )
    return chain.from_iterable(maker(scene) for maker in makers)


def _perhaps_safe(scene: Scene) -> list[Candidate]:
    """What can be tried about an error that decides nothing for the author; other input sizes always do."""
    return [candidate for candidate in _candidates(scene) if candidate.nature not in DECISIONS]


def _repaired(blame: Blame, before: Checked, after: Checked) -> bool:
    """Whether the error is gone, and no other one has come, but for those that it had kept hidden."""
    had, has = errors_of(before), errors_of(after, hidden=hidden_layers(before))
    if blame.verdict is not None:
        return has <= had and failing(after)[says(blame.verdict)] < failing(before)[says(blame.verdict)]
    return has <= had and has[blame.code] < had[blame.code]


def _cost(candidate: Candidate) -> float:
    return candidate.cost


def _warnings(report: Checked) -> int:
    return sum(found.severity == "warning" for found in report.diagnostics)


def _but_then(found: Iterable[Harm]) -> list[str]:
    """The first claim and the first layer that fail after a repair, as its help says them."""
    first = {harm.kind: harm.text for harm in reversed(list(found))}
    return [f"but then {first[kind]}" for kind in ("claim", "hidden") if kind in first]


def _outside(repair: Repair) -> Repair:
    """A repair where other sizes than those that were given are the best idea."""
    return repair if OUTSIDE in repair.harms else repair._replace(harms=(*repair.harms, OUTSIDE))


def _is_hopeless(repair: Repair) -> bool:
    """Whether the network is legal at no size after a repair, though nothing that it uncovers is to blame."""
    kinds = {harm.kind for harm in repair.harms}
    return "sizes" in kinds and "hidden" not in kinds


def _is_narrow(legal: LegalSizes) -> bool:
    """Whether the shapes of a network are right for finitely many sizes of some axis only."""
    sizes = legal.with_new_weights or legal
    return any(sizes.end(name) is not None for name in sizes.symbols)
