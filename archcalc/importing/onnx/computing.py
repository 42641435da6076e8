"""Computes a few numbers as the operators of ONNX define it: what exporters write to make shapes of shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from archcalc.importing.onnx.arrays import MOST
from archcalc.importing.onnx.indexing import INDEXING, Arrays, TooMany
from archcalc.importing.onnx.operation import Operation
from archcalc.importing.onnx.operators.reshaping import axes_of
from archcalc.importing.onnx.places import malformed

if TYPE_CHECKING:
    import numpy


def computed(operation: Operation, arrays: Arrays) -> list[numpy.ndarray] | None:
    """What the operator makes of the numbers; None for an operator that is not known here, or too large a result.

    Raises: ImportFailure where the numbers do not fit the operator.
    """
    import numpy

    work = _WORK.get(operation.kind)
    if work is None:
        return None
    try:
        with numpy.errstate(all="ignore"):
            found = work(operation, arrays)
    except TooMany:
        return None
    except (ValueError, TypeError, IndexError, OverflowError, MemoryError, ZeroDivisionError) as error:
        raise malformed(f"its numbers do not fit {operation.kind}", operation.place) from error
    results = found if isinstance(found, list) else [found]
    return None if sum(result.size for result in results) > MOST else [numpy.asarray(result) for result in results]


def _pointwise(name: str) -> Callable[[Operation, Arrays], Any]:
    def work(operation: Operation, arrays: Arrays) -> Any:
        import numpy

        if numpy.broadcast_shapes(*(array.shape for array in arrays)) and _size(arrays) > MOST:
            raise TooMany
        found = arrays[0] if len(arrays) == 1 else None
        function = getattr(numpy, name)
        if found is not None:
            return function(found)
        result = arrays[0]
        for other in arrays[1:]:
            result = function(result, other)
        return result.astype(arrays[0].dtype) if name in _KEEPING else result

    return work


def _size(arrays: Arrays) -> int:
    import numpy

    return int(numpy.prod([float(size) for size in numpy.broadcast_shapes(*(array.shape for array in arrays))]))


_KEEPING = frozenset({"add", "subtract", "multiply", "power", "maximum", "minimum"})


def _divided(operation: Operation, arrays: Arrays) -> Any:
    """Integers are divided towards 0."""
    import numpy

    first, second = arrays
    if first.dtype.kind in "iu":
        if not second.all():
            raise ZeroDivisionError
        return numpy.trunc(first / second).astype(first.dtype)
    return numpy.divide(first, second)


def _modulo(operation: Operation, arrays: Arrays) -> Any:
    import numpy

    if arrays[0].dtype.kind in "iu" and not arrays[1].all():
        raise ZeroDivisionError
    return (numpy.fmod if operation.attributes.integer("fmod", 0) else numpy.mod)(*arrays)


def _cast(operation: Operation, arrays: Arrays) -> Any:
    from onnx import helper

    if operation.kind == "CastLike":
        return arrays[0].astype(arrays[1].dtype)
    if operation.version < 6:
        return arrays[0]  # The type is a word in the first versions; sizes are the same numbers in every type.
    try:
        kind = helper.tensor_dtype_to_np_dtype(operation.attributes.integer("to"))
    except KeyError as error:
        raise malformed("it casts to a type that does not exist", operation.place) from error
    if kind.kind not in "fiub":
        return arrays[0]
    return arrays[0].astype(kind)


def _where(operation: Operation, arrays: Arrays) -> Any:
    import numpy

    if _size(arrays) > MOST:
        raise TooMany
    return numpy.where(*arrays)


def _reduced(name: str) -> Callable[[Operation, Arrays], Any]:
    def work(operation: Operation, arrays: Arrays) -> Any:
        import numpy

        data = arrays[0]
        given = axes_of(operation)
        if not given and operation.attributes.integer("noop_with_empty_axes", 0):
            return data
        axes = tuple(operation.axis(axis, data.ndim) for axis in given) if given else None
        keep = bool(operation.attributes.integer("keepdims", 1))
        return numpy.asarray(getattr(numpy, name)(data, axis=axes, keepdims=keep)).astype(data.dtype)

    return work


def _triangle(operation: Operation, arrays: Arrays) -> Any:
    import numpy

    offset = int(arrays[1]) if len(arrays) > 1 else 0
    return (numpy.triu if operation.attributes.integer("upper", 1) else numpy.tril)(arrays[0], offset)


def _cumulated(operation: Operation, arrays: Arrays) -> Any:
    import numpy

    return numpy.cumsum(arrays[0], axis=int(arrays[1])).astype(arrays[0].dtype)


def _clipped(operation: Operation, arrays: Arrays) -> Any:
    import numpy

    low = operation.number(1, "its bound") if operation.has(1) else None
    high = operation.number(2, "its bound") if operation.has(2) else None
    return arrays[0] if low is None and high is None else numpy.clip(arrays[0], low, high)


_FUNCTIONS = {
    "Add": "add",
    "Sub": "subtract",
    "Mul": "multiply",
    "Pow": "power",
    "Max": "maximum",
    "Min": "minimum",
    "Sum": "add",
    "And": "logical_and",
    "Or": "logical_or",
    "Xor": "logical_xor",
    "Not": "logical_not",
    "Equal": "equal",
    "Less": "less",
    "LessOrEqual": "less_equal",
    "Greater": "greater",
    "GreaterOrEqual": "greater_equal",
    "Neg": "negative",
    "Abs": "abs",
    "Ceil": "ceil",
    "Floor": "floor",
    "Round": "rint",
    "Sqrt": "sqrt",
    "Exp": "exp",
    "Log": "log",
    "Sin": "sin",
    "Cos": "cos",
    "Sign": "sign",
    "Reciprocal": "reciprocal",
    "Tanh": "tanh",
    "IsNaN": "isnan",
    "IsInf": "isinf",
}
_WORK: dict[str, Callable[[Operation, Arrays], Any]] = {
    **{kind: _pointwise(name) for kind, name in _FUNCTIONS.items()},
    **{
        f"Reduce{kind}": _reduced(name)
        for kind, name in (("Prod", "prod"), ("Sum", "sum"), ("Max", "max"), ("Min", "min"))
    },
    "ReduceMean": _reduced("mean"),
    **INDEXING,
    "Div": _divided,
    "Mod": _modulo,
    "Cast": _cast,
    "CastLike": _cast,
    "Where": _where,
    "Trilu": _triangle,
    "CumSum": _cumulated,
    "Clip": _clipped,
}
