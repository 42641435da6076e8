"""What a repair does to a file besides taking its error away: a repair without harm is safe.

`harms` compares two reports; what lies outside a report has a function of its own: the legal sizes, the other variants
of the file, and values that were given from outside. What harms repairs have is in `Repair.harms`:

>>> from archcalc import load
>>> text = "input: [1, 7, 7]\\nlayers: [conv: {out: 1, kernel: 3, stride: 3}, conv: {out: 1, kernel: 5}]\\n"
>>> repair = load(text).repairs()[2]
>>> repair.title, [harm.text for harm in repair.harms]
('padding: 1 on conv 0', ['conv 1 fails', 'it changes the design of the network'])
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Sequence
from typing import Any, Literal, NamedTuple

from archcalc.checking import Checked
from archcalc.diagnostics.model import Diagnostic
from archcalc.expectations import Verdict
from archcalc.expectations.verdict import about, computed
from archcalc.graph import Node
from archcalc.repair.naming import called
from archcalc.sizes.legal import LegalSizes

Nature = Literal["spelling", "rounding", "design", "data", "insertion"]
"""What a change is one of: how something is written; `rounding: floor` for the spec, which frameworks do anyway; a
field of a layer; sizes of the input; a layer that is put in."""

Kind = Literal[
    "claim", "hidden", "undecided", "weights", "sizes", "variant", "outside", "suspicion", "design", "data", "insertion"
]
"""What is harmed: a claim, a layer whose error was hidden, what nobody knows because of another error, the weights of a
layer that is not changed, all sizes, another variant, values from outside that the file does not know. Or what is not
ours to decide: a spec that may mean something else, the design of a network, its data, its layers."""


class Harm(NamedTuple):
    """One thing that is worse after a repair than it was before, or that its author has to decide.

    >>> from archcalc import load
    >>> text = "input: [1, 7, 7]\\nlayers: [conv: {out: 1, kernel: 3, stride: 3}, conv: {out: 1, kernel: 5}]\\n"
    >>> [harm.text for harm in load(text).repairs()[2].harms]
    ['conv 1 fails', 'it changes the design of the network']
    """

    kind: Kind
    text: str
    """The harm as a clause: who suffers it, and how."""


OUTSIDE = Harm("outside", "sizes that were given from outside are to blame, which no change of the file repairs")

DECISIONS: dict[Nature, Harm] = {
    "design": Harm("design", "it changes the design of the network"),
    "data": Harm("data", "it changes the data that the network is for"),
    "insertion": Harm("insertion", "it puts in a layer"),
}
"""What a change decides that is for its author to decide. A spelling with one reading decides nothing, and the rounding
that every framework has is what somebody means who has not heard of it."""


class Change(NamedTuple):
    """A change that was made and checked, with what `harms` asks about it."""

    nature: Nature
    compared: Sequence[Harm]
    """What is worse in the network itself; see `compared`."""
    legal: LegalSizes
    is_outside: bool
    """Whether it is about values from outside, which the file does not have."""
    elsewhere: Callable[[], Sequence[Harm]]
    """Finds what is worse in other variants, which takes long."""


def harms(change: Change) -> tuple[Harm, ...]:
    """Everything that speaks against making a change without asking: without any, it is safe."""
    judged = list(change.compared)
    if change.is_outside:
        judged.append(OUTSIDE)
    if change.legal.is_empty:
        judged.append(Harm("sizes", "the network is still legal at no size"))
    # Other variants take the longest, and cannot make an unsafe repair safe.
    judged += [] if judged else change.elsewhere()
    if change.nature in DECISIONS:
        judged.append(DECISIONS[change.nature])
    return tuple(judged)


def compared(before: Checked, after: Checked, changed: Collection[str] = ()) -> list[Harm]:
    """What is worse in the network itself; `changed` names the layers whose own weights are meant to change."""
    lost = [name for name in lost_weights(before, after) if name not in changed]
    uncovered = _uncovered(before, after)
    return [
        *(Harm("claim", f"{about(verdict)} is {computed(verdict)}") for verdict in _broken(before, after)),
        *(Harm("hidden", f"{called(node)} fails") for node in uncovered),
        *([_other_weights(lost)] if lost else []),
        *(_undecided(after) if not uncovered else []),
        *([suspected(suspicions[0])] if (suspicions := before.suspicions or after.suspicions) else []),
    ]


def harm_of_variant(name: str, before: Counter[str], after: Counter[str]) -> Harm | None:
    """That another variant of the file has errors, counted by their codes, which it did not have."""
    new = after - before
    return Harm("variant", f"variant {name} has an error that it did not have ({min(new)})") if new else None


def unchecked_variant(name: str) -> Harm:
    """That nobody knows what becomes of a variant: the work of a search is bounded."""
    return Harm("variant", f"variant {name} was not checked: the variants of the file have too many layers")


def errors(report: Checked, with_claims: bool = False) -> list[Diagnostic]:
    """The errors of a report; what claims say about the network is no error of its sizes."""
    return [
        found
        for found in report.diagnostics
        if found.severity == "error" and (with_claims or not found.code.id.startswith("AC4"))
    ]


def hidden_layers(report: Checked) -> set[str]:
    """Layers of which nothing can be said because something in front of them fails."""
    return {node.name for node in report.graph.nodes if node.facts is None}


def lost_weights(before: Checked, after: Checked) -> list[str]:
    """Layers whose weights were known and are not what they were, in the order of the network."""
    old, new = _weights(before), _weights(after)
    # A step that is put in moves the numbers of those behind it, not their weights.
    if Counter(old.values()) <= Counter(new.values()):
        return []
    return [name for name, weights in old.items() if new.get(name) != weights]


def _broken(before: Checked, after: Checked) -> list[Verdict]:
    """The claims that fail only now; one that failed already fails again as often, on whatever line it stands now."""
    failed = failing(before)
    found = []
    for verdict in _failing(after):
        if failed[says(verdict)]:
            failed[says(verdict)] -= 1
        else:
            found.append(verdict)
    return found


def _failing(report: Checked) -> list[Verdict]:
    """The claims that are errors."""
    return [verdict for verdict in report.verdicts if verdict.state in ("fails", "surprise")]


def failing(report: Checked) -> Counter[Hashable]:
    """How often each claim fails, by what it says."""
    return Counter(says(verdict) for verdict in _failing(report))


def says(verdict: Verdict) -> Hashable:
    """What a claim says, wherever it stands and whatever the network has."""
    return verdict.quantity, verdict.expected, verdict.counting, verdict.of, verdict.relative_to, verdict.at


def _weights(report: Checked) -> dict[str, Any]:
    """The shapes of the tensors of all layers where they are known, by name."""
    nodes = [node for node in report.graph.nodes if node.facts is not None and node.facts.outputs is not None]
    return {node.name: node.facts.weights for node in nodes if node.facts is not None and node.facts.weights}


def _other_weights(names: list[str]) -> Harm:
    others = len(names) - 1
    more = f" and {others} other layer{'s' if others > 1 else ''}" if others else ""
    return Harm("weights", f"{names[0]}{more} would need other weights")


def suspected(suspicion: Diagnostic) -> Harm:
    """That the spec is likely to mean something else than it says: then nobody knows what is to be repaired."""
    return Harm("suspicion", f"the spec may mean something else: {suspicion.message}")


def _undecided(after: Checked) -> list[Harm]:
    """That another error keeps unknown what becomes of the weights and of the claims."""
    if after.complete and all(verdict.state != "unknown" for verdict in after.verdicts):
        return []
    return [Harm("undecided", "another error keeps unknown what becomes of the weights and the claims")]


def _uncovered(before: Checked, after: Checked) -> list[Node]:
    """Layers whose own errors the repaired one had kept hidden."""
    failing = {found.layer for found in errors(after)} & hidden_layers(before)
    return [node for node in after.graph.nodes if node.name in failing]
