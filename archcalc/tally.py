"""Counts: parameters once however often a layer is applied, operations each time."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Generic, NamedTuple, TypeVar

from archcalc.dims import Dim, Polynomial
from archcalc.dims import is_known as is_known_number
from archcalc.graph import Node
from archcalc.infer import Facts

Count = int | Polynomial | None
"""A count: a polynomial where symbols have no value, None where an error keeps it unknown."""

Counted = TypeVar("Counted", covariant=True)
"""What is counted with: `Dim` where all is known, `Count` where errors may keep it unknown."""


class Counts(NamedTuple, Generic[Counted]):
    """Counts of layers or of a network. `parameters` are trainable; frozen ones and buffers stand apart.

    Buffers are running means and variances, and what a `buffer` holds; a counter such as PyTorch's
    `num_batches_tracked` is none.

    >>> import archcalc
    >>> archcalc.load("input: [8]\\nlayers: [linear: 10, batch_norm]").check().totals
    Counts(parameters=110, frozen=0, buffers=20, multiplications=80)
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


def is_known(node: Node) -> bool:
    """Whether no error keeps something about a layer unknown."""
    return node.facts is not None and not node.facts.fails


def known(node: Node) -> Counts[Count]:
    """Counts of one layer as far as they are known: behind an error those that do not depend on it."""
    if node.behind is not None:
        return Counts(*(value if is_known_number(value) else None for value in _counts(node, node.behind)))
    return Counts(*count(node)) if is_known(node) else UNKNOWN


def _counts(node: Node, facts: Facts) -> Counts[Dim]:
    if node.shares is not None:
        return NOTHING._replace(multiplications=facts.multiplications)
    own = facts.parameters if node.tied is None else _sum(tensor.elements for tensor in node.own_weights)
    return Counts(
        own if node.trainable else 0, 0 if node.trainable else own, facts.buffer_elements, facts.multiplications
    )


def _sum(parts: Iterable[Dim]) -> Dim:
    total: Any = sum(parts)
    found: Dim = total
    return found


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


def is_stated(node: Node) -> bool:
    """Whether what a layer writes and costs is its author's word, and nothing of it is computed."""
    return node.layer is not None and node.layer.is_opaque


class Stated(NamedTuple):
    """What of the counts of layers is their author's word: the `opaque` steps, by name, and what they state.

    >>> import archcalc
    >>> step = "{opaque: {shape: [10], products: 80, tensors: {weight: [10, 8]}}, as: head}"
    >>> stated(archcalc.load(f"input: [8]\\nlayers: [{step}]").check().graph.nodes)
    Stated(layers=('head',), parameters=80, multiplications=80)
    """

    layers: tuple[str, ...]
    parameters: Count
    multiplications: Count


def stated(nodes: Iterable[Node]) -> Stated:
    """What of layers is stated, not computed."""
    found = list(filter(is_stated, nodes))
    counts = tally_known(found)
    return Stated(tuple([node.name for node in found]), counts.parameters, counts.multiplications)


def active(nodes: Iterable[Node]) -> Dim:
    """The trainable numbers that one token needs: all of them, unless experts are chosen for it.

    >>> import archcalc
    >>> experts = "{experts: {scores: router, active: 1, hidden: 2}, from: words}"
    >>> text = f"input: [4, 8]\\nlayers: [{{tokens, as: words}}, {{linear: 3, as: router}}, {experts}]"
    >>> nodes = archcalc.load(text).check().graph.nodes
    >>> tally(nodes).parameters, active(nodes)
    (87, 39)
    """
    total: Any = 0
    for node in nodes:
        own = count(node).parameters
        total = total + own
        layer = node.layer
        if own != 0 and layer is not None:
            shapes = tuple([value.shape for value in node.inputs if value.shape is not None])
            total = total - layer.idle(shapes[: layer.inputs], ())
    found: Dim = total
    return found


def activations(nodes: Iterable[Node]) -> Dim:
    """The numbers that layers write for one input: the elements of their outputs.

    A layer that only looks at its map in another way, as `flatten` does, writes none; neither does the input. That a
    library may compute in place is no property of a network. What an error keeps unknown does not count.
    """
    total: Any = 0
    for node in nodes:
        for output in () if node.layer is not None and node.layer.is_view else node.outputs:
            if output.shape is not None:
                total = total + output.shape.elements * output.shape.items
    found: Dim = total
    return found


def elementwise(nodes: Iterable[Node]) -> Dim:
    """Arithmetic on single numbers, and functions of them, for one input: what is no product with a weight.

    >>> import archcalc
    >>> elementwise(archcalc.load("input: [8]\\nlayers: [relu, elementwise: 0.5 * x + 1]").check().graph.nodes)
    24
    """
    total: Any = 0
    for node in nodes:
        outputs = [value.shape for value in node.outputs if value.shape is not None]
        inputs = [value.shape for value in node.inputs if value.shape is not None]
        if node.layer is not None and outputs and len(inputs) == len(node.inputs):
            total = total + node.layer.operations(inputs[: node.layer.inputs], outputs) * outputs[0].items
    found: Dim = total
    return found


def depth(nodes: Iterable[Node], counted: Collection[Node]) -> int:
    """The most counted layers on one way through a network, whose nodes stand in the order of the graph."""
    deepest: dict[int, int] = {}
    chosen = {id(node) for node in counted}
    for node in nodes:
        before = max((deepest.get(id(value.node), 0) for value in node.inputs), default=0)
        deepest[id(node)] = before + (id(node) in chosen)
    return max(deepest.values(), default=0)
