"""Reductions: axes that become one number each."""

from __future__ import annotations

from archcalc.importing.onnx.operation import Operation
from archcalc.importing.onnx.operators.reshaping import axes_of
from archcalc.importing.onnx.operators.table import Table
from archcalc.importing.onnx.values import Batch, Map, Shape
from archcalc.importing.record import Plain

OPERATORS = Table()
_KINDS = {"ReduceMean": "mean", "ReduceSum": "sum", "ReduceMax": "max"}
_AROUND = {
    # A reduction as a sum or a maximum of something, and what is made of it.
    "ReduceSumSquare": ("x ** 2", "sum", None),
    "ReduceL1": ("abs(x)", "sum", None),
    "ReduceL2": ("x ** 2", "sum", "sqrt(x)"),
    "ReduceLogSum": (None, "sum", "log(x)"),
    "ReduceLogSumExp": ("exp(x)", "sum", "log(x)"),
    "ReduceMin": ("-x", "max", "-x"),
}


@OPERATORS(*_KINDS, *_AROUND)
def reduce(operation: Operation) -> list[Map]:
    """Mean, sum and largest number, and what can be said with them."""
    source = operation.map(0)
    before, kind, after = _AROUND.get(operation.kind, (None, _KINDS.get(operation.kind, ""), None))
    axes = _axes(operation, source)
    if axes is None:
        return [source]
    if before is not None:
        source = operation.layer("elementwise", source, fields={"value": before})
    made = reduced(operation, kind, source, axes, keep=bool(operation.attributes.integer("keepdims", 1)))
    return [made if after is None else operation.layer("elementwise", made, fields={"value": after})]


def _axes(operation: Operation, source: Map) -> list[int] | None:
    """The axes that are reduced; None if there are none."""
    given = axes_of(operation)
    if not given:
        return None if operation.attributes.integer("noop_with_empty_axes", 0) else list(range(len(source.shape)))
    return sorted({operation.axis(axis, len(source.shape)) for axis in given})


def reduced(operation: Operation, kind: str, source: Map, axes: list[int], keep: bool) -> Map:
    """The map with these axes reduced."""
    shape: Shape = tuple(
        1 if axis in axes else size for axis, size in enumerate(source.shape) if keep or axis not in axes
    )
    if not axes:
        return source
    own = [operation.own_axis(source, axis) for axis in axes]
    batch = source.batch
    if batch is not None and not keep:
        gone = batch.axis in axes
        batch = Batch(0, False) if gone else batch._replace(axis=batch.axis - sum(axis < batch.axis for axis in axes))
    fields: dict[str, Plain] = {"axes": list(own), **({"keep": True} if keep else {})}
    return operation.joined(kind, [source], shape, batch, fields)
