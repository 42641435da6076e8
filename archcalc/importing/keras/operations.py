"""Functions of `keras.ops` that stand in a network as layers."""

from __future__ import annotations

from collections.abc import Callable

from archcalc.importing.building import NotSaid
from archcalc.importing.keras import activations, merges, shapes
from archcalc.importing.keras.calls import LayerCall, Reader
from archcalc.importing.keras.network import Map
from archcalc.importing.keras.norms import number

_MERGES = {"Add": "add", "Subtract": "subtract", "Multiply": "multiply"}
_SIGNS = {"Add": "+", "Subtract": "-", "Multiply": "*", "Divide": "/", "TrueDivide": "/", "Power": "**"}
_FORMULAS = {
    **{name.capitalize(): f"{name}(x)" for name in ("abs", "ceil", "cos", "exp", "floor", "log", "round", "rsqrt")},
    **{name.capitalize(): f"{name}(x)" for name in ("sign", "sin", "sqrt", "tanh")},
    "Absolute": "abs(x)",
    "Square": "x ** 2",
    "Negative": "-x",
    "Reciprocal": "1 / x",
}
_ACTIVATIONS = {
    **{
        name.capitalize(): name for name in ("relu", "relu6", "selu", "silu", "sigmoid", "softplus", "softsign", "mish")
    },
    "HardSigmoid": "hard_sigmoid",
    "HardSilu": "hard_silu",
    "LogSigmoid": "log_sigmoid",
    "HardTanh": "hard_tanh",
    "TanhShrink": "tanh_shrink",
    "SoftShrink": "soft_shrink",
    "Squareplus": "squareplus",
}


def binary(name: str) -> Callable[[LayerCall], Map]:
    """`Add` and its like: of two maps, or of a map and a number."""

    def read(call: LayerCall) -> Map:
        left, right = call.argument(0, "x1", call.argument(0, "x")), call.argument(1, "x2", call.argument(1, "y"))
        if isinstance(left, Map) and isinstance(right, Map):
            if left.rank != right.rank:
                raise NotSaid("arithmetic of maps with another number of axes")
            if name in _MERGES:
                return merges.joined(call, _MERGES[name], [left, right], label=call.site.label)
            return merges.of_two(call, f"x {_SIGNS[name]} other", left, right, call.site.label)
        return _with_number(call, _SIGNS[name], left, right)

    return read


def _with_number(call: LayerCall, sign: str, left: object, right: object) -> Map:
    read, given = (left, right) if isinstance(left, Map) else (right, left)
    value = _number(given)
    if not isinstance(read, Map) or value is None:
        raise NotSaid("arithmetic with a given array")
    text = f"x {sign} {number(value)}" if read is left else f"{number(value)} {sign} x"
    return call.elementwise(read, text, label=call.site.label)


def _number(value: object) -> float | None:
    """A plain number; None for anything else."""
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < 1e30 else None


def extreme(word: str) -> Callable[[LayerCall], Map]:
    """`Maximum`, `Minimum`."""

    def read(call: LayerCall) -> Map:
        left, right = call.argument(0, "x1", call.argument(0, "x")), call.argument(1, "x2", call.argument(1, "y"))
        if isinstance(left, Map) and isinstance(right, Map):
            return merges.of_two(call, f"{word}(x, other)", left, right, call.site.label)
        one, value = (left, _number(right)) if isinstance(left, Map) else (right, _number(left))
        if not isinstance(one, Map) or value is None:
            raise NotSaid("arithmetic with a given array")
        return call.elementwise(one, f"{word}(x, {number(value)})", label=call.site.label)

    return read


def formula(text: str) -> Callable[[LayerCall], Map]:
    """A function of every number by itself."""
    return lambda call: call.elementwise(call.map, text, label=call.site.label)


def activation(name: str) -> Callable[[LayerCall], Map]:
    """An activation with its defaults."""
    return lambda call: activations.named(call, call.map, name, call.site.label)


def clip(call: LayerCall) -> Map:
    """`Clip`."""
    low, high = (
        _number(call.argument(at, name, call.layer.config.get(name))) for at, name in ((1, "x_min"), (2, "x_max"))
    )
    if low is None or high is None:
        raise NotSaid("a clip by maps")
    return call.elementwise(call.map, f"clamp(x, {number(low)}, {number(high)})", label=call.site.label)


def _setting(call: LayerCall, name: str, place: int, default: object = None) -> object:
    """A setting of an operation, which stands with its settings or with its arguments."""
    stated = call.layer.config.get(name)
    return call.argument(place, name, default) if stated is None else stated


def _axes(call: LayerCall, place: int = 1) -> list[int]:
    """Axes counted with the batch."""
    axis = _setting(call, "axis", place)
    found = axis if isinstance(axis, list) else [axis]
    if not found or not all(isinstance(one, int) for one in found):
        raise NotSaid("it works along the batch")
    return [one for one in found if isinstance(one, int)]


def reduction(kind: str) -> Callable[[LayerCall], Map]:
    """`Mean`, `Sum`, `Max` over some axes."""

    def read(call: LayerCall) -> Map:
        one = call.back()
        axes = sorted(one.axis(axis) for axis in _axes(call))
        keep = _setting(call, "keepdims", 2, False) is True
        return call.main(kind, one, {"axes": list(axes), **({"keep": True} if keep else {})})

    return read


def softmax(call: LayerCall) -> Map:
    """`Softmax` along one axis."""
    (axis, *more) = _axes(call) if _setting(call, "axis", 1) is not None else [-1]
    if more:
        raise NotSaid("a softmax over several axes")
    return call.main("softmax", call.map, {"axis": call.map.axis(axis)})


def reshape(call: LayerCall) -> Map:
    """`Reshape`, where the batch comes first."""
    shape = _setting(call, "newshape", 1, call.argument(1, "shape"))
    if not isinstance(shape, list) or len(shape) < 2 or shape[0] not in (-1, None):
        raise NotSaid("a reshape of the batch")
    return shapes.reshaped(call, call.map, shape[1:])


def transpose(call: LayerCall) -> Map:
    """`Transpose`, where the batch stays in front."""
    axes = _setting(call, "axes", 1, _setting(call, "perm", 1))
    read = call.map
    if (
        not isinstance(axes, list)
        or axes[:1] != [0]
        or sorted(map(str, axes)) != sorted(map(str, range(read.rank + 1)))
    ):
        raise NotSaid("a transpose of the batch")
    return shapes.ordered(call, read, [axis - 1 for axis in axes[1:]])


def concatenate(call: LayerCall) -> Map:
    """`Concatenate`."""
    axis = _setting(call, "axis", 1, -1)
    if not isinstance(axis, int) or len(call.maps) < 2:
        raise NotSaid("a concatenation of fewer than two maps")
    return merges.along(call, call.maps, axis, label=call.site.label)


def squeeze(call: LayerCall) -> Map:
    """`Squeeze` of sizes of 1."""
    read = call.back()
    gone = {read.axis(axis) for axis in _axes(call)}
    if any(read.shape[axis] != 1 for axis in gone):
        raise call.fail("it takes out an axis whose size is not 1")
    return call.shaped(read, [size for axis, size in enumerate(read.shape) if axis not in gone])


def expand(call: LayerCall) -> Map:
    """`ExpandDims`: a new axis of size 1."""
    read = call.back()
    (axis, *more) = _axes(call)
    place = axis - 1 if axis > 0 else axis + read.rank + 1
    if more or axis == 0 or not 0 <= place <= read.rank:
        raise NotSaid("a new axis in front of the batch")
    return call.shaped(read, [*read.shape[:place], 1, *read.shape[place:]])


def matmul(call: LayerCall) -> Map:
    """`Matmul` of two maps."""
    maps = [call.back(one) for one in call.maps]
    if len(maps) != 2 or any(one.rank < 2 for one in maps) or maps[0].rank != maps[1].rank:
        raise NotSaid("a product of maps that are no matrices")
    turned = {(False, False): None, (True, False): "first", (False, True): "second", (True, True): "both"}
    given = tuple(_setting(call, f"transpose_{side}", 9, False) is True for side in ("a", "b"))
    return call.main("matmul", maps, {"transpose": turned[given[0], given[1]]})


def item(call: LayerCall) -> Map:
    """`GetItem`: entries and stretches of axes."""
    key = call.argument(1, "key")
    entries = key if isinstance(key, list) else [key]
    read = call.back()
    if not _is_whole(entries[0]):
        raise NotSaid("a part of the batch")
    axis = 0
    for entry in entries[1:]:
        if isinstance(entry, int) and not isinstance(entry, bool) and axis < read.rank:
            read = call.put("select", read, {"index": entry, "axis": axis})
            continue
        read = _stretch(call, read, entry, axis)
        axis += 1
    return read


def _is_whole(entry: object) -> bool:
    return isinstance(entry, dict) and entry.get("class_name") == "__slice__" and not any(_bounds(entry))


def _bounds(entry: dict[str, object]) -> list[int | None]:
    config = entry.get("config")
    if not isinstance(config, dict):
        raise NotSaid("a part that is not described")
    found = [config.get(name) for name in ("start", "stop", "step")]
    if not all(one is None or isinstance(one, int) for one in found):
        raise NotSaid("a part that is computed")
    return [one if isinstance(one, int) else None for one in found]


def _stretch(call: LayerCall, read: Map, entry: object, axis: int) -> Map:
    if not isinstance(entry, dict) or entry.get("class_name") != "__slice__" or axis >= read.rank:
        raise NotSaid("a part that is no stretch of an axis")
    start, stop, step = _bounds(entry)
    if (start, stop, step) == (None, None, None):
        return read
    if step is not None and step < 1:
        raise NotSaid("a part that goes backwards")
    size = read.shape[axis]
    end = size if stop is None or stop > size else stop
    return call.put("slice", read, {"axis": axis, "start": start or 0, "stop": end, "step": step or 1})


OPERATIONS: dict[str, Reader] = {
    **{name: binary(name) for name in _SIGNS},
    **{name: formula(text) for name, text in _FORMULAS.items()},
    **{name: activation(own) for name, own in _ACTIVATIONS.items()},
    "Maximum": extreme("max"),
    "Minimum": extreme("min"),
    "Clip": clip,
    "Softmax": softmax,
    **{name: reduction(name.lower()) for name in ("Mean", "Sum", "Max")},
    "Amax": reduction("max"),
    "Reshape": reshape,
    "Transpose": transpose,
    "Concatenate": concatenate,
    "Squeeze": squeeze,
    "ExpandDims": expand,
    "Matmul": matmul,
    "GetItem": item,
}
