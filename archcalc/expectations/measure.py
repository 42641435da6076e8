"""The quantities of claims: counts, ratios of counts, and sizes of what leaves a layer."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.diagnostics.codes import claims as codes
from archcalc.diagnostics.codes import language as language_codes
from archcalc.dims import Condition, Dim, Number
from archcalc.expectations.target import Target, nodes_of, targets
from archcalc.expressions.values import UnknownValue, Value, described, is_number
from archcalc.graph import Map, Node
from archcalc.layers.base import Weight
from archcalc.network import Network
from archcalc.receptive import Obstacle, ReceptiveFields
from archcalc.spec.claims import COUNTS, NETWORK
from archcalc.spec.model import Baseline, Claim, Mistake, Published, mistake
from archcalc.tally import depth, tally

BYTES = 4
"""Of a number as networks are stored: 32 bits."""


GIVE_SYMBOLS = "give the symbol a value: `at` in the spec or in the claim, or `--set`"


class Place:
    """A network at the sizes at which it is measured, with these in words where they are not those of the check."""

    __slots__ = ("fields", "network", "sizes")

    def __init__(self, network: Network, sizes: str = "") -> None:
        self.network = network
        self.sizes = sizes
        self.fields = ReceptiveFields(network.graph)


class Measured(NamedTuple):
    """A count and what it is divided by, or sizes."""

    value: Value
    base: Number = 1


def measure(quantity: str, claim: Claim, place: Place) -> Measured:
    """A quantity of what a claim is about. Raises: Mistake, UnknownValue."""
    network = place.network
    found = targets(network.graph, claim.of)
    if quantity not in COUNTS:
        return Measured(_size(quantity, claim, found, place.fields))
    value = _count(quantity, claim.counting, found, network)
    if claim.relative_to is None:
        return Measured(value)
    base, what = _base(quantity, claim.counting, claim.relative_to, network)
    is_nothing = Condition.at_least(0, base).decide()
    if is_nothing is None:
        told = f"it is not decided whether there is a ratio to {base}, {what}"
        raise mistake(codes.CLAIM_UNDECIDED, told, claim.relative_to.span, "", GIVE_SYMBOLS)
    if is_nothing:
        told = f"there is no ratio to {base}, {what}"
        help = f"compare with layers that have {quantity}, with the `{NETWORK}`, or with a positive number"
        raise mistake(codes.NOTHING_TO_COMPARE, told, claim.relative_to.span, "", help)
    return Measured(value, base)


def _base(quantity: str, counting: str, baseline: Baseline, network: Network) -> tuple[Number, str]:
    """What a claim divides by: the count of other layers or a number, and in words what it is."""
    number = baseline.number
    if baseline.selectors or number is None:
        try:
            # A name of a layer wins over the same name of a value.
            found = targets(network.graph, baseline.selectors, others=network.settable if number else ())
        except Mistake:
            names = () if number is None or isinstance(number, Published) else number.tree.names()
            if not names or not all(name in network.settable for name in names):
                raise
        else:
            return _count(quantity, counting, found, network), f"the {quantity} of {baseline.text}"
    assert number is not None, "a baseline has selectors or a number, or it is the network"
    value = number.value if isinstance(number, Published) else number.evaluate(network.globals.context)
    if not is_number(value):
        told = f"`relative_to` is a layer, a scope or a number, not {described(value)}"
        raise mistake(language_codes.BAD_CLAIM, told, baseline.span)
    return value, f"the value of `{baseline.text}`"


def _count(quantity: str, counting: str, found: list[Target], network: Network) -> Number:
    nodes = nodes_of(network.graph, found)
    if any(node.facts is None or node.facts.outputs is None for node in nodes):
        raise UnknownValue
    if counting == "convolutions":
        nodes = [node for node in nodes if node.layer is not None and node.layer.family == "conv"]
    if quantity == "depth":
        return depth(network.graph.nodes, [node for node in nodes if _weights(node)])
    if quantity == "layers":
        # A layer that is applied again is the same layer.
        return sum(node.shares is None for node in nodes if counting != "weights" or _weights(node))
    if counting == "weights" and quantity in ("parameters", "bytes"):
        return _in_weights(nodes, frozen=quantity == "bytes") * (BYTES if quantity == "bytes" else 1)
    totals = tally(nodes)
    if quantity == "bytes":
        return (totals.parameters + totals.frozen) * BYTES
    if quantity == "parameters":
        return totals.parameters + (totals.frozen if counting == "frozen" else 0)
    total: Dim = getattr(totals, quantity)
    return total


def _weights(node: Node) -> list[Weight]:
    """The tensors that a layer multiplies with: neither biases nor what normalizations and embeddings learn."""
    return [tensor for tensor in node.facts.weights if tensor.role == "weight"] if node.facts is not None else []


def _in_weights(nodes: list[Node], *, frozen: bool) -> Dim:
    """Numbers in the weights of layers, with or without those that are frozen; shared ones count with their owner."""
    counted = [node for node in nodes if node.shares is None and (node.trainable or frozen)]
    numbers: Dim = sum((tensor.elements for node in counted for tensor in _weights(node)), start=0)
    return numbers


def _size(quantity: str, claim: Claim, found: list[Target], fields: ReceptiveFields) -> Value:
    """What all targets have alike: the shape of their one output, or its receptive field."""
    values: dict[Value, str] = {}
    for target in found:
        output = _output(quantity, claim, target)
        if output.shape is None:
            raise UnknownValue
        value = output.shape.sizes if quantity == "output" else _field(claim, target, output, fields)
        values.setdefault(value, target.name)
    if len(values) > 1:
        (one, first), (other, second) = list(values.items())[:2]
        raise mistake(
            codes.UNKNOWN_TARGET,
            f"{quantity} is claimed of several layers, and they differ: "
            f"`{first}` has {list(one)}, `{second}` has {list(other)}",
            claim.keys[quantity],
            "",
            "write a claim for each of them, or select those that are alike",
        )
    return next(iter(values))


def _output(quantity: str, claim: Claim, target: Target) -> Map:
    if len(target.outputs) != 1:
        what = f"`{target.name}`" if target.name else "the network"
        raise mistake(
            codes.UNKNOWN_TARGET,
            f"{what} has {len(target.outputs)} outputs" if target.outputs else f"{what} has no output",
            claim.keys[quantity],
            "",
            *((f"say which one, for example `of: {next(iter(target.outputs))}`",) if target.outputs else ()),
        )
    (output,) = target.outputs.values()
    return output


def _field(claim: Claim, target: Target, output: Map, fields: ReceptiveFields) -> Value:
    what = f"`{target.name}`" if target.name else "the network"
    span = claim.keys["receptive_field"]
    found = fields.of(output)
    if not isinstance(found, Obstacle):
        if found.size:
            return found.size
        told = f"{what} has no receptive field: a vector has no rows and columns"
        raise mistake(codes.NO_RECEPTIVE_FIELD, told, span, "", "claim it of a layer that writes a map")
    where = f"{found.node.name} ({found.node.kind})"
    if found.is_open:
        told = f"the receptive field of {what} is not decided: {where} {found.reason}"
        raise mistake(codes.CLAIM_UNDECIDED, told, span, "", GIVE_SYMBOLS)
    front = next((value.node.name for value in found.node.inputs if value.node is not None and value.node.layer), None)
    raise mistake(
        codes.NO_RECEPTIVE_FIELD,
        f"{what} has no receptive field: {where} {found.reason}",
        span,
        "",
        f"claim it of a layer in front, such as `of: {front}`" if front else "claim it of a layer in front",
    )
