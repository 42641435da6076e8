"""Tied weights: a tensor of one layer that is assigned to another one, where the network is built."""

from __future__ import annotations

import ast
import keyword

from archcalc.graph import TIED, Graph


def ties(graph: Graph) -> list[ast.stmt]:
    """A statement for every layer whose weight is that of another one: `self.head.weight = self.words.weight`."""
    return [
        ast.Assign([_weight(node.name)], _weight(node.tied.name))
        for node in graph.nodes
        if node.tied is not None and node.shares is None
    ]


def _weight(name: str) -> ast.Attribute:
    """The weight of a layer, by the layer's path in the network."""
    layer: ast.expr = ast.Name("self")
    parts = name.split(".")
    if all(part.isidentifier() and not keyword.iskeyword(part) for part in parts):
        for part in parts:
            layer = ast.Attribute(layer, part)
    else:
        layer = ast.Call(ast.Attribute(layer, "get_submodule"), [ast.Constant(name)], [])
    return ast.Attribute(layer, TIED)
