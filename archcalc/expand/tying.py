"""Tied weights: a layer whose tensor `weight` is that of another one, such as a head that reads words."""

from __future__ import annotations

from archcalc.diagnostics.codes import graph as codes
from archcalc.expand.scope import Context
from archcalc.expressions.values import UnknownValue
from archcalc.graph import TIED, Node
from archcalc.layers.base import Weight
from archcalc.spec.model import Formula, mistake


def tie(node: Node, named: Formula, context: Context) -> None:
    """Give a layer the weight of the layer that is named. Raises: Mistake, UnknownValue.

    Reports: AC211
    """
    path = named.names(context)
    context.map(named)
    binding = context.binding(path)
    owner = binding.inside if binding is not None else None
    if not isinstance(owner, Node):
        message = f"`{'.'.join(path)}` is no layer, and has no weight of its own"
        raise mistake(codes.NOT_REUSABLE, message, named.span, "", "name the layer itself, such as `group.layer`")
    owner = owner.tied or owner.shares or owner
    if node.facts is None or owner.facts is None:
        raise UnknownValue
    mine, theirs = _weight(node), _weight(owner)
    if mine is None or theirs is None:
        without = node.kind if mine is None else f"{owner.name} ({owner.kind})"
        message = f"{without} has no `weight`, which layers that are tied have in common"
        raise mistake(codes.NOT_REUSABLE, message, named.span, "", "a linear layer and an embedding have one")
    if mine.shape != theirs.shape:
        raise mistake(
            codes.NOT_REUSABLE,
            f"the weight of {node.kind} is {_text(mine)}, and that of {owner.name} ({owner.kind}) is {_text(theirs)}",
            named.span,
            "one tensor cannot be both",
            "layers that are tied have a `weight` of one shape: a linear layer writes as many channels as an embedding "
            "has rows, and reads as many as a row has numbers",
        )
    node.tied = owner


def _weight(node: Node) -> Weight | None:
    tensors = node.facts.weights if node.facts is not None else ()
    return next((tensor for tensor in tensors if tensor.name == TIED), None)


def _text(weight: Weight) -> str:
    return "×".join(map(str, weight.shape))
