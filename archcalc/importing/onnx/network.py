"""Reads a graph node by node: constants are computed, all else becomes layers, and what has no kind stays opaque."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from archcalc.importing.building import Builder, NotSaid
from archcalc.importing.failure import ImportFailure
from archcalc.importing.onnx.arrays import uniform
from archcalc.importing.onnx.attributes import Attributes
from archcalc.importing.onnx.folding import folded
from archcalc.importing.onnx.neighbours import Neighbours
from archcalc.importing.onnx.operation import Bench, Operation
from archcalc.importing.onnx.operators import reader
from archcalc.importing.onnx.patterns import joined
from archcalc.importing.onnx.places import malformed, shown
from archcalc.importing.onnx.scopes import Module, Where, modules_of, nest, where
from archcalc.importing.onnx.shapes import Typed, inferred, stated
from archcalc.importing.onnx.signature import Signature
from archcalc.importing.onnx.tensors import sparse, stored
from archcalc.importing.onnx.values import Batch, Constant, Known, Map, Unsaid, without_batch
from archcalc.importing.record import Record, Tensor, Value

if TYPE_CHECKING:
    from onnx import AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto

MOST_NODES = 200_000
"""Nodes that are read at most, those of functions each time that they are called."""
DEEPEST = 24
"""Functions and branches within each other."""
_MATRICES = frozenset(
    {"Conv", "ConvTranspose", "MatMul", "Gemm", "LSTM", "GRU", "RNN", "Attention", "Einsum", "Loop", "Scan"}
)


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
        self.left_out: set[str] = set()
        """Outputs that only training has, or that nobody reads."""
        self.count = 0

    def record(self) -> Record:
        """The record of the whole graph."""
        graph = self.model.graph
        known: dict[str, Known] = {}
        for entry in self.signature.inputs:
            shape = self.signature.numbers(entry, self.sizes)
            batch = None if entry.batch is None else Batch(entry.batch)
            own = without_batch(shape, batch, self.bench.items)
            known[entry.name] = Map(self.bench.builder.input(entry.name, own, entry.dtype), shape, batch)
        self._graph(graph, known, {}, ())
        outputs = self._found(graph, known)
        record = self.bench.builder.record(outputs, [])
        record.tensors = self._tensors()
        record.products = self.bench.products
        record.multiplications = sum(record.products.values())
        nest(record, self.places)
        return record

    def _found(self, graph: GraphProto, known: Mapping[str, Known]) -> list[Value]:
        """The outputs; numbers that are the same for every input are none."""
        outputs, fixed = [], []
        for value in graph.output:
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
            if found.pool is None and found.value.maker is None:
                (value,) = self.bench.layers("identity", [found.value], [found.value.shape], source="Identity")
                return value
            if found.pool is None:
                return found.value
            (value,) = self.bench.opaque(
                [found.value], [found.value.shape], "the places of the maxima", [], 0, "MaxPool"
            )
            return value
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

    def _graph(
        self,
        graph: GraphProto,
        known: dict[str, Known],
        attributes: Mapping[str, AttributeProto],
        around: Sequence[Module],
        depth: int = 0,
    ) -> None:
        for tensor in graph.initializer:
            known[tensor.name] = self.stored[tensor.name] = stored(tensor, tensor.name)
        for entry in graph.sparse_initializer:
            known[entry.values.name] = self.stored[entry.values.name] = sparse(entry)
        values = {value.name: value for value in [*graph.value_info, *graph.output]}
        shapes = {name: found for name, value in values.items() if (found := stated(value, self.sizes)) is not None}
        self._nodes(graph.node, [value.name for value in graph.output], known, shapes, attributes, around, depth)

    def _nodes(
        self,
        nodes: Iterable[NodeProto],
        outputs: Sequence[str],
        known: dict[str, Known],
        shapes: Mapping[str, Typed],
        attributes: Mapping[str, AttributeProto],
        around: Sequence[Module],
        depth: int,
    ) -> None:
        if depth > DEEPEST:
            raise ImportFailure("too-large", f"functions and branches lie more than {DEEPEST} deep within each other")
        ordered = joined(nodes, outputs)
        neighbours = Neighbours(ordered, outputs, known)
        for node in ordered:
            self.count += 1
            if self.count > MOST_NODES:
                raise ImportFailure("too-large", f"it has more than {MOST_NODES} nodes")
            if (name := neighbours.absorbed.get(id(node))) is not None:
                known[node.output[0]] = known[name]
                continue
            self._node(node, known, shapes, attributes, around, neighbours, depth)

    def _node(
        self,
        node: NodeProto,
        known: dict[str, Known],
        shapes: Mapping[str, Typed],
        attributes: Mapping[str, AttributeProto],
        around: Sequence[Module],
        neighbours: Neighbours,
        depth: int,
    ) -> None:
        domain = "" if node.domain == "ai.onnx" else node.domain
        place = f'node {shown(node.op_type)} "{shown(node.name or (node.output[0] if node.output else ""))}"'
        found = Attributes(node, place, attributes)
        inputs = [self._input(name, known, place) for name in node.input]
        modules = (*around, *modules_of(node)) if not around else tuple(around)
        function = self.functions.get((node.domain, node.op_type))
        if function is not None:
            self._call(function, node, inputs, known, found, modules, depth)
            return
        operation = Operation(self.bench, neighbours, node, inputs, found, self.opsets.get(domain, 1))
        if node.op_type == "If" and not domain and self._branch(operation, known, modules, depth):
            return
        self.bench.made.clear()
        before = len(self.bench.builder.root.items)
        try:
            results = self._results(operation, domain)
        except NotSaid as reason:
            self.bench.undo(before)
            results = self._opaque(operation, reason, shapes)
        for layer in self.bench.made:
            self.places[id(layer)] = where(modules, layer)
        for name, result in zip(node.output, results, strict=False):
            if name and result is not None:
                known[name] = result
            elif name:
                self.left_out.add(name)

    def _input(self, name: str, known: Mapping[str, Known], place: str) -> Known | None:
        if not name:
            return None
        found = known.get(name)
        if found is None and name in self.left_out:
            raise ImportFailure("unsupported", f"it reads `{shown(name)}`, which only training computes", place=place)
        if found is None:
            raise malformed(f"it reads `{shown(name)}`, which nothing in front of it gives", place)
        return found

    def _results(self, operation: Operation, domain: str) -> Sequence[Known | None]:
        constants = folded(operation) if not domain else None
        if constants is not None:
            return constants
        read = reader(domain, operation.kind)
        if read is None:
            full = f"{domain}.{operation.kind}" if domain else operation.kind
            raise NotSaid(f"archcalc has no kind for {shown(full)}")
        return read(operation)

    # What has no kind

    def _opaque(self, operation: Operation, reason: NotSaid, shapes: Mapping[str, Typed]) -> list[Known | None]:
        """The maps of a node that there is no kind for, with all that it reads."""
        outputs = self._outputs(operation, reason, shapes)
        given = [found for found in operation.inputs if found is not None]
        maps = [found for found in given if isinstance(found, Map)]
        stored_tensors = [found.tensor for found in given if isinstance(found, Constant) and found.tensor is not None]
        if not maps and not stored_tensors:
            return [Constant(shape, kind) for shape, kind in outputs]
        if any(graph for graph in operation.attributes.graphs()):
            stored_tensors += self._inner(operation)
        located = [self._batch(shape, maps) for shape, _ in outputs]
        own = [
            without_batch(shape, batch, self.bench.items) for (shape, _), batch in zip(outputs, located, strict=True)
        ]
        if not own:
            return []
        products = reason.products if isinstance(reason, Unsaid) else 0
        new = [tensor for tensor in stored_tensors if tensor.name not in self.bench.tensors]
        values = self.bench.opaque([one.value for one in maps], own, str(reason), new, products, operation.kind)
        for value, (_, kind) in zip(values, outputs, strict=True):
            value.dtype = "int" if kind == "int" else "bool" if kind == "bool" else "float"
        return [Map(value, shape, batch) for value, (shape, _), batch in zip(values, outputs, located, strict=True)]

    def _outputs(self, operation: Operation, reason: NotSaid, shapes: Mapping[str, Typed]) -> list[Typed]:
        """The shapes of what comes out.

        Raises: ImportFailure if they are not known.
        """
        known = list(reason.shapes) if isinstance(reason, Unsaid) else []
        found: dict[str, Typed] = {}
        names = list(operation.outputs)
        if any(name and at >= len(known) for at, name in enumerate(names)):
            found = {**inferred(operation, self.opsets), **{name: shapes[name] for name in names if name in shapes}}
        results: list[Typed] = []
        for at, name in enumerate(names):
            if at < len(known):
                results.append((known[at], found.get(name, ((), "float"))[1]))
            elif name in found:
                results.append(found[name])
            elif name:
                raise ImportFailure(
                    "unknown-shape",
                    f"archcalc cannot say the shape of what it gives: {reason}",
                    place=operation.place,
                    help="let the exporter write the shapes of all maps (onnx.shape_inference.infer_shapes)",
                )
        return results

    def _batch(self, shape: tuple[int, ...], maps: Sequence[Map]) -> Batch | None:
        """Where the batch is in what comes out: at the axis where it is in what goes in, if it can be."""
        batches = [found.batch for found in maps if found.batch is not None]
        items = self.bench.items
        if not batches or not shape:
            return None
        for batch in [*batches, Batch(0)]:
            if batch.axis < len(shape) and batch.alone and shape[batch.axis] == items:
                return Batch(batch.axis)
        shared = next((axis for axis, size in enumerate(shape) if items > 1 and size % items == 0), None)
        return Batch(shared or 0, alone=False) if items == 1 or shared is not None else None

    def _inner(self, operation: Operation) -> list[Tensor]:
        """The tensors of the graphs in a node.

        Raises: ImportFailure if they multiply matrices, since nobody knows how often.
        """
        tensors = []
        graphs = operation.attributes.graphs()
        for graph in graphs:
            if operation.kind in ("Loop", "Scan") and any(node.op_type in _MATRICES for node in graph.node):
                raise ImportFailure(
                    "unsupported",
                    f"{operation.kind} multiplies matrices as often as only the input tells",
                    place=operation.place,
                    help="export the network for a fixed length, without loops",
                )
            for tensor in graph.initializer:
                found = self.stored[tensor.name] = stored(tensor, tensor.name)
                if found.tensor is not None:
                    tensors.append(found.tensor)
        return tensors

    # Functions and branches

    def _call(
        self,
        function: FunctionProto,
        node: NodeProto,
        inputs: Sequence[Known | None],
        known: dict[str, Known],
        attributes: Attributes,
        modules: Sequence[Module],
        depth: int,
    ) -> None:
        """A function of the file: its nodes as if they stood here."""
        inner: dict[str, Known] = {
            name: found for name, found in zip(function.input, inputs, strict=False) if found is not None
        }
        given = {**{one.name: one for one in function.attribute_proto}, **attributes.messages()}
        own = {entry.domain: entry.version for entry in function.opset_import}
        outer, self.opsets = self.opsets, {**self.opsets, **own}
        shapes = {
            value.name: found for value in function.value_info if (found := stated(value, self.sizes)) is not None
        }
        try:
            self._nodes(function.node, list(function.output), inner, shapes, given, modules, depth + 1)
        finally:
            self.opsets = outer
        for name, own_name in zip(node.output, function.output, strict=False):
            if name and own_name in inner:
                known[name] = inner[own_name]

    def _branch(self, operation: Operation, known: dict[str, Known], modules: Sequence[Module], depth: int) -> bool:
        """The branch of an `If` whose condition is known."""
        condition = operation.read(0)
        chosen = None if isinstance(condition, Map) else uniform(condition.array)
        if chosen is None:
            return False
        graph = operation.attributes.graph("then_branch" if chosen else "else_branch")
        inner = dict(known)
        self._graph(graph, inner, {}, modules, depth + 1)
        for name, value in zip(operation.outputs, graph.output, strict=False):
            if name and value.name in inner:
                known[name] = inner[value.name]
        return True
