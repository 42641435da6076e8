"""How repairs name layers."""

from __future__ import annotations

from archcalc.graph import Node


def called(node: Node) -> str:
    """A layer as people are told of it: its kind in front of a name that is just a number."""
    return f"{node.kind} {node.name}" if node.label.isdigit() else node.name
