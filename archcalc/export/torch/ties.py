"""Tied weights: a tensor of one layer that is assigned to another one, where the network is built."""

from __future__ import annotations

import ast
import keyword

from archcalc.graph import Graph


def ties(graph: Graph) -> list[ast.stmt]:
    """A statement for every layer whose weight is that of another one: `self.head.weight = self.words.weight`."""
    return [
        ast.Assign([_tensor(node.tied_key)], _tensor(node.tied.tied_key))
        for node in graph.nodes
        if node.tied is not None and node.shares is None
    ]


def _tensor(key: str) -> ast.Attribute:
    """A tensor of the network, by its name in the state_dict."""
    holder: ast.expr = ast.Name("self")
    *parts, name = key.split(".")
    if all(part.isidentifier() and not keyword.iskeyword(part) for part in parts):
        for part in parts:
            holder = ast.Attribute(holder, part)
    else:
        holder = ast.Call(ast.Attribute(holder, "get_submodule"), [ast.Constant(".".join(parts))], [])
    return ast.Attribute(holder, name)
