"""Tensors that a class holds itself, `self.gamma = nn.Parameter(...)`, and the forms in which they are read.

A tensor of positions [1, T, D] is added to a batch [B, T, D] as it is. `concat` and everything that is no merge number
by number reads it once for every item of the batch: `self.cls_token.expand(len(x), -1, -1)`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from archcalc.graph import Map, Node
from archcalc.layers.base import Batch, TorchCall
from archcalc.layers.shape import Shape

PARAMETER = "nn.Parameter"
"""What makes a learned tensor: the sizes are its arguments, `initial` is its value where that is no random number."""

BUFFER = "nn.Buffer"
"""What makes a tensor of fixed numbers: the sizes are its arguments, and what is fixed its keywords."""

TENSORS = (PARAMETER, BUFFER)

RESHAPE = "Tensor.reshape"
"""What gives a tensor another shape: all of its sizes are arguments, that of the batch in front."""


class Wire(NamedTuple):
    """What flows: the map that a node writes at a port, or what belongs to it.

    These are the `indices` of the maxima that a pool found, the `tensor` that a node is, and the `item`: a constant map
    without its leading 1, which is the axis of the batch.
    """

    node: Node
    port: int = 0
    what: str = "map"

    @property
    def shape(self) -> Shape:
        """The shape of one item."""
        shape = self.node.outputs[self.port].shape
        assert shape is not None, "the graph is complete"
        return shape._replace(sizes=shape.sizes[1:]) if self.what == "item" else shape


class Bundle(NamedTuple):
    """Wires that flow together: the entries of a list of maps."""

    wires: tuple[Wire, ...]


Stream = Wire | Bundle
"""What a scope reads or hands out: a tensor, or a list of tensors."""


def wires_of(stream: Stream) -> tuple[Wire, ...]:
    """The wires of a stream."""
    return stream.wires if isinstance(stream, Bundle) else (stream,)


class View(NamedTuple):
    """A form of a constant map that somebody reads: the call that makes it, and what that reads."""

    call: TorchCall
    reads: tuple[Wire, ...]
    gives: Wire


def made(node: Node) -> tuple[TorchCall, ...]:
    """The tensor that a node is, and what it does with it; nothing where nobody knows its numbers."""
    assert node.layer is not None and node.facts is not None
    shapes = [value.shape for value in node.inputs if value.shape is not None]
    held = node.layer.held(shapes, [value.shape for value in node.outputs if value.shape is not None])
    if held is None:
        return ()
    if held.fixed is not None:
        return (TorchCall(BUFFER, held.sizes, held.fixed.arguments, reads=()), *held.calls)
    initial = {} if held.initial is None else {"initial": held.initial}
    return (TorchCall(PARAMETER, held.sizes, initial, reads=()), *held.calls)


def read_by(reader: Node, value: Map) -> Wire:
    """What a node reads where a map flows into it."""
    node = value.node
    assert node is not None, "the graph is complete"
    if not node.is_constant:
        return Wire(node, value.port)
    if is_bare(node) and _spreads(reader, value) and node.module.home is reader.module.home:
        return Wire(node, value.port, "tensor")
    written = node.outputs[value.port].shape
    assert value.shape is not None and written is not None, "the graph is complete"
    return Wire(node, value.port, "item" if len(value.shape.sizes) < len(written.sizes) else "map")


def is_bare(node: Node) -> bool:
    """Whether what a node writes is a tensor of the class around, and nothing else."""
    return node.is_tensor and node.layer is not None and node.layer.inputs == 0 and len(made(node)) == 1


def _spreads(reader: Node, value: Map) -> bool:
    """Whether a node repeats a map for every item of a batch: where it computes with numbers at the same place.

    Some of these depend on the batch, and so do the scores to which a mask is added.
    """
    layer = reader.layer
    if layer is None:
        return False
    flowing = layer.flowing(reader.inputs)
    if layer.is_elementwise or layer.computed is not None:
        return not all(one.node is not None and one.node.is_constant for one in flowing)
    named = zip(layer.naming(), reader.inputs[len(flowing) :], strict=True)
    return value not in flowing and any(field in layer.spreads and one == value for field, one in named)


def views(node: Node, wanted: Collection[str], batch: Wire) -> Iterator[View]:
    """The forms in which others read a constant map, besides those that its calls give."""
    whole = Wire(node)
    if not is_bare(node):
        if "item" in wanted:
            yield View(TorchCall("Tensor.squeeze", (1,), is_module=False), (whole,), whole._replace(what="item"))
        return
    tensor = whole._replace(what="tensor")
    axes = len(whole.shape.sizes)
    for form, kept in (("map", axes), ("item", axes - 1)):
        if form in wanted:
            call = TorchCall("Tensor.expand", (Batch.ITEMS, *(-1,) * kept), is_module=False)
            yield View(call, (tensor, batch), whole._replace(what=form))
