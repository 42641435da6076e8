"""The quantities of layers and scopes: counts, and sizes of what leaves them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from archcalc.diagnostics.codes import claims as codes
from archcalc.diagnostics.codes.language import BAD_CLAIM
from archcalc.diagnostics.model import Code
from archcalc.dims import Dim, Number
from archcalc.expectations.looks import Looks, Remembered
from archcalc.expectations.target import Target, nodes_of, targets
from archcalc.expressions.values import UnknownValue, Value
from archcalc.graph import Map, Node
from archcalc.layers.axes import axis_names
from archcalc.layers.shape import Shape
from archcalc.network import Network
from archcalc.quantities import CONVENTIONAL, COUNTINGS, PLANNED, QUANTITIES
from archcalc.receptive import Obstacle, ReceptiveFields
from archcalc.tally import activations, active, depth, elementwise, is_stated, tally

BYTES = 4
"""Of a number as networks are stored: 32 bits."""

FLOPS = 2
"""Of a multiplication: its product is added to a sum."""

GIVE_SYMBOLS = "give the symbol a value: `at` in the spec or in the claim, or `--set`"


class NetworkAt:
    """A network at the sizes at which it is measured, with these in words where they are not those of the check.

    What is asked again is not looked at again; the looks of all networks of a check can be counted together.
    """

    __slots__ = ("fields", "looks", "network", "remembered", "sizes")

    def __init__(self, network: Network, sizes: str = "", looks: Looks | None = None) -> None:
        self.network = network
        self.sizes = sizes
        self.fields = ReceptiveFields(network.graph)
        self.looks = Looks() if looks is None else looks
        self.remembered = Remembered()

    def targets(self, names: tuple[str, ...], *, others: tuple[str, ...] = ()) -> list[Target]:
        """What names and patterns stand for. Raises: NoTarget, UnknownValue, TooDear."""

        def look() -> list[Target]:
            self.looks.spend(len(names) * len(self.network.graph.nodes))
            return targets(self.network.graph, names, others=others)

        return self.remembered.of((names, others), look)


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
    if QUANTITIES[quantity].is_count:
        return count(quantity, counting, found, at.network)
    return alike(quantity, found, at.fields)


def count(quantity: str, counting: str, found: list[Target], network: Network) -> Number:
    """A count of layers and scopes, each layer once. Raises: UnknownValue."""
    if not network.graph.is_complete and any(not target.name for target in found):
        raise UnknownValue  # Of the whole network, layers may be missing.
    nodes = counted(nodes_of(network.graph, found), counting)
    if quantity in PLANNED:
        return _planned(quantity, counting, found, network)
    if quantity == "depth":
        return depth(network.graph.nodes, [node for node in nodes if has_weights(node)])
    return total(quantity, nodes, counting)


def _planned(quantity: str, counting: str, found: list[Target], network: Network) -> Number:
    """What depends on how the network runs. Raises: Unmeasurable, UnknownValue."""
    from archcalc.memory import Memory, NoPlan, Plan

    if any(target.name for target in found):
        message = f"{quantity} is of the whole network, and of no part of it"
        raise Unmeasurable(codes.UNKNOWN_TARGET, message, "leave `of` out, or claim `activations` of a layer or scope")
    if any(node.facts is None or node.facts.outputs is None for node in network.graph.nodes):
        raise UnknownValue
    try:
        plan = Plan.named("" if counting == "trainable" else counting)
    except NoPlan as error:
        raise Unmeasurable(BAD_CLAIM, str(error)) from None
    if quantity == "saved" and plan.optimizer is None:
        plan = Plan.named(f"sgd+{counting}" if counting != "trainable" else "sgd")
    value: Dim | None = getattr(Memory(network.graph, plan), quantity)
    if value is None:
        raise Unmeasurable(codes.CLAIM_UNDECIDED, f"the {quantity} is not decided", GIVE_SYMBOLS)
    return value


def total(quantity: str, nodes: Sequence[Node], counting: str = "trainable") -> Dim:
    """A quantity that adds up, over known layers, each of which counts once."""
    if counting not in COUNTINGS and quantity in CONVENTIONAL:
        from archcalc import conventions

        return conventions.total(conventions.find(counting), nodes)
    return _SUMS[quantity](nodes, counting)


def by_authors(quantity: str, counting: str, found: list[Target], at: NetworkAt) -> Dim:
    """How much of a quantity that adds up is the word of those who wrote `opaque` steps. Raises: UnknownValue."""
    nodes = at.network.graph.nodes
    if QUANTITIES[quantity].kind != "sum" or not at.remembered.of("stated", lambda: any(map(is_stated, nodes))):
        return 0
    return total(quantity, list(filter(is_stated, counted(nodes_of(at.network.graph, found), counting))), counting)


def largest(quantity: str, counting: str, found: list[Target], network: Network) -> tuple[Node, int] | None:
    """The layer that has most of a quantity that adds up, and how much: None of one layer alone, or where none has any.

    Raises: UnknownValue.
    """
    nodes = counted(nodes_of(network.graph, found), counting)
    if QUANTITIES[quantity].kind != "sum" or quantity == "layers" or len(nodes) < 2:
        return None
    parts = [(node, total(quantity, [node], counting)) for node in nodes]
    known = [(node, part) for node, part in parts if isinstance(part, int) and part > 0]
    return max(known, key=lambda one: one[1], default=None)


def counted(nodes: list[Node], counting: str) -> list[Node]:
    """The layers that are counted. Raises: UnknownValue if an error keeps one of them unknown."""
    if any(node.facts is None or node.facts.outputs is None for node in nodes):
        raise UnknownValue
    if counting != "convolutions":
        return nodes
    return [node for node in nodes if node.layer is not None and node.layer.family == "conv"]


def _layers(nodes: Sequence[Node], counting: str) -> Dim:
    # A layer that is applied again is the same layer.
    return sum(node.shares is None for node in nodes if counting != "weights" or has_weights(node))


def _parameters(nodes: Sequence[Node], counting: str) -> Dim:
    return _in_weights(nodes, frozen=False) if counting == "weights" else _stored(nodes, counting)


def _bytes(nodes: Sequence[Node], counting: str) -> Dim:
    """What networks are stored as has no use for the difference between trained and frozen."""
    if counting == "weights":
        return _in_weights(nodes, frozen=True) * BYTES
    return _stored(nodes, "frozen" if counting == "trainable" else counting) * BYTES


def _stored(nodes: Sequence[Node], counting: str) -> Dim:
    """The numbers that layers keep, as they are counted."""
    trained, frozen, statistics, _ = tally(nodes)
    parts: dict[str, list[Dim]] = {
        "frozen": [trained, frozen],
        "non_trainable": [frozen, statistics],
        "total": [trained, frozen, statistics],
        "statistics": [statistics],
        "state": [trained, frozen, statistics, _counters(nodes)],
    }
    return _sum(parts.get(counting, [trained]))


def _buffers(nodes: Sequence[Node], counting: str) -> Dim:
    return _sum([tally(nodes).buffers, _counters(nodes) if counting == "state" else 0])


def _counters(nodes: Sequence[Node]) -> int:
    """What PyTorch counts besides: a number for every layer that keeps statistics."""
    kept = (buffer for node in nodes if node.facts and node.shares is None for buffer in node.facts.buffers)
    return sum(buffer.role == "counter" for buffer in kept)


def _memory(nodes: Sequence[Node], counting: str) -> Dim:
    return _sum([_bytes(nodes, counting), BYTES * activations(nodes)])


def _sum(parts: Iterable[Any]) -> Dim:
    total: Dim = sum(parts, start=0)
    return total


_SUMS: dict[str, Callable[[Sequence[Node], str], Dim]] = {
    "parameters": _parameters,
    "multiplications": lambda nodes, counting: tally(nodes).multiplications,
    "stated_multiplications": lambda nodes, counting: tally(filter(is_stated, nodes)).multiplications,
    "flops": lambda nodes, counting: FLOPS * tally(nodes).multiplications,
    "buffers": _buffers,
    "bytes": _bytes,
    "elementwise": lambda nodes, counting: elementwise(nodes),
    "active_parameters": lambda nodes, counting: active(nodes),
    "activations": lambda nodes, counting: activations(nodes),
    "memory": _memory,
    "layers": _layers,
}
"""How the quantities that add up are counted over layers."""


def has_weights(node: Node) -> bool:
    """Whether a layer multiplies with a tensor: neither biases nor what normalizations and embeddings learn count."""
    return node.facts is not None and any(tensor.role == "weight" for tensor in node.facts.weights)


def _in_weights(nodes: Sequence[Node], *, frozen: bool) -> Dim:
    """Numbers in the weights of layers, with or without those that are frozen; shared ones count with their owner."""
    tensors = [tensor for node in nodes if node.trainable or frozen for tensor in node.own_weights]
    numbers: Dim = sum((tensor.elements for tensor in tensors if tensor.role == "weight"), start=0)
    return numbers


def alike(quantity: str, found: list[Target], fields: ReceptiveFields) -> Value:
    """What all targets have alike: the shape of their one output, a part of it, or its receptive field."""
    values: dict[Value, str] = {}
    for target in found:
        output = _output(target)
        if output.shape is None:
            raise UnknownValue
        values.setdefault(_of_output(quantity, target, output, output.shape, fields), target.name)
    if len(values) > 1:
        (one, first), (other, second) = list(values.items())[:2]
        raise Unmeasurable(
            codes.UNKNOWN_TARGET,
            f"{quantity} is claimed of several layers, and they differ: "
            f"`{first}` has {_sizes_in_words(one)}, `{second}` has {_sizes_in_words(other)}",
            "write a claim for each of them, or select those that are alike",
        )
    return next(iter(values))


def _of_output(quantity: str, target: Target, output: Map, shape: Shape, fields: ReceptiveFields) -> Value:
    """Sizes of one output. Raises: Unmeasurable if it has no such axis."""
    if quantity == "output":
        return shape.sizes
    if quantity == "receptive_field":
        return _field(target, output, fields)
    if quantity == "size" and shape.spatial:
        return shape.spatial
    sizes = dict(zip(axis_names(shape), shape.sizes, strict=True))
    axis = _AXES.get(quantity, quantity)
    if axis in sizes:
        return sizes[axis]
    what = f"`{target.name}`" if target.name else "the network"
    axes = [next((ours for ours, theirs in _AXES.items() if theirs == name), name) for name in sizes]
    message = f"{what} has no {quantity}: its output {shape} has {' and '.join(axes)}{'' if axes[1:] else ' only'}"
    raise Unmeasurable(codes.NO_SUCH_SIZE, message, f"claim {' or '.join(axes)}, or `output`")


_AXES = {"depth_axis": "depth"}
"""Axes whose names are quantities of another meaning."""


def _sizes_in_words(value: Value) -> str:
    return str(list(value)) if isinstance(value, tuple) else str(value)


def _output(target: Target) -> Map:
    if not target.name and not target.outputs:
        raise UnknownValue  # Only an error leaves a network without an output.
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
