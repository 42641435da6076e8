"""Computes a few numbers as the operators of ONNX define it: what exporters write to make shapes of shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from archcalc.importing.onnx.arrays import MOST
from archcalc.importing.onnx.operation import Operation
from archcalc.importing.onnx.operators.reshaping import axes_of
from archcalc.importing.onnx.places import malformed

if TYPE_CHECKING:
    import numpy

Arrays = Sequence["numpy.ndarray"]


class _TooMany(Exception):
    """There would be more numbers than are ever computed."""


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
    except _TooMany:
        return None
    except (ValueError, TypeError, IndexError, OverflowError, MemoryError, ZeroDivisionError) as error:
        raise malformed(f"its numbers do not fit {operation.kind}", operation.place) from error
    results = found if isinstance(found, list) else [found]
    return None if sum(result.size for result in results) > MOST else [numpy.asarray(result) for result in results]


def _pointwise(name: str) -> Callable[[Operation, Arrays], Any]:
    def work(operation: Operation, arrays: Arrays) -> Any:
        import numpy

        if numpy.broadcast_shapes(*(array.shape for array in arrays)) and _size(arrays) > MOST:
            raise _TooMany
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
    try:
        kind = helper.tensor_dtype_to_np_dtype(operation.attributes.integer("to"))
    except KeyError as error:
        raise malformed("it casts to a type that does not exist", operation.place) from error
    if kind.kind not in "fiub":
        return arrays[0]
    return arrays[0].astype(kind)


def _concat(operation: Operation, arrays: Arrays) -> Any:
    import numpy

    return numpy.concatenate(list(arrays), axis=operation.attributes.integer("axis", 0))


def _gather(operation: Operation, arrays: Arrays) -> Any:
    import numpy

    data, index = arrays
    axis = operation.axis(operation.attributes.integer("axis", 0), data.ndim)
    if data.ndim == 0 or index.size * (data.size // max(data.shape[axis], 1)) > MOST:
        raise _TooMany
    return numpy.take(data, index.astype("int64"), axis=axis)


def _slice(operation: Operation, arrays: Arrays) -> Any:
    data = arrays[0]
    if operation.version < 10:
        attributes = operation.attributes
        starts, stops = attributes.integers("starts"), attributes.integers("ends")
        axes, steps = attributes.integers("axes", list(range(len(starts)))), [1] * len(starts)
    else:
        starts, stops = operation.numbers(1, "its starts"), operation.numbers(2, "its ends")
        axes = operation.numbers(3, "its axes") if operation.has(3) else list(range(len(starts)))
        steps = operation.numbers(4, "its steps") if operation.has(4) else [1] * len(starts)
    for axis, start, stop, step in zip(axes, starts, stops, steps, strict=True):
        place = operation.axis(axis, data.ndim)
        size = data.shape[place]
        # Backwards, an end far before the front means the front itself.
        low = None if step < 0 and stop < -size else stop
        data = data[(slice(None),) * place + (slice(start, low, step),)]
    return data


def _split(operation: Operation, arrays: Arrays) -> Any:
    import numpy

    data = arrays[0]
    axis = operation.axis(operation.attributes.integer("axis", 0), data.ndim)
    count = len(operation.outputs)
    sizes = operation.attributes.integers("split", [])
    if not sizes:
        part = -(-data.shape[axis] // count)
        sizes = arrays[1].ravel().tolist() if len(arrays) > 1 else [part] * (count - 1)
    return numpy.split(data, numpy.cumsum(sizes)[: count - 1], axis=axis)


def _where(operation: Operation, arrays: Arrays) -> Any:
    import numpy

    if _size(arrays) > MOST:
        raise _TooMany
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


def _tiled(operation: Operation, arrays: Arrays) -> Any:
    import numpy

    times = arrays[1].ravel().tolist()
    if arrays[0].size * float(numpy.prod([float(one) for one in times])) > MOST:
        raise _TooMany
    return numpy.tile(arrays[0], times)


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


def _scattered(operation: Operation, arrays: Arrays) -> Any:
    """Slices put where an index says."""
    import numpy

    data, index, updates = arrays
    result = numpy.array(data)
    places = index.astype("int64").reshape(-1, index.shape[-1]).T
    if operation.attributes.text("reduction", "none") != "none":
        raise _TooMany
    result[tuple(places)] = updates.reshape(-1, *data.shape[index.shape[-1] :])
    return result


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
    "Div": _divided,
    "Mod": _modulo,
    "Cast": _cast,
    "CastLike": _cast,
    "Concat": _concat,
    "Gather": _gather,
    "Slice": _slice,
    "Split": _split,
    "Where": _where,
    "Tile": _tiled,
    "Trilu": _triangle,
    "CumSum": _cumulated,
    "Clip": _clipped,
    "ScatterND": _scattered,
}
