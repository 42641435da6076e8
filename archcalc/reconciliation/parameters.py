"""The ways in which tools and papers count the parameters of a network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from archcalc.dims import Dim
from archcalc.expectations.measure import total
from archcalc.graph import Node


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


def parameter_counts(nodes: Sequence[Node]) -> Iterator[ParameterCount]:
    """The ways in which tools and papers count parameters."""
    for name, about in _COUNTED.items():
        yield ParameterCount(name, about, total("parameters", nodes, name))
    yield ParameterCount("each time", "tensors that layers share, once for each of these layers", _each_time(nodes))
    yield ParameterCount("folded", "batch norms folded into the layers in front, as for inference", _folded(nodes))


_COUNTED = {
    "trainable": "what is trained; archcalc's own",
    "frozen": "and what `trainable: false` freezes",
    "total": "and running means and variances: Keras' total",
    "non_trainable": "of it what is not trained, as Keras prints it",
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
