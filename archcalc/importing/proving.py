"""Proof that the text of a spec is the network of a record: its layers, the wiring, the tensors by name, the products.

The flat list is held to the record layer by layer. Every other form of the spec must then unfold to the same graph: a
fingerprint of each layer holds its kind, its fields, its shape and the fingerprints of all that it reads.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from archcalc.diagnostics.model import Diagnostic, errors
from archcalc.graph import Graph, Map, Node
from archcalc.importing.failure import ImportFailure
from archcalc.importing.record import Record
from archcalc.layers.pointwise import Constant, MapExpression, Operand, Operation
from archcalc.network import Network, Settings
from archcalc.program import Program
from archcalc.source import SourceFile
from archcalc.tally import Counts, tally


class Names(NamedTuple):
    """The tensors of the source: those that the spec has under their names, under others, and not at all.

    What has another name is told with that name, if it is the same but for dots, else with nothing.
    """

    same: list[str]
    renamed: dict[str, str]
    unreached: list[str]


class Unfolded(NamedTuple):
    """A spec that was read and unfolded."""

    network: Network
    fingerprints: Counter[str]
    outputs: list[str]

    @property
    def graph(self) -> Graph:
        """Its layers with their wiring."""
        return self.network.graph

    def same_as(self, other: Unfolded) -> bool:
        """Whether both are the same network, layer by layer."""
        return self.fingerprints == other.fingerprints and self.outputs == other.outputs


class Unproven(ImportFailure):
    """A text that is not the network of its record; the message says how it differs."""

    def __init__(self, message: str) -> None:
        super().__init__(
            "unproven",
            f"the spec could not be proven to be the network that ran: {message}",
            help="this is a mistake of archcalc: please report it with the source; smaller parts of the network may do",
        )


def unfolded(text: str, sizes: Mapping[str, int] | None = None) -> Unfolded:
    """The network of a text, with other values of its symbols if they are given. Raises: Unproven for mistakes."""
    program = Program.read(SourceFile("imported", text))
    found = errors(program.mistakes)
    if not found and program.is_network:
        network = program.unfold(Settings(dict(sizes or {})))
        found = errors(network.diagnostics)
        if not found:
            return Unfolded(network, *_fingerprints(network.graph))
    raise Unproven(_first(found))


def _first(found: list[Diagnostic]) -> str:
    return str(found[0]) if found else "the text is no network"


def _fingerprints(graph: Graph) -> tuple[Counter[str], list[str]]:
    """A fingerprint for every map, and those of the outputs."""
    found: dict[tuple[int, int], str] = {}
    for node in [*graph.inputs, *graph.nodes]:
        for port, output in enumerate(node.outputs):
            found[id(node), port] = digest(f"{kind_of(node)}|{'|'.join(_read(node, found))}|{port}|{output.shape}")
    outputs = [found[id(value.node), value.port] for value in graph.outputs.values()]
    return Counter(found.values()), outputs


def kind_of(node: Node) -> str:
    """What a layer is: its kind, its fields and how it rounds; of an input its name."""
    if node.layer is None:
        return f"input {node.label}"
    return f"{node.kind} {fields_of(node)} {node.rounding if node.layer.rounds() else ''}"


def fields_of(node: Node) -> dict[str, object]:
    """The fields that say what a layer computes, outside of training."""
    # How often a branch is dropped in training may be said layer by layer, or by a law for all.
    left_out = ("rounding", "rate", "decay", "over") if node.kind == "stochastic_depth" else ("rounding",)
    fields = {name: _value(value) for name, value in node.layer or () if name not in left_out}
    return {name: value for name, value in fields.items() if type(value).__name__ != "Tap"}


def _value(value: object) -> object:
    """The value of a field; arithmetic on maps is what it computes, whatever its numbers are called."""
    return _operand(value.root) if isinstance(value, MapExpression) else value


def _operand(operand: Operand) -> object:
    if isinstance(operand, Operation):
        return operand.name, *map(_operand, operand.operands)
    return operand.value if isinstance(operand, Constant) else f"map {operand.place}"


def _read(node: Node, found: dict[tuple[int, int], str]) -> Iterator[str]:
    """The fingerprints of what it reads; what commutes is sorted."""
    read = [found[id(value.node), value.port] for value in node.inputs if value.node is not None]
    yield from sorted(read) if node.kind in ("add", "multiply") else read


def digest(text: str) -> str:
    """A text in a few letters."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def hold_to_record(network: Unfolded, record: Record) -> None:
    """Hold the flat list to its record. Raises: Unproven, with the first layer that differs."""
    layers, nodes = list(record.layers()), network.graph.nodes
    if len(layers) != len(nodes):
        raise Unproven(f"{len(layers)} layers were recorded, and the list has {len(nodes)}")
    for layer, node, (reads, given) in zip(layers, nodes, _wiring(network.graph, record), strict=True):
        shapes = [_sizes(output) for output in node.outputs]
        wanted = [value.shape or (1,) for value in layer.outputs]
        if layer.kind != node.kind or shapes[: len(wanted)] != wanted:
            raise Unproven(f"{node.name} gives {shapes}, and {layer.source or layer.kind} gave {wanted}")
        count = len(layer.inputs)
        if reads[:count] != given[:count] or set(reads[count:]) != set(given[count:]):
            raise Unproven(f"{node.name} reads other maps than {layer.source or layer.kind} did")
    if record.multiplications is not None:
        counted = Counts(*tally(nodes)).multiplications
        if counted != record.multiplications:
            raise Unproven(f"the list has {counted} multiplications, and the source counts {record.multiplications}")


_Reads: TypeAlias = "list[tuple[int, int]]"


def _wiring(graph: Graph, record: Record) -> Iterator[tuple[_Reads, _Reads]]:
    """What every layer reads in the graph, and in the record: numbers of layers, below 0 of inputs, and ports."""
    first = -len(graph.inputs)
    nodes = {id(node): number for number, node in enumerate((*graph.inputs, *graph.nodes), start=first)}
    layers = {id(layer): number for number, layer in enumerate(record.layers())}
    inputs = {id(value): (number, 0) for number, value in enumerate(record.inputs, start=first)}
    for layer, node in zip(record.layers(), graph.nodes, strict=True):
        yield (
            [(nodes[id(value.node)], value.port) for value in node.inputs],
            [inputs.get(id(value)) or (layers[id(value.maker)], value.port) for value in layer.reads],
        )


def _sizes(value: Map) -> tuple[object, ...]:
    return () if value.shape is None else tuple(value.shape.sizes)


def names(network: Unfolded, record: Record) -> Names:
    """Which tensors of the source the spec has under their names."""
    held = dict(tensors_of(network.graph))
    alike = _one_each(held)
    reached = {tensor.name for layer in record.layers() for tensor in layer.tensors.values()}
    same: list[str] = []
    renamed: dict[str, str] = {}
    unreached: list[str] = []
    for tensor in record.tensors:
        is_kept = any(held.get(name) == tensor.shape for name in (tensor.name, *tensor.others))
        if is_kept or (tensor.name in reached and record.has_other_names):
            same.append(tensor.name)
        elif tensor.name in reached:
            name = alike.get(_plain(tensor.name), "")
            renamed[tensor.name] = name if held.get(name) == tensor.shape else ""
        elif not tensor.is_buffer:
            unreached.append(tensor.name)
    return Names(same, renamed, unreached)


def _one_each(held: Iterable[str]) -> dict[str, str]:
    """The names of a spec, by what is left of each without its dots; where two are alike, neither."""
    found: dict[str, list[str]] = {}
    for name in held:
        found.setdefault(_plain(name), []).append(name)
    return {plain: names[0] for plain, names in found.items() if len(names) == 1}


def _plain(name: str) -> str:
    return name.replace(".", "_")


def tensors_of(graph: Graph) -> Iterator[tuple[str, tuple[object, ...]]]:
    """All tensors of a network by their names in a state dict."""
    for node in graph.nodes:
        if node.facts is None or node.shares is not None:
            continue
        for weight in (*node.facts.weights, *node.facts.buffers):
            yield node.key(weight), weight.shape
