"""The fixed numbers that a network holds, as its spec states them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from archcalc.diagnostics.codes.export import ARGUMENTS_DIFFER
from archcalc.diagnostics.model import Diagnostic
from archcalc.graph import Graph, Node
from archcalc.layers.base import Fixed


def fixed_numbers(graph: Graph) -> dict[str, Any]:
    """What stands in every buffer whose numbers are stated: a number for all entries, or a list, by its name.

    >>> import archcalc
    >>> text = "input: [3, 8, 8]\\nlayers:\\n  - {buffer: {shape: [3, 1, 1], values: [1, 2, 3]}, as: mean}\\n"
    >>> fixed_numbers(archcalc.load(text).check().graph)
    {'mean': (1.0, 2.0, 3.0)}
    """
    found = {}
    for node in graph.nodes:
        fixed = _fixed(node)
        if fixed is None or fixed.numbers is None or node.shares is not None:
            continue
        if node.is_tensor or fixed.is_persistent:
            # Nobody sees the name of any other.
            found[_name(node)] = fixed.numbers
    return found


def other_numbers(graph: Graph, unlike: Collection[str]) -> list[Diagnostic]:
    """A finding for every buffer that holds other numbers in PyTorch than the spec states."""
    return [
        Diagnostic(
            ARGUMENTS_DIFFER,
            f"{_name(node)} ({node.kind}) holds other numbers in PyTorch than its `values`",
            node.span,
            layer=node.name,
        )
        for node in graph.nodes
        if _name(node) in unlike
    ]


def _name(node: Node) -> str:
    return node.name if node.is_tensor else f"{node.name}.tensor"


def _fixed(node: Node) -> Fixed | None:
    if node.layer is None or not node.layer.is_held():
        return None
    reads, writes = ([value.shape for value in maps if value.shape is not None] for maps in (node.inputs, node.outputs))
    held = node.layer.held(reads, writes)
    return None if held is None else held.fixed
