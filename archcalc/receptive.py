"""Receptive fields: how much of the input one position of a map sees, followed through the network.

Every layer knows its own reach; here they are put behind each other. A merge sees what its branches see together.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from archcalc.expressions.values import UnknownValue
from archcalc.graph import Graph, Map, Node
from archcalc.layers.reach import NOTHING, SAME, NoReach, OpenReach, Reach, Span, joined
from archcalc.layers.shape import Shape

Coordinate = int | Fraction
"""A place or a distance in the input: 0 is the centre of its first row, 1/2 lies between it and the second."""


class ReceptiveField(NamedTuple):
    """What the positions of a map see of the input; one entry to an axis: rows, columns, ...

    `size` is how many rows one position sees, from the first to the last. Neighbours see what lies `jump` further on,
    and `centre` is the middle of what the first position sees, which may lie in the padding. Padding counts as if the
    input went on there.

    Where positions differ, as behind transposed convolutions, `size` is the most that one of them sees, `jump` and
    `centre` are averages, and `pattern` has the first and the last row that each position sees (None: nothing) up to
    where everything begins anew, one period times `jump` further on. Even fields have a pattern of one position.

    >>> import archcalc
    >>> archcalc.load("input: [1, 8]\\nlayers: [max_pool: 2]").check().receptive_fields["0"]
    <ReceptiveField size=(2,), jump=(2,), centre=(1/2,)>
    """

    size: tuple[int, ...]
    jump: tuple[Coordinate, ...]
    centre: tuple[Coordinate, ...]
    pattern: tuple[tuple[Span, ...], ...]

    def __repr__(self) -> str:
        uneven = "" if self.is_even else ", uneven"
        return (
            f"<ReceptiveField size={self.size}, jump={_per_axis(self.jump)}, centre={_per_axis(self.centre)}{uneven}>"
        )

    @property
    def is_even(self) -> bool:
        """Whether all positions see equally much, equally far apart."""
        return all(len(spans) == 1 for spans in self.pattern)


def _per_axis(coordinates: tuple[Coordinate, ...]) -> str:
    return f"({', '.join(map(str, coordinates))}{',' if len(coordinates) == 1 else ''})"


class Misalignment(NamedTuple):
    """A merge that joins maps whose positions have their centres in different places of the input.

    `branches` are the layers that write the maps, `centres` those of their first positions, one entry to an axis. Of
    uneven maps the average counts. `jump` is how far apart the positions of each of these maps are.

    >>> import archcalc
    >>> spec = "input: [1, 8]\\nlayers: [concat: [here, [pad: [[1, 0]], {avg_pool: [2, 1], as: mean}]]]"
    >>> archcalc.load(spec).check().misaligned[0].centres
    ((0,), (Fraction(-1, 2),))
    """

    layer: str
    branches: tuple[str, ...]
    centres: tuple[tuple[Coordinate, ...], ...]
    jump: tuple[Coordinate, ...]

    @property
    def apart(self) -> tuple[Coordinate, ...]:
        """How far the centres are apart in the input, at most; one entry to an axis."""
        return tuple([max(coordinates) - min(coordinates) for coordinates in zip(*self.centres, strict=True)])


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

    __slots__ = ("_fields", "_misaligned", "graph")

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._fields: dict[int, Field] | None = None
        self._misaligned: list[Misalignment] = []

    def __reduce__(self) -> tuple[type[ReceptiveFields], tuple[Graph]]:
        # What is known is kept by places in memory, which a copy of the graph does not have.
        return ReceptiveFields, (self.graph,)

    def of(self, output: Map) -> ReceptiveField | Obstacle:
        """The receptive field of a map, or why it has none; that of a vector has no axes.

        Raises: UnknownValue if an error is on the way.
        """
        field = self._known().get(id(output.node))
        if field is None:
            raise UnknownValue
        if isinstance(field, Obstacle):
            return field
        if any(reach.sees_nothing for reach in field):
            assert output.node is not None, "a map with a field has a node"
            return Obstacle(output.node, "depends on nothing in the input")
        return ReceptiveField(
            tuple([reach.width for reach in field]),
            tuple([reach.jump for reach in field]),
            tuple([reach.centre for reach in field]),
            tuple([reach.pattern for reach in field]),
        )

    def by_name(self) -> dict[str, ReceptiveField]:
        """The receptive fields of all layers that have one, by name."""
        known = self._known()
        found = {node.name: self.of(node.outputs[0]) for node in self.graph.nodes if id(node) in known}
        return {name: field for name, field in found.items() if isinstance(field, ReceptiveField) and field.size}

    @property
    def misaligned(self) -> list[Misalignment]:
        """The merges that join maps with centres in different places, in the order of computation."""
        self._known()
        return self._misaligned

    def _known(self) -> dict[int, Field]:
        """The fields of all nodes. Nodes behind an error have none."""
        if self._fields is None:
            self._fields = {}
            for node in self.graph.inputs:
                shape = node.outputs[0].shape
                if shape is not None:
                    self._fields[id(node)] = (SAME,) * len(shape.spatial)
            for node in self.graph.nodes:
                if (
                    node.facts is not None
                    and node.facts.outputs is not None
                    and all(id(one.node) in self._fields for one in node.inputs)
                ):
                    self._fields[id(node)] = self._followed(node, node.facts.outputs, self._fields)
        return self._fields

    def _followed(self, node: Node, outputs: tuple[Shape, ...], fields: dict[int, Field]) -> Field:
        """The field of a node whose inputs have theirs."""
        layer = node.layer
        assert layer is not None, "a node with facts has a layer"
        # Maps that fields name lend their size or their places; what flows in are the others.
        read = layer.flowing(node.inputs)
        seen: dict[Map, tuple[Reach, ...]] = {}
        shapes: list[Shape] = []
        for value in read:
            field = fields[id(value.node)]
            if isinstance(field, Obstacle):
                return field
            assert value.shape is not None, "a node with facts reads maps with shapes"
            # What no input decides, such as a learned table, adds nothing to what a merge sees.
            if len(read) == 1 or not _is_constant(field):
                seen[value] = field
                shapes.append(value.shape)
        try:
            own = layer.reach(shapes or [value.shape for value in read if value.shape], outputs, node.rounding)
            if own is None:
                return Obstacle(node, "mixes the positions of its map, or brings them into another order")
            together = joined(list(seen.values())) if seen else (NOTHING,) * len(own)
            self._compare(node, seen)
            return tuple([one.through(before) for one, before in zip(own, together, strict=True)])
        except NoReach as error:
            return Obstacle(node, str(error), isinstance(error, OpenReach))

    def _compare(self, node: Node, seen: dict[Map, tuple[Reach, ...]]) -> None:
        """Record a merge whose maps are centred on different places of the input."""
        if len(seen) < 2 or any(reach.sees_nothing for field in seen.values() for reach in field):
            return
        centres = [tuple([reach.centre for reach in field]) for field in seen.values()]
        if len(set(centres)) > 1:
            names = tuple([value.node.name for value in seen if value.node is not None])
            jump = tuple([reach.jump for reach in next(iter(seen.values()))])
            self._misaligned.append(Misalignment(node.name, names, tuple(centres), jump))


def _is_constant(field: Iterable[Reach]) -> bool:
    return all(reach.sees_nothing for reach in field)
