"""Receptive fields: how much of the input one position of a map sees, followed through the network.

Every layer knows its own reach; here they are put behind each other. A merge sees what its branches see together.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from archcalc.expressions.values import UnknownValue
from archcalc.graph import Graph, Map, Node
from archcalc.layers.base import Shape
from archcalc.layers.reach import NOTHING, SAME, NoReach, OpenReach, Reach, joined


class Obstacle(NamedTuple):
    """Why a map has no receptive field: a layer on the way to it, and what this layer does.

    With `is_open` it has one, but a symbol decides it.
    """

    node: Node
    reason: str
    is_open: bool = False


Field = tuple[Reach, ...] | Obstacle
"""What a map sees of the input, axis by axis."""


class ReceptiveFields:
    """What the maps of a network see of its input; followed through the network once, when it is first asked for."""

    __slots__ = ("_fields", "graph")

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._fields: dict[int, Field] | None = None

    def of(self, output: Map) -> tuple[int, ...] | Obstacle:
        """Rows, columns, ... of the input from the first to the last that one position of a map sees.

        Where positions differ, as behind transposed convolutions, it is the most that one of them sees. Padding counts
        as if the input went on there. Raises: UnknownValue if an error is on the way.
        """
        if self._fields is None:
            self._fields = _fields(self.graph)
        found = self._fields.get(id(output.node))
        if found is None:
            raise UnknownValue
        return found if isinstance(found, Obstacle) else tuple([reach.width for reach in found])


def receptive_fields(graph: Graph) -> dict[str, tuple[int, ...]]:
    """The receptive fields of all layers that have one, by name."""
    fields = _fields(graph)
    known = [(node.name, fields.get(id(node))) for node in graph.nodes]
    return {
        name: tuple([reach.width for reach in field])
        for name, field in known
        if field and not isinstance(field, Obstacle)
    }


def _fields(graph: Graph) -> dict[int, Field]:
    """The fields of all nodes. Nodes behind an error have none."""
    fields: dict[int, Field] = {}
    for node in graph.inputs:
        shape = node.outputs[0].shape
        if shape is not None:
            fields[id(node)] = (SAME,) * len(shape.spatial)
    for node in graph.nodes:
        if (
            node.facts is not None
            and node.facts.outputs is not None
            and all(id(one.node) in fields for one in node.inputs)
        ):
            fields[id(node)] = _field(node, node.facts.outputs, fields)
    return fields


def _field(node: Node, outputs: tuple[Shape, ...], fields: dict[int, Field]) -> Field:
    layer = node.layer
    assert layer is not None, "a node with facts has a layer"
    # Maps that fields name lend their size or their places; what flows in are the others.
    read = node.inputs if layer.inputs is None else node.inputs[: layer.inputs]
    seen: list[tuple[Reach, ...]] = []
    shapes: list[Shape] = []
    for value in read:
        field = fields[id(value.node)]
        if isinstance(field, Obstacle):
            return field
        assert value.shape is not None, "a node with facts reads maps with shapes"
        # What no input decides, such as a learned table, adds nothing to what a merge sees.
        if len(read) == 1 or not _is_constant(field):
            seen.append(field)
            shapes.append(value.shape)
    try:
        own = layer.reach(shapes or [value.shape for value in read if value.shape], outputs, node.rounding)
        if own is None:
            return Obstacle(node, "mixes the positions of its map, or brings them into another order")
        together = joined(seen) if seen else (NOTHING,) * len(own)
        return tuple([one.through(before) for one, before in zip(own, together, strict=True)])
    except NoReach as error:
        return Obstacle(node, str(error), isinstance(error, OpenReach))


def _is_constant(field: Iterable[Reach]) -> bool:
    return all(reach.sees_nothing for reach in field)
