"""Who reads what in a graph: which maps have a single reader, and which sums are the biases of layers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from typing import TYPE_CHECKING

from archcalc.importing.onnx.values import Constant, Known
from archcalc.importing.record import Tensor

if TYPE_CHECKING:
    from onnx import NodeProto


class Neighbours:
    """The readers of every name of a graph. `known` are the values that were read so far."""

    def __init__(self, nodes: Iterable[NodeProto], outputs: Iterable[str], known: Mapping[str, Known]) -> None:
        self._known = known
        self._readers: dict[str, list[NodeProto | None]] = {name: [None] for name in outputs}
        self.absorbed: dict[int, str] = {}
        """Nodes that are part of a layer already, by their ids, each with the name of what it reads of it."""
        for node in nodes:
            for name in _read(node):
                self._readers.setdefault(name, []).append(node)

    def is_read(self, name: str) -> bool:
        """Whether anything reads it."""
        return bool(name) and name in self._readers

    def bias(self, name: str, out: int) -> Tensor | None:
        """The tensor that the only reader adds to what a node writes under a name: then it is the bias of the layer."""
        readers = self._readers.get(name, [])
        (node,) = readers if len(readers) == 1 else (None,)
        if node is None or node.op_type != "Add" or node.domain or len(node.input) != 2 or node.attribute:
            return None
        other = node.input[1] if node.input[0] == name else node.input[0]
        found = self._known.get(other)
        if not isinstance(found, Constant) or found.tensor is None or not found.shape:
            return None
        if found.shape[-1] != out or prod(found.shape) != out or len(found.shape) > 1:
            return None
        self.absorbed[id(node)] = name
        return found.tensor


def _read(node: NodeProto) -> Iterable[str]:
    """All names that a node reads, those in graphs of its own too."""
    yield from (name for name in node.input if name)
    for attribute in node.attribute:
        for graph in [attribute.g, *attribute.graphs] if attribute.HasField("g") or attribute.graphs else []:
            yield from (value.name for value in graph.output)
            for inner in graph.node:
                yield from _read(inner)
