"""What a slice of ONNX takes: by attributes in old files, by inputs in newer ones."""

from __future__ import annotations

from archcalc.importing.onnx.operation import Operation
from archcalc.importing.onnx.places import malformed


def stretches(operation: Operation, rank: int) -> list[tuple[int, int, int, int]]:
    """Axis, start, stop and step of every axis that a slice names."""
    if operation.version < 10:
        attributes = operation.attributes
        starts, stops = attributes.integers("starts"), attributes.integers("ends")
        axes, steps = attributes.integers("axes", list(range(len(starts)))), [1] * len(starts)
    else:
        starts, stops = operation.numbers(1, "where it starts"), operation.numbers(2, "where it ends")
        axes = operation.numbers(3, "its axes") if operation.has(3) else list(range(len(starts)))
        steps = operation.numbers(4, "its steps") if operation.has(4) else [1] * len(starts)
    if not len(starts) == len(stops) == len(axes) == len(steps) or 0 in steps:
        raise malformed("its starts, ends, axes and steps are not as many, or a step is 0", operation.place)
    return list(zip([operation.axis(axis, rank) for axis in axes], starts, stops, steps, strict=True))
