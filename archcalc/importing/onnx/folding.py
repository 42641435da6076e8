"""What nodes compute from constants alone: shapes, paddings, index tables. Only few numbers are ever computed.

A stored tensor stays that tensor where it is only seen in another way; what is computed from tensors is not folded,
since it would be a tensor that nobody learned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING, Any

from archcalc.importing.onnx.arrays import MOST, RANK, is_small, kind_of
from archcalc.importing.onnx.operation import Operation
from archcalc.importing.onnx.operators.reshaping import axes_of, target
from archcalc.importing.onnx.pieces import put_together
from archcalc.importing.onnx.places import malformed
from archcalc.importing.onnx.tensors import checked, is_made_up, kind_of_type, sparse, stored
from archcalc.importing.onnx.values import Change, Constant, broadcast
from archcalc.importing.record import Tensor

if TYPE_CHECKING:
    import numpy

FEW = 8
"""A stored tensor of more numbers is learned, and no list of sizes or factors."""


def folded(operation: Operation) -> list[Constant] | None:
    """The constants that a node gives; None if it must become layers."""
    kind = operation.kind
    if kind in _MADE:
        return [_MADE[kind](operation)]
    if kind in ("Shape", "Size"):
        return [_shape(operation)]
    if kind == "CastLike" and isinstance(operation.read(0), Constant):
        return [_first(operation)]
    given = [found for found in operation.inputs if found is not None]
    if not given or not all(isinstance(found, Constant) for found in given):
        return None
    constants = [found for found in given if isinstance(found, Constant)]
    if kind in _VIEWS and (viewed := _VIEWS[kind](operation)) is not None:
        return [viewed]
    if any(found.pieces or (found.tensor is not None and _is_learned(found.tensor)) for found in constants):
        return put_together(operation, constants) if kind in ("Slice", "Concat") else None
    return _computed(operation, constants)


def from_array(array: numpy.ndarray) -> Constant:
    """A constant of known numbers."""
    return Constant(tuple(array.shape), kind_of(array), array)


def _is_learned(tensor: Tensor) -> bool:
    """Whether a stored tensor may be learned: it has more than a few numbers, and a name that no exporter made up."""
    return prod(tensor.shape) > FEW and not is_made_up(tensor.name)


# What makes numbers of nothing


def _constant(operation: Operation) -> Constant:
    """A `Constant`; real numbers in rows are a tensor, should somebody learn them."""
    import numpy

    attributes = operation.attributes
    if "value" in attributes:
        found = stored(attributes.tensor("value"), operation.outputs[0])
        if prod(found.shape) <= 1:
            found.tensor = None
        return found
    if "sparse_value" in attributes:
        return sparse(attributes.messages()["sparse_value"].sparse_tensor)
    for name, read in (("value_int", attributes.integer), ("value_float", attributes.real)):
        if name in attributes:
            return from_array(numpy.asarray(read(name)))
    for name, reads in (("value_ints", attributes.integers), ("value_floats", attributes.reals)):
        if name in attributes:
            values: list[Any] = reads(name)
            return from_array(numpy.asarray(values, dtype="int64" if name == "value_ints" else "float32"))
    return Constant((), "other")


def _constant_of_shape(operation: Operation) -> Constant:
    """One number everywhere. A fraction in a stored shape stands for weights that a file leaves out."""
    import numpy

    sizes = checked(operation.numbers(0, "its shape"), operation.place)
    value = numpy.zeros((), "float32")
    if "value" in operation.attributes:
        found = stored(operation.attributes.tensor("value"), "value")
        if found.array is not None and found.array.size == 1:
            value = found.array.reshape(())
    array = numpy.broadcast_to(value, sizes) if prod(sizes) < 1 << 40 else None
    is_left_out = _first(operation).is_stored and value.dtype.kind == "f" and not float(value).is_integer()
    owned = Tensor(operation.outputs[0], sizes) if is_left_out and prod(sizes) > 1 else None
    return Constant(sizes, kind_of(value), array, owned)


def _range(operation: Operation) -> Constant:
    import numpy

    start, stop, step = (operation.number(at, "its bounds") for at in range(3))
    if not step:
        raise malformed("its step is 0", operation.place)
    count = max(0, -int(-(stop - start) // step))
    kind = operation.read(0).kind if isinstance(operation.read(0), Constant) else "int"  # type: ignore[union-attr]
    if count > MOST:
        return Constant((count,), kind)
    return from_array(
        numpy.asarray([start + step * at for at in range(count)], "float32" if kind == "float" else "int64")
    )


def _random(operation: Operation) -> Constant:
    return Constant(checked(operation.attributes.integers("shape"), operation.place), "float")


def _shape(operation: Operation) -> Constant:
    import numpy

    shape = operation.read(0).shape
    if operation.kind == "Size":
        return from_array(numpy.asarray(prod(shape), "int64"))
    start, stop = operation.attributes.integer("start", 0), operation.attributes.integer("end", len(shape))
    return from_array(numpy.asarray(shape[slice(start, stop)], "int64"))


_MADE: dict[str, Callable[[Operation], Constant]] = {
    "Constant": _constant,
    "ConstantOfShape": _constant_of_shape,
    "Range": _range,
    "RandomNormal": _random,
    "RandomUniform": _random,
}


# What sees a tensor in another way


def _same(operation: Operation) -> Constant | None:
    """The tensor itself, and unknown numbers as another type; known numbers are computed."""
    found = _first(operation)
    if operation.kind != "Cast" or found.tensor is not None:
        return found
    if found.array is not None or operation.version < 6:
        return None if found.array is not None else found
    return Constant(found.shape, kind_of_type(operation.attributes.integer("to")))


def _first(operation: Operation) -> Constant:
    found = operation.read(0)
    assert isinstance(found, Constant)
    return found


def _reshaped(operation: Operation) -> Constant | None:
    found = _first(operation)
    given = operation.numbers(1, "its shape") if operation.version >= 5 else operation.attributes.integers("shape")
    return _seen(found, target(operation, found.shape, given), operation)


def _seen(found: Constant, shape: tuple[int, ...], operation: Operation) -> Constant:
    if prod(shape) != prod(found.shape):
        raise malformed(
            f"it makes {list(shape)} of {list(found.shape)}, which has another number of entries", operation.place
        )
    array = None if found.array is None or not is_small(shape) else found.array.reshape(shape)
    changes = found.changes if found.shape == shape else (*found.changes, _change(shape))
    return replace(found, shape=shape, array=array, changes=changes)


def _change(shape: tuple[int, ...]) -> Change:
    return Change("reshape", {"shape": list(shape)}, shape) if len(shape) > 1 else Change("flatten", {}, shape or (1,))


def _squeezed(operation: Operation) -> Constant:
    found, given = _first(operation), axes_of(operation)
    rank = len(found.shape)
    axes = {operation.axis(axis, rank) for axis in given or []}
    gone = [axis for axis, size in enumerate(found.shape) if (axis in axes if given is not None else size == 1)]
    return _seen(found, tuple(size for axis, size in enumerate(found.shape) if axis not in gone), operation)


def _unsqueezed(operation: Operation) -> Constant:
    found, given = _first(operation), axes_of(operation) or []
    rank = len(found.shape) + len(given)
    axes = {operation.axis(axis, rank) for axis in given}
    if len(axes) != len(given) or rank > RANK:
        raise malformed(f"its axes {given[:16]} name one twice, or are too many", operation.place)
    old = iter(found.shape)
    return _seen(found, tuple(1 if axis in axes else next(old) for axis in range(rank)), operation)


def _flattened(operation: Operation) -> Constant:
    found = _first(operation)
    axis = operation.attributes.integer("axis", 1) % (len(found.shape) + 1)
    return _seen(found, (prod(found.shape[:axis]), prod(found.shape[axis:])), operation)


def _turned(operation: Operation) -> Constant:
    found = _first(operation)
    rank = len(found.shape)
    axes = operation.attributes.integers("perm", list(range(rank))[::-1])
    if sorted(axes) != list(range(rank)):
        raise malformed(f"its order {axes[:16]} is none of {rank} axes", operation.place)
    shape = tuple(found.shape[axis] for axis in axes)
    array = None if found.array is None else found.array.transpose(axes)
    if axes == list(range(rank)):
        return found
    before = found.changes[-1] if found.changes else None
    order = before.fields["axes"] if before is not None and before.kind == "permute" else None
    if isinstance(order, list) and [order[axis] for axis in axes] == list(range(rank)):
        return replace(found, shape=shape, array=array, changes=found.changes[:-1])
    changes = (*found.changes, Change("permute", {"axes": list(axes)}, shape))
    return replace(found, shape=shape, array=array, changes=changes)


def _expanded(operation: Operation) -> Constant | None:
    """One number stretched stays one number; a tensor that is stretched for the batch stays that tensor."""
    import numpy

    found, goal = _first(operation), tuple(operation.numbers(1, "its shape"))
    shape = broadcast([found.shape, goal]) if len(goal) <= RANK and all(size >= 0 for size in goal) else None
    if shape is None:
        raise malformed(f"it stretches {list(found.shape)} to {list(goal)[:16]}", operation.place)
    if shape == found.shape:
        return found
    items = operation.items
    if found.tensor is not None:
        is_batch = (
            items > 1 and len(shape) == len(found.shape) and shape == (items, *found.shape[1:]) and found.shape[0] == 1
        )
        return Constant(shape, found.kind, None, found.tensor, found.changes, repeated=True) if is_batch else None
    array = None if found.array is None or prod(shape) >= 1 << 40 else numpy.broadcast_to(found.array, shape)
    return Constant(shape, found.kind, array)


_VIEWS: dict[str, Callable[[Operation], Constant | None]] = {
    **dict.fromkeys(("Identity", "Cast", "CastLike", "Dropout"), _same),
    "Reshape": _reshaped,
    "Squeeze": _squeezed,
    "Unsqueeze": _unsqueezed,
    "Flatten": _flattened,
    "Transpose": _turned,
    "Expand": _expanded,
}


# What is computed


def _computed(operation: Operation, constants: Sequence[Constant]) -> list[Constant] | None:
    """The numbers themselves, by the package's own reference of the operators."""
    from archcalc.importing.onnx.computing import computed

    arrays = [found.array for found in constants]
    known = [array for array in arrays if array is not None]
    if len(known) != len(arrays) or sum(array.size for array in known) > MOST:
        return None
    results = computed(operation, known)
    if results is None:
        return None
    for found in constants:
        found.is_number = found.is_number or found.tensor is not None
    return [from_array(array) for array in results]
