"""Borders: Pad, and CenterCropPad, which cuts or adds around the middle."""

from __future__ import annotations

from archcalc.importing.onnx.operation import Operation
from archcalc.importing.onnx.operators.table import Table
from archcalc.importing.onnx.operators.windows import nonempty
from archcalc.importing.onnx.places import malformed
from archcalc.importing.onnx.values import Map, Shape
from archcalc.importing.record import Plain

OPERATORS = Table()
_MODES = {"constant": "zeros", "edge": "replicate", "reflect": "reflect", "wrap": "circular"}
Borders = dict[int, tuple[int, int]]


@OPERATORS("Pad")
def pad(operation: Operation) -> list[Map]:
    """Padding; a negative one cuts."""
    source = operation.map(0)
    mode = operation.attributes.text("mode", "constant")
    if mode not in _MODES:
        raise malformed("its mode is none of constant, edge, reflect and wrap", operation.place)
    fields: dict[str, Plain] = {} if mode == "constant" else {"mode": _MODES[mode]}
    if mode == "constant" and (value := _value(operation)):
        fields["value"] = value
    return [padded(operation, source, _borders(operation, source), fields)]


def _value(operation: Operation) -> float:
    if operation.version < 11:
        return operation.attributes.real("value", 0.0)
    return operation.number(2, "the value of its border") if operation.has(2) else 0


def _borders(operation: Operation, source: Map) -> Borders:
    attributes, rank = operation.attributes, len(source.shape)
    if operation.version < 11:
        name = "paddings" if operation.version == 1 else "pads"
        pads = attributes.integers(name)
    else:
        pads = operation.numbers(1, "its padding")
    axes = list(range(rank))
    if operation.has(3):
        axes = [operation.axis(axis, rank) for axis in operation.numbers(3, "its axes")]
    if len(pads) != 2 * len(axes) or len(set(axes)) != len(axes):
        raise malformed(f"its padding is {len(pads)} numbers for {len(axes)} axes", operation.place)
    found = {axis: (pads[place], pads[place + len(axes)]) for place, axis in enumerate(axes)}
    return {axis: found[axis] for axis in sorted(found) if found[axis] != (0, 0)}


def padded(operation: Operation, source: Map, borders: Borders, fields: dict[str, Plain]) -> Map:
    """The map with borders along any of its axes but the batch."""
    if not borders:
        return source
    grown = [size + sum(borders.get(axis, (0, 0))) for axis, size in enumerate(source.shape)]
    out = nonempty(operation, tuple(grown))
    own = {operation.own_axis(source, axis): widths for axis, widths in borders.items()}
    rank = len(operation.sizes(source.shape, source.batch))
    if 0 not in own or rank - 1 not in own:
        return _bordered(operation, source, out, [own.get(axis, (0, 0)) for axis in range(rank)], fields)
    # Channels are not padded: where all axes are, one more stands in front for the time being.
    front = operation.reshaped(Map(source.value, _own(operation, source)), (1, *_own(operation, source)))
    grown_own = operation.sizes(out, source.batch)
    made = _bordered(
        operation, front, (1, *grown_own), [(0, 0), *(own.get(axis, (0, 0)) for axis in range(rank))], fields
    )
    return Map(operation.reshaped(made, grown_own).value, out, source.batch)


def _own(operation: Operation, source: Map) -> Shape:
    return operation.sizes(source.shape, source.batch)


def _bordered(
    operation: Operation, source: Map, out: Shape, widths: list[tuple[int, int]], fields: dict[str, Plain]
) -> Map:
    """Until layouts are known, the padding of a record names all axes of the map."""
    padding: list[Plain] = [list(pair) for pair in widths]
    return operation.layer("pad", source, out, {"padding": padding, **fields})


@OPERATORS("CenterCropPad")
def center_crop_pad(operation: Operation) -> list[Map]:
    """Cuts or adds around the middle of axes, up to a size."""
    source, goal = operation.map(0), operation.numbers(1, "the sizes that it asks for")
    rank = len(source.shape)
    axes = [operation.axis(axis, rank) for axis in operation.attributes.integers("axes", list(range(rank)))]
    if len(goal) != len(axes):
        raise malformed(f"its sizes are {len(goal)} numbers for {len(axes)} axes", operation.place)
    borders = {}
    for axis, size in sorted(zip(axes, goal, strict=True)):
        more = size - source.shape[axis]
        # An odd row is added behind, and cut behind.
        before = more // 2 if more > 0 else -(-more // 2)
        if more:
            borders[axis] = (before, more - before)
    return [padded(operation, source, borders, {})]
