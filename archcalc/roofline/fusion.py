"""Fusion: layers that write one number at a time, merged into the layer in front as compilers do.

What the layer in front has computed goes on in the processor: it is neither written nor read. It has to be read by
nothing else, and to leave the network nowhere.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from archcalc.graph import Map, Node
from archcalc.roofline.work import LayerWork, Precision, map_bytes, moves_nothing, numbers_read, work


class Fused(NamedTuple):
    """A layer together with those that are merged into it: their work, and the layers behind the first."""

    work: LayerWork
    followers: tuple[Node, ...]


def fused(nodes: Sequence[Node], outputs: Collection[Map], precision: Precision, batch: int) -> dict[int, Fused]:
    """For every layer that is merged into none the work that it has with its followers, by the identity of the node."""
    readers = _readers(nodes, outputs)
    heads: dict[int, Node] = {}
    followers: dict[int, list[Node]] = {}
    works: dict[int, LayerWork] = {}
    for node in nodes:
        own = work(node, precision, batch)
        front = _front(node, readers)
        if front is None:
            heads[id(node)], followers[id(node)], works[id(node)] = node, [], own
            continue
        head = heads[id(front.node)]
        moved = map_bytes(front, precision, batch)
        kept = works[id(head)].plus(own)
        works[id(head)] = kept._replace(read=kept.read - moved, written=kept.written - moved)
        followers[id(head)].append(node)
        heads[id(node)] = head
    return {key: Fused(works[key], tuple(behind)) for key, behind in followers.items()}


def _readers(nodes: Sequence[Node], outputs: Collection[Map]) -> Mapping[tuple[int, int], int]:
    """How often every map is read, by the node and the port that write it; a map that leaves the network is read."""
    found: dict[tuple[int, int], int] = {}
    for value in [*(value for node in nodes for value in node.inputs), *outputs]:
        found[_place(value)] = found.get(_place(value), 0) + 1
    return found


def _place(value: Map) -> tuple[int, int]:
    return id(value.node), value.port


def _front(node: Node, readers: Mapping[tuple[int, int], int]) -> Map | None:
    """The map by which a layer is merged into the one that writes it: the last one computed of those that it may be."""
    if node.layer is None or node.is_constant or not node.layer.fuses() or moves_nothing(node):
        return None
    size = node.outputs[0].shape
    able = [
        source
        for value in numbers_read(node)
        if (source := _written(value, readers)) is not None and source.shape == size
    ]
    return max(able, key=lambda value: value.node.index if value.node is not None else -1, default=None)


def _written(value: Map, readers: Mapping[tuple[int, int], int]) -> Map | None:
    """The map that a layer has written for one reader alone; what acts in training only hands it on."""
    while readers[_place(value)] == 1 and value.node is not None and value.node.layer is not None:
        if not value.node.layer.acts_in_training_only:
            is_computed = not value.node.is_constant and not moves_nothing(value.node)
            return value if is_computed and len(value.node.outputs) == 1 else None
        value = value.node.inputs[0]
    return None
