"""Convolutions: Conv, ConvTranspose, DeformConv, and ConvInteger of quantized networks."""

from __future__ import annotations

from math import prod

from archcalc.importing.onnx.arrays import uniform
from archcalc.importing.onnx.operation import Operation
from archcalc.importing.onnx.operators.table import Table
from archcalc.importing.onnx.operators.windows import Window, explicit_pads, nonempty, pairs, shortest, window
from archcalc.importing.onnx.places import malformed
from archcalc.importing.onnx.values import Constant, Map, Shape, Unsaid
from archcalc.importing.record import Plain, Tensor

OPERATORS = Table()


@OPERATORS("Conv")
def conv(operation: Operation) -> list[Map]:
    """Convolution."""
    return [convolution(operation, operation.image(), bias=2)]


@OPERATORS("ConvInteger")
def conv_integer(operation: Operation) -> list[Map]:
    """Convolution of integers, of which the number that stands for 0 is taken away first."""
    return [convolution(operation, shifted(operation, operation.image(), 2), bias=None)]


def shifted(operation: Operation, image: Map, index: int) -> Map:
    """A quantized map less the number that stands for 0 in it."""
    zero = operation.number(index, "the zero point of its input") if operation.has(index) else 0
    return image if zero == 0 else operation.layer("elementwise", image, fields={"value": f"x - {zero}"})


def convolution(operation: Operation, image: Map, bias: int | None, filters: int = 1) -> Map:
    """Convolution of a map with the filters that the node reads at `filters`."""
    weight, shape, groups = _filters(operation, image, filters)
    found = window(operation, image.shape[2:], operation.attributes.integers("kernel_shape", list(shape[2:])))
    if found.kernel != list(shape[2:]):
        raise malformed(f"its kernel {found.kernel} is not that of its filters {list(shape)}", operation.place)
    if shape[1] * groups != image.shape[1] or shape[0] % groups:
        raise malformed(
            f"{groups} groups of filters {list(shape)} do not fit {image.shape[1]} channels", operation.place
        )
    out = nonempty(operation, (image.shape[0], shape[0], *found.slid(image.shape[2:])))
    products = prod(out[1:]) * prod(shape[1:])
    if weight is None:
        raise Unsaid("its filters are computed by the network", (out,), products)
    tensors = {"weight": weight, **bias_tensor(operation, bias)}
    fields: dict[str, Plain] = {"out": shape[0], **found.fields()}
    return operation.layer("conv", image, out, {**fields, **_rest(groups, tensors)}, tensors, products)


def _filters(operation: Operation, image: Map, index: int) -> tuple[Tensor | None, Shape, int]:
    filters = operation.read(index)
    groups = operation.attributes.integer("group", 1)
    if len(filters.shape) != len(image.shape) or groups < 1:
        raise malformed(f"its filters {list(filters.shape)} do not fit the map {list(image.shape)}", operation.place)
    tensor = operation.owned(filters, index) if isinstance(filters, Constant) else None
    return tensor, filters.shape, groups


def _rest(groups: int, tensors: dict[str, Tensor]) -> dict[str, Plain]:
    return {**({"groups": groups} if groups != 1 else {}), **({} if "bias" in tensors else {"bias": False})}


def bias_tensor(operation: Operation, index: int | None) -> dict[str, Tensor]:
    """The bias of a layer: none where it is left out, and where it is a computed 0."""
    if index is None or not operation.has(index):
        return {}
    constant = operation.constant(index, "its bias")
    if constant.tensor is None and uniform(constant.array) == 0:
        return {}
    return {"bias": operation.owned(constant, index, (prod(constant.shape),))}


@OPERATORS("ConvTranspose")
def conv_transpose(operation: Operation) -> list[Map]:
    """Transposed convolution: what is cut off is the padding, and what it is said to have besides stands behind it."""
    image = operation.image()
    weight, shape, groups = _filters(operation, image, 1)
    rank = len(image.shape) - 2
    found = _painted(operation, image.shape[2:], operation.attributes.integers("kernel_shape", list(shape[2:])))
    extra = operation.attributes.integers("output_padding", [0] * rank)
    if found.kernel != list(shape[2:]) or shape[0] != image.shape[1] or len(extra) != rank:
        raise malformed(f"its filters {list(shape)} do not fit the map {list(image.shape)}", operation.place)
    sizes, found, extra = _cuts(operation, found, image.shape[2:], extra)
    channels = shape[1] * groups
    out = nonempty(operation, (image.shape[0], channels, *sizes))
    products = prod(image.shape[1:]) * prod(shape[1:])
    if weight is None:
        raise Unsaid("its filters are computed by the network", (out,), products)
    tensors = {"weight": weight, **bias_tensor(operation, 2)}
    fields = found.fields()
    if any(extra):
        fields["output_padding"] = shortest(extra)
    settings: dict[str, Plain] = {"out": channels, **fields, **_rest(groups, tensors)}
    return [operation.layer("conv_transpose", image, out, settings, tensors, products)]


def _painted(operation: Operation, sizes: Shape, kernel: list[int]) -> Window:
    found = window(operation, [1] * len(sizes), kernel)
    explicit = found.mode in ("NOTSET", "")
    return found._replace(pads=explicit_pads(operation, len(sizes)) if explicit else [(0, 0)] * len(sizes))


def _cuts(operation: Operation, found: Window, sizes: Shape, extra: list[int]) -> tuple[list[int], Window, list[int]]:
    """The sizes that come out, the window with what is cut in front and behind, and what is added behind."""
    wanted = operation.attributes.integers("output_shape", [])[-len(sizes) :]
    full = [
        stride * (size - 1) + found.extent(axis) + extra[axis]
        for axis, (size, stride) in enumerate(zip(sizes, found.strides, strict=True))
    ]
    if not wanted and found.mode not in ("SAME_UPPER", "SAME_LOWER"):
        cut = [size - before - after for size, (before, after) in zip(full, found.pads, strict=True)]
        return cut, *_settled(found, extra)
    is_same = not wanted and found.mode == "SAME_UPPER"
    wanted = wanted or [size * stride for size, stride in zip(sizes, found.strides, strict=True)]
    if len(wanted) != len(sizes):
        raise malformed(f"its `output_shape` {wanted} must be {len(sizes)} numbers", operation.place)
    totals = [size - goal for size, goal in zip(full, wanted, strict=True)]
    if is_same and min(totals) >= 0 and not any(extra):
        return wanted, found, extra
    halves = [(total // 2, total - total // 2) for total in totals]
    pads = halves if found.mode == "SAME_UPPER" else [(after, before) for before, after in halves]
    return wanted, *_settled(found._replace(mode="", pads=pads), extra)


def _settled(found: Window, extra: list[int]) -> tuple[Window, list[int]]:
    """Cuts and additions as a spec has them: no cut is negative, and what is added is less than the stride."""
    cuts, added = [], []
    for (before, after), more, stride in zip(found.pads, extra, found.strides, strict=True):
        less = min(after, more)
        cut, rest = (after - less, more - less) if after > 0 else (0, more - after)
        if before < 0 or (rest >= stride and rest > 0):
            raise Unsaid(f"it adds {rest} behind its map and cuts {before} in front of it, which archcalc does not")
        cuts.append((before, cut))
        added.append(rest)
    return found._replace(pads=cuts), added


@OPERATORS("DeformConv")
def deform_conv(operation: Operation) -> list[Map]:
    """Deformable convolution."""
    image, offset = operation.image(), operation.image(2)
    weight, shape, groups = _filters(operation, image, 1)
    if weight is None:
        raise Unsaid("its filters are computed by the network")
    found = window(operation, image.shape[2:], operation.attributes.integers("kernel_shape", list(shape[2:])))
    if len(found.kernel) != 2:
        raise Unsaid(f"it deforms windows of {len(found.kernel)} axes, and archcalc those of 2")
    tensors = {"weight": weight, **bias_tensor(operation, 3)}
    fields: dict[str, Plain] = {"out": shape[0], **found.fields(), **_rest(groups, tensors)}
    if found.mode == "SAME_LOWER":
        fields["padding"] = pairs(found.pads)
    out = nonempty(operation, (image.shape[0], shape[0], *found.slid(image.shape[2:])))
    result = operation.layer("deform_conv", image, out, fields, tensors, prod(out[1:]) * prod(shape[1:]))
    assert result.value.maker is not None
    result.value.maker.maps["offset"] = offset.value
    if operation.has(4):
        result.value.maker.maps["mask"] = operation.image(4).value
    return [result]
