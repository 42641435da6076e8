"""Shapes of what no kind of layer makes: as the file states them, or as the package `onnx` infers them for one node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from archcalc.importing.onnx.arrays import RANK
from archcalc.importing.onnx.operation import Operation
from archcalc.importing.onnx.tensors import kind_of_type
from archcalc.importing.onnx.values import Constant, Shape

if TYPE_CHECKING:
    from onnx import TensorProto, TypeProto, ValueInfoProto

Typed = tuple[Shape, str]
_ELEMENTS = {"float": 1, "int": 7, "bool": 9}


def stated(value: ValueInfoProto | None, sizes: Mapping[str, int]) -> Typed | None:
    """The shape that a file states for a map, with numbers for its symbols; None if one of them is not known."""
    if value is None or not value.type.tensor_type.HasField("shape"):
        return None
    return _typed(value.type, sizes)


def _typed(found: TypeProto, sizes: Mapping[str, int]) -> Typed | None:
    numbers = []
    for dim in found.tensor_type.shape.dim:
        number = dim.dim_value if dim.HasField("dim_value") else sizes.get(dim.dim_param, 0)
        if number < 1:
            return None
        numbers.append(number)
    if len(numbers) > RANK:
        return None
    return tuple(numbers), kind_of_type(found.tensor_type.elem_type)


def inferred(operation: Operation, opsets: Mapping[str, int]) -> dict[str, Typed]:
    """The shapes of the outputs of a node by their names, as far as `onnx` knows them."""
    from onnx import checker, defs, helper, shape_inference

    node = operation.node
    try:
        schema = defs.get_schema(node.op_type, opsets.get(node.domain, 1), node.domain)
    except defs.SchemaError:
        return {}
    types: dict[str, TypeProto] = {}
    data: dict[str, TensorProto] = {}
    for name, found in zip(node.input, operation.inputs, strict=False):
        if found is None:
            continue
        is_constant = isinstance(found, Constant)
        kind = found.kind if is_constant else found.value.dtype  # type: ignore[union-attr]
        types[name] = helper.make_tensor_type_proto(_ELEMENTS.get(kind, 1), list(found.shape))
        if isinstance(found, Constant) and found.array is not None and found.kind == "int" and found.array.size < 1024:
            data[name] = helper.make_tensor(name, 7, list(found.shape), found.array.ravel().tolist())
    imports = [helper.make_opsetid(domain, version) for domain, version in opsets.items()]
    try:
        results = shape_inference.infer_node_outputs(schema, node, types, data, opset_imports=imports)
    except (shape_inference.InferenceError, checker.ValidationError, ValueError, TypeError, RuntimeError):
        return {}  # The file does not fit the operator as the package has it: nothing is known.
    found_types = {name: _typed(kind, {}) for name, kind in results.items() if kind.tensor_type.HasField("shape")}
    return {name: shape for name, shape in found_types.items() if shape is not None}
