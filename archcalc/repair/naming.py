"""How repairs name layers."""

from __future__ import annotations

from archcalc.graph import Node


def called(node: Node) -> str:
    """How messages name a layer: with its kind in front, where its name is just a number."""
    return f"{node.kind} {node.name}" if node.label.isdigit() else node.name
