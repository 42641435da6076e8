"""What a network is, apart from where it is written: two texts of one network say the same here."""

from __future__ import annotations

from typing import Any

from archcalc import Architecture
from archcalc.graph import Graph, Map


def said(network: Architecture) -> Any:
    """Nodes with their kinds, fields, tensors, shapes and connections; of one that cannot be unfolded the codes."""
    if network.spec is None:
        return codes(network)
    found = network.unfold()
    return [*_graph(found.graph), codes(network)]


def codes(network: Architecture) -> list[tuple[str, str]]:
    """What is found, wherever it is."""
    return sorted((one.code.id, one.severity) for one in network.check().diagnostics)


def of_text(name: str, text: str) -> dict[str | None, Any]:
    """Every variant of a text, or its one network."""
    read = Architecture.from_bytes(text.encode("utf-8"), name)
    return {variant: said(read.choose(variant)) for variant in [*read.variants] or [None]}


def _graph(graph: Graph) -> list[Any]:
    return [
        [
            (
                node.name,
                node.kind,
                node.layer.model_dump() if node.layer is not None else None,
                node.rounding,
                node.trainable,
                [_place(read) for read in node.inputs],
                [written.outline for written in node.outputs],
                [node.facts.weights, node.facts.parameters, node.facts.multiplications] if node.facts else None,
                node.shares and node.shares.name,
                node.tied and node.tied.name,
            )
            for node in (*graph.inputs, *graph.nodes)
        ],
        {name: _place(written) for name, written in graph.outputs.items()},
        graph.is_complete,
    ]


def _place(written: Map) -> Any:
    return (written.node.name if written.node else None, written.port, written.outline)
