"""Reads a graph node by node: constants are computed, all else becomes layers, and what has no kind stays opaque."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING

from archcalc.importing.attending import attend
from archcalc.importing.building import Builder, NotSaid
from archcalc.importing.failure import ImportFailure
from archcalc.importing.onnx.arrays import uniform
from archcalc.importing.onnx.attributes import Attributes
from archcalc.importing.onnx.bench import Bench
from archcalc.importing.onnx.folding import folded
from archcalc.importing.onnx.neighbours import Neighbours
from archcalc.importing.onnx.opaque import opaque
from archcalc.importing.onnx.operation import Operation
from archcalc.importing.onnx.operators import reader
from archcalc.importing.onnx.patterns import joined
from archcalc.importing.onnx.places import malformed, shown
from archcalc.importing.onnx.scopes import Module, Where, modules_of, needed, nest, where
from archcalc.importing.onnx.series import KINDS, of_series
from archcalc.importing.onnx.shapes import Typed, stated
from archcalc.importing.onnx.signature import Signature
from archcalc.importing.onnx.tensors import sparse, stored
from archcalc.importing.onnx.values import Batch, Constant, Known, Map, Series, without_batch
from archcalc.importing.record import Record, Tensor, Value

if TYPE_CHECKING:
    from onnx import AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto, ValueInfoProto

MOST_NODES = 200_000
"""Nodes that are read at most, those of functions each time that they are called."""
DEEPEST = 24
"""Functions and branches within each other."""


@dataclass
class Frame:
    """What the nodes of a graph or of a function see: values and shapes by their names, and what is around them."""

    known: dict[str, Known] = field(default_factory=dict)
    series: dict[str, Series] = field(default_factory=dict)
    shapes: dict[str, Typed] = field(default_factory=dict)
    attributes: Mapping[str, AttributeProto] = field(default_factory=dict)
    modules: Sequence[Module] = ()
    depth: int = 0

    def inner(self, modules: Sequence[Module], known: dict[str, Known]) -> Frame:
        """The frame of a graph or of a function in this one."""
        return Frame(known, modules=modules, depth=self.depth + 1)

    def hand_over(self, inner: Frame, names: Iterable[str], own_names: Iterable[str]) -> None:
        """Values that an inner frame gives, under the names that they have here."""
        for name, own_name in zip(names, own_names, strict=False):
            if name and own_name in inner.known:
                self.known[name] = inner.known[own_name]
            elif name and own_name in inner.series:
                self.series[name] = inner.series[own_name]


class Network:
    """One walk through a file, at numbers for its symbols."""

    def __init__(self, model: ModelProto, name: str, signature: Signature, sizes: Mapping[str, int]) -> None:
        self.model = model
        self.signature = signature
        self.sizes = dict(sizes)
        if isinstance(signature.batch, str):
            self.sizes[signature.batch] = signature.items(sizes)
        self.bench = Bench(Builder(name), signature.items(sizes))
        self.opsets = {entry.domain if entry.domain != "ai.onnx" else "": entry.version for entry in model.opset_import}
        self.functions = {(one.domain, one.name): one for one in model.functions}
        self.stored: dict[str, Constant] = {}
        self.places: dict[int, Where] = {}
        self.modules: Sequence[Module] = ()
        self.left_out: set[str] = set()
        """Outputs that only training has, or that nobody reads."""
        self.count = 0

    def record(self) -> Record:
        """The record of the whole graph."""
        frame = Frame()
        for entry in self.signature.inputs:
            shape = self.signature.numbers(entry, self.sizes)
            batch = None if entry.batch is None else Batch(entry.batch)
            own = without_batch(shape, batch, self.bench.items)
            frame.known[entry.name] = Map(self.bench.builder.input(entry.name, own, entry.dtype), shape, batch)
        self._graph(self.model.graph, frame)
        outputs = self._found(frame.known)
        record = self.bench.builder.record(outputs, [])
        record.tensors = self._tensors()
        _note_shared(record)
        record.products = self.bench.products
        record.multiplications = sum(record.products.get(id(layer), 0) for layer in needed(record))
        nest(record, self.places)
        attend(record)
        return record

    def _found(self, known: Mapping[str, Known]) -> list[Value]:
        """The outputs; numbers that are the same for every input are none."""
        outputs, fixed = [], []
        for value in self.model.graph.output:
            found = self._output(value.name, known)
            if found is None:
                fixed.append(shown(value.name))
            else:
                outputs.append(found)
        if not outputs:
            raise ImportFailure("constant", "none of its outputs depends on an input")
        if fixed:
            self.bench.builder.notes.append(
                f"Outputs that do not depend on the input are left out: {', '.join(fixed)}."
            )
        return outputs

    def _output(self, name: str, known: Mapping[str, Known]) -> Value | None:
        found = known.get(name)
        if found is None and name not in self.left_out:
            raise malformed("no node gives it", f'output "{shown(name)}"')
        if isinstance(found, Map):
            read, shape = [found.value], [found.value.shape]
            if found.pool is not None:
                return self.bench.opaque(read, shape, "the places of the maxima", [], 0, "MaxPool")[0]
            if found.value.maker is None:
                return self.bench.layers("identity", read, shape, source="Identity")[0]
            return found.value
        if found is None or found.tensor is None:
            return None
        return self.bench.parameter(found.tensor, "output")

    def _tensors(self) -> list[Tensor]:
        """What layers have, and what is stored besides: without what was only read as sizes or factors."""
        unused = [
            found.tensor
            for found in self.stored.values()
            if found.tensor is not None and not found.is_number and found.tensor.name not in self.bench.tensors
        ]
        return [*self.bench.tensors.values(), *unused]

    def _graph(self, graph: GraphProto, frame: Frame) -> None:
        for tensor in graph.initializer:
            frame.known[tensor.name] = self.stored[tensor.name] = stored(tensor, tensor.name)
        for entry in graph.sparse_initializer:
            frame.known[entry.values.name] = self.stored[entry.values.name] = sparse(entry)
        frame.shapes = self._stated([*graph.value_info, *graph.output])
        self._nodes(graph.node, [value.name for value in graph.output], frame)

    def _stated(self, values: Iterable[ValueInfoProto]) -> dict[str, Typed]:
        found = {value.name: stated(value, self.sizes) for value in values}
        return {name: shape for name, shape in found.items() if shape is not None}

    def _nodes(self, nodes: Iterable[NodeProto], outputs: Sequence[str], frame: Frame) -> None:
        if frame.depth > DEEPEST:
            raise ImportFailure("too-large", f"functions and branches lie more than {DEEPEST} deep within each other")
        ordered = joined(nodes, outputs, frame.known)
        neighbours = Neighbours(ordered, outputs, frame.known)
        for node in ordered:
            self.count += 1
            if self.count > MOST_NODES:
                raise ImportFailure("too-large", f"it has more than {MOST_NODES} nodes")
            if (name := neighbours.absorbed.get(id(node))) is not None:
                frame.known[node.output[0]] = frame.known[name]
                continue
            self._node(node, frame, neighbours)

    def _node(self, node: NodeProto, frame: Frame, neighbours: Neighbours) -> None:
        domain = "" if node.domain == "ai.onnx" else node.domain
        place = f'node {shown(node.op_type)} "{shown(node.name or (node.output[0] if node.output else ""))}"'
        if not node.output:
            raise malformed("it gives nothing", place)
        attributes = Attributes(node, place, frame.attributes)
        rows = [frame.series[name] for name in node.input if name in frame.series]
        inputs = [self._input(name, frame, place) for name in node.input]
        # A node that an exporter put in later stands where the one before it does.
        found = modules_of(node)
        self.modules = self.modules if found is None else found
        modules = frame.modules or self.modules
        function = self.functions.get((node.domain, node.op_type))
        if function is not None:
            self._call(function, node, inputs, frame, attributes, modules)
            return
        operation = Operation(self.bench, neighbours, node, inputs, attributes, self.opsets.get(domain, 1))
        if node.op_type == "If" and not domain and self._branch(operation, frame, modules):
            return
        self.bench.made.clear()
        if not domain and (rows or node.op_type in KINDS):
            results: Sequence[Known | Series | None] = [of_series(operation, rows)]
        else:
            results = self._results(operation, domain, frame.shapes)
        for layer in self.bench.made:
            self.places[id(layer)] = where(tuple(modules), layer)
        for name, result in zip(node.output, results, strict=False):
            if isinstance(result, Series):
                frame.series[name] = result
            elif name and result is not None:
                frame.known[name] = result
            elif name:
                self.left_out.add(name)

    def _input(self, name: str, frame: Frame, place: str) -> Known | None:
        if not name or name in frame.series:
            return None
        found = frame.known.get(name)
        if found is None and name in self.left_out:
            raise ImportFailure("unsupported", f"it reads `{shown(name)}`, which only training computes", place=place)
        if found is None:
            raise malformed(f"it reads `{shown(name)}`, which nothing in front of it gives", place)
        return found

    def _results(self, operation: Operation, domain: str, shapes: Mapping[str, Typed]) -> Sequence[Known | None]:
        before = len(self.bench.builder.root.items)
        try:
            return self._said(operation, domain)
        except NotSaid as reason:
            self.bench.undo(before)
            return opaque(operation, reason, shapes, self.opsets)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            # Attributes and inputs that the definition of the operator does not allow, in a way that nobody foresaw.
            raise malformed("its attributes and what it reads do not fit its operator", operation.place) from error

    def _said(self, operation: Operation, domain: str) -> Sequence[Known | None]:
        constants = folded(operation) if not domain else None
        if constants is not None:
            return constants
        read = reader(domain, operation.kind)
        if read is None:
            full = f"{domain}.{operation.kind}" if domain else operation.kind
            raise NotSaid(f"archcalc has no kind for {shown(full)}")
        return read(operation)

    def _call(
        self,
        function: FunctionProto,
        node: NodeProto,
        inputs: Sequence[Known | None],
        frame: Frame,
        attributes: Attributes,
        modules: Sequence[Module],
    ) -> None:
        """A function of the file: its nodes as if they stood here."""
        given = {name: found for name, found in zip(function.input, inputs, strict=False) if found is not None}
        inner = frame.inner(modules, given)
        inner.attributes = {**{one.name: one for one in function.attribute_proto}, **attributes.messages()}
        inner.shapes = self._stated(function.value_info)
        outer = self.opsets
        self.opsets = {**outer, **{entry.domain: entry.version for entry in function.opset_import}}
        try:
            self._nodes(function.node, list(function.output), inner)
        finally:
            self.opsets = outer
        frame.hand_over(inner, node.output, function.output)

    def _branch(self, operation: Operation, frame: Frame, modules: Sequence[Module]) -> bool:
        """The branch of an `If` whose condition is known."""
        condition = operation.read(0)
        chosen = None if isinstance(condition, Map) else uniform(condition.array)
        if chosen is None:
            return False
        graph = operation.attributes.graph("then_branch" if chosen else "else_branch")
        inner = frame.inner(modules, dict(frame.known))
        self._graph(graph, inner)
        frame.hand_over(inner, operation.outputs, [value.name for value in graph.output])
        return True


def _note_shared(record: Record) -> None:
    """Say how many numbers are counted more often than they are stored: exporters store equal tensors once."""
    owners = Counter(
        tensor.name for layer in record.layers() if layer.shares is None for tensor in layer.tensors.values()
    )
    shared = [tensor for tensor in record.tensors if owners[tensor.name] > 1]
    more = sum(prod(tensor.shape) * (owners[tensor.name] - 1) for tensor in shared)
    if more:
        record.notes.append(
            f"Tensors that the file stores once belong to several layers ({len(shared)}), and archcalc counts each: "
            f"{more} numbers more than are stored."
        )
