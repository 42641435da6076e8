"""How deep a layer stands: the how-manieth it is of its kind, or of the blocks that hold layers of its kind."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.graph import BlockCall, Graph, Node

Place = tuple[int, int]
"""A position counted from 1, and how many there are."""


class Depth:
    """The places of the layers of a graph, in the order in which they are computed."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._of_layers: dict[str, dict[Node, Place]] = {}
        self._of_blocks: dict[str, dict[Node, Place]] = {}

    def of(self, node: Node) -> Place:
        """Where a layer stands among those of its kind, or among the blocks that hold one."""
        layer = node.layer
        by_blocks = layer is not None and layer.counts_blocks
        known, count = (self._of_blocks, _blocks) if by_blocks else (self._of_layers, _layers)
        if node.kind not in known:
            known[node.kind] = count(self._graph, node.kind)
        return known[node.kind][node]


def _layers(graph: Graph, kind: str) -> dict[Node, Place]:
    nodes = [node for node in graph.nodes if node.kind == kind]
    return {node: (position, len(nodes)) for position, node in enumerate(nodes, 1)}


def _blocks(graph: Graph, kind: str) -> dict[Node, Place]:
    """A call counts whether or not a condition leaves the layer out; outside of blocks, each layer counts."""
    nodes = [node for node in graph.nodes if node.kind == kind]
    holding = {node.call.block for node in nodes if node.call is not None}
    places: dict[BlockCall | Node, int] = {}
    for node in graph.nodes:
        for call in reversed([*_calls(node)]):
            if call.block in holding:
                places.setdefault(call, len(places) + 1)
        if node.kind == kind and node.call is None:
            places[node] = len(places) + 1
    return {node: (places[node if node.call is None else node.call], len(places)) for node in nodes}


def _calls(node: Node) -> Iterator[BlockCall]:
    """The call that a layer stands in, and those around it."""
    call = node.call
    while call is not None:
        yield call
        call = call.parent
