"""What every kind of layer makes of sizes, written anew from the definitions, for many sizes at once.

Nothing of archcalc's own arithmetic is used. A rule asks for what must hold, records the sizes of the weights that it
needs, and returns the grids that it writes. A kind without a rule is an error, never passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import reduce
from itertools import pairwise

import numpy as np

from sizes.place import (
    ONE,
    Grid,
    Place,
    are_tokens,
    has_positions,
    is_map,
    is_tokens,
    is_vector_or_map,
    need,
    per_axis,
    product,
)
from sizes.texts import Array, largest, least

Rule = Callable[[Place, Grid], Grid | list[Grid]]


# Windows


def border_fits(place: Place, mode: str, size: Array, before: Array, after: Array) -> None:
    """A mirror shows every position but that at the border itself; one turn round shows each that is left once."""
    if mode == "reflect":
        place.must((before < size) & (after < size))
    elif mode == "circular":
        place.must((before <= size + least(after, 0)) & (after <= size + least(before, 0)))


def slid(
    place: Place, size: Array, extent: Array, stride: int, before: Array, after: Array, rounding: str = ""
) -> Array:
    """How often a window of this extent stands on an axis, one stride further each time."""
    rounding = rounding or place.rounding
    spare = size + before + after - extent
    inside = spare // stride + 1
    if place.rounding == "caffe":
        # Caffe rounds up; only where there is padding does it look where the last window starts.
        places = -(-spare // stride) + 1
        place.must(places >= 1)
        return places
    if rounding != "ceil":
        place.must(spare >= 0)
        if rounding == "exact":
            place.must(spare % stride == 0)
        return inside
    # One more window may reach past the end, unless it would start behind the input.
    started = -(-(size + before) // stride)
    places = largest(inside, least(-(-spare // stride) + 1, started))
    place.must(places >= 1)
    return places


def windows(place: Place, grid: Grid) -> list[Array]:
    layer, rank = place.layer, len(grid.spatial)
    kernels = place.each("kernel", rank, 1)
    own = getattr(layer, "stride", None)
    strides = [int(stride) for stride in (kernels if own is None else per_axis(own, rank))]
    spreads = place.each("dilation", rank, 1) if hasattr(layer, "dilation") else [ONE] * rank
    found = []
    for size, kernel, stride, spread, (before, after) in zip(
        grid.spatial, kernels, strides, spreads, place.pads(rank), strict=True
    ):
        extent = spread * (kernel - 1) + 1
        mode = getattr(layer, "padding_mode", "zeros")
        if layer.padding != "same":
            border_fits(place, mode, size, before, after)
            found.append(slid(place, size, extent, stride, before, after))
            continue
        places = -(-size // stride)
        missing = largest((places - 1) * stride + extent - size, 0)
        border_fits(place, mode, size, missing // 2, missing - missing // 2)
        found.append(places)
    return found


def conv(place: Place, grid: Grid) -> Grid:
    is_map(grid)
    layer, out = place.layer, place.field("out", 1)
    place.must((grid.channels % layer.groups == 0) & (out % layer.groups == 0))
    seen = grid.channels // layer.groups
    if layer.connections is not None:
        need(layer.groups == 1 and len(layer.connections) == out, "a list of connections for every map")
        place.must(grid.channels > max(max(row) for row in layer.connections))
        need(all(len(set(row)) == len(row) for row in layer.connections), "every connection once")
        seen = ONE
    kernels = place.each("kernel", len(grid.spatial), 1)
    if layer.standardize:
        place.must(seen * product(kernels) >= 2)
    if layer.weight_norm is not None:
        need(layer.weight_norm < 2 + len(kernels), "weights with that axis")
    place.weigh(out, seen, *kernels)
    return grid.of(out, windows(place, grid))


def depthwise(place: Place, grid: Grid) -> Grid:
    is_map(grid)
    maps = grid.channels * place.field("multiplier", 1)
    place.weigh(maps, *place.each("kernel", len(grid.spatial), 1))
    return grid.of(maps, windows(place, grid))


def conv_transpose(place: Place, grid: Grid) -> Grid:
    is_map(grid)
    layer, rank, out = place.layer, len(grid.spatial), place.field("out", 1)
    place.must((grid.channels % layer.groups == 0) & (out % layer.groups == 0))
    kernels = place.each("kernel", rank, 1)
    place.weigh(grid.channels, out // layer.groups, *kernels)
    axes = zip(
        grid.spatial, kernels, per_axis(layer.stride, rank), place.each("dilation", rank, 1), place.pads(rank),
        place.each("output_padding", rank, 0), strict=True,
    )  # fmt: skip
    found = []
    for size, kernel, stride, spread, (before, after), extra in axes:
        place.must(extra < largest(stride, spread))
        painted = (size - 1) * stride + spread * (kernel - 1) + 1 - before - after + extra
        found.append(size * stride if layer.padding == "same" else painted)
        place.must(found[-1] >= 1)
    return grid.of(out, found)


def pool(place: Place, grid: Grid) -> Grid:
    is_map(grid)
    return grid.of(grid.channels, windows(place, grid))


def adaptive_pool(place: Place, grid: Grid) -> Grid:
    is_map(grid)
    return grid.of(grid.channels, place.each("size", len(grid.spatial), 1))


def global_pool(place: Place, grid: Grid) -> Grid:
    has_positions(grid)
    return grid.of(grid.channels, [ONE] * len(grid.spatial))


def unpool(place: Place, grid: Grid) -> Grid:
    is_map(grid)
    layer, rank = place.layer, len(grid.spatial)
    if layer.pool is not None:
        (pooled,) = place.named
        need(pooled.kind == "max_pool" and pooled.read is not None, "the places that a max pool found")
        assert pooled.read is not None
        need(len(pooled.wrote.sizes) == len(grid.sizes), "a map of as many axes")
        for size, wrote in zip(grid.sizes, pooled.wrote.sizes, strict=True):
            place.must(size == wrote)
        return grid.of(grid.channels, pooled.read.spatial)
    if layer.size is not None:
        sizes = place.each("size", rank, 1)
        for size, larger in zip(grid.spatial, sizes, strict=True):
            place.must(size <= larger)
        return grid.of(grid.channels, sizes)
    kernels = place.each("kernel", rank, 1)
    strides = kernels if layer.stride is None else per_axis(layer.stride, rank)
    found = []
    for size, kernel, stride, padding in zip(
        grid.spatial, kernels, strides, place.each("padding", rank, 0), strict=True
    ):
        found.append((size - 1) * stride + kernel - 2 * padding)
        place.must(found[-1] >= 1)
    return grid.of(grid.channels, found)


def deform_conv(place: Place, grid: Grid) -> Grid:
    is_map(grid)
    layer, out = place.layer, place.field("out", 1)
    need(len(grid.spatial) == 2, "rows and columns")
    place.must((grid.channels % layer.groups == 0) & (out % layer.groups == 0))
    kernels = place.each("kernel", 2, 1)
    made = grid.of(out, windows(place, grid))
    offsets, *masks = [one.wrote for one in place.named]
    for read, each in [(offsets, 2), *((mask, 1) for mask in masks)]:
        is_map(read)
        need(len(read.spatial) == 2, "offsets for rows and columns")
        for size, wanted in zip(read.spatial, made.spatial, strict=True):
            place.must(size == wanted)
        values = each * product(kernels)
        place.must(read.channels % values == 0)
        place.must(grid.channels % largest(read.channels // values, 1) == 0)
    for mask in masks:
        place.must(offsets.channels == 2 * mask.channels)
    place.weigh(out, grid.channels // layer.groups, *kernels)
    return made


def roi_pool(place: Place, grid: Grid) -> Grid:
    is_map(grid)
    (boxes,) = (one.wrote for one in place.named)
    need(len(grid.spatial) == 2 and len(boxes.sizes) == 1, "boxes of four numbers on a map")
    place.must((boxes.sizes[0] == 4) & (grid.items == 1))
    return grid.of(grid.channels, place.each("size", 2, 1))._replace(items=boxes.items)


# Grids


def target(place: Place, grid: Grid) -> Sequence[Array]:
    """Sizes that are given, or those of a map that is named."""
    if place.layer.to is None:
        return place.each("size", len(grid.spatial), 1)
    (named,) = place.named
    need(len(named.wrote.spatial) == len(grid.spatial), "a map of as many axes")
    return named.wrote.spatial


def upsample(place: Place, grid: Grid) -> Grid:
    is_map(grid)
    layer, rank = place.layer, len(grid.spatial)
    need({"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}.get(layer.mode, rank) == rank, "axes of the mode")
    if layer.factor is None:
        return grid.of(grid.channels, target(place, grid))
    found = []
    for size, factor in zip(grid.spatial, per_axis(layer.factor, rank), strict=True):
        exact = Fraction(factor)
        over, under = size * exact.numerator, exact.denominator
        if place.rounding == "exact":
            place.must(over % under == 0)
        found.append(-(-over // under) if place.rounding == "ceil" else over // under)
        place.must(found[-1] >= 1)
    return grid.of(grid.channels, found)


def crop(place: Place, grid: Grid) -> Grid:
    is_map(grid)
    rank, sizes = len(grid.spatial), target(place, grid)
    centred = place.layer.offset is None
    starts = [np.int64(0)] * rank if centred else place.each("offset", rank, 0)
    for size, kept, start in zip(grid.spatial, sizes, starts, strict=True):
        place.must(start + kept <= size)
        if centred and place.rounding == "exact":
            place.must((size - kept) % 2 == 0)
    return grid.of(grid.channels, sizes)


def pad(place: Place, grid: Grid) -> Grid:
    has_positions(grid)
    need(not grid.last or place.layer.mode == "zeros", "zeros where the channels are last")
    found = []
    for size, (before, after) in zip(grid.spatial, place.pads(len(grid.spatial), None), strict=True):
        place.must(size + least(before, 0) + least(after, 0) >= 1)
        border_fits(place, place.layer.mode, size, before, after)
        found.append(size + before + after)
        place.must(found[-1] >= 1)
    return grid.of(grid.channels, found)


def require(place: Place, grid: Grid) -> Grid:
    has_positions(grid)
    rank = len(grid.spatial)
    for size, factor, bound in zip(
        grid.spatial, place.each("multiple_of", rank, 1), place.each("at_least", rank, 1), strict=True
    ):
        place.must(size % factor == 0)
        place.must(size >= bound)
    return grid


def pad_channels(place: Place, grid: Grid) -> Grid:
    out = place.field("out", 1)
    place.must(grid.channels <= out)
    return grid.of(out, grid.spatial)


def pixel_shuffle(place: Place, grid: Grid) -> Grid:
    is_map(grid)
    side = place.layer.factor
    block = side ** len(grid.spatial)
    place.must(grid.channels % block == 0)
    return grid.of(grid.channels // block, [size * side for size in grid.spatial])


def pixel_unshuffle(place: Place, grid: Grid) -> Grid:
    is_map(grid)
    side = place.layer.factor
    for size in grid.spatial:
        place.must(size % side == 0)
    return grid.of(grid.channels * side ** len(grid.spatial), [size // side for size in grid.spatial])


# Shapes


def flatten(place: Place, grid: Grid) -> Grid:
    if place.layer.axes is None:
        return Grid((grid.elements,), items=grid.items)
    axes = [real_axis(grid, int(axis)) for axis in place.layer.axes]
    need(all(later == axis + 1 for axis, later in pairwise(axes)), "neighbours")
    sizes = (*grid.sizes[: axes[0]], product([grid.sizes[axis] for axis in axes]), *grid.sizes[axes[-1] + 1 :])
    return Grid(sizes, grid.last and len(sizes) > 1, grid.items)


def reshape(place: Place, grid: Grid) -> Grid:
    given = list(place.layer.shape)
    open_at = [at for at, size in enumerate(given) if isinstance(size, int) and size == -1]
    sizes = [ONE if at in open_at else place.number(size, 1) for at, size in enumerate(given)]
    for at in open_at:
        # Where another size is below 1, the condition on it has failed already.
        known = largest(product(sizes), 1)
        place.must(grid.elements % known == 0)
        sizes[at] = grid.elements // known
    place.must(product(sizes) == grid.elements)
    return Grid(tuple(sizes), place.layer.layout == "channels_last", grid.items)


def axis_of(place: Place, grid: Grid, name: str = "axis") -> int:
    axis = getattr(place.layer, name)
    return grid.axis if axis is None else real_axis(grid, int(axis))


def real_axis(grid: Grid, axis: int) -> int:
    rank = len(grid.sizes)
    need(-rank <= axis < rank, "an axis that exists")
    return axis % rank


def permute(place: Place, grid: Grid) -> Grid:
    order = [real_axis(grid, int(axis)) for axis in place.layer.axes]
    need(sorted(order) == list(range(len(grid.sizes))), "every axis once")
    return Grid(tuple(grid.sizes[axis] for axis in order), place.layer.layout == "channels_last", grid.items)


def channels_last(place: Place, grid: Grid) -> Grid:
    need(not grid.last, "channels that are first")
    return grid._replace(sizes=(*grid.spatial, grid.channels), last=True)


def channels_first(place: Place, grid: Grid) -> Grid:
    need(grid.last, "channels that are last")
    return grid._replace(sizes=(grid.channels, *grid.spatial), last=False)


def tokens(place: Place, grid: Grid) -> Grid:
    is_map(grid)
    return grid._replace(sizes=(product(grid.spatial), grid.channels), last=True)


def select(place: Place, grid: Grid) -> Grid:
    axis, index = axis_of(place, grid), place.field("index")
    need(len(grid.sizes) > 1, "more than one axis")
    place.must((index < grid.sizes[axis]) & (index >= -grid.sizes[axis]))
    rest = (*grid.sizes[:axis], *grid.sizes[axis + 1 :])
    return Grid(rest, grid.last and len(rest) > 1, grid.items)


def slice_(place: Place, grid: Grid) -> Grid:
    axis, layer = axis_of(place, grid), place.layer
    size = grid.sizes[axis]
    ends = []
    for end in (layer.start, layer.stop):
        counted = size if end is None else place.number(end)
        ends.append(size + counted if isinstance(end, int) and end < 0 else counted)
    start, stop = ends
    place.must((start >= 0) & (stop <= size) & (stop > start))
    entries = -((start - stop) // layer.step)
    return grid._replace(sizes=(*grid.sizes[:axis], entries, *grid.sizes[axis + 1 :]))


def index_select(place: Place, grid: Grid) -> Grid:
    (index,) = (one.wrote for one in place.named)
    axis = axis_of(place, grid)
    need(index.integers, "integers")
    place.must(index.items == grid.items)
    if index.below is not None:
        place.must(grid.sizes[axis] >= index.below)
    sizes = (*grid.sizes[:axis], *index.sizes, *grid.sizes[axis + 1 :])
    return grid._replace(sizes=sizes, last=grid.last and len(sizes) > 1)


def columns(place: Place, sizes: Sequence[Array], rounding: str) -> Array:
    """How often a window stands on two axes, all in all."""
    layer, found = place.layer, ONE
    axes = zip(
        sizes, per_axis(layer.kernel, 2), per_axis(layer.stride, 2), per_axis(layer.dilation, 2),
        place.each("padding", 2, 0), strict=True,
    )  # fmt: skip
    for size, kernel, stride, distance, side in axes:
        extent = distance * (kernel - 1) + 1
        found = found * slid(place, size, np.int64(extent), stride, side, side, rounding)
    return found


def unfold(place: Place, grid: Grid) -> Grid:
    is_map(grid)
    need(len(grid.sizes) == 3, "two axes")
    area = int(np.prod(per_axis(place.layer.kernel, 2)))
    return Grid((grid.channels * area, columns(place, grid.spatial, place.rounding)), items=grid.items)


def fold(place: Place, grid: Grid) -> Grid:
    is_map(grid)
    need(len(grid.sizes) == 2, "columns")
    sizes = place.each("size", 2, 1)
    area = int(np.prod(per_axis(place.layer.kernel, 2)))
    place.must(grid.channels % area == 0)
    place.must(grid.sizes[1] == columns(place, sizes, "floor" if place.rounding == "ceil" else place.rounding))
    return Grid((grid.channels // area, *sizes), items=grid.items)


def roll(place: Place, grid: Grid) -> Grid:
    for axis in place.layer.axes:
        real_axis(grid, int(axis))
    for shift in place.layer.shifts:
        place.number(shift)
    return grid


def expand(place: Place, grid: Grid) -> Grid:
    need(len(place.layer.shape) == len(grid.sizes), "a size for every axis")
    sizes = []
    for size, wanted in zip(grid.sizes, place.layer.shape, strict=True):
        stays = isinstance(wanted, int) and wanted == -1
        made = size if stays else place.number(wanted, 1)
        place.must((size == made) | (size == 1))
        sizes.append(made)
    return grid._replace(sizes=tuple(sizes))


def normalize(place: Place, grid: Grid) -> Grid:
    axis_of(place, grid)
    return grid


def reduction(place: Place, grid: Grid) -> Grid:
    gone = [real_axis(grid, int(axis)) for axis in place.layer.axes]
    need(len(set(gone)) == len(gone), "every axis once")
    if place.layer.keep:
        return grid._replace(sizes=tuple(ONE if axis in gone else size for axis, size in enumerate(grid.sizes)))
    rest = tuple(size for axis, size in enumerate(grid.sizes) if axis not in gone)
    need(len(rest) > 0, "an axis that is left")
    return Grid(rest, grid.last and len(rest) > 1, grid.items)


def arithmetic(place: Place, grid: Grid) -> Grid:
    sizes = list(grid.sizes)
    for other in (named.wrote for named in place.named):
        need(len(other.sizes) == len(sizes) and (other.last == grid.last or len(sizes) == 1), "the same axes")
        place.must(other.items == grid.items)
        for axis, size in enumerate(other.sizes):
            if place.layer.broadcast:
                place.must((size == sizes[axis]) | (size == 1) | (sizes[axis] == 1))
                sizes[axis] = largest(size, sizes[axis])
            else:
                place.must(size == sizes[axis])
    return grid._replace(sizes=tuple(sizes))


def channel_shuffle(place: Place, grid: Grid) -> Grid:
    is_map(grid)
    place.must(grid.channels % place.layer.groups == 0)
    return grid


def split(place: Place, grid: Grid) -> list[Grid]:
    axis, layer = axis_of(place, grid), place.layer
    if layer.parts is not None:
        place.must(grid.sizes[axis] % layer.parts == 0)
        parts = [grid.sizes[axis] // layer.parts] * layer.parts
    else:
        parts = [place.number(size, 1) for size in layer.sizes]
        place.must(sum(parts[1:], parts[0]) == grid.sizes[axis])
    return [grid._replace(sizes=(*grid.sizes[:axis], part, *grid.sizes[axis + 1 :])) for part in parts]


def unchanged(place: Place, grid: Grid) -> Grid:
    return grid


def softmax(place: Place, grid: Grid) -> Grid:
    axis_of(place, grid)
    return grid


def glu(place: Place, grid: Grid) -> Grid:
    place.must(grid.channels % 2 == 0)
    return grid.of(grid.channels // 2, grid.spatial)


def map_unchanged(place: Place, grid: Grid) -> Grid:
    is_map(grid)
    return grid


# Weights for every channel or every number


def of_channels(place: Place, grid: Grid) -> Grid:
    place.weigh(grid.channels)
    return grid


def prelu(place: Place, grid: Grid) -> Grid:
    if place.layer.per_channel:
        need(not grid.last or len(grid.sizes) == 1, "channels behind the batch")
        place.weigh(grid.channels)
    return grid


def batch_norm(place: Place, grid: Grid) -> Grid:
    is_vector_or_map(grid)
    layer = place.layer
    need(layer.affine or not {"scale", "center"} & layer.model_fields_set, "one way to leave weights out")
    others = {"scale", "center", "affine", "momentum", "track"}
    need(not (layer.frozen and others & layer.model_fields_set), "all is kept or nothing")
    if not layer.frozen:
        place.weigh(grid.channels)
    return grid


def instance_norm(place: Place, grid: Grid) -> Grid:
    is_map(grid)
    place.must(product(grid.spatial) >= 2)
    if place.layer.affine or place.layer.track:
        place.weigh(grid.channels)
    return grid


def group_norm(place: Place, grid: Grid) -> Grid:
    is_vector_or_map(grid)
    place.must(grid.channels % place.layer.groups == 0)
    if place.layer.affine:
        place.weigh(grid.channels)
    return grid


def layer_norm(place: Place, grid: Grid) -> Grid:
    axes = place.layer.axes
    need(axes is None or axes <= len(grid.sizes), "as many axes")
    if place.layer.over == "channels":
        return of_channels(place, grid) if place.layer.affine else grid
    if place.layer.affine:
        count = axes or (1 if grid.last else len(grid.sizes))
        place.weigh(*grid.sizes[-count:])
    return grid


def rms_norm(place: Place, grid: Grid) -> Grid:
    need(grid.last or len(grid.sizes) == 1, "the channels last")
    return of_channels(place, grid) if place.layer.affine else grid


def linear(place: Place, grid: Grid) -> Grid:
    need(grid.last or len(grid.sizes) == 1, "a vector, or the channels last")
    out = place.field("out", 1)
    place.weigh(out, grid.channels)
    return grid.of(out, grid.spatial)


def position_embedding(place: Place, grid: Grid) -> Grid:
    place.weigh(*grid.sizes)
    return grid


def class_token(place: Place, grid: Grid) -> Grid:
    is_tokens(grid)
    place.weigh(grid.channels)
    return grid.of(grid.channels, [grid.spatial[0] + 1])


def attention(place: Place, grid: Grid) -> Grid:
    are_tokens(grid)
    layer = place.layer
    width = grid.channels if layer.dim is None else place.field("dim", 1)
    place.must(width % layer.heads == 0)
    place.weigh(grid.channels, width)
    need(layer.key_heads is None or layer.heads % layer.key_heads == 0, "heads that share keys evenly")
    named = [one.wrote for one in place.named]
    keys = grid
    if layer.memory is not None:
        keys = named.pop(0)
        are_tokens(keys)
        need(len(keys.sizes) == len(grid.sizes), "a memory with as many axes")
        for mine, theirs in zip((grid.items, *grid.sizes[:-2]), (keys.items, *keys.sizes[:-2]), strict=True):
            place.must(mine == theirs)
        place.weigh(keys.channels, width)
    scores(place, (*grid.sizes[:-2], np.int64(layer.heads), grid.sizes[-2], keys.sizes[-2]), grid.items, named)
    return grid


def embedding(place: Place, grid: Grid) -> Grid:
    need(grid.integers, "integers")
    rows, width = place.field("count", 1), place.field("out", 1)
    if grid.below is not None:
        place.must(rows >= grid.below)
    place.weigh(rows, width)
    return Grid((*grid.sizes, width), True, grid.items)


def positions(place: Place, grid: Grid) -> Grid:
    if place.layer.padding is not None:
        need(grid.integers, "integers")
    length = positions_of(grid)
    first = place.field("start", 0) if place.layer.padding is None else place.field("padding", 0) + 1
    return Grid((length,), False, grid.items, True, length + first)


def relative_buckets(place: Place, grid: Grid) -> Grid:
    length = positions_of(grid)
    return Grid((length, length), False, grid.items, True, np.int64(place.layer.buckets))


def positions_of(grid: Grid) -> Array:
    """How many tokens there are, or integers in a row."""
    if not (grid.integers and len(grid.sizes) == 1):
        is_tokens(grid)
    return grid.sizes[0]


def position_encoding(place: Place, grid: Grid) -> Grid:
    are_tokens(grid)
    place.must(grid.channels % 2 == 0)
    return grid


def rotary(place: Place, grid: Grid) -> Grid:
    are_tokens(grid)
    heads, width = place.layer.heads, place.layer.width
    place.must(grid.channels % heads == 0)
    if width is None:
        place.must(grid.channels // heads % 2 == 0)
    else:
        place.must(grid.channels // heads >= width)
    return grid


def experts(place: Place, grid: Grid) -> Grid:
    are_tokens(grid)
    (scores,) = (one.wrote for one in place.named)
    are_tokens(scores)
    need(len(scores.sizes) == len(grid.sizes), "scores for every token")
    for one, other in zip((*grid.spatial, grid.items), (*scores.spatial, scores.items), strict=True):
        place.must(one == other)
    place.must(scores.channels >= place.layer.active)
    place.weigh(scores.channels, place.field("hidden", 1), grid.channels)
    return grid


HANDED_ON = (
    "flatten",
    "reshape",
    "permute",
    "select",
    "slice",
    "index_select",
    "split",
    "concat",
    "stack",
    "roll",
    "expand",
    "identity",
)
"""Kinds that compute nothing: of integers they make integers."""


def numbers(kind: str, read: list[Grid], wrote: list[Grid]) -> list[Grid]:
    """What a layer writes, with integers where these are handed on; others are read by few kinds alone."""
    if kind == "index_select":
        read = read[:1]  # The index says which numbers, and is none of them.
    if kind in ("embedding", "positions", "relative_buckets") or not any(grid.integers for grid in read):
        return wrote
    need(kind in HANDED_ON and all(grid.integers for grid in read), "real numbers")
    bounds = [grid.below for grid in read]
    below = None if None in bounds else reduce(largest, bounds)
    return [grid._replace(integers=True, below=below, last=False) for grid in wrote]


def scores(place: Place, sizes: Sequence[Array], items: Array, masks: list[Grid]) -> None:
    """What a mask has to be, and what an order asks for."""
    if place.layer.causal:
        place.must(sizes[-1] == sizes[-2])
    for mask in masks:
        need(len(mask.sizes) <= len(sizes), "a mask with no more axes than the scores")
        place.must(mask.items == items)
        for size, whole_size in zip(mask.sizes[::-1], sizes[::-1], strict=False):
            place.must((size == whole_size) | (size == 1))


def dot_attention(place: Place) -> Grid:
    need(len(place.inputs) == 3, "three maps")
    query, key, value = place.inputs
    for grid in place.inputs:
        are_tokens(grid)
        need(len(grid.sizes) == len(query.sizes), "maps of as many axes")
        place.must(query.items == grid.items)
    layer = place.layer
    leading = []
    for along in zip(*(grid.sizes[:-2] for grid in place.inputs), strict=True):
        leading.append(reduce(largest, along))
        for size in along:
            place.must((size == leading[-1]) | ((size == 1) if layer.broadcast else False))
    heads = layer.heads or 1
    groups = layer.key_heads or heads
    need(heads % groups == 0, "heads that share keys evenly")
    place.must(key.sizes[-2] == value.sizes[-2])
    place.must(query.channels % heads == 0)
    for grid in (key, value):
        place.must(grid.channels % groups == 0)
    place.must(query.channels // heads == key.channels // groups)
    along = () if layer.heads is None else (np.int64(heads),)
    sizes = (*leading, *along, query.sizes[-2], key.sizes[-2])
    scores(place, sizes, query.items, [one.wrote for one in place.named])
    return query.of(value.channels // groups * heads, (*leading, query.sizes[-2]))


def recurrent(place: Place, grid: Grid) -> Grid:
    are_tokens(grid)
    layer, hidden = place.layer, place.field("hidden", 1)
    state = hidden
    if getattr(layer, "projection", None) is not None:
        state = place.field("projection", 1)
        place.must(state < hidden)
    place.weigh(hidden, state)
    place.weigh(hidden, grid.channels)
    return grid.of(state * (2 if layer.bidirectional else 1), grid.spatial)


# Several branches, or none


def alike(place: Place) -> Grid:
    """The first of several branches with as many axes, one order of them, and as many items."""
    first, *others = place.inputs
    need(len(others) >= 1, "two branches")
    for other in others:
        need(len(other.sizes) == len(first.sizes), "branches of as many axes")
        need(other.last == first.last or len(first.sizes) == 1, "branches of one order")
        place.must(other.items == first.items)
    return first


def elementwise(place: Place) -> Grid:
    first = alike(place)
    need(place.layer.kind != "subtract" or len(place.inputs) == 2, "two branches")
    sizes = []
    for along in zip(*(grid.sizes for grid in place.inputs), strict=True):
        common = reduce(largest, along) if place.layer.broadcast else along[0]
        for size in along:
            place.must((size == common) | (size == 1) if place.layer.broadcast else size == common)
        sizes.append(common)
    return first._replace(sizes=tuple(sizes))


def concat(place: Place) -> Grid:
    first = alike(place)
    joined = axis_of(place, first)
    sizes = list(first.sizes)
    for axis in range(len(sizes)):
        for other in place.inputs[1:]:
            if axis == joined:
                sizes[axis] = sizes[axis] + other.sizes[axis]
            else:
                place.must(other.sizes[axis] == first.sizes[axis])
    return first._replace(sizes=tuple(sizes))


def stack(place: Place) -> Grid:
    first = alike(place)
    for other in place.inputs[1:]:
        for one, size in zip(first.sizes, other.sizes, strict=True):
            place.must(one == size)
    rank = len(first.sizes) + 1
    axis = int(place.layer.axis)
    need(-rank <= axis < rank, "an axis that exists")
    axis %= rank
    last = first.last if place.layer.layout is None else place.layer.layout == "channels_last"
    return Grid((*first.sizes[:axis], ONE * len(place.inputs), *first.sizes[axis:]), last, first.items)


def matmul(place: Place) -> Grid:
    need(len(place.inputs) == 2, "two maps")
    first, second = place.inputs
    rank = len(first.sizes)
    need(len(second.sizes) == rank >= 2, "matrices of one rank")
    place.must(first.items == second.items)
    sizes = []
    for one, other in zip(first.sizes[:-2], second.sizes[:-2], strict=True):
        place.must((one == other) | ((one == 1) | (other == 1) if place.layer.broadcast else False))
        sizes.append(largest(one, other))
    one, other = (turned(grid, place.layer.transpose in (which, "both"))
                  for grid, which in ((first, "first"), (second, "second")))  # fmt: skip
    (rows, width), (height, columns) = (grid.sizes[-2:] for grid, _ in (one, other))
    place.must(width == height)
    in_rows, in_columns = rank == 2 and one[1] == 0, other[1] == rank - 1
    last = in_columns if in_rows != in_columns else first.last or second.last
    return Grid((*sizes, rows, columns), last, first.items)


def turned(grid: Grid, is_turned: bool) -> tuple[Grid, int]:
    """A grid, with its last two axes exchanged or not, and where its channels are then."""
    if not is_turned:
        return grid, grid.axis
    *leading, rows, columns = grid.sizes
    places = [*range(len(leading)), len(leading) + 1, len(leading)]
    return grid._replace(sizes=(*leading, columns, rows)), places[grid.axis]


def parameter(place: Place) -> Grid:
    sizes = tuple(place.number(size, 1) for size in place.layer.shape)
    need(bool(sizes), "at least one axis")
    place.weigh(*sizes)
    return Grid(sizes, place.layer.layout == "channels_last")


def buffer(place: Place) -> Grid:
    layer = place.layer
    sizes = tuple(place.number(size, 1) for size in layer.shape)
    need(bool(sizes), "at least one axis")
    entries = [] if layer.values is None else [layer.values]
    depth = 0
    while entries and isinstance(entries[0], tuple):
        depth += 1
        if depth > 1 and depth <= len(sizes):
            # The lists at this depth are one for every entry of the axes in front.
            place.must(product(sizes[: depth - 1]) == len(entries))
        entries = [one for row in entries for one in row]
    need(depth in (0, 1, len(sizes)), "lists as deep as the shape")
    if depth:
        place.must(product(sizes) == len(entries))
    if layer.persistent:
        place.weigh(*sizes)
    grid = Grid(sizes, layer.layout == "channels_last")
    if layer.dtype == "float":
        return grid
    return grid._replace(integers=True, below=ONE * (max(entries) + 1) if entries else None)


_ELEMENTWISE = (
    "identity dropout alpha_dropout stochastic_depth relu relu6 leaky_relu elu selu celu gelu silu mish sigmoid "
    "log_sigmoid hardsigmoid hardswish hardtanh tanh softplus softsign"
)

RULES: dict[str, Rule] = {
    **dict.fromkeys(_ELEMENTWISE.split(), unchanged),
    **dict.fromkeys(("softmax", "log_softmax"), softmax),
    **dict.fromkeys(("lrn", "channel_dropout"), map_unchanged),
    **dict.fromkeys(("affine", "layer_scale"), of_channels),
    **dict.fromkeys(("max_pool", "avg_pool", "lp_pool"), pool),
    **dict.fromkeys(("adaptive_avg_pool", "adaptive_max_pool"), adaptive_pool),
    **dict.fromkeys(("global_avg_pool", "global_max_pool"), global_pool),
    **dict.fromkeys(("linear", "rbf"), linear),
    **dict.fromkeys(("lstm", "gru", "rnn"), recurrent),
    "conv": conv, "depthwise": depthwise, "conv_transpose": conv_transpose, "unpool": unpool, "roi_pool": roi_pool,
    "roi_align": roi_pool, "deform_conv": deform_conv,
    "upsample": upsample, "crop": crop, "pad": pad, "require": require, "pad_channels": pad_channels,
    "pixel_shuffle": pixel_shuffle,
    "pixel_unshuffle": pixel_unshuffle, "flatten": flatten, "reshape": reshape, "permute": permute,
    "channels_last": channels_last, "channels_first": channels_first, "tokens": tokens, "select": select,
    "unfold": unfold, "fold": fold, "roll": roll, "expand": expand, "normalize": normalize,
    "slice": slice_, "index_select": index_select, "elementwise": arithmetic,
    **dict.fromkeys(("mean", "sum", "max"), reduction),
    "channel_shuffle": channel_shuffle, "split": split, "glu": glu, "prelu": prelu, "batch_norm": batch_norm,
    "instance_norm": instance_norm, "group_norm": group_norm, "layer_norm": layer_norm, "rms_norm": rms_norm,
    "position_embedding": position_embedding, "class_token": class_token, "attention": attention,
    "embedding": embedding, "positions": positions, "relative_buckets": relative_buckets, "experts": experts,
    "position_encoding": position_encoding, "rotary": rotary,
}  # fmt: skip
"""Rules of the kinds that read one map."""


def relative_position_bias(place: Place) -> Grid:
    window, heads = place.layer.window, np.int64(place.layer.heads)
    positions = ways = ONE
    # One number stands for the two axes of an image; entries may be as many as a window has axes.
    for side in window if isinstance(window, tuple) else (window, window):
        positions, ways = positions * side, ways * (2 * side - 1)
    place.weigh(ways, heads)
    return Grid((heads, positions, positions))


def opaque(place: Place) -> Grid:
    """What is stated, as long as it can be so many of something; the maps that it reads are as many as each other."""
    first, *others = place.inputs
    need(len(place.layer.shape) > 0, "at least one axis")
    for other in others:
        place.must(other.items == first.items)
    place.field("products", 0)
    for _, shape in (*place.layer.tensors, *place.layer.stored):
        place.weigh(*(place.number(size, 1) for size in shape))
    last = first.last if place.layer.layout is None else place.layer.layout == "channels_last"
    return Grid(tuple(place.number(size, 1) for size in place.layer.shape), last, first.items)


SEVERAL: dict[str, Callable[[Place], Grid]] = {
    "add": elementwise,
    "subtract": elementwise,
    "multiply": elementwise,
    "concat": concat,
    "stack": stack,
    "matmul": matmul,
    "dot_attention": dot_attention,
    "opaque": opaque,
    "parameter": parameter,
    "buffer": buffer,
    "relative_position_bias": relative_position_bias,
}
"""Rules of the kinds that read any number of maps, or none."""
