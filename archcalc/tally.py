"""Counts: parameters once however often a layer is applied, operations each time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from archcalc.dims import Dim, Polynomial, is_known
from archcalc.graph import Node
from archcalc.infer import Facts

Count = int | Polynomial | None
"""A count: a polynomial where symbols have no value, None where an error keeps it unknown."""

Counted = TypeVar("Counted", covariant=True)
"""What is counted with: `Dim` where all is known, `Count` where errors may keep it unknown."""


class Counts(NamedTuple, Generic[Counted]):
    """Counts of layers or of a network. `parameters` are trainable; frozen ones and buffers stand apart.

    >>> import archcalc
    >>> archcalc.load("input: [8]\\nlayers: [linear: 10, batch_norm]").check().totals
    Counts(parameters=110, frozen=0, buffers=21, multiplications=80)
    """

    parameters: Counted
    frozen: Counted
    buffers: Counted
    multiplications: Counted


NOTHING: Counts[Dim] = Counts(0, 0, 0, 0)
UNKNOWN: Counts[Count] = Counts(None, None, None, None)


def count(node: Node) -> Counts[Dim]:
    """Counts of one layer; one that uses another one's parameters owns none, and one behind an error counts nothing."""
    return NOTHING if node.facts is None else _counts(node, node.facts)


def known(node: Node) -> Counts[Count]:
    """Counts of one layer as far as they are known: behind an error those that do not depend on it."""
    if node.behind is not None:
        return Counts(*(value if is_known(value) else None for value in _counts(node, node.behind)))
    return UNKNOWN if node.facts is None or node.facts.fails else Counts(*_counts(node, node.facts))


def _counts(node: Node, facts: Facts) -> Counts[Dim]:
    if node.shares is not None:
        return NOTHING._replace(multiplications=facts.multiplications)
    own = facts.parameters
    return Counts(
        own if node.trainable else 0, 0 if node.trainable else own, facts.buffer_elements, facts.multiplications
    )


def tally(nodes: Iterable[Node]) -> Counts[Dim]:
    """Counts of many layers."""
    columns: list[Any] = [0, 0, 0, 0]
    for node in nodes:
        for column, value in enumerate(count(node)):
            if value.__class__ is not int or value:
                columns[column] = columns[column] + value
    return Counts(*columns)


def tally_known(nodes: Iterable[Node]) -> Counts[Count]:
    """Counts of many layers; a count that is unknown for one of them is unknown for all together."""
    columns: list[Any] = [0, 0, 0, 0]
    for node in nodes:
        for column, value in enumerate(known(node)):
            if value is None or columns[column] is None:
                columns[column] = None
            elif value.__class__ is not int or value:
                columns[column] = columns[column] + value
    return Counts(*columns)


def activations(nodes: Iterable[Node]) -> Dim:
    """The numbers that layers write for one input: the elements of all their outputs.

    Every layer counts, also one that only looks at its map in another way, as `flatten` does: whether a library copies
    numbers or computes in place is no property of a network. What an error keeps unknown does not count.
    """
    total: Any = 0
    for node in nodes:
        for output in node.outputs:
            if output.outline is not None and output.outline.is_known:
                total = total + output.outline.elements * output.outline.items
    found: Dim = total
    return found


def activations_known(nodes: Sequence[Node]) -> Count:
    """The same, or None where an error keeps the elements of one of the outputs unknown."""
    shapes = [output.outline for node in nodes for output in node.outputs]
    return activations(nodes) if all(shape is not None and shape.is_known for shape in shapes) else None


def depth(nodes: Iterable[Node], counted: Collection[Node]) -> int:
    """The most counted layers on one way through a network, whose nodes stand in the order of the graph."""
    deepest: dict[int, int] = {}
    chosen = {id(node) for node in counted}
    for node in nodes:
        before = max((deepest.get(id(value.node), 0) for value in node.inputs), default=0)
        deepest[id(node)] = before + (id(node) in chosen)
    return max(deepest.values(), default=0)
