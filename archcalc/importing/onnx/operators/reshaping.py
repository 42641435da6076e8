"""The same numbers in other shapes, other orders, or repeated."""

from __future__ import annotations

from math import prod

from archcalc.importing.onnx.operation import Operation
from archcalc.importing.onnx.operators.moving import transposed
from archcalc.importing.onnx.operators.table import Table
from archcalc.importing.onnx.places import malformed
from archcalc.importing.onnx.values import Batch, Map, Shape, Unsaid, broadcast
from archcalc.importing.record import Plain

OPERATORS = Table()


@OPERATORS("Reshape")
def reshape(operation: Operation) -> list[Map]:
    """Another shape, in which 0 stands for a size that stays, and -1 for what is left."""
    source = operation.map(0)
    given = operation.numbers(1, "its shape") if operation.version >= 5 else operation.attributes.integers("shape")
    return [operation.reshaped(source, target(operation, source.shape, given))]


def target(operation: Operation, shape: Shape, given: list[int]) -> Shape:
    """The shape that a reshape asks for."""
    keeps = not operation.attributes.integer("allowzero", 0)
    if keeps and any(size == 0 and at >= len(shape) for at, size in enumerate(given)):
        raise malformed(f"its shape {given[:16]} keeps an axis that is not there", operation.place)
    sizes = [shape[at] if size == 0 and keeps else size for at, size in enumerate(given)]
    if sizes.count(-1) > 1 or any(size < -1 for size in sizes) or len(sizes) > 24:
        raise malformed(f"its shape {given[:16]} is none", operation.place)
    if -1 in sizes:
        rest = prod(size for size in sizes if size != -1)
        if rest == 0 or prod(shape) % rest:
            raise malformed(f"it makes {given} of {list(shape)}, which has another number of entries", operation.place)
        sizes[sizes.index(-1)] = prod(shape) // rest
    return tuple(sizes)


@OPERATORS("Flatten")
def flatten(operation: Operation) -> list[Map]:
    """Two axes: those in front of an axis, and those from it on."""
    source = operation.map(0)
    rank = len(source.shape)
    number = operation.attributes.integer("axis", 1)
    if not -rank <= number <= rank:
        raise malformed(f"it names axis {number} of {rank} axes", operation.place)
    axis = number + rank if number < 0 else number
    return [operation.reshaped(source, (prod(source.shape[:axis]), prod(source.shape[axis:])))]


@OPERATORS("Squeeze")
def squeeze(operation: Operation) -> list[Map]:
    """Axes of size 1 that go."""
    source = operation.map(0)
    rank = len(source.shape)
    given = axes_of(operation)
    if given is None:
        axes = [axis for axis, size in enumerate(source.shape) if size == 1]
    else:
        axes = [operation.axis(axis, rank) for axis in given]
    if any(source.shape[axis] != 1 for axis in axes):
        raise malformed(f"it leaves out axes {axes} of {list(source.shape)}, which are not all 1", operation.place)
    return [squeezed(operation, source, axes)]


def squeezed(operation: Operation, source: Map, axes: list[int]) -> Map:
    """The map without axes of size 1."""
    shape = tuple(size for axis, size in enumerate(source.shape) if axis not in axes)
    return operation.reshaped(source, shape, _moved(source, axes))


def _moved(source: Map, axes: list[int]) -> Batch | None:
    """The batch, where axes before it are gone; if it is gone itself, nobody knows it is there."""
    if source.batch is None or source.batch.axis in axes:
        return None if source.batch is None else Batch(0, alone=False)
    return source.batch._replace(axis=source.batch.axis - sum(axis < source.batch.axis for axis in axes))


def axes_of(operation: Operation) -> list[int] | None:
    """The axes that an operator names: by an attribute, later by an input."""
    if "axes" in operation.attributes:
        return operation.attributes.integers("axes")
    return operation.numbers(1, "its axes") if operation.has(1) else None


@OPERATORS("Unsqueeze")
def unsqueeze(operation: Operation) -> list[Map]:
    """New axes of size 1."""
    return [unsqueezed(operation, operation.map(0), axes_of(operation) or [])]


def unsqueezed(operation: Operation, source: Map, given: list[int]) -> Map:
    """The map with new axes of size 1."""
    rank = len(source.shape) + len(given)
    axes = {operation.axis(axis, rank) for axis in given}
    if len(axes) != len(given):
        raise malformed(f"its axes {given[:16]} name one twice", operation.place)
    old = iter(source.shape)
    shape = tuple(1 if axis in axes else next(old) for axis in range(rank))
    batch = source.batch
    if batch is not None:
        batch = batch._replace(
            axis=[axis for axis in range(rank) if axis not in axes][batch.axis] if source.shape else 0
        )
    return operation.reshaped(source, shape, batch)


@OPERATORS("Transpose")
def transpose(operation: Operation) -> list[Map]:
    """The axes in another order, by default backwards."""
    source = operation.map(0)
    rank = len(source.shape)
    axes = operation.attributes.integers("perm", list(range(rank))[::-1])
    if sorted(axes) != list(range(rank)):
        raise malformed(f"its order {axes[:16]} is none of {rank} axes", operation.place)
    return [transposed(operation, source, axes)]


@OPERATORS("Expand")
def expand(operation: Operation) -> list[Map]:
    """Sizes of 1 stretched."""
    source = operation.map(0)
    goal = tuple(operation.numbers(1, "its shape"))
    shape = broadcast([source.shape, goal]) if all(size >= 0 for size in goal) else None
    if shape is None:
        raise malformed(f"it stretches {list(source.shape)} to {list(goal)[:16]}", operation.place)
    return [stretched(operation, source, shape)]


def stretched(operation: Operation, source: Map, shape: Shape) -> Map:
    """The map with sizes of 1 stretched to a shape of as many axes or more."""
    more = len(shape) - len(source.shape)
    batch = None if source.batch is None else source.batch._replace(axis=source.batch.axis + more)
    if more:
        source = operation.reshaped(source, (1,) * more + source.shape, batch)
    if source.shape == shape:
        return source
    if batch is None and operation.items > 1 and shape[0] == operation.items and source.shape[0] == 1:
        # The same for every item of the batch.
        batch = Batch(0)
        own = operation.reshaped(source, source.shape[1:])
        source = Map(own.value, (operation.items, *own.shape), batch)
    old, new = operation.sizes(source.shape, batch), operation.sizes(shape, batch)
    if old == new:
        return Map(source.value, shape, batch)
    if len(old) != len(new):
        raise Unsaid("it repeats a map for the batch", (shape,))
    sizes: list[Plain] = [-1 if before == after else after for before, after in zip(old, new, strict=True)]
    return operation.joined("expand", [source], shape, batch, {"shape": sizes})


@OPERATORS("Tile")
def tile(operation: Operation) -> list[Map]:
    """Repeated axes: those of size 1 are stretched."""
    source, times = operation.map(0), operation.numbers(1, "how often it repeats")
    if len(times) != len(source.shape) or any(one < 0 for one in times):
        raise malformed(f"it repeats {len(source.shape)} axes {times[:16]} times", operation.place)
    shape = tuple(size * count for size, count in zip(source.shape, times, strict=True))
    if any(count != 1 and size != 1 for size, count in zip(source.shape, times, strict=True)):
        raise Unsaid("it repeats an axis of more than one entry", (shape,))
    return [stretched(operation, source, shape)]


@OPERATORS("Identity", "Dropout", "Cast", "CastLike", "BitCast")
def same(operation: Operation) -> list[Map]:
    """What gives the same numbers: dropout does nothing when a network is applied."""
    source = operation.map(0)
    mask = [Map(source.value, source.shape, source.batch)] if operation.gives(1) else []
    return [Map(source.value, source.shape, source.batch), *mask]
