"""The edges of a picture as pieces of wire, each within one scope."""

from __future__ import annotations

from archcalc.draw.layout.items import Group, Key, Wire
from archcalc.draw.model import Diagram, DrawnBox, Edge

ROOT = ""
"""The id of the picture itself, as the scope of the outermost boxes."""


class Wiring:
    """Which wires every scope has, and of which of them every edge consists."""

    def __init__(self, diagram: Diagram) -> None:
        self.boxes: dict[str, DrawnBox] = {}
        self.scopes: dict[str, tuple[str, ...]] = {}
        """The scopes around every box, from the outermost on."""
        for box in diagram.boxes:
            self._enter(box, (ROOT,))
        self.edges = tuple([edge for edge in diagram.edges if not edge.repeats])
        self.trunks: dict[str, list[list[Edge]]] = {}
        """For every box the maps that leave it, each with the edges that branch off its line."""
        self.wires: dict[str, dict[Wire, None]] = {}
        self.pieces: list[list[tuple[str, Wire]]] = [self._pieces(edge) for edge in self.edges]

    def _enter(self, box: DrawnBox, around: tuple[str, ...]) -> None:
        self.boxes[box.id] = box
        self.scopes[box.id] = around
        for child in box.children:
            self._enter(child, (*around, box.id))

    def _group(self, edge: Edge) -> Group:
        trunks = self.trunks.setdefault(edge.source, [])
        for index, edges in enumerate(trunks):
            one = edges[0]
            if (one.shape, one.mark, one.is_reference) == (edge.shape, edge.mark, edge.is_reference):
                edges.append(edge)
                return edge.source, index
        trunks.append([edge])
        return edge.source, len(trunks) - 1

    def _pieces(self, edge: Edge) -> list[tuple[str, Wire]]:
        group = self._group(edge)
        out, into = (*self.scopes[edge.source], edge.source), (*self.scopes[edge.target], edge.target)
        shared = next(index for index, (one, other) in enumerate(zip(out, into, strict=False)) if one != other)
        found: list[tuple[str, Wire]] = []
        for index in range(len(out) - 2, shared - 1, -1):
            found.append(self._wire(out[index], out[index + 1], ("out", group), group, None))
        for index in range(shared - 1, len(into) - 1):
            start: Key = out[shared] if index == shared - 1 else ("in", group)
            end = into[index + 1]
            found.append(self._wire(into[index], start, end, group, edge if end == edge.target else None))
        return found

    def _wire(self, scope: str, start: Key, end: Key, group: Group, edge: Edge | None) -> tuple[str, Wire]:
        """A wire of a scope. Every edge enters a box for itself, but scopes and ports once with its group."""
        wires = self.wires.setdefault(scope, {})
        wire = Wire(start, end, group)
        while edge is not None and wire in wires:
            wire = wire._replace(slot=wire.slot + 1)
        wires[wire] = None
        return scope, wire
