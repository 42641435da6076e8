"""A network run on the tape: every layer asks PyTorch for its operations, and the tape records them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from archcalc.dims import Dim
from archcalc.graph import Graph, Map, Node
from archcalc.layers.base import Batch, Read, TorchCall, Weight
from archcalc.layers.shape import Shape
from archcalc.memory.operations import RULES
from archcalc.memory.tape import Call, NotKnown, Operation, Tape
from archcalc.memory.tensors import Sizes, Storage, Tensor, contiguous, numel


class Forward(NamedTuple):
    """A run of a network: its operations in the order in which they are computed."""

    inputs: tuple[Storage, ...]
    operations: tuple[Operation, ...]
    outputs: tuple[Tensor, ...]
    unknown: tuple[Node, ...]
    """Layers of which nobody knows here all that PyTorch keeps: what is known counts, nothing besides."""


def forward(graph: Graph, batch: Dim, *, training: bool = True, in_place: bool = False) -> Forward:
    """Run a network without errors for a batch of so many items.

    With `in_place`, activations write over a map that nobody else reads, as `nn.ReLU(inplace=True)` does.
    """
    return _Run(graph, batch, Tape(training=training), in_place).result()


def sizes_of(shape: Shape, batch: Dim) -> Sizes:
    """The sizes of a map with the batch in front."""
    return (batch * shape.items, *shape.sizes)


class _Run:
    def __init__(self, graph: Graph, batch: Dim, tape: Tape, in_place: bool) -> None:
        self.graph = graph
        self.batch = batch
        self.tape = tape
        self.in_place = in_place
        self.values: dict[tuple[int, int], Tensor] = {}
        self.readers: dict[tuple[int, int], int] = {}
        self.unknown: list[Node] = []
        for node in graph.nodes:
            for value in node.inputs:
                self.readers[_key(value)] = self.readers.get(_key(value), 0) + 1
        for value in graph.outputs.values():
            self.readers[_key(value)] = self.readers.get(_key(value), 0) + 1

    def result(self) -> Forward:
        """All nodes in their order."""
        inputs = []
        for node in self.graph.inputs:
            (value,) = node.outputs
            given = self._given(node, value)
            self.values[_key(value)] = given
            inputs.append(given.storage)
        for node in self.graph.nodes:
            if node.layer is not None:
                self._run(node)
        outputs = tuple(self.values[_key(value)] for value in self.graph.outputs.values())
        return Forward(tuple(inputs), tuple(self.tape.operations), outputs, tuple(self.unknown))

    def _given(self, node: Node, value: Map) -> Tensor:
        assert value.shape is not None
        sizes = sizes_of(value.shape, self.batch)
        dtype = "map" if value.shape.integers is None else "int64"
        return Tensor(Storage(numel(sizes), dtype, "input", node.name), sizes, contiguous(sizes), learns=False)

    def _run(self, node: Node) -> None:
        self.tape.place = node.name
        first = node.inputs[0] if node.inputs else None
        self.tape.overwrites = self.in_place and first is not None and self.readers[_key(first)] == 1
        self.tape.leaves_open = False
        done = len(self.tape.operations)
        try:
            written = _layer(self, node)
            if self.tape.leaves_open:
                self.unknown.append(node)
        except NotKnown:
            del self.tape.operations[done:]
            written = self._unknown(node)
        for value, tensor in zip(node.outputs, written, strict=True):
            self.values[_key(value)] = tensor

    def _unknown(self, node: Node) -> Sequence[Tensor]:
        """A layer that nobody knows: what it reads is kept, as far as a gradient is asked for."""
        self.unknown.append(node)
        reads = [self.values[_key(value)] for value in node.inputs]
        learns = any(tensor.learns for tensor in reads) or _trains(node)
        with self.tape.operation(*reads) as writes:
            for value in node.outputs:
                assert value.shape is not None
                is_real = value.shape.integers is None
                dtype = "map" if is_real else "int64"
                writes.append(
                    self.tape.fresh(sizes_of(value.shape, self.batch), learns=learns and is_real, dtype=dtype)
                )
            self.tape.save(*reads)
        return writes


def _key(value: Map) -> tuple[int, int]:
    return id(value.node), value.port


def _owner(node: Node) -> Node:
    return node if node.shares is None else node.shares


def _trains(node: Node) -> bool:
    """Whether a layer has tensors that are trained."""
    return _owner(node).trainable and node.facts is not None and bool(node.facts.weights)


def _layer(run: _Run, node: Node) -> Sequence[Tensor]:
    """The calls of a layer, one after the other. Raises: NotKnown."""
    layer, tape = node.layer, run.tape
    assert layer is not None
    maps = [run.values[_key(value)] for value in node.inputs]
    inputs = tuple([value.shape for value in layer.flowing(node.inputs)])
    outputs = tuple([value.shape for value in node.outputs if value.shape is not None])
    tensor, calls = _calls(node, inputs, outputs)
    if calls is None:
        raise NotKnown
    if not calls:
        return [tensor] if tensor is not None else maps[: len(outputs)]
    written = tuple(sizes_of(shape, run.batch) for shape in outputs)
    values: tuple[Tensor, ...] = tuple(maps)
    waiting: list[Tensor] = []
    if layer.is_merge and calls[0].target not in ("cat", "stack") and calls[0].reads is None:
        values, waiting = values[:2], list(values[2:])
    results: list[Tensor] = []
    weights = {weight.name: weight for weight in (() if node.facts is None else node.facts.weights)}
    for place, call in enumerate(calls):
        read = values
        if call.reads is not None:
            taken = [results.pop() for one in call.reads if one.what == "result"]
            read = tuple(
                [taken.pop() if one.what == "result" else _read(run, node, maps, tensor, one) for one in call.reads]
            )
        found = _called(tape, call, read, weights, _trains(node), written if place == len(calls) - 1 else None, run)
        values = tuple(found) if isinstance(found, list) else (found,)
        results += values
        if waiting:
            values = (*values, waiting.pop(0))
    return values


def _calls(node: Node, inputs: Any, outputs: Any) -> tuple[Tensor | None, Sequence[TorchCall] | None]:
    """The calls of a layer, and the one tensor that it is, if the class around holds it."""
    layer = node.layer
    assert layer is not None
    held = layer.held(inputs, outputs) if node.is_tensor else None
    if held is not None:
        sizes = tuple(held.sizes)
        tensor = Tensor(Storage(numel(sizes), "map", "tensor", node.name), sizes, contiguous(sizes), _trains(node))
        return tensor, held.calls
    try:
        calls = layer.torch(inputs, outputs, node.rounding)
    except NotImplementedError:
        # PyTorch has nothing for the layer, so that there are no operations to record.
        return None, None
    return None, calls or None


def _read(run: _Run, node: Node, maps: Sequence[Tensor], tensor: Tensor | None, read: Read) -> Tensor:
    """What a call reads of an input. Raises: NotKnown."""
    if read.what == "map":
        return maps[read.input]
    if read.what == "tensor":
        if tensor is None:
            raise NotKnown
        return tensor
    if read.what == "entered":
        made = node.inputs[read.input].node
        if made is None:
            raise NotKnown
        return run.values[_key(made.inputs[0])]
    places = run.tape.places.get(id(maps[read.input].storage))
    if places is None:
        raise NotKnown
    return places


def _called(
    tape: Tape,
    call: TorchCall,
    reads: tuple[Tensor, ...],
    weights: Mapping[str, Weight],
    trains: bool,
    written: tuple[Sizes, ...] | None,
    run: _Run,
) -> Any:
    rule = RULES.get(call.target)
    if rule is None:
        raise NotKnown
    args = tuple([run.batch if value is Batch.ITEMS else value for value in call.args])
    owned = weights if call.is_module else {}
    is_reversed = call.target.startswith("Tensor.__r")
    return rule(tape, Call(reads, args, call.kwargs, owned, trains and bool(owned), is_reversed, written))
