"""A network at many sizes at once: which of them are legal, and how large every map and weight is there.

It walks an unfolded graph (kinds, fields, wiring) and judges every layer by the definitions in `sizes.rules`, in
integers of numpy. To look at two symbols together, give one of them as a column and the other as a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import and_
from typing import Any, NamedTuple

import numpy as np

from archcalc.graph import Graph, Map, Node
from sizes.place import Grid, Never, Place, Pooled
from sizes.rules import RULES, SEVERAL, numbers
from sizes.texts import Array, whole


class Evaluation(NamedTuple):
    """What a network is at many sizes. Grids and weights mean nothing where a size is illegal."""

    conditions: list[tuple[str, Array]]
    """Who asks, and where it holds."""
    grids: dict[str, list[Grid]]
    """What every layer writes, by its name; empty for a network that fits nowhere."""
    weights: dict[str, list[tuple[Array, ...]]]
    """Sizes of the weights of every layer that has some of its own."""

    @property
    def legal(self) -> Array:
        """Where everything holds. The shape is that of all sizes together, or of those that matter."""
        by_shape: dict[Any, Array] = {}
        for _, condition in self.conditions:
            shape = np.shape(condition)
            by_shape[shape] = by_shape[shape] & condition if shape in by_shape else np.asarray(condition)
        return reduce(and_, by_shape.values(), np.bool_(True))

    def same_weights(self, stated: Evaluation) -> Array:
        """Where all weights are as large as those of another evaluation, which is at one size."""
        found = np.bool_(True)
        for name, tensors in self.weights.items():
            for mine, theirs in zip(tensors, stated.weights[name], strict=True):
                for one, other in zip(mine, theirs, strict=True):
                    found = found & (one == other)
        return found

    @property
    def broken(self) -> list[str]:
        """The layers whose conditions do not hold, of an evaluation at one size."""
        return [name for name, condition in self.conditions if not condition]


def evaluate(graph: Graph, sizes: Mapping[str, Array | int]) -> Evaluation:
    """The network at all of the sizes.

    Raises: KeyError for a kind of layer that has no rule; Cut for a graph that ends although nothing is wrong so far.
    """
    return _Walk(sizes).run(graph)


class Cut(ValueError):
    """A graph that ends where archcalc found something wrong."""


class _Walk:
    def __init__(self, sizes: Mapping[str, Array | int]) -> None:
        self.sizes = {name: np.int64(size) if isinstance(size, int) else size for name, size in sizes.items()}
        self.found = Evaluation([], {}, {})
        self.wrote: dict[int, list[Grid]] = {}
        self.learned: set[int] = set()
        """Nodes that no input of the network leads to."""

    def run(self, graph: Graph) -> Evaluation:
        for node in graph.inputs:
            self._input(node)
        try:
            for node in graph.nodes:
                self._layer(node)
        except Never:
            self.found.conditions.append((node.name, np.bool_(False)))
        except Cut:
            # What made archcalc stop here has to be wrong for this judge, too.
            if np.any(self.found.legal):
                raise
        return self.found

    def _input(self, node: Node) -> None:
        shape = node.outputs[0].shape
        if shape is None:
            raise Cut(f"{node.label} has no shape")
        items = self._size(node, shape.items)
        grid = Grid(tuple(self._size(node, size) for size in shape.sizes), items=items)
        grid = grid._replace(integers=shape.integers is not None, last=shape.layout == "channels_last")
        self.wrote[id(node)] = [grid]

    def _size(self, node: Node, value: Any) -> Array:
        size, is_whole = whole(value, self.sizes)
        self.found.conditions.append((node.label, is_whole & (size >= 1)))
        return size

    def _layer(self, node: Node) -> None:
        read = [self._grid(value) for value in node.inputs]
        if all(id(value.node) in self.learned for value in node.inputs):
            self.learned.add(id(node))
        elif node.kind in SEVERAL:
            read = self._joined(node, read)
        if node.kind in SEVERAL:
            flowing = len(read) - (getattr(node.layer, "mask", None) is not None)
            named = [self._of_one_item(value, len(read[0].sizes) + 1) for value in node.inputs[flowing:]]
            place = Place(node.layer, read[:flowing], named, node.rounding, self.sizes)
            wrote: Grid | list[Grid] = SEVERAL[node.kind](place)
        else:
            named = [self._pooled(value) for value in node.inputs[1:]]
            if getattr(node.layer, "mask", None) is not None and node.kind == "attention":
                named[-1] = self._of_one_item(node.inputs[-1], len(read[0].sizes) + 1)
            place = Place(node.layer, read, named, node.rounding, self.sizes)
            assert node.kind in RULES, f"add a rule for {node.kind} to RULES in tests/sizes/rules.py"
            wrote = RULES[node.kind](place, read[0])
        self.found.conditions.extend((node.name, condition) for condition in place.conditions)
        self.wrote[id(node)] = numbers(node.kind, read, wrote if isinstance(wrote, list) else [wrote])
        self.found.grids[node.name] = self.wrote[id(node)]
        self._weights(node, place.weights)

    def _joined(self, node: Node, read: list[Grid]) -> list[Grid]:
        """What a merge joins: a learned map has the axis of the batch in front, if it has one more than the others."""
        is_learned = [id(value.node) in self.learned for value in node.inputs]
        others = [grid for grid, own in zip(read, is_learned, strict=True) if not own]
        ranks = {len(grid.sizes) for grid in others}
        found = []
        for grid, own, value in zip(read, is_learned, node.inputs, strict=True):
            seen = grid
            if own and ranks == {len(grid.sizes) - 1} and np.all(grid.sizes[0] == 1):
                seen = grid._replace(sizes=grid.sizes[1:])
            layer = value.node.layer
            if (
                own
                and len(ranks) == 1
                and layer.kind in ("parameter", "buffer")
                and "layout" not in layer.model_fields_set
            ):
                seen = seen._replace(last=others[0].last)
            found.append(seen)
        return found

    def _of_one_item(self, mask: Map, axes: int) -> Pooled:
        """A mask without the axis of the batch, which a learned one may have in front of all that it can have."""
        found = self._pooled(mask)
        sizes = found.wrote.sizes
        has_batch = id(mask.node) in self.learned and len(sizes) == axes + 1 and np.all(sizes[0] == 1)
        return found._replace(wrote=found.wrote._replace(sizes=sizes[1:])) if has_batch else found

    def _weights(self, node: Node, weights: list[tuple[Array, ...]]) -> None:
        if node.shares is None:
            if weights:
                self.found.weights[node.name] = weights
            return
        for mine, theirs in zip(weights, self.found.weights.get(node.shares.name, []), strict=True):
            for one, other in zip(mine, theirs, strict=True):
                self.found.conditions.append((node.name, one == other))

    def _grid(self, value: Map) -> Grid:
        if value.node is None:
            raise Cut("the graph is cut off")
        return self.wrote[id(value.node)][value.port]

    def _pooled(self, value: Map) -> Pooled:
        assert value.node is not None
        read = self._grid(value.node.inputs[0]) if value.node.inputs else None
        return Pooled(value.node.kind, read, self._grid(value))
