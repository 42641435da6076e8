"""A spec read as it is likelier meant: the text with all suspicions followed, unfolded, and what comes out then.

A suspicion stands if this network has no more errors than the literal one. Nothing is written into the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from archcalc.diagnostics.codes.shapes import FRACTIONAL_OUTPUT
from archcalc.diagnostics.model import Diagnostic, Span, errors
from archcalc.dims.figures import grouped
from archcalc.editing.manuscript import Manuscript
from archcalc.editing.text import TextEdit, apply
from archcalc.graph import Graph, Node
from archcalc.network import Network, Settings
from archcalc.program import Program
from archcalc.silence import Silence
from archcalc.source import SourceFile
from archcalc.suspicions.lists import of_lists
from archcalc.suspicions.model import MAX_TOLD, NOTHING, Suspicion
from archcalc.tally import count, tally

MAX_NODES = 20_000
"""Layers that all readings of one network may unfold together."""


class Reading:
    """A network as it is likelier meant."""

    def __init__(
        self, program: Program, settings: Settings, network: Network, silence: Silence, found: list[Suspicion]
    ) -> None:
        self.program = program
        self.settings = settings
        self.network = network
        self.silence = silence
        self.nodes = MAX_NODES
        self.manuscript = program.of_file.of(Manuscript, lambda: Manuscript(program.file))
        self.suspicions, self.after = self._likelier(found[:MAX_TOLD])
        self.is_more = len(found) > MAX_TOLD or len(self.suspicions) > MAX_TOLD
        del self.suspicions[MAX_TOLD:]

    def warnings(self) -> list[Diagnostic]:
        """The suspicions that stand, with the line to write and what comes out then."""
        warnings = [self._warning(one) for one in self.suspicions]
        if self.is_more and warnings:
            note = "more lists of this network look so"
            warnings[-1] = warnings[-1]._replace(notes=(*warnings[-1].notes, note))
        return warnings

    def explained(self) -> list[Diagnostic]:
        """The findings of the network; errors that are gone in this reading say so first."""
        return [self._explained(found) for found in self.network.diagnostics]

    def _likelier(self, found: list[Suspicion]) -> tuple[list[Suspicion], Network | None]:
        """The suspicions that stand, and the network that they make; None where it would take long to make."""
        if not self._can_afford():
            return [one for one in found if not one.cures], None
        for chosen in (found, *([one] for one in found if len(found) > 1)):
            changed, after = self._changed(chosen)
            # What an error had hidden, and what the right number of channels uncovers.
            while after is not None and self._can_afford() and (more := self._uncovered(changed, after, chosen)):
                chosen = [*chosen, *more]
                changed, after = self._changed(chosen)
            if after is not None and self._is_likelier(after, chosen):
                return chosen, after
            if not self._can_afford():
                break
        return [], None

    def _is_likelier(self, after: Network, chosen: Sequence[Suspicion]) -> bool:
        """Whether a reading has no more errors than the literal one, or fewer where that is its only reason.

        A fraction is no reason against a reading: other libraries round, and who thinks of them has not said how.
        """
        before, now = errors(self.network.diagnostics), errors(after.diagnostics)
        if any(one.cures for one in chosen):
            return len(now) < len(before)
        return sum(one.code is not FRACTIONAL_OUTPUT for one in now) <= len(before)

    def _can_afford(self) -> bool:
        """Whether the network can be unfolded once more."""
        return len(self.network.graph.nodes) <= self.nodes

    def _uncovered(self, changed: Program, after: Network, known: Sequence[Suspicion]) -> list[Suspicion]:
        """Lists that are suspect only where other suspicions are right, if they stand where they stood."""
        if len(known) > MAX_TOLD:
            return []
        places = {one.span for one in known}
        return [
            one
            for one in islice(of_lists(after.graph), MAX_TOLD)
            if one.span not in places
            and not self.silence.covers(one.code, [one.span])
            and _slice(changed.file, one.span) == _slice(self.program.file, one.span)
        ]

    def _changed(self, found: Sequence[Suspicion]) -> tuple[Program, Network | None]:
        """The spec with what is likelier in the place of what stands there, and its network if there is one."""
        self.nodes -= 1 + len(self.network.graph.nodes)
        file = self.program.file
        text = apply(file.text, [self._edit(one) for one in found])
        changed = self.program.with_text(text)
        if not changed.is_network or len(errors(changed.mistakes)) > len(errors(self.program.mistakes)):
            return changed, None
        gone = set(self.program.settable) - set(changed.settable)
        kept = {name: value for name, value in self.settings.overrides.items() if name not in gone}
        return changed, changed.unfold_anew(self.settings._replace(overrides=kept))

    def _edit(self, one: Suspicion) -> TextEdit:
        """What is meant in the place of what stands there, filled up so that the rest of the text stays in place.

        A list of lines may begin as far left as its key, where nothing else may stand: hence the first space.
        """
        node = self.manuscript.value(one.span).node
        start, end = self.manuscript.start(node), self.manuscript.end(node)
        text = self.manuscript.written(one.value)
        if self.manuscript.is_block(node) or node.line < node.end_line:
            return TextEdit(start, end, f" {text}" + "\n" * (node.end_line - node.line))
        return TextEdit(start, end, text.ljust(end - start))

    # Words

    def _warning(self, one: Suspicion) -> Diagnostic:
        numbers = "; ".join(self._numbers(one))
        return Diagnostic(
            one.code,
            one.message,
            one.span,
            one.read,
            help=(f"write `{self._line(one)}`" + (f": {numbers}" if numbers else ""),),
            notes=(f"if it is meant, {self._silence(one)} says so",),
            layer=one.layer,
        )

    def _numbers(self, one: Suspicion) -> Iterator[str]:
        """What comes out for its layer, and behind the last one for the network."""
        if self.after is None:
            return
        graph = self.after.graph
        node = _named(graph, one.layer) if one.layer is not None else _first(_behind(graph, one.key))
        if node is not None and node.outputs[0].shape is not None:
            yield _of_layer(node)
        total = tally(graph.nodes).parameters
        if graph.is_complete and one is self.suspicions[-1] and (node is None or total != count(node).parameters):
            whole = "the network" if len(self.suspicions) == 1 else "with all of this the network"
            yield f"{whole} has {grouped(total)} parameters"

    def _line(self, one: Suspicion) -> str:
        """The key and the value that are likelier meant, as they stand in the text."""
        if one.value == NOTHING and not self.manuscript.is_json:
            return one.key
        return self.manuscript.entry(one.key, one.value)

    def _silence(self, one: Suspicion) -> str:
        id = one.code.id
        return f'`"ignore": ["{id}"]` in the spec' if self.manuscript.is_json else f"`# archcalc: ignore[{id}]`"

    def _explained(self, found: Diagnostic) -> Diagnostic:
        """An error that another reading takes away says so first."""
        if found.severity != "error" or self.after is None:
            return found
        if any((other.code, other.layer) == (found.code, found.layer) for other in self.after.diagnostics):
            return found
        own = next((one for one in self.suspicions if _is_at(found, one)), None) or self._in_front(found)
        asked = f"is `{self._line(own)}` meant?"
        others = [help for help in found.help if not help.endswith(asked)]
        return found._replace(help=(f"{own.because}: {asked}", *others))

    def _in_front(self, found: Diagnostic) -> Suspicion:
        """The first suspicion about what the layer of a finding depends on."""
        above = _above(self.network.graph, found.layer)
        return next((one for one in self.suspicions if (one.layer or one.key) in above), self.suspicions[0])


def _of_layer(node: Node) -> str:
    """The size and the counts of a layer."""
    counts = count(node)
    kinds = ((counts.parameters, "parameters"), (counts.multiplications, "multiplications"))
    own = [f"{grouped(value)} {what}" for value, what in kinds if value != 0]
    return f"{node.kind} {node.name} is then {node.outputs[0].shape}" + (f" with {' and '.join(own)}" if own else "")


def _named(graph: Graph, name: str) -> Node | None:
    return next((node for node in graph.nodes if node.name == name), None)


def _first(nodes: Sequence[Node]) -> Node | None:
    """The first layer with weights, else the first."""
    weighted = (node for node in nodes if node.facts is not None and node.facts.weights)
    return next(weighted, next(iter(nodes), None))


def _behind(graph: Graph, entry: str) -> list[Node]:
    """The layers that an input leads to, in the order of computation."""
    reached = {id(node) for node in graph.inputs if node.label == entry}
    found = []
    for node in graph.nodes:
        if any(id(value.node) in reached for value in node.inputs):
            reached.add(id(node))
            found.append(node)
    return found


def _above(graph: Graph, layer: str | None) -> set[str]:
    """The names of the layers and inputs that a layer depends on."""
    waiting = [node for node in graph.nodes if node.name == layer]
    found: dict[int, str] = {}
    while waiting:
        for value in waiting.pop().inputs:
            if value.node is not None and id(value.node) not in found:
                found[id(value.node)] = value.node.label if value.node.layer is None else value.node.name
                waiting.append(value.node)
    return set(found.values())


def _is_at(found: Diagnostic, one: Suspicion) -> bool:
    """Whether a finding is about the layer, or the value, of a suspicion."""
    if found.layer is not None and found.layer == one.layer:
        return True
    return found.span is not None and one.span[:2] <= found.span[:2] and found.span[2:] <= one.span[2:]


def _slice(file: SourceFile, span: Span) -> str:
    """The first line of what stands at a span."""
    return file.line(span.line)[span.column - 1 : span.end_column - 1 if span.line == span.end_line else None]
