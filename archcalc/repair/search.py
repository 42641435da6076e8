"""The search: every candidate is written into the text, the text is read and checked again, and only then told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from fractions import Fraction
from heapq import nsmallest
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.editing import Editor, TextEdit, Uneditable, apply
from archcalc.expectations import Verdict
from archcalc.expectations.judge import about, computed
from archcalc.repair import rank
from archcalc.repair.blame import Blame, failures
from archcalc.repair.changes import window_candidates
from archcalc.repair.merges import merge_candidates
from archcalc.repair.model import Candidate, Repair
from archcalc.repair.scene import Scene, called
from archcalc.repair.sizes import (
    field_candidates,
    input_candidates,
    layout_candidates,
    reshape_candidates,
    rounding_candidates,
)
from archcalc.source import SourceFile

if TYPE_CHECKING:
    from archcalc.architecture import Architecture
    from archcalc.diagnostics.model import Diagnostic
    from archcalc.report.model import Report
    from archcalc.sizes.legal import LegalSizes

Values = Mapping[str, int | Fraction | bool]

MAX_CANDIDATES = 60
MAX_NODES = 20_000
"""Layers that all changes and checks of one search may read and unfold together."""
MAX_ELSEWHERE = 3 * MAX_NODES
"""Layers of other variants that are checked; a change whose consequences there are not known is not safe."""
_READ = 20
"""A check takes as long as so many layers besides."""
MAX_TOLD = 6
"""Repairs of one error; for each the legal sizes are decided."""
MAX_ERRORS = 3
"""Errors of one network that are looked at."""


def repairs(architecture: Architecture, values: Values | None = None) -> list[Repair]:
    """Changes that repair the errors of a network's sizes, best first: of the first error, then of the next.

    Each was written into the text, and the text was read and checked again at the same values. An empty list means
    that the network has no such error, or that no single change was found to repair it.

    Raises: as `Architecture.check` does.

    >>> from archcalc import Architecture
    >>> text = "input: [1, 7, 7]\\nlayers: [conv: {out: 1, kernel: 3, stride: 3}]\\n"
    >>> [repair.title for repair in repairs(Architecture.from_text(text))][:1]
    ['padding: 1 on conv 0']
    """
    given = dict(values or {})
    report = architecture.check(given)
    spec = architecture.spec
    if report.ok or spec is None or not spec.is_complete:
        return []
    search = _Search(architecture, given, report)
    network = architecture.unfold(given)
    variant = spec.variants[architecture.variant] if architecture.variant else None
    blamed = failures(network.graph, network.diagnostics)[:MAX_ERRORS]
    return [repair for blame in blamed for repair in search.of(Scene(spec, variant, network, given, blame))]


class _Tried(NamedTuple):
    """A candidate that repairs its error."""

    cost: float
    candidate: Candidate
    edits: tuple[TextEdit, ...]
    architecture: Architecture
    values: dict[str, Any]
    report: Report
    broken: tuple[Verdict, ...]
    """Claims that fail only now."""
    uncovered: tuple[str, ...]
    """Layers whose own errors the repaired one had kept hidden."""


class _Search:
    """Tries candidates on one network. The work of all its checks together is bounded."""

    def __init__(self, architecture: Architecture, values: dict[str, Any], report: Report) -> None:
        self.architecture = architecture
        self.values = values
        self.report = report
        self.editor = Editor(architecture.file)
        self.nodes = MAX_NODES
        self.size = len(report.graph.nodes)
        self.weights = _weights(report)
        self.hidden = {node.name for node in report.graph.nodes if node.facts is None}
        """Layers of which nothing can be said because something in front of them fails."""
        self._present: LegalSizes | None = None
        self.elsewhere = MAX_ELSEWHERE
        self._others: dict[str, Counter[str]] = {}

    def of(self, scene: Scene) -> list[Repair]:
        """The repairs of one error, best first."""
        if self._present is None:
            self._present = self._legal(self.architecture, self.values)
        found = [_candidates(scene), input_candidates(scene, self._present)]
        chosen = nsmallest(MAX_CANDIDATES, chain(*found), key=lambda candidate: candidate.cost)
        # What stays undecided has taken the longest.
        decidable = max(2, min(2 * MAX_TOLD - len(self._present.undecided), MAX_NODES // max(1, self.size)))
        tried = nsmallest(decidable, self._tried(scene.blame, chosen), key=lambda one: one.cost)
        decided = [self._decided(scene.blame, one) for one in tried]
        best = nsmallest(MAX_TOLD, decided, key=lambda one: one[0])
        told = [repair for cost, repair in best if cost < best[0][0] + rank.WORSE]
        # Where other sizes than those that were given are the best idea, the file is not to blame.
        return told if not told or told[0].edits else [repair._replace(is_safe=False) for repair in told]

    def _tried(self, blame: Blame, candidates: Iterable[Candidate]) -> Iterator[_Tried]:
        """The candidates that repair an error, each change once; the cheapest come first."""
        seen: set[Any] = set()
        best: float | None = None
        for candidate in candidates:
            if self.nodes < 0 or (best is not None and candidate.cost > best + rank.WORSE):
                return
            edits = self._written(candidate) if candidate.change not in seen else None
            # Every edit is proved by reading the text again, which is about as much work as unfolding it.
            self.nodes -= len(candidate.edits) * self.size
            if edits is None:
                continue
            text = apply(self.architecture.file.text, edits)
            key = (text, tuple(sorted(candidate.sizes.items())))
            tried = self._checked(blame, candidate, edits, text) if key not in seen else None
            seen.add(key)
            if tried is not None:
                if candidate.change is not None:
                    seen.add(candidate.change)
                best = tried.cost if best is None else min(best, tried.cost)
                yield tried

    def _checked(self, blame: Blame, candidate: Candidate, edits: tuple[TextEdit, ...], text: str) -> _Tried | None:
        """A candidate after which the error is gone and no other error of a size has come; None if it is no repair.

        Errors of layers behind it, which it had kept hidden, may show up.
        """
        values = self.values if edits else {**self.values, **candidate.sizes}
        changed = self._read(text)
        report = changed.check(values)
        self.nodes -= 1 + len(report.graph.nodes)
        failing = {found.layer for found in _of_sizes(report)} & self.hidden
        uncovered = tuple([called(node) for node in report.graph.nodes if node.name in failing])
        before, after = _errors(self.report), _errors(report, hidden=self.hidden)
        if not after <= before or after[blame.code] >= before[blame.code]:
            return None
        failed = _failing(self.report)
        broken = tuple([verdict for key, verdict in _failing(report).items() if key not in failed])
        warnings = _warnings(report) - _warnings(self.report)
        weights = rank.WEIGHTS if self._other_weights(report) else 0.0
        cost = candidate.cost + rank.CLAIM * len(broken) + rank.WARNING * max(0, warnings) + weights
        cost += rank.UNCOVERED if uncovered else 0.0
        return _Tried(cost, candidate, edits, changed, values, report, broken, uncovered)

    def _written(self, candidate: Candidate) -> tuple[TextEdit, ...] | None:
        """The edits of a candidate, each once; None where one cannot be made safely."""
        try:
            edits = tuple(dict.fromkeys(edit(self.editor) for edit in candidate.edits))
            apply(self.architecture.file.text, edits)
        except (Uneditable, ValueError):
            return None
        return edits

    def _read(self, text: str, variant: str | None = None) -> Architecture:
        """The changed text, read as the file was."""
        file = self.architecture.file
        changed = type(self.architecture).from_source(SourceFile(file.name, text, format=file.format))
        return changed.choose(variant or self.architecture.variant)

    def _decided(self, blame: Blame, tried: _Tried) -> tuple[float, Repair]:
        """A repair with the sizes for which the network is legal now."""
        legal = self._legal(tried.architecture, tried.values)
        candidate = tried.candidate
        text = tried.architecture.file.text
        other_weights = self._other_weights(tried.report)
        why = [candidate.why, *(f"but then {about(verdict)} is {computed(verdict)}" for verdict in tried.broken[:1])]
        why += [f"but then {name} fails" for name in tried.uncovered[:1]]
        repair = Repair(
            candidate.title,
            "; ".join(part for part in why if part),
            blame.node.name,
            blame.code,
            tried.edits,
            text,
            candidate.sizes,
            legal,
            not other_weights,
            bool(tried.edits)
            and other_weights <= candidate.layers
            and not tried.broken
            and not tried.uncovered
            and not legal.is_empty
            and self._variants_stay(text),
        )
        return tried.cost + (rank.ONE_SIZE if _is_narrow(legal) else 0), repair

    def _legal(self, architecture: Architecture, values: dict[str, Any]) -> LegalSizes:
        """The legal sizes: for all values of symbols, at the values of lets that were given."""
        return architecture.legal_sizes(
            {name: value for name, value in values.items() if name not in self.report.symbols}
        )

    def _other_weights(self, report: Report) -> set[str]:
        """Layers whose weights were known and are not what they were."""
        after = _weights(report)
        # A step that is put in moves the numbers of those behind it, not their weights.
        if Counter(self.weights.values()) <= Counter(after.values()):
            return set()
        return {name for name, weights in self.weights.items() if after.get(name) != weights}

    def _variants_stay(self, text: str) -> bool:
        """Whether no other variant of the file has more errors than before, as far as so many can be checked."""
        changed = self._read(text)
        for name in self.architecture.variants:
            if name == self.architecture.variant:
                continue
            if name not in self._others:
                self._others[name] = self._of_variant(self.architecture, name)
            if self.elsewhere < 0 or not self._of_variant(changed, name) <= self._others[name]:
                return False
        return True

    def _of_variant(self, architecture: Architecture, name: str) -> Counter[str]:
        report = architecture.choose(name).check()
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


def _errors(report: Report, with_claims: bool = False, hidden: Collection[str] = ()) -> Counter[str]:
    """How many errors of every code a report has, but for those of hidden layers."""
    return Counter(found.code.id for found in _of_sizes(report, with_claims) if found.layer not in hidden)


def _of_sizes(report: Report, with_claims: bool = False) -> list[Diagnostic]:
    """The errors of a report; what claims say about the network is no error of its sizes."""
    return [
        found
        for found in report.diagnostics
        if found.severity == "error" and (with_claims or not found.code.id.startswith("AC4"))
    ]


def _warnings(report: Report) -> int:
    return sum(found.severity == "warning" for found in report.diagnostics)


def _failing(report: Report) -> dict[Any, Verdict]:
    """The claims that are errors, by what they say."""
    return {
        (verdict.span, verdict.quantity): verdict
        for verdict in report.verdicts
        if verdict.state in ("fails", "surprise")
    }


def _claim(verdict: Verdict) -> Any:
    """What a claim says, wherever it stands."""
    return verdict.quantity, verdict.of, verdict.relative_to, verdict.at, verdict.counting, str(verdict.expected)


def _weights(report: Report) -> dict[str, Any]:
    """The shapes of the tensors of all layers where they are known, by name."""
    nodes = [node for node in report.graph.nodes if node.facts is not None and node.facts.outputs is not None]
    return {node.name: node.facts.weights for node in nodes if node.facts is not None and node.facts.weights}


def _is_narrow(legal: LegalSizes) -> bool:
    """Whether the shapes of a network are right for finitely many sizes of some axis only."""
    sizes = legal.with_new_weights or legal
    return any(sizes.end(name) is not None for name in sizes.symbols)
