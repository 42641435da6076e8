"""Axes brought behind the others, where a layer works on the last ones, and back to where they were."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from archcalc.importing.onnx.operation import Operation
from archcalc.importing.onnx.values import Map

Work = Callable[[Map, Sequence[int]], Map]


def transposed(operation: Operation, source: Map, axes: Sequence[int]) -> Map:
    """The map with its axes, the batch among them, in another order."""
    shape = tuple(source.shape[axis] for axis in axes)
    if source.batch is None:
        batch, own = None, list(axes)
    else:
        batch = source.batch._replace(axis=list(axes).index(source.batch.axis))
        own = [axis for axis in axes if not (source.batch.alone and axis == source.batch.axis)]
        own = [operation.own_axis(source, axis) if source.batch.alone else axis for axis in own]
    if own == sorted(own):
        return Map(source.value, shape, batch)
    return operation.joined("permute", [source], shape, batch, {"axes": list(own)})


def behind(operation: Operation, source: Map, axes: Sequence[int], work: Work) -> Map:
    """What `work` makes of the map with these axes as the last ones, with every axis where it was.

    A map of these axes alone gets another one of size 1 in front, for layers that read channels and positions.
    """
    for axis in axes:
        operation.own_axis(source, axis)  # none of them is the batch
    others = [axis for axis in range(len(source.shape)) if axis not in axes]
    order = [*others, *axes]
    turned = transposed(operation, source, order)
    own = operation.sizes(turned.shape, turned.batch)
    alone = len(own) == len(axes)
    if alone:
        at = len(others)
        shape = (*turned.shape[:at], 1, *turned.shape[at:])
        turned = operation.reshaped(turned, shape, turned.batch)
        if turned.batch is None:
            turned.batch = None
    made = work(turned, list(axes))
    if alone:
        at = len(others)
        made = operation.reshaped(made, (*made.shape[:at], *made.shape[at + 1 :]), made.batch)
    return transposed(operation, made, [order.index(axis) for axis in range(len(order))])
