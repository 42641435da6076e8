"""What a network asks of its sizes: its conditions, those that keep its weights, and the decision over both."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from archcalc.collector import paused
from archcalc.diagnostics.codes.graph import NOT_REUSABLE
from archcalc.diagnostics.codes.language import UNDECIDABLE
from archcalc.diagnostics.model import Diagnostic
from archcalc.dims import Condition, Dim, Polynomial, free_symbols, substitute
from archcalc.expressions.limits import with_room
from archcalc.expressions.values import Value
from archcalc.graph import Map
from archcalc.layers.site import Requirement
from archcalc.network import Network, Settings
from archcalc.program import InvalidSpec, Program, distinct_errors
from archcalc.sizes.decision import decide
from archcalc.sizes.legal import LegalSizes


class Question(NamedTuple):
    """A network whose symbols are free, as far as its form does not depend on them."""

    network: Network
    fixed: dict[str, int]
    """Symbols that keep the value that the spec states, because the form of the network depends on them."""
    stated: dict[str, int]
    """The sizes at which the network was given its weights."""
    sized: frozenset[str]
    """The symbols that are sizes of the input: weights do not change when an image is larger."""
    mistakes: tuple[Diagnostic, ...]
    """What reading the spec has found: after an error, what was read is not what was meant."""


def question(program: Program, overrides: Mapping[str, Value], shown: Mapping[str, int] | None = None) -> Question:
    """The network with free symbols. Overrides are values for lets, and for symbols that are not asked about.

    `shown` are sizes in the place of those that the spec states.
    """
    values = {**program.stated(overrides), **(shown or {})}
    sizes = program.sized
    free = Settings(overrides, symbolic=True, freed=not sizes)
    network = program.unfold(free)
    fixed: dict[str, int] = {}
    if _is_open(network):
        # One symbol after the other is freed again, those of the input first.
        order = [*(name for name in values if name in sizes), *(name for name in values if name not in sizes)]
        fixed = {name: values[name] for name in order if name not in overrides}
        network = program.unfold(free.moved(fixed))
        for name in list(fixed):
            kept = {other: value for other, value in fixed.items() if other != name}
            attempt = program.unfold(free.moved(kept))
            if not _is_open(attempt):
                network, fixed = attempt, kept
    asked = frozenset((*sizes, *network.freed)) - overrides.keys()
    freed = {name: (shown or {}).get(name, size) for name, size in network.freed.items()}
    stated = {**{name: value for name, value in values.items() if name not in freed}, **freed}
    return Question(network, fixed, stated, asked, program.mistakes)


def _is_open(network: Network) -> bool:
    """Whether a symbol would have to decide which steps there are."""
    return any(found.code is UNDECIDABLE for found in network.diagnostics)


def legal_sizes(program: Program, overrides: Mapping[str, Value], shown: Mapping[str, int] | None = None) -> LegalSizes:
    """The sizes at which a network is legal, for all symbols that the overrides do not fix.

    A symbol that is no size of the input, such as a kernel, keeps its value where it could only be decided together
    with those that are. `shown` are sizes in the place of those that the spec states. The program
    remembers the latest answers.

    Raises: as `Program.network_spec` does.
    """

    def decided_anew() -> LegalSizes:
        with paused():
            return with_room(lambda: _legal_sizes(program, overrides, shown))

    key = (legal_sizes, Settings(overrides).key, tuple((shown or {}).items()))
    return program.answers.of(key, decided_anew)


def certain_sizes(
    program: Program, overrides: Mapping[str, Value], shown: Mapping[str, int] | None = None
) -> LegalSizes:
    """The same for somebody who takes the answer for a fact about sizes, as an error of a layer at all sizes is.

    Raises: InvalidSpec where it is the text that is wrong: what was read is not what was meant. Otherwise as
    `Program.network_spec` does.
    """
    found = legal_sizes(program, overrides, shown)
    if found.never is None:
        return found
    asking = question(program, {**overrides, **found.fixed}, shown)
    mistakes = distinct_errors([*asking.mistakes, *asking.network.diagnostics])
    # A layer that cannot be used again for these sizes is not there, and its finding names none.
    if mistakes and all(one.layer is not None or one.code is NOT_REUSABLE for one in mistakes):
        return found
    raise InvalidSpec(f"{program.name} has no legal sizes because of its mistakes", mistakes)


def _legal_sizes(program: Program, overrides: Mapping[str, Value], shown: Mapping[str, int] | None) -> LegalSizes:
    asking = question(program, overrides, shown)
    found = decided(asking)
    tangled = {
        name: asking.stated[name]
        for one in found.undecided
        for name in sorted(free_symbols(one.condition.subject) - asking.sized)
        if name in asking.stated
    }
    if not tangled:
        return found
    asking = question(program, {**overrides, **tangled}, shown)
    return decided(asking._replace(fixed={**asking.fixed, **tangled}))


def decided(asking: Question) -> LegalSizes:
    """The answer; where weights depend on sizes, the sizes that the weights go with."""
    network = asking.network
    symbols = [name for name, value in network.symbols.items() if isinstance(value, Polynomial)] + list(network.freed)
    mistakes = [found for found in (*asking.mistakes, *network.diagnostics) if found.severity == "error"]
    if mistakes or not network.graph.is_complete:
        never = mistakes[0].message if mistakes else "the network has no output"
        asked = refuted(network, frozenset(symbols))
        return LegalSizes(tuple(symbols), [], never=never, stated=asking.stated, fixed=asking.fixed, asked=asked)
    asked = conditions(network)
    believed = _believed(network, frozenset(symbols))
    answer = partial(decide, symbols=symbols, stated=asking.stated, fixed=asking.fixed, rests_on=believed)
    divisions = _divisions(network)
    exact = answer([*asked, *divisions]) if divisions else None
    shapes = answer(asked, exact=exact)
    kept = _kept_weights(asking) if _is_legal(shapes, asking.stated) else []
    if not kept:
        return shapes
    found = answer([*asked, *kept], with_new_weights=shapes, exact=exact)
    # Weights that ask for nothing more, as those behind a stated `in`, are no second answer.
    return shapes if found.is_same_set(shapes) else found


def conditions(network: Network) -> list[Requirement]:
    """All open conditions of a network, with the layers that ask for them."""
    found = [Requirement(one.condition, one.words, "input") for one in network.requirements]
    for node in network.graph.nodes:
        if node.facts:
            found.extend(Requirement(one.condition, one.words, node.name) for one in node.facts.requirements)
    return found


def refuted(network: Network, symbols: frozenset[str]) -> list[Requirement]:
    """The first condition that a layer has found to hold at no size; none where it is the form that is wrong."""
    return [
        Requirement(finding.refuted, finding.message, node.name)
        for node in network.graph.nodes
        if node.facts
        for finding in node.facts.findings
        if finding.code.severity == "error" and finding.refuted is not None
        # What an error in front leaves open is no size that could be written down.
        if free_symbols(finding.refuted.subject) <= symbols
    ][:1]


def _believed(network: Network, symbols: frozenset[str]) -> tuple[str, ...]:
    """The opaque steps whose shapes depend on symbols: that they write what they state is believed, and not known."""

    def depends(value: Map) -> bool:
        sizes = () if value.shape is None else (*value.shape.sizes, value.shape.items)
        return any(free_symbols(size) & symbols for size in sizes)

    opaque = (node for node in network.graph.nodes if node.layer is not None and node.layer.is_opaque)
    return tuple([node.name for node in opaque if any(map(depends, (*node.inputs, *node.outputs)))])


def _divisions(network: Network) -> list[Requirement]:
    """Divisions that are rounded, as conditions that nothing is left over."""
    return [
        Requirement(condition, "nothing is rounded", node.name)
        for node in network.graph.nodes
        if node.facts
        for condition in node.facts.divisions
    ]


def _is_legal(shapes: LegalSizes, sizes: Mapping[str, int]) -> bool:
    return all(name in sizes for name in shapes.symbols) and sizes in shapes


def _kept_weights(asking: Question) -> list[Requirement]:
    """Conditions that every weight has the shape that it has at the stated sizes."""
    at = {name: value for name, value in asking.stated.items() if name in asking.sized}
    found: dict[Dim, Requirement] = {}
    for node in asking.network.graph.nodes:
        facts = node.facts
        if facts is None:
            continue
        for weight in (*facts.weights, *facts.buffers):
            for size in weight.shape:
                if isinstance(size, int) or size in found or not (free_symbols(size) & asking.sized):
                    continue
                before = substitute(size, at)
                shape = "×".join(str(substitute(one, at)) for one in weight.shape)
                reason = f"its {weight.name} is {shape} at the stated sizes"
                found[size] = Requirement(Condition.equal(size, before), reason, node.name)
    return list(found.values())
