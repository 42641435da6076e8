"""Rows of values: exporters write the parts of a map so, and take them out again one by one."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.importing.failure import ImportFailure
from archcalc.importing.onnx.operation import Operation
from archcalc.importing.onnx.operators.parts import joined, parts_of
from archcalc.importing.onnx.operators.reshaping import squeezed, unsqueezed
from archcalc.importing.onnx.places import malformed
from archcalc.importing.onnx.values import Known, Map, Series

KINDS = ("SplitToSequence", "SequenceConstruct", "SequenceAt", "ConcatFromSequence", "SequenceLength", "SequenceEmpty")


def of_series(operation: Operation, rows: Sequence[Series]) -> Known | Series:
    """What a node of rows gives; `rows` are those that it reads.

    Raises: ImportFailure for anything but making rows, taking a value out, and joining all of them.
    """
    if operation.kind == "SequenceConstruct" and not rows:
        return Series([operation.read(index) for index in range(len(operation.inputs))])
    if operation.kind == "SplitToSequence" and not rows:
        return Series([*_cut(operation)])
    if operation.kind == "SequenceAt" and len(rows) == 1:
        index = operation.numbers(1, "its index")[0]
        if not -len(rows[0].parts) <= index < len(rows[0].parts):
            raise malformed(f"it takes value {index} of {len(rows[0].parts)}", operation.place)
        return rows[0].parts[index]
    if operation.kind == "ConcatFromSequence" and len(rows) == 1:
        axis = operation.attributes.integer("axis")
        if operation.attributes.integer("new_axis", 0):
            given = [operation.as_known_map(part) for part in rows[0].parts]
            return joined(operation, [unsqueezed(operation, part, [axis]) for part in given], axis)
        return joined(operation, rows[0].parts, axis)
    raise ImportFailure("unsupported", "archcalc does not compute with rows of maps", place=operation.place)


def _cut(operation: Operation) -> list[Map]:
    """The parts of a map: of the sizes given, of one size, or of size 1."""
    source = operation.map(0)
    axis = operation.axis(operation.attributes.integer("axis", 0), len(source.shape))
    whole = source.shape[axis]
    keeps = bool(operation.attributes.integer("keepdims", 1))
    if not operation.has(1):
        parts = parts_of(operation, source, axis, [1] * whole)
        return parts if keeps else [squeezed(operation, part, [axis]) for part in parts]
    sizes = operation.numbers(1, "the sizes of its parts")
    if len(operation.read(1).shape) == 0:
        size = sizes[0]
        if size < 1 or whole // size > 1000:
            raise malformed(f"it cuts {whole} into parts of {size}", operation.place)
        sizes = [min(size, whole - start) for start in range(0, whole, size)]
    if sum(sizes) != whole or min(sizes) < 1:
        raise malformed(f"it cuts {whole} into parts of {sizes[:16]}", operation.place)
    return parts_of(operation, source, axis, sizes)
