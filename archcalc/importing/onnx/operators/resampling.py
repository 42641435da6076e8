"""Other sizes: Resize and Upsample, pixels to channels and back, columns of windows."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor, prod

from archcalc.importing.onnx.operation import Operation, short
from archcalc.importing.onnx.operators.moving import behind
from archcalc.importing.onnx.operators.table import Table
from archcalc.importing.onnx.operators.windows import Window, explicit_pads, nonempty, shortest
from archcalc.importing.onnx.places import malformed
from archcalc.importing.onnx.values import Batch, Map, Shape, Unsaid
from archcalc.importing.record import Plain

OPERATORS = Table()
_COORDINATES = ("half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel")
_LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


@OPERATORS("Resize", "Upsample")
def resize(operation: Operation) -> list[Map]:
    """Interpolation by factors, or to sizes."""
    source = operation.map(0)
    axes = _axes(operation, source)
    factors, sizes = _wanted(operation, source, axes)
    out = nonempty(operation, tuple(sizes))
    moved = [axis for axis in range(len(out)) if out[axis] != source.shape[axis]]
    fields = _how(operation, out, source)
    if not moved:
        return [source]
    _note(operation, factors, out, source.shape)
    if source.batch == Batch(0) and all(axis > 1 for axis in moved):
        positions = range(2, len(out))
        fields.update(_goal(factors, out, source.shape, positions))
        return [operation.layer("upsample", source, out, _with_mode(operation, fields, len(positions)))]
    return [_turned(operation, source, out, moved, fields)]


def _note(operation: Operation, factors: dict[int, float], out: Shape, shape: Shape) -> None:
    """Say where numbers in between come out a little otherwise than archcalc and PyTorch compute them."""
    notes = operation.bench.builder.notes
    if any(Fraction(out[axis], shape[axis]) != Fraction(factor) for axis, factor in factors.items()):
        notes.append(
            f"{operation.place}: it places values by its factors, archcalc by the sizes: they differ a little."
        )
    if operation.attributes.integer("antialias", 0) and not operation.attributes.integer("exclude_outside", 0):
        notes.append(f"{operation.place}: it looks beyond the border, archcalc does not: values there differ a little.")


def _turned(operation: Operation, source: Map, out: Shape, moved: list[int], fields: dict[str, Plain]) -> Map:
    """The axes that change size behind the others, resized, and back."""

    def resized(turned: Map, axes: Sequence[int]) -> Map:
        sizes = tuple(turned.shape[: len(turned.shape) - len(axes)]) + tuple(out[axis] for axis in axes)
        goal: dict[str, Plain] = {"size": shortest([out[axis] for axis in axes])}
        return operation.layer("upsample", turned, sizes, _with_mode(operation, {**goal, **fields}, len(axes)))

    return behind(operation, source, moved, resized)


def _axes(operation: Operation, source: Map) -> list[int]:
    rank = len(source.shape)
    axes = operation.attributes.integers("axes", list(range(rank)))
    found = [operation.axis(axis, rank) for axis in axes]
    if len(set(found)) != len(found):
        raise malformed(f"its axes {axes} name one twice", operation.place)
    return found


def _wanted(operation: Operation, source: Map, axes: list[int]) -> tuple[dict[int, float], list[int]]:
    """The factors by axis, if it has factors, and the sizes that come out."""
    sizes = list(source.shape)
    goal = _numbers(operation, 3, "sizes") if operation.has(3) else []
    if goal:
        if len(goal) != len(axes):
            raise malformed(f"its sizes are {len(goal)} numbers for {len(axes)} axes", operation.place)
        for axis, size in _of_aspect(operation, source, dict(zip(axes, goal, strict=True))).items():
            sizes[axis] = size
        return {}, sizes
    scales = _scales(operation)
    if len(scales) != len(axes) or not all(0 < scale < 1e9 for scale in scales):
        raise malformed(f"its scales {scales[:8]} must be {len(axes)} numbers above 0", operation.place)
    factors = dict(zip(axes, scales, strict=True))
    spans = _crop(operation, axes)
    for axis, scale in factors.items():
        sizes[axis] = floor(Fraction(sizes[axis]) * Fraction(scale) * Fraction(spans.get(axis, 1)))
    return factors, sizes


def _numbers(operation: Operation, index: int, what: str) -> list[float]:
    return operation.reals(index, f"its {what}")


def _scales(operation: Operation) -> list[float]:
    if operation.attributes.reals("scales", []):
        return operation.attributes.reals("scales")
    if operation.kind == "Upsample" and operation.version == 1:
        return [1, 1, operation.attributes.real("height_scale"), operation.attributes.real("width_scale")]
    index = 1 if operation.kind == "Upsample" or len(operation.inputs) == 2 else 2
    return _numbers(operation, index, "scales")


def _crop(operation: Operation, axes: list[int]) -> dict[int, float]:
    """Which part of every axis is cut out before, if one is."""
    if operation.attributes.text("coordinate_transformation_mode", "half_pixel") != "tf_crop_and_resize":
        return {}
    region = _numbers(operation, 1, "region") if operation.has(1) else []
    if len(region) != 2 * len(axes):
        raise malformed("its region is not a start and an end for every axis", operation.place)
    return {axis: region[len(axes) + place] - region[place] for place, axis in enumerate(axes)}


def _of_aspect(operation: Operation, source: Map, goal: dict[int, float]) -> dict[int, int]:
    policy = operation.attributes.text("keep_aspect_ratio_policy", "stretch")
    if policy == "stretch":
        return {axis: int(size) for axis, size in goal.items()}
    ratios = [Fraction(int(size), source.shape[axis]) for axis, size in goal.items()]
    ratio = min(ratios) if policy == "not_larger" else max(ratios)
    return {axis: floor(source.shape[axis] * ratio + Fraction(1, 2)) for axis in goal}


def _how(operation: Operation, out: Shape, source: Map) -> dict[str, Plain]:
    """How the values in between are found.

    Raises: Unsaid for what archcalc does not have: regions, and borders that are left out.
    """
    attributes = operation.attributes
    mode = attributes.text("mode", "nearest")
    if mode not in ("nearest", "linear", "bilinear", "cubic"):
        raise malformed("its mode is none of nearest, linear and cubic", operation.place)
    old = operation.kind == "Upsample" or operation.version < 11
    coordinates = "asymmetric" if old else attributes.text("coordinate_transformation_mode", "half_pixel")
    fields: dict[str, Plain] = {"mode": {"bilinear": "linear"}.get(mode, mode)}
    if coordinates == "tf_half_pixel_for_nn":
        coordinates = "half_pixel"
    if coordinates == "half_pixel_symmetric" and not attributes.reals("scales", []) and operation.has(3):
        coordinates = "half_pixel"
    if coordinates not in _COORDINATES:
        raise Unsaid(f"its coordinates are {coordinates}", (out,))
    if attributes.integer("exclude_outside", 0) and mode == "cubic" and not attributes.integer("antialias", 0):
        raise Unsaid("it leaves out what lies outside of the map", (out,))
    fields["coordinates"] = coordinates
    if mode == "nearest":
        fields["nearest_mode"] = attributes.text("nearest_mode", "floor" if old else "round_prefer_floor")
    if attributes.integer("antialias", 0) and mode != "nearest":
        fields["antialias"] = True
    elif mode == "cubic":
        fields["cubic_coeff_a"] = short(attributes.real("cubic_coeff_a", -0.75))
    return fields


def _with_mode(operation: Operation, fields: dict[str, Plain], rank: int) -> dict[str, Plain]:
    """The mode by its name for so many axes."""
    mode = fields["mode"]
    if mode == "linear":
        if rank not in _LINEAR:
            raise Unsaid(f"it interpolates over {rank} axes")
        return {**fields, "mode": _LINEAR[rank]}
    if mode == "cubic":
        if rank != 2:
            raise Unsaid(f"it interpolates with cubic curves over {rank} axes, and archcalc over 2")
        return {**fields, "mode": "bicubic"}
    return fields


def _goal(factors: dict[int, float], out: Shape, shape: Shape, positions: range) -> dict[str, Plain]:
    """Whole factors as factors, and otherwise the size."""
    if factors and all(factors.get(axis, 1) == int(factors.get(axis, 1)) for axis in positions):
        return {"factor": shortest([int(factors.get(axis, 1)) for axis in positions])}
    found = [Fraction(out[axis], shape[axis]) for axis in positions]
    halves = all(Fraction(factors.get(axis, 1)) == ratio for axis, ratio in zip(positions, found, strict=True))
    if factors and halves:
        return {"factor": shortest([short(float(ratio)) for ratio in found])}
    return {"size": shortest([out[axis] for axis in positions])}


@OPERATORS("DepthToSpace", "SpaceToDepth")
def pixels(operation: Operation) -> list[Map]:
    """Channels to blocks of pixels, and back."""
    image, block = operation.image(least=4), operation.attributes.integer("blocksize")
    to_space = operation.kind == "DepthToSpace"
    area = block ** (len(image.shape) - 2)
    old = image.shape[1:2] if to_space else image.shape[2:]
    if block < 1 or any(size % (area if to_space else block) for size in old):
        raise malformed(f"blocks of {block} do not fit the map {list(image.shape)}", operation.place)
    if to_space:
        out = (image.shape[0], image.shape[1] // area, *(size * block for size in image.shape[2:]))
    else:
        out = (image.shape[0], image.shape[1] * area, *(size // block for size in image.shape[2:]))
    fields: dict[str, Plain] = {"factor": block}
    if operation.attributes.text("mode", "DCR") == "DCR":
        fields["order"] = "dcr"
    return [operation.layer("pixel_shuffle" if to_space else "pixel_unshuffle", image, out, fields)]


@OPERATORS("Col2Im")
def fold(operation: Operation) -> list[Map]:
    """Columns of windows put back on a map."""
    columns = operation.image()
    size, kernel = operation.numbers(1, "the size of its map"), operation.numbers(2, "its kernel")
    rank = len(size)
    attributes = operation.attributes
    strides, dilations = attributes.integers("strides", [1] * rank), attributes.integers("dilations", [1] * rank)
    pads = explicit_pads(operation, rank)
    found = Window(kernel, strides, dilations, pads, "NOTSET")
    if any(len(one) != rank for one in (kernel, strides, dilations)) or min([*size, *kernel, *strides, *dilations]) < 1:
        raise malformed("its sizes, kernel, strides and dilations are not as many numbers from 1 on", operation.place)
    if columns.shape[1] % prod(kernel) or prod(found.slid(size)) != columns.shape[2]:
        raise malformed(f"columns {list(columns.shape)} are not those of a map {size}", operation.place)
    out = (columns.shape[0], columns.shape[1] // prod(kernel), *size)
    if rank != 2 or any(before != after for before, after in pads):
        raise Unsaid(f"it puts columns back on {rank} axes or with uneven padding", (out,))
    return [operation.layer("fold", columns, out, {"size": shortest(size), **found.fields()})]
