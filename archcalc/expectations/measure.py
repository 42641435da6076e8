"""The quantities of layers and scopes: counts, and sizes of what leaves them."""

from __future__ import annotations

from archcalc.diagnostics.codes import claims as codes
from archcalc.diagnostics.model import Code
from archcalc.dims import Dim, Number
from archcalc.expectations.target import Target, nodes_of
from archcalc.expressions.values import UnknownValue, Value
from archcalc.graph import Map, Node
from archcalc.layers.base import Weight
from archcalc.network import Network
from archcalc.receptive import Obstacle, ReceptiveFields
from archcalc.spec.claims import COUNTS
from archcalc.tally import depth, tally

BYTES = 4
"""Of a number as networks are stored: 32 bits."""


GIVE_SYMBOLS = "give the symbol a value: `at` in the spec or in the claim, or `--set`"


class NetworkAt:
    """A network at the sizes at which it is measured, with these in words where they are not those of the check."""

    __slots__ = ("fields", "network", "sizes")

    def __init__(self, network: Network, sizes: str = "") -> None:
        self.network = network
        self.sizes = sizes
        self.fields = ReceptiveFields(network.graph)


class Unmeasurable(Exception):
    """A quantity that targets do not have: the code of the reason, the reason, and what to ask instead."""

    def __init__(self, code: Code, message: str, *help: str) -> None:
        self.code = code
        self.message = message
        self.help = help
        super().__init__(message)


def measure(quantity: str, found: list[Target], counting: str, at: NetworkAt) -> Value:
    """A quantity of layers and scopes: a count, or sizes that all of them have alike.

    Raises: Unmeasurable; UnknownValue if an error is the reason.
    """
    if quantity in COUNTS:
        return count(quantity, counting, found, at.network)
    return _size(quantity, found, at.fields)


def count(quantity: str, counting: str, found: list[Target], network: Network) -> Number:
    """A count of layers and scopes, each layer once. Raises: UnknownValue."""
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


def _size(quantity: str, found: list[Target], fields: ReceptiveFields) -> Value:
    """What all targets have alike: the shape of their one output, or its receptive field."""
    values: dict[Value, str] = {}
    for target in found:
        output = _output(target)
        if output.shape is None:
            raise UnknownValue
        value = output.shape.sizes if quantity == "output" else _field(target, output, fields)
        values.setdefault(value, target.name)
    if len(values) > 1:
        (one, first), (other, second) = list(values.items())[:2]
        raise Unmeasurable(
            codes.UNKNOWN_TARGET,
            f"{quantity} is claimed of several layers, and they differ: "
            f"`{first}` has {list(one)}, `{second}` has {list(other)}",
            "write a claim for each of them, or select those that are alike",
        )
    return next(iter(values))


def _output(target: Target) -> Map:
    if len(target.outputs) != 1:
        what = f"`{target.name}`" if target.name else "the network"
        raise Unmeasurable(
            codes.UNKNOWN_TARGET,
            f"{what} has {len(target.outputs)} outputs" if target.outputs else f"{what} has no output",
            *((f"say which one, for example `of: {next(iter(target.outputs))}`",) if target.outputs else ()),
        )
    (output,) = target.outputs.values()
    return output


def _field(target: Target, output: Map, fields: ReceptiveFields) -> Value:
    what = f"`{target.name}`" if target.name else "the network"
    found = fields.of(output)
    if not isinstance(found, Obstacle):
        if found.size:
            return found.size
        message = f"{what} has no receptive field: a vector has no rows and columns"
        raise Unmeasurable(codes.NO_RECEPTIVE_FIELD, message, "claim it of a layer that writes a map")
    where = f"{found.node.name} ({found.node.kind})"
    if found.is_open:
        message = f"the receptive field of {what} is not decided: {where} {found.reason}"
        raise Unmeasurable(codes.CLAIM_UNDECIDED, message, GIVE_SYMBOLS)
    front = next((value.node.name for value in found.node.inputs if value.node is not None and value.node.layer), None)
    raise Unmeasurable(
        codes.NO_RECEPTIVE_FIELD,
        f"{what} has no receptive field: {where} {found.reason}",
        f"claim it of a layer in front, such as `of: {front}`" if front else "claim it of a layer in front",
    )
