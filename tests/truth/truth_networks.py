"""The layers of the catalogue's networks for the tests of this folder."""

from __future__ import annotations

from catalogue import ROOT, report

from archcalc.graph import Node

CASES = ROOT / "tests" / "cases"

CONVOLUTIONS = ("conv", "conv_transpose", "depthwise")
POOLS = ("max_pool", "avg_pool")


def nodes(network: str, *kinds: str) -> list[Node]:
    """Layers of the given kinds, in order."""
    return [node for node in report(network).graph.nodes if node.kind in kinds]


def sizes_in(node: Node) -> tuple[int, ...]:
    """Sizes of the first map that a layer reads."""
    shape = node.inputs[0].shape
    assert shape is not None
    return concrete(shape.sizes)


def sizes_out(node: Node) -> tuple[int, ...]:
    """Sizes of the map that a layer writes."""
    shape = node.outputs[0].shape
    assert shape is not None
    return concrete(shape.sizes)


def concrete(sizes: tuple[object, ...]) -> tuple[int, ...]:
    """Sizes that are all plain numbers."""
    assert all(type(size) is int for size in sizes), sizes
    return tuple(size for size in sizes if isinstance(size, int))


def is_subsampling(node: Node) -> bool:
    """Whether a layer is the shortcut of option A, which takes every second pixel and has no window.

    The language writes it as a max pool with a kernel of 1. It is neither a convolution nor a pooling layer of the
    published network, and tables of those leave it out.
    """
    return node.kind == "max_pool" and getattr(node.layer, "kernel", None) == 1
