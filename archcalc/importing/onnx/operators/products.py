"""Products of matrices: layers with weights, and products of maps."""

from __future__ import annotations

from math import prod

from archcalc.importing.onnx.operation import Operation, short
from archcalc.importing.onnx.operators.arithmetic import merge, number, written
from archcalc.importing.onnx.operators.convolution import bias_tensor
from archcalc.importing.onnx.operators.merging import together
from archcalc.importing.onnx.operators.moving import transposed
from archcalc.importing.onnx.operators.table import Table
from archcalc.importing.onnx.places import malformed
from archcalc.importing.onnx.tensors import is_made_up
from archcalc.importing.onnx.values import Constant, Known, Map, Unsaid, broadcast
from archcalc.importing.record import Plain, Tensor

OPERATORS = Table()


@OPERATORS("MatMul")
def matmul(operation: Operation) -> list[Map]:
    """A layer, where the second factor is a stored matrix; else the product of two maps."""
    first, second = operation.read(0), operation.read(1)
    if not first.shape or not second.shape or first.shape[-1] != second.shape[-min(2, len(second.shape))]:
        raise malformed(f"it multiplies {list(first.shape)} with {list(second.shape)}", operation.place)
    if isinstance(first, Map) and isinstance(second, Constant) and len(second.shape) <= 2:
        if _is_batch(operation, first, -1):
            raise Unsaid("it multiplies along the batch")
        return [_layer(operation, operation.map(0), second)]
    return [product(operation, operation.map(0), operation.map(1))]


def _is_batch(operation: Operation, source: Map, axis: int) -> bool:
    batch = source.batch
    return batch is not None and batch.axis == len(source.shape) + axis and (batch.alone or operation.items > 1)


def _layer(operation: Operation, source: Map, weight: Constant) -> Map:
    out = weight.shape[1] if len(weight.shape) == 2 else 1
    tensor = _weight(operation, weight, out, weight.shape[0])
    bias = operation.neighbours.bias(operation.outputs[0], out) if len(weight.shape) == 2 else None
    tensors = {"weight": tensor, **({} if bias is None else {"bias": bias})}
    fields: dict[str, Plain] = {"out": out, **({} if bias is not None else {"bias": False})}
    if tensor.shape != (out, weight.shape[0]):
        fields["transposed"] = True
    shape = (*source.shape[:-1], out)
    products = operation.entries(shape, source.batch) * weight.shape[0]
    made = operation.layer("linear", source, shape, fields, tensors, products)
    return made if len(weight.shape) == 2 else operation.reshaped(made, source.shape[:-1], made.batch)


def _weight(operation: Operation, weight: Constant, out: int, width: int) -> Tensor:
    """The weight of a layer as [out, in]; a copy under a name that an exporter made up may stand the other way."""
    tensor = operation.owned(weight, 1, (out, width))
    if tensor.shape == (width, out) and is_made_up(tensor.name):
        tensor.shape = (out, width)
    return tensor


def product(operation: Operation, first: Map, second: Map) -> Map:
    """The product of two maps as matrices, or of a map and a row or a column."""
    row, column = len(first.shape) == 1, len(second.shape) == 1
    if row:
        first = operation.reshaped(
            first, (1, *first.shape), None if first.batch is None else first.batch._replace(axis=1)
        )
    if column:
        second = operation.reshaped(second, (*second.shape, 1), second.batch)
    made = _of_matrices(operation, first, second)
    if row:
        made = operation.reshaped(made, (*made.shape[:-2], made.shape[-1]), made.batch)
    return operation.reshaped(made, made.shape[:-1], made.batch) if column else made


def _of_matrices(operation: Operation, first: Map, second: Map) -> Map:
    lead = broadcast([first.shape[:-2], second.shape[:-2]])
    if lead is None:
        raise malformed(f"it multiplies {list(first.shape)} with {list(second.shape)}", operation.place)
    shape = (*lead, first.shape[-2], second.shape[-1])
    if any(_is_batch(operation, source, axis) for source, axis in ((first, -1), (second, -2), (second, -1))):
        raise Unsaid("it multiplies along the batch", (shape,))
    if _is_batch(operation, first, -2):
        return _of_rows(operation, first, second, shape)
    left, right = together(operation, [first, second])
    values = [left.value, right.value]
    rank = max(len(value.shape) for value in values)
    sides = [
        operation.reshaped(Map(value, value.shape), (1,) * (rank - len(value.shape)) + value.shape) for value in values
    ]
    batch = next(
        (one.batch._replace(axis=one.batch.axis + len(shape) - len(one.shape)) for one in (first, second) if one.batch),
        None,
    )
    fields = None if sides[0].shape[:-2] == sides[1].shape[:-2] else {"broadcast": True}
    return operation.joined(
        "matmul", sides, shape, batch, fields, products=operation.entries(shape, batch) * first.shape[-1]
    )


def _of_rows(operation: Operation, first: Map, second: Map, shape: tuple[int, ...]) -> Map:
    """The items of the batch are the rows: each is a vector that is multiplied with a matrix."""
    if second.batch is not None or len(second.shape) > 2 or len(first.shape) > 2:
        raise Unsaid("it multiplies along the batch", (shape,))
    row = operation.reshaped(Map(first.value, first.value.shape), (1, first.shape[-1]))
    made = operation.joined("matmul", [row, second], (1, shape[-1]), None, products=prod(second.shape))
    return Map(operation.reshaped(made, (shape[-1],)).value, shape, first.batch)


@OPERATORS("Gemm")
def gemm(operation: Operation) -> list[Map]:
    """alpha*A*B + beta*C, of which B mostly is the weight of a layer and C its bias."""
    attributes = operation.attributes
    alpha, beta = short(attributes.real("alpha", 1.0)), short(attributes.real("beta", 1.0))
    second = operation.read(1)
    source = operation.map(0)
    if len(source.shape) != 2 or len(second.shape) != 2:
        if operation.version >= 7 or len(second.shape) != 2:
            raise malformed(f"it multiplies {list(source.shape)} with {list(second.shape)}", operation.place)
        source = operation.reshaped(source, (source.shape[0], prod(source.shape[1:])))
    if attributes.integer("transA", 0):
        source = transposed(operation, source, [1, 0])
    out, width = second.shape if attributes.integer("transB", 0) else second.shape[::-1]
    if width != source.shape[1]:
        raise malformed(f"it multiplies {list(source.shape)} with {list(second.shape)}", operation.place)
    if alpha != 1:
        source = operation.layer("elementwise", source, fields={"value": f"{written(alpha)} * x"})
    if isinstance(second, Map) or _is_batch(operation, source, -1):
        factor = operation.map(1)
        factor = transposed(operation, factor, [1, 0]) if attributes.integer("transB", 0) else factor
        return [_plus(operation, product(operation, source, factor), beta)]
    tensors = {"weight": _weight(operation, second, out, width)}
    has_bias = beta == 1 and operation.has(2) and _is_bias(operation.read(2), out)
    if has_bias:
        tensors |= bias_tensor(operation, 2)
    fields: dict[str, Plain] = {"out": out, **({} if "bias" in tensors else {"bias": False})}
    if tensors["weight"].shape != (out, width):
        fields["transposed"] = True
    products = operation.entries((source.shape[0], out), source.batch) * width
    made = operation.layer("linear", source, (source.shape[0], out), fields, tensors, products)
    return [made if has_bias else _plus(operation, made, beta)]


def _is_bias(found: Known, out: int) -> bool:
    """Whether it is a number for every output."""
    return isinstance(found, Constant) and found.shape in ((out,), (1, out)) and prod(found.shape) == out


def _plus(operation: Operation, made: Map, beta: float) -> Map:
    """The last term of a Gemm, where it is no bias."""
    if not operation.has(2) or beta == 0:
        return made
    term = operation.read(2)
    value = number(term)
    if value is not None:
        value = short(value * beta)
        return made if value == 0 else operation.layer("elementwise", made, fields={"value": f"x + {written(value)}"})
    added = operation.map(2)
    if beta != 1:
        added = operation.layer("elementwise", added, fields={"value": f"{written(beta)} * x"})
    return merge(operation, "add", [made, added])


@OPERATORS("Einsum")
def einsum(operation: Operation) -> list[Map]:
    """A product of two maps by letters: along those that the result does not have."""
    equation = operation.attributes.text("equation").replace(" ", "")
    sides, arrow, result = equation.partition("->")
    terms = sides.split(",")
    if not arrow or "." in equation or len(terms) != 2 or len(operation.inputs) != 2:
        raise Unsaid("it is no sum of products of two maps whose result is stated")
    maps = operation.maps()
    if any(len(set(term)) != len(term) or len(term) != len(one.shape) for term, one in zip(terms, maps, strict=True)):
        raise Unsaid("its letters do not fit its maps, or stand twice")
    return [_by_letters(operation, maps, (terms[0], terms[1], result))]


def _by_letters(operation: Operation, maps: list[Map], terms: tuple[str, str, str]) -> Map:
    """A product by letters as one of matrices, between permutes and reshapes."""
    first, second, result = terms
    lead = [letter for letter in result if letter in first and letter in second]
    rows = [letter for letter in result if letter in first and letter not in second]
    columns = [letter for letter in result if letter in second and letter not in first]
    summed = [letter for letter in first if letter in second and letter not in result]
    if len(lead + rows + summed) != len(first) or len(lead + columns + summed) != len(second):
        raise Unsaid("it sums along an axis of one map alone")
    sizes = dict(zip(first, maps[0].shape, strict=True)) | dict(zip(second, maps[1].shape, strict=True))
    left = _matrix(operation, maps[0], first, lead, rows, summed)
    right = _matrix(operation, maps[1], second, lead, summed, columns)
    letters = [*lead, *rows, *columns]
    opened = operation.reshaped(_of_matrices(operation, left, right), tuple(sizes[letter] for letter in letters))
    return transposed(operation, opened, [letters.index(letter) for letter in result])


def _matrix(operation: Operation, source: Map, term: str, lead: list[str], rows: list[str], columns: list[str]) -> Map:
    turned = transposed(operation, source, [term.index(letter) for letter in (*lead, *rows, *columns)])
    split = len(lead) + len(rows)
    front, middle = turned.shape[: len(lead)], prod(turned.shape[len(lead) : split])
    return operation.reshaped(turned, (*front, middle, prod(turned.shape[split:])))
