"""Quantized networks: numbers rounded to steps, convolutions and products of integers."""

from __future__ import annotations

from math import prod

from archcalc.importing.onnx.arrays import uniform
from archcalc.importing.onnx.operation import Operation, short
from archcalc.importing.onnx.operators.arithmetic import written
from archcalc.importing.onnx.operators.convolution import convolution, shifted
from archcalc.importing.onnx.operators.table import Table
from archcalc.importing.onnx.places import malformed
from archcalc.importing.onnx.values import Constant, Known, Map, Unsaid
from archcalc.importing.record import Plain

OPERATORS = Table()
_RANGES = {"uint8": (0, 255), "int8": (-128, 127), "uint16": (0, 65535), "int16": (-32768, 32767)}


@OPERATORS("DequantizeLinear")
def dequantize(operation: Operation) -> list[Known]:
    """Steps times their size; a stored tensor of steps is a tensor of the network."""
    found = operation.read(0)
    if isinstance(found, Constant):
        operation.owned(found, 0)
        return [Constant(found.shape, "float", None, found.tensor, found.changes)]
    scale, zero = _step(operation, found)
    text = "x" if zero == 0 else f"(x - {written(zero)})"
    return [operation.layer("elementwise", found, fields={"value": f"{text} * {written(scale)}"})]


def _step(operation: Operation, found: Map) -> tuple[float, float]:
    """The size of a step, and the number that stands for 0.

    Raises: Unsaid where every channel has its own.
    """
    scale, zero = (
        operation.constant(1, "its scale"),
        operation.constant(2, "its zero point") if operation.has(2) else None,
    )
    size, start = uniform(scale.array), 0 if zero is None else uniform(zero.array)
    if size is None or start is None:
        raise Unsaid("it has a scale for every channel, or one that the file does not hold", (found.shape,))
    scale.is_number = True
    return short(float(size)), short(float(start))


@OPERATORS("QuantizeLinear")
def quantize(operation: Operation) -> list[Known]:
    """Numbers rounded to steps."""
    found = operation.map(0)
    scale, zero = _step(operation, found)
    constant = operation.read(2) if operation.has(2) else None
    kind = "uint8" if not isinstance(constant, Constant) or constant.array is None else constant.array.dtype.name
    if kind not in _RANGES:
        raise Unsaid(f"it rounds to {kind}", (found.shape,))
    return [_rounded(operation, found, scale, zero, kind)]


def _rounded(operation: Operation, found: Map, scale: float, zero: float, kind: str) -> Map:
    low, high = _RANGES[kind]
    text = f"round(x / {written(scale)})" + (f" + {written(zero)}" if zero else "")
    return operation.layer("elementwise", found, fields={"value": f"clamp({text}, {written(low)}, {high})"})


@OPERATORS("DynamicQuantizeLinear")
def dynamic(operation: Operation) -> list[Known]:
    """The steps depend on the numbers that arrive: there is no kind for it."""
    raise Unsaid("its steps depend on the numbers that arrive", (operation.map(0).shape, (), ()))


@OPERATORS("QLinearConv")
def qlinear_conv(operation: Operation) -> list[Map]:
    """A convolution of integers, and its result in steps of another size."""
    image = shifted(operation, operation.image(), 2)
    made = convolution(operation, image, bias=8, filters=3)
    sizes = [uniform(operation.constant(at, "its scale").array) for at in (1, 4, 6)]
    zero = operation.read(7)
    start = uniform(zero.array) if isinstance(zero, Constant) else None
    kind = zero.array.dtype.name if isinstance(zero, Constant) and zero.array is not None else "uint8"
    if None in sizes or start is None or kind not in _RANGES:
        raise Unsaid("it has a scale for every channel, or one that the file does not hold", (made.shape,))
    first, second, result = (float(size) for size in sizes if size is not None)
    return [_rounded(operation, made, short(result / (first * second)), short(float(start)), kind)]


@OPERATORS("MatMulInteger", "QLinearMatMul")
def integer_product(operation: Operation) -> list[Map]:
    """A product of integers with a stored matrix, whose zero point is that of its input."""
    at = {"MatMulInteger": (0, 1, 2), "QLinearMatMul": (0, 3, 2)}[operation.kind]
    source, factor = operation.map(at[0]), operation.constant(at[1], "its matrix")
    if len(factor.shape) != 2 or source.shape[-1] != factor.shape[0]:
        raise malformed(f"it multiplies {list(source.shape)} with {list(factor.shape)}", operation.place)
    shape = (*source.shape[:-1], factor.shape[1])
    if operation.kind == "QLinearMatMul":
        raise Unsaid("archcalc has no kind for it", (shape,), prod(shape) * factor.shape[0] // operation.items)
    moved = shifted(operation, source, at[2])
    operation.own_axis(source, len(source.shape) - 1)
    tensors = {"weight": operation.owned(factor, at[1])}
    fields: dict[str, Plain] = {"out": shape[-1], "bias": False, "transposed": True}
    products = operation.entries(shape, source.batch) * factor.shape[0]
    return [operation.layer("linear", moved, shape, fields, tensors, products)]
