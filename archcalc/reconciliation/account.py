"""The account of a network: its operations by every convention, its parameters in every way to count them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from archcalc import conventions
from archcalc.checking import Checked
from archcalc.conventions import Convention, ReconciledCount
from archcalc.dims import Dim
from archcalc.expectations.measure import total
from archcalc.graph import Node
from archcalc.quantities import conventions as names_of_conventions
from archcalc.reconciliation.observed import ObservedNumber, observed


class ParameterCount(NamedTuple):
    """A way to count the parameters of a network, and what comes out.

    >>> import archcalc
    >>> found = archcalc.load("resnet:resnet50").check().reconcile(None, "macs")
    >>> [(one.name, one.value) for one in found.parameters][-1]
    ('folded', 25530472)
    """

    name: str
    about: str
    value: Dim


class Account(NamedTuple):
    """What everybody counts of one network; `observed` says who counts what somebody has seen.

    >>> import archcalc
    >>> found = archcalc.load("resnet:resnet50").check().reconcile("4.13G")
    >>> [one.name for one in found.observed.sources]
    ['ptflops-0.7.5', 'thop-0.1.1']
    """

    operations: tuple[ReconciledCount, ...]
    parameters: tuple[ParameterCount, ...]
    observed: ObservedNumber | None

    def to_json(self) -> dict[str, Any]:
        """The account as plain data for JSON: what the schema of `archcalc schema reconcile` says."""
        from archcalc.reconciliation.json import plain

        return plain(self)

    def to_text(self) -> str:
        """The account as `archcalc reconcile` prints it."""
        from archcalc.reconciliation.text import text

        return text(self)

    def __str__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        from archcalc.reconciliation.html import fragment

        return fragment(self)


def account(checked: Checked, figure: str | int | None = None, names: Sequence[str] = ()) -> Account:
    """The account of a network by the conventions that are named, which may be files; by all that there are without.

    Raises: UnknownValue for a network with errors; NoConvention, NoCount, OSError for a file; NoFigure.
    """
    chosen: list[Convention] = [conventions.find(name) for name in names or names_of_conventions()]
    nodes = checked.graph.nodes
    operations = tuple([conventions.reconciled(one, nodes) for one in chosen])
    parameters = tuple(storage(nodes))
    seen = None if figure is None else observed(figure, operations, {one.name: one.value for one in parameters})
    return Account(operations, parameters, seen)


def storage(nodes: Sequence[Node]) -> Iterator[ParameterCount]:
    """The ways in which tools and papers count parameters."""
    for name, about in _COUNTED.items():
        yield ParameterCount(name, about, total("parameters", nodes, name))
    yield ParameterCount("each time", "tensors that layers share, once for each of these layers", _each_time(nodes))
    yield ParameterCount("folded", "batch norms folded into the layers in front, as for inference", _folded(nodes))


_COUNTED = {
    "trainable": "what is trained; archcalc's own",
    "frozen": "and what `trainable: false` freezes",
    "total": "and running means and variances: Keras' total",
    "state": "and PyTorch's counters: every number of a state dict",
    "weights": "without biases, and nothing of normalizations",
}
"""Ways to count that claims know as words of `counting`."""


def _each_time(nodes: Sequence[Node]) -> Dim:
    found: Any = sum((node.facts.parameters for node in nodes if node.facts is not None), start=0)
    result: Dim = found
    return result


def _folded(nodes: Sequence[Node]) -> Dim:
    """A batch norm behind a layer with weights becomes part of these, and a bias for every channel."""
    found: Any = total("parameters", nodes, "frozen")
    for node in nodes:
        front = node.inputs[0].node if node.inputs else None
        if node.kind != "batch_norm" or node.facts is None or front is None or front.facts is None:
            continue
        roles = {tensor.role for tensor in front.facts.weights}
        if "weight" in roles and node.shares is None and front.shares is None:
            found = found - node.facts.parameters
            if "bias" not in roles:
                found = found + node.outputs[0].shape.channels if node.outputs[0].shape is not None else found
    result: Dim = found
    return result
