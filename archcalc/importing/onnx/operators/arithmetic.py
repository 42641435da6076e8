"""Arithmetic: of maps with each other, with tensors, and with numbers."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.importing.onnx.arrays import uniform
from archcalc.importing.onnx.operation import Operation, short
from archcalc.importing.onnx.operators.merging import merged
from archcalc.importing.onnx.operators.table import Table
from archcalc.importing.onnx.values import Constant, Known, Map, Unsaid, broadcast
from archcalc.importing.record import Plain

OPERATORS = Table()
_MERGES = {"Add": "add", "Sum": "add", "Mul": "multiply", "Sub": "subtract"}
_SIGNS = {"Add": "+", "Sum": "+", "Sub": "-", "Mul": "*", "Div": "/", "Pow": "**"}
_NEUTRAL = {"Add": 0, "Sum": 0, "Sub": 0, "Mul": 1, "Div": 1, "Pow": 1}


def number(found: Known) -> float | None:
    """The number that a constant is, where it is one and no tensor of the network."""
    if isinstance(found, Map) or found.tensor is not None:
        return None
    value = uniform(found.array)
    return None if value is None else short(float(value))


def written(value: float) -> str:
    """A number as an expression of the language has it.

    >>> written(0.5), written(-3), written(1e-06)
    ('0.5', '(-3)', '1e-6')
    """
    if value != value or value in (float("inf"), float("-inf")):
        raise Unsaid("it computes with what is no finite number")
    text = repr(value).replace("e-0", "e-").replace("e+", "e")
    return f"({text})" if text.startswith("-") else text


@OPERATORS("Add", "Sub", "Mul", "Div", "Pow", "Sum")
def binary(operation: Operation) -> list[Map]:
    """The four operations and powers."""
    operation.read(0)
    given = [found for found in _old_axes(operation) if found is not None]
    if len(given) == 1:
        return [operation.map(0)]
    if len(given) == 2:
        values = [number(found) for found in given]
        if values[0] is not None or values[1] is not None:
            return [_with_number(operation, given, values)]
    if operation.kind in _MERGES:
        return [merge(operation, _MERGES[operation.kind], given)]
    return [arithmetic(operation, f"x {_SIGNS[operation.kind]} other", given)]


def _old_axes(operation: Operation) -> list[Known | None]:
    """Before version 7, the second operand is laid along the axes from `axis` on."""
    given = list(operation.inputs)
    if operation.version >= 7 or operation.kind == "Sum" or len(given) < 2 or "axis" not in operation.attributes:
        return given
    first, second = operation.read(0), operation.read(1)
    axis = operation.axis(operation.attributes.integer("axis"), len(first.shape))
    more = len(first.shape) - axis - len(second.shape)
    if more <= 0:
        return given
    shape = (*second.shape, *(1,) * more)
    if isinstance(second, Constant) and second.tensor is None:
        array = None if second.array is None else second.array.reshape(shape)
        return [first, Constant(shape, second.kind, array)]
    return [first, operation.reshaped(operation.map(1), shape)]


def merge(operation: Operation, kind: str, given: Sequence[Known]) -> Map:
    """A merge of maps, number by number."""
    maps, shape, batch = merged(operation, given)
    own = operation.sizes(shape, batch)
    fields = {"broadcast": True} if any(source.value.shape != own for source in maps) else None
    return operation.joined(kind, maps, shape, batch, fields)


def arithmetic(operation: Operation, text: str, given: Sequence[Known]) -> Map:
    """An expression of maps: `x` is the first one, `other` the second."""
    maps, shape, batch = merged(operation, given)
    own = operation.sizes(shape, batch)
    fields: dict[str, Plain] = {
        "value": text,
        **({"broadcast": True} if any(one.value.shape != own for one in maps) else {}),
    }
    made = operation.joined("elementwise", maps[:1], shape, batch, fields)
    assert made.value.maker is not None
    made.value.maker.maps = {name: one.value for name, one in zip(("other", "third"), maps[1:], strict=False)}
    return made


def _with_number(operation: Operation, given: Sequence[Known], values: Sequence[float | None]) -> Map:
    sign = _SIGNS[operation.kind]
    second = values[1] is not None
    source = operation.map(0 if second else 1)
    shape = broadcast([found.shape for found in given])
    if shape != source.shape:
        raise Unsaid("it stretches a map by a number with axes", () if shape is None else (shape,))
    value = values[1] if second else values[0]
    assert value is not None
    if value == _NEUTRAL[operation.kind] and (second or operation.kind in ("Add", "Mul", "Sum")):
        return source
    text = f"x {sign} {written(value)}" if second else f"{written(value)} {sign} x"
    return operation.layer("elementwise", source, fields={"value": text})


@OPERATORS("Max", "Min")
def extreme(operation: Operation) -> list[Map]:
    """The larger or the smaller one of several."""
    word = operation.kind.lower()
    given = [found for found in operation.inputs if found is not None]
    maps = [found for found in given if number(found) is None]
    if not maps:
        raise Unsaid("it compares numbers alone")
    result: Known = maps[0]
    for found in maps[1:]:
        result = arithmetic(operation, f"{word}(x, other)", [result, found])
    for found in given:
        if (value := number(found)) is not None:
            source = operation.as_map(result) if isinstance(result, Constant) else result
            result = operation.layer("elementwise", source, fields={"value": f"{word}(x, {written(value)})"})
    return [operation.as_map(result) if isinstance(result, Constant) else result]


@OPERATORS("Mean")
def mean(operation: Operation) -> list[Map]:
    """The mean of several maps."""
    given = [found for found in operation.inputs if found is not None]
    if len(given) == 1:
        return [operation.map(0)]
    total = merge(operation, "add", given)
    return [operation.layer("elementwise", total, fields={"value": f"x / {len(given)}"})]


@OPERATORS("Abs", "Ceil", "Cos", "Exp", "Floor", "Log", "Round", "Sign", "Sin", "Sqrt")
def function(operation: Operation) -> list[Map]:
    """A function of every number by itself."""
    return [operation.layer("elementwise", operation.map(0), fields={"value": f"{operation.kind.lower()}(x)"})]


@OPERATORS("Neg")
def negative(operation: Operation) -> list[Map]:
    """Every number with the other sign."""
    return [operation.layer("elementwise", operation.map(0), fields={"value": "-x"})]


@OPERATORS("Reciprocal")
def reciprocal(operation: Operation) -> list[Map]:
    """One by every number."""
    return [operation.layer("elementwise", operation.map(0), fields={"value": "1 / x"})]


@OPERATORS("Clip")
def clip(operation: Operation) -> list[Map]:
    """Numbers held between bounds, of which either may be missing."""
    source = operation.map(0)
    low, high = _bounds(operation)
    if low is None and high is None:
        return [source]
    if low == 0 and high is None:
        return [operation.layer("relu", source)]
    if low == 0 and high == 6:
        return [operation.layer("relu6", source)]
    if low is not None and high is not None and low < high:
        return [operation.layer("hardtanh", source, fields={"low": low, "high": high})]
    text = "x" if low is None else f"max(x, {written(low)})"
    text = text if high is None else f"min({text}, {written(high)})"
    return [operation.layer("elementwise", source, fields={"value": text})]


def _bounds(operation: Operation) -> tuple[float | None, float | None]:
    if operation.version < 11:
        found = [
            short(operation.attributes.real(name)) if name in operation.attributes else None for name in ("min", "max")
        ]
        return _finite(found[0]), _finite(found[1])
    low, high = (operation.number(at, "its bound") if operation.has(at) else None for at in (1, 2))
    return _finite(low), _finite(high)


def _finite(bound: float | None) -> float | None:
    """A bound that bounds: the least and the largest number of 32 bits are none."""
    return None if bound is None or abs(bound) >= 3.4e38 else bound


@OPERATORS("Where")
def where(operation: Operation) -> list[Known]:
    """One of two, where the condition is known; otherwise there is no kind for it."""
    condition = operation.read(0)
    shape = broadcast([found.shape for found in operation.inputs if found is not None])
    chosen = None if isinstance(condition, Map) else uniform(condition.array)
    if chosen is not None:
        found = operation.read(1 if chosen else 2)
        if found.shape == shape:
            return [found]
    raise Unsaid("it chooses number by number", () if shape is None else (shape,))
