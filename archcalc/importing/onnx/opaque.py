"""What has no kind of layer: an opaque one that states its shape, its tensors and its products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archcalc.importing.building import NotSaid
from archcalc.importing.failure import ImportFailure
from archcalc.importing.onnx.operation import Operation
from archcalc.importing.onnx.shapes import Typed, inferred, stated
from archcalc.importing.onnx.tensors import stored
from archcalc.importing.onnx.values import Batch, Constant, Known, Map, Shape, Unsaid, broadcast, without_batch
from archcalc.importing.record import Tensor

_MATRICES = frozenset(
    {"Conv", "ConvTranspose", "MatMul", "Gemm", "LSTM", "GRU", "RNN", "Attention", "Einsum", "Loop", "Scan"}
)
_TRUTHS = frozenset(
    {"And", "Or", "Xor", "Not", "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "IsNaN", "IsInf"}
)


def opaque(
    operation: Operation, reason: NotSaid, shapes: Mapping[str, Typed], opsets: Mapping[str, int]
) -> Sequence[Known | None]:
    """The maps of a node that there is no kind for, with all that it reads. `shapes` are those that the file states.

    Raises: ImportFailure if the shapes of what comes out are not known, or its products cannot be.
    """
    outputs = _outputs(operation, reason, shapes, opsets)
    given = [found for found in operation.inputs if found is not None]
    maps = [found for found in given if isinstance(found, Map)]
    owners = [found for found in given if isinstance(found, Constant) and found.tensor is not None]
    inner = _inner(operation)
    if not maps and not owners:
        return [Constant(shape, kind) for shape, kind in outputs]
    if not maps:
        maps, owners = [operation.as_map(one) for one in owners], []
    tensors = [*(one.tensor for one in owners if one.tensor is not None), *inner]
    _note(operation, reason, tensors)
    return _made(operation, reason, maps, tensors, outputs)


def _made(
    operation: Operation, reason: NotSaid, maps: Sequence[Map], tensors: Sequence[Tensor], outputs: Sequence[Typed]
) -> list[Known | None]:
    bench = operation.bench
    located = [_batch(shape, maps, bench.items) for shape, _ in outputs]
    own = [without_batch(shape, batch, bench.items) for (shape, _), batch in zip(outputs, located, strict=True)]
    products = reason.products if isinstance(reason, Unsaid) else 0
    new = [tensor for tensor in tensors if tensor.name not in bench.tensors]
    values = bench.opaque([one.value for one in maps], own, str(reason), new, products, operation.kind)
    for value, (_, kind) in zip(values, outputs, strict=True):
        value.dtype = "int" if kind == "int" else "bool" if kind == "bool" else "float"
    return [Map(value, shape, batch) for value, (shape, _), batch in zip(values, outputs, located, strict=True)]


def _note(operation: Operation, reason: NotSaid, tensors: Sequence[Tensor]) -> None:
    """Say where 0 is stated for products that nobody knows."""
    if not isinstance(reason, Unsaid) and any(len(tensor.shape) > 1 for tensor in tensors):
        operation.bench.builder.notes.append(f"{operation.place}: its products are not known, and 0 is stated.")


def _outputs(
    operation: Operation, reason: NotSaid, shapes: Mapping[str, Typed], opsets: Mapping[str, int]
) -> list[Typed]:
    known = list(reason.shapes) if isinstance(reason, Unsaid) else []
    names = [name for name in operation.outputs if name]
    found: dict[str, Typed] = {}
    if len(names) > len(known):
        found = {**_of_truths(operation), **inferred(operation, opsets), **_of_branches(operation)}
        found |= {name: shapes[name] for name in names if name in shapes}
    results: list[Typed] = []
    for at, name in enumerate(names):
        if at < len(known):
            results.append((known[at], found.get(name, ((), "float"))[1]))
        elif name in found:
            results.append(found[name])
        else:
            raise ImportFailure(
                "unknown-shape",
                f"archcalc cannot say the shape of what it gives: {reason}",
                place=operation.place,
                help="let the exporter write the shapes of all maps (onnx.shape_inference.infer_shapes)",
            )
    return results


def _of_truths(operation: Operation) -> dict[str, Typed]:
    """The shape of truths about numbers, which maps do not tell from numbers: that of what is compared."""
    if operation.kind not in _TRUTHS or not operation.inputs:
        return {}
    shape = broadcast([found.shape for found in operation.inputs if found is not None])
    return {} if shape is None else {operation.outputs[0]: (shape, "bool")}


def _of_branches(operation: Operation) -> dict[str, Typed]:
    """The shapes that the branches of an `If` state, where they agree."""
    if operation.kind != "If":
        return {}
    columns = zip(*(graph.output for graph in operation.attributes.graphs()), strict=False)
    found = {
        name: {stated(value, {}) for value in column} for name, column in zip(operation.outputs, columns, strict=False)
    }
    agreed = {name: shapes.pop() for name, shapes in found.items() if len(shapes) == 1}
    return {name: shape for name, shape in agreed.items() if shape is not None}


def _batch(shape: Shape, maps: Sequence[Map], items: int) -> Batch | None:
    """Where the batch is in what comes out: at the axis where it is in what goes in, if it can be."""
    batches = [found.batch for found in maps if found.batch is not None]
    if not batches or not shape:
        return None
    for batch in [*batches, Batch(0)]:
        if batch.axis < len(shape) and batch.alone and shape[batch.axis] == items:
            return Batch(batch.axis)
    shared = next((axis for axis, size in enumerate(shape) if items > 1 and size % items == 0), None)
    return Batch(shared or 0, alone=False) if items == 1 or shared is not None else None


def _inner(operation: Operation) -> list[Tensor]:
    """The tensors of the graphs in a node.

    Raises: ImportFailure if they multiply matrices, since nobody knows how often.
    """
    graphs = operation.attributes.graphs()
    if any(node.op_type in _MATRICES for graph in graphs for node in graph.node):
        raise ImportFailure(
            "unsupported",
            f"{operation.kind} multiplies matrices as often as only the input tells",
            place=operation.place,
            help="export the network for inputs of a fixed length, without branches and loops",
        )
    found = [stored(tensor, tensor.name).tensor for graph in graphs for tensor in graph.initializer]
    return [tensor for tensor in found if tensor is not None]
