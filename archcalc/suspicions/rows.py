"""Attention along the rows of a picture, where all of its positions are likely to be meant."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from archcalc.diagnostics.codes.meaning import ATTENTION_IN_ROWS
from archcalc.diagnostics.model import Diagnostic
from archcalc.graph import Graph, Node
from archcalc.layers.shape import Shape
from archcalc.receptive import ReceptiveField, ReceptiveFields


def of_rows(graph: Graph) -> Iterator[Diagnostic]:
    """Attention whose axes in front of the tokens are still those of the picture that windows made, once a step."""
    fields = ReceptiveFields(graph)
    told: set[int] = set()
    for node in graph.nodes:
        shape = node.inputs[0].shape if node.inputs and node.facts is not None else None
        if shape is None or id(node.step) in told or node.layer is None or not node.layer.attends:
            continue
        # With the channels first it reads no tokens at all, which is an error of its own.
        if shape.layout == "channels_last" and len(shape.spatial) > 1 and _is_picture(fields, node):
            told.add(id(node.step))
            yield _told(node, shape)


def _is_picture(fields: ReceptiveFields, node: Node) -> bool:
    """Whether what a node reads has the positions of windows in their order: axes that were cut or moved have not."""
    field = fields.of(node.inputs[0])
    return isinstance(field, ReceptiveField) and max(field.size) > 1


def _told(node: Node, shape: Shape) -> Diagnostic:
    *front, count = shape.spatial
    return Diagnostic(
        ATTENTION_IN_ROWS,
        f"{node.kind} reads the map {shape} as {prod(front)} sequences of {count} tokens: a position sees its own row, "
        "and no other",
        node.span,
        "along the rows",
        help=(f"`tokens` in the place of `channels_last` makes one sequence of all {prod(shape.spatial)} positions",),
        notes=(f"if it is meant, `ignore: [{ATTENTION_IN_ROWS.id}]` beside the step says so",),
        layer=node.name,
    )
