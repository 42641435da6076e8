"""Whether the calls of a forward pass are the layers of the graph, and read what these read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from archcalc.graph import Graph, Map, Node
from archcalc.verify.job import Event, Maker, Ran, tensors_of

Origin = tuple[str, int]
"""A layer, or an input of the network, and which of its outputs; beyond the last one it is what it keeps besides."""
INSIDE = -1
"""The place of a tensor from the middle of a layer, which nobody else should read."""


class Difference(NamedTuple):
    """A sentence about a layer, or about the whole network."""

    message: str
    node: Node | None


class Connections:
    """The calls of a run, grouped by the layers that they are."""

    def __init__(self, graph: Graph, planned: Iterable[tuple[str, int]], ran: Ran) -> None:
        self.graph = graph
        self.ran = ran
        self.planned = [(name, times) for name, times in planned if times]
        self.nodes = {node.name: node for node in graph.nodes}
        self.tensors = tensors_of(graph)
        self.inputs = {id(node): f"input {node.label}" for node in graph.inputs}
        self.needed = sum(times for _, times in self.planned)
        self.are_grouped = self.needed == len(ran.events)
        """Whether the number of calls is right, so that each call can be assigned to its layer."""
        self.groups: dict[str, list[int]] = {}
        self._owners: list[str] = []
        for name, times in self.planned:
            numbers = range(len(self._owners), len(self._owners) + times)
            self.groups.setdefault(name, []).extend(numbers)
            self._owners.extend([name] * times)

    def differences(self) -> list[Difference]:
        """Every layer that runs at another place or reads something else; one sentence if calls are missing."""
        if not self.are_grouped:
            return [self._other_number()]
        found = [difference for name, numbers in self.groups.items() if (difference := self._in_place(name, numbers))]
        if found:
            # Behind the first call that is another one, nothing reads what it should.
            return found
        found = [difference for name, numbers in self.groups.items() if (difference := self._reading(name, numbers))]
        return found or self._results()

    def _other_number(self) -> Difference:
        many = f"PyTorch makes {len(self.ran.events)} calls, and the layers are {self.needed}"
        at = 0
        for name, times in self.planned:
            numbers = [number for number in range(at, at + times) if number < len(self.ran.events)]
            at += times
            difference = self._in_place(name, numbers) if numbers else None
            if difference is not None:
                return Difference(f"{many}; the first that is another one: {difference.message}", difference.node)
        return Difference(many, None)

    def _in_place(self, name: str, numbers: list[int]) -> Difference | None:
        """A layer with parameters is called under its own name."""
        node = self.nodes.get(name)
        if node is None:
            return None
        facts = node.facts
        owns = facts is not None and bool(facts.weights or facts.buffers) and not node.is_tensor
        events = [self.ran.events[number] for number in numbers]
        owner = (node.shares or node).name
        called = [module for event in events for module in event.modules]
        if owns and owner not in called:
            return Difference(f"{_called(events)} runs in PyTorch where {name} ({node.kind}) stands", node)
        if not owns:
            for module in called:
                other = self.nodes.get(module)
                if other is not None and other.kind != node.kind:
                    return Difference(f"{_called(events)} runs in PyTorch where {name} ({node.kind}) stands", node)
        return None

    def _reading(self, name: str, numbers: list[int]) -> Difference | None:
        """A layer reads its inputs, and what their layers entered or kept, and nothing else."""
        node = self.nodes.get(name)
        if node is None or node.layer is None:
            return None
        inside = set(numbers)
        reads = [
            self._origins(makers)
            for number in numbers
            for makers in self.ran.events[number].reads
            if not any(maker in inside for maker, _ in makers)
        ]
        allowed = [self._of(value) for value in node.inputs]
        main = len(node.layer.flowing(node.inputs))
        besides = {origin for value in node.inputs[main:] for origin in self._besides(value)}
        if node.is_tensor:
            own = {((node.shares or node).name, 0)}
            if not any(read & own for read in reads):
                return Difference(f"{name} ({node.kind}) does not read its own tensor in PyTorch", node)
            besides |= own
        for read in reads:
            if not read & besides.union(*allowed):
                return Difference(f"{name} ({node.kind}) reads {_named(read)} in PyTorch, not {_listed(allowed)}", node)
        for wanted in allowed[:main]:
            if not any(read & wanted for read in reads):
                return Difference(f"{name} ({node.kind}) does not read {_named(wanted)} in PyTorch", node)
        if node.layer.is_merge and not node.layer.is_commutative:
            return self._order(node, allowed[:main], self._in_order(numbers[-1], inside))
        return None

    def _order(self, node: Node, allowed: list[set[Origin]], reads: list[set[Origin]]) -> Difference | None:
        """Where as many maps are read as there are, each is read at its place."""
        if len(reads) == len(allowed) and not all(map(set.__and__, reads, allowed)):
            order = " and ".join(_named(one) for one in reads)
            return Difference(f"{node.name} ({node.kind}) reads {order} in this order in PyTorch", node)
        return None

    def _in_order(self, number: int, inside: set[int]) -> list[set[Origin]]:
        """What a call of a layer reads from elsewhere, in order: what it reads of earlier calls is what these read."""
        found: list[set[Origin]] = []
        for makers in self.ran.events[number].reads:
            earlier = [maker for maker, _ in makers if maker in inside and maker < number]
            found.extend(self._in_order(earlier[0], inside) if earlier else [self._origins(makers)])
        return found

    def _results(self) -> list[Difference]:
        """The network gives what its outputs name."""
        for (name, value), makers in zip(self.graph.outputs.items(), self.ran.makers, strict=False):
            wanted, found = self._of(value), self._origins(makers)
            if found and not found & wanted:
                return [Difference(f"`{name}` is {_named(found)} in PyTorch, not {_named(wanted)}", value.node)]
        return []

    def _origins(self, makers: Iterable[Maker]) -> set[Origin]:
        return {self._origin(number, port) for number, port in makers}

    def _origin(self, number: int, port: int) -> Origin:
        if number == -2:
            return (self.tensors[port], 0)
        if number < 0:
            node = self.graph.inputs[port] if port < len(self.graph.inputs) else None
            return (self.inputs[id(node)] if node is not None else f"input {port}", 0)
        name = self._owners[number]
        # A constant map is read in several forms, each by a call of its own.
        gives = number == self.groups[name][-1] or (name in self.nodes and self.nodes[name].is_constant)
        return (name, port if gives else INSIDE)

    def _of(self, value: Map) -> set[Origin]:
        """Where a map is made: by its layer, or, if that takes no call, by those that it reads."""
        node = value.node
        if node is None:
            return set()
        if id(node) in self.inputs:
            return {(self.inputs[id(node)], 0)}
        if node.name not in self.groups and node.is_tensor:
            return {((node.shares or node).name, 0)}
        if node.name not in self.groups:
            return {origin for read in node.inputs for origin in self._of(read)}
        return {(node.name, value.port)}

    def _besides(self, value: Map) -> set[Origin]:
        """What a layer that undoes another one may read besides: the map that entered that one, and what it kept."""
        node = value.node
        if node is None or id(node) in self.inputs:
            return set()
        kept = {(node.name, port) for port in range(len(node.outputs), len(node.outputs) + 2)}
        return kept.union(*(self._of(read) for read in node.inputs))


def _called(events: list[Event]) -> str:
    return " and ".join(f"{event.modules[0]} ({event.call})" if event.modules else event.call for event in events)


def _named(origins: Iterable[Origin]) -> str:
    texts = [
        f"what happens inside {name}" if port == INSIDE else name if port == 0 else f"{name}.{port}"
        for name, port in sorted(origins)
    ]
    return " or ".join(texts) or "nothing"


def _listed(origins: list[set[Origin]]) -> str:
    return " and ".join(_named(one) for one in origins) or "nothing"
