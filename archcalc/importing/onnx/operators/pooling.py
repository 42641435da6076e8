"""Pools: of windows, of whole maps, of regions, and the way back."""

from __future__ import annotations

from archcalc.importing.onnx.operation import Operation, short
from archcalc.importing.onnx.operators.table import Table
from archcalc.importing.onnx.operators.windows import Window, nonempty, window
from archcalc.importing.onnx.places import malformed
from archcalc.importing.onnx.values import Map, Shape, Unsaid
from archcalc.importing.record import Plain

OPERATORS = Table()


@OPERATORS("MaxPool", "AveragePool", "LpPool")
def pool(operation: Operation) -> list[Map]:
    """Pools of windows. The places of the maxima are a map that only MaxUnpool reads."""
    image = operation.image()
    attributes = operation.attributes
    found = window(operation, image.shape[2:], attributes.integers("kernel_shape"))
    is_ceil = attributes.integer("ceil_mode", 0) != 0
    out = nonempty(operation, (*image.shape[:2], *found.slid(image.shape[2:], is_ceil)))
    kind = {"MaxPool": "max_pool", "AveragePool": "avg_pool", "LpPool": "lp_pool"}[operation.kind]
    fields = {**_own(operation, kind), **found.fields(), **_rounding(found, image.shape[2:], is_ceil)}
    if kind == "avg_pool" and found.fields().get("padding", 0) == 0:
        fields.pop("count_include_pad", None)
    result = operation.layer(kind, _absolute(operation, image, fields), out, fields)
    if not operation.gives(1):
        return [result]
    return [result, Map(result.value, out, result.batch, pool=result.value.maker)]


def _absolute(operation: Operation, image: Map, fields: dict[str, Plain]) -> Map:
    """What a pool reads: for an odd power the numbers without their signs, which ONNX leaves out of a norm."""
    norm = fields.get("norm", 2)
    is_even = isinstance(norm, int) and norm % 2 == 0
    return image if is_even else operation.layer("elementwise", image, fields={"value": "abs(x)"})


def _own(operation: Operation, kind: str) -> dict[str, Plain]:
    if kind == "lp_pool":
        attributes = operation.attributes
        return {"norm": attributes.integer("p", 2) if operation.version > 1 else short(attributes.real("p", 2.0))}
    if kind == "avg_pool" and not operation.attributes.integer("count_include_pad", 0):
        return {"count_include_pad": False}
    return {}


def _rounding(found: Window, sizes: Shape, is_ceil: bool) -> dict[str, Plain]:
    """How sizes are rounded, where it makes a difference at any size."""
    return {"rounding": "ceil"} if is_ceil and any(stride > 1 for stride in found.strides) else {}


@OPERATORS("GlobalAveragePool", "GlobalMaxPool")
def global_pool(operation: Operation) -> list[Map]:
    """Pools of whole maps."""
    image = operation.image()
    kind = {"GlobalAveragePool": "global_avg_pool", "GlobalMaxPool": "global_max_pool"}[operation.kind]
    return [operation.layer(kind, image, (*image.shape[:2], *(1 for _ in image.shape[2:])))]


@OPERATORS("GlobalLpPool")
def global_lp_pool(operation: Operation) -> list[Map]:
    """The norm of whole maps: a pool with a window as large as the map."""
    image = operation.image()
    norm = (
        short(operation.attributes.real("p", 2.0)) if operation.version == 1 else operation.attributes.integer("p", 2)
    )
    fields: dict[str, Plain] = {"norm": norm, "kernel": list(image.shape[2:])}
    image = _absolute(operation, image, fields)
    return [operation.layer("lp_pool", image, (*image.shape[:2], *(1 for _ in image.shape[2:])), fields)]


@OPERATORS("MaxUnpool")
def max_unpool(operation: Operation) -> list[Map]:
    """The way back of a max pool, which it names where the places come from one; else to a size."""
    image, places = operation.image(), operation.read(1)
    found = window(operation, image.shape[2:], operation.attributes.integers("kernel_shape"))
    sizes = tuple(
        (size - 1) * found.strides[axis] + found.kernel[axis] - sum(found.pads[axis])
        for axis, size in enumerate(image.shape[2:])
    )
    if operation.has(2):
        sizes = tuple(operation.numbers(2, "the shape of what comes out"))[2:]
    if len(sizes) != len(image.shape) - 2:
        raise malformed("the shape of what comes out has another number of axes than what it reads", operation.place)
    out = nonempty(operation, (*image.shape[:2], *sizes))
    maker = places.pool if isinstance(places, Map) else None
    if maker is None or maker.inputs[0].shape[1:] != sizes:
        raise Unsaid("the places that it puts values back to are not those of a max pool of such a map", (out,))
    result = operation.layer("unpool", image, out)
    assert result.value.maker is not None
    result.value.maker.maps["pool"] = maker.output
    return [result]


@OPERATORS("RoiAlign", "MaxRoiPool")
def regions(operation: Operation) -> list[Map]:
    """Pools of regions: as many maps as there are boxes, which a record has no word for."""
    image, boxes = operation.image(), operation.read(1)
    attributes = operation.attributes
    if operation.kind == "MaxRoiPool":
        size = attributes.integers("pooled_shape")
    else:
        size = [attributes.integer("output_height", 1), attributes.integer("output_width", 1)]
    raise Unsaid("it pools regions of interest, several for an image", ((boxes.shape[0], image.shape[1], *size),))
