"""Schedules: values of layers that grow with their depth, set in one place where the whole network is built."""

from __future__ import annotations

import ast
from typing import NamedTuple

from archcalc.graph import Graph, Node, outward


class Schedule(NamedTuple):
    """A function that sets the values of all layers of a kind, and how it counts.

    The places are the layers; with `blocks`, the instances of the classes of these blocks.
    """

    function: str
    kind: str
    options: tuple[tuple[str, int], ...]
    blocks: tuple[str, ...] = ()

    def statement(self, classes: list[str]) -> ast.stmt:
        """The call of the function, with the classes of the blocks."""
        arguments: list[ast.expr] = [ast.Name("self")]
        if self.blocks:
            arguments.append(ast.Tuple([ast.Name(text) for text in classes]))
        options = [ast.keyword(name, ast.Constant(value)) for name, value in self.options]
        return ast.Expr(ast.Call(ast.Name(self.function), arguments, options))


def schedules(graph: Graph) -> dict[str, Schedule]:
    """The schedules of a network, by the kind of layer that they are for."""
    by_kind: dict[str, list[Node]] = {}
    for node in graph.nodes:
        if node.layer is not None and node.layer.schedule is not None:
            by_kind.setdefault(node.kind, []).append(node)
    found: dict[str, Schedule] = {}
    for kind, nodes in by_kind.items():
        schedule = _common(graph, kind, nodes)
        if schedule is not None:
            found[kind] = schedule
    return found


def _common(graph: Graph, kind: str, nodes: list[Node]) -> Schedule | None:
    """One schedule for all layers of a kind, if they have one and are modules of their own."""
    rules = {(node.layer.schedule, node.layer.counts_blocks) for node in nodes if node.layer is not None}
    alone = all(node.shares is None and _is_own(node) for node in nodes)
    if len(rules) > 1 or not alone or len(nodes) != sum(node.kind == kind for node in graph.nodes):
        return None
    ((rule, by_blocks),) = rules
    if rule is None:
        return None
    target, options = rule
    function = target.removeprefix("supplied.")
    if not by_blocks:
        return Schedule(function, kind, options)
    blocks = dict.fromkeys(node.call.block for node in nodes if node.call is not None)
    is_nested = any(call.block in blocks for node in nodes if node.call for call in outward(node.call.parent))
    outside = any(node.call is None for node in nodes)
    return None if is_nested or outside else Schedule(function, kind, options, tuple(blocks))


def _is_own(node: Node) -> bool:
    return all(module.original is None for module in outward(node.module))
