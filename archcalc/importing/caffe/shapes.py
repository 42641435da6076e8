"""Layers that join maps, cut them, or give them another shape."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod

from archcalc.importing.building import NotSaid
from archcalc.importing.caffe.calls import LayerCall, Reader
from archcalc.importing.caffe.numbers import linear
from archcalc.importing.growing import MOST_AXES
from archcalc.importing.record import Plain, Value


def eltwise(call: LayerCall) -> Value:
    """`Eltwise`: sum with coefficients, product or maximum of maps of one shape."""
    settings = call.settings("eltwise_param")
    word = settings.text("operation", "SUM").upper()
    if len(call.maps) < 2:
        raise call.fail(f"it joins blobs, and reads {len(call.maps)}", "malformed")
    if word in ("PROD", "0"):
        return call.main("multiply", call.maps)
    if word in ("MAX", "2"):
        made = call.maps[0]
        for other in call.maps[1:]:
            made = call.network.arithmetic("max(x, other)", made, other, call.site, call.site.label)
        return made
    factors = settings.numbers("coeff") or [1.0] * len(call.maps)
    if len(factors) != len(call.maps):
        raise call.fail(f"it has {len(factors)} coefficients for {len(call.maps)} blobs", "malformed")
    if factors == [1, -1]:
        return call.main("subtract", call.maps)
    return call.main("add", [call.elementwise(one, linear(f, 0)) for one, f in zip(call.maps, factors, strict=True)])


def concat(call: LayerCall) -> Value:
    """`Concat`."""
    settings = call.settings("concat_param")
    number = settings.number("concat_dim", 1) if "concat_dim" in settings else settings.number("axis", 1)
    axis = call.axis(number, call.maps[0]) if call.maps else 0
    if len(call.maps) == 1:
        return call.maps[0]
    return call.main("concat", call.maps, {"axis": axis})


def cut(call: LayerCall) -> list[Value]:
    """`Slice`: into equal parts, or at given entries."""
    settings = call.settings("slice_param")
    number = settings.number("slice_dim", 1) if "slice_dim" in settings else settings.number("axis", 1)
    axis = call.axis(number, call.map)
    points, tops = settings.sizes("slice_point"), len(call.layer.tops)
    fields: dict[str, Plain] = {"parts": tops, "axis": axis}
    if points:
        bounds = [0, *points, call.map.shape[axis]]
        sizes = [end - start for start, end in pairwise(bounds)]
        if len(sizes) != tops or min(sizes) < 1:
            raise call.fail(f"the points {points} do not cut {call.map.shape[axis]} entries into {tops} parts")
        fields = {"sizes": list(sizes), "axis": axis}
    if tops == 1:
        return [call.map]
    return call.network.layers("split", [call.map], fields, site=call.site, label=call.site.label)


def copies(call: LayerCall) -> list[Value]:
    """`Split`: the same map under several names."""
    return [call.map] * len(call.layer.tops)


def flatten(call: LayerCall) -> Value:
    """`Flatten`."""
    settings, read = call.settings("flatten_param"), call.map
    first = call.axis(settings.number("axis", 1), read)
    last = call.axis(settings.number("end_axis", -1), read)
    if first == 0 and last == len(read.shape) - 1:
        return call.flat(read)
    return call.main("flatten", read, {"axes": list(range(first, last + 1))}) if last > first else read


def reshape(call: LayerCall) -> Value:
    """`Reshape`, where 0 keeps a size and -1 is what is left."""
    settings, read = call.settings("reshape_param"), call.map
    if settings.number("num_axes", -1) != -1:
        raise NotSaid("a reshape of some of the axes")
    dims = settings.message("shape").numbers("dim")
    start = int(settings.number("axis", 0))
    if start not in (0, 1) or (
        start == 0 and (not dims or dims[0] not in (0, -1) or (-1 in dims[1:] and dims[0] == -1))
    ):
        raise NotSaid("a reshape of the batch")
    entries = [int(one) for one in (dims[1:] if start == 0 else dims)]
    sizes = [read.shape[at] if size == 0 and at < len(read.shape) else size for at, size in enumerate(entries)]
    return shaped(call, read, sizes)


def shaped(call: LayerCall, read: Value, sizes: Sequence[int]) -> Value:
    """The numbers of a map in another shape, in which -1 may stand once."""
    total, stated = prod(read.shape), prod(size for size in sizes if size != -1)
    fits = 0 < len(sizes) <= MOST_AXES and list(sizes).count(-1) <= 1 and min(sizes) >= -1 and stated > 0
    if not fits or (total % stated if -1 in sizes else total != stated):
        raise call.fail(f"{' x '.join(map(str, read.shape))} numbers cannot be put into {list(sizes)}")
    return call.main("reshape", read, {"shape": list(sizes)})


def permute(call: LayerCall) -> Value:
    """`Permute` of SSD."""
    order = [int(one) for one in call.settings("permute_param").numbers("order")]
    rank = len(call.map.shape)
    order += [axis for axis in range(rank + 1) if axis not in order]
    if order[0] != 0 or sorted(order) != list(range(rank + 1)):
        raise NotSaid("an order of axes that moves the batch")
    return call.main("permute", call.map, {"axes": [axis - 1 for axis in order[1:]]})


def crop(call: LayerCall) -> Value:
    """`Crop` to the size of a second map, behind an axis."""
    if len(call.maps) != 2:
        raise call.fail(f"it reads {len(call.maps)} blobs where two are expected", "malformed")
    settings, (read, to) = call.settings("crop_param"), call.maps
    axis = call.axis(settings.number("axis", 2), read)
    if axis != 1 or len(read.shape) != len(to.shape):
        raise NotSaid("a crop of other axes than all positions")
    offsets = settings.sizes("offset") or [0]
    offsets = offsets * (len(read.shape) - 1) if len(offsets) == 1 else offsets
    return call.main("crop", read, {"offset": list(offsets)}, maps={"to": to})


def interpolate(call: LayerCall) -> Value:
    """`Interp` of DeepLab and PSPNet: bilinear, from corner to corner."""
    settings, read = call.settings("interp_param"), call.maps[0] if call.maps else call.map
    if len(read.shape) != 3:
        raise NotSaid("an interpolation of what is no map of height and width")
    fields: dict[str, Plain] = {"mode": "bilinear", "coordinates": "align_corners"}
    begin, end = settings.number("pad_beg", 0), settings.number("pad_end", 0)
    if begin or end:
        pairs: list[Plain] = [[int(begin), int(end)] for _ in range(2)]
        read = call.put("pad", read, {"padding": [[0, 0], *pairs]})
    if len(call.maps) == 2:
        return call.main("upsample", read, fields, maps={"to": call.maps[1]})
    sizes = [settings.size(side, 0) for side in ("height", "width")]
    if not all(sizes):
        sizes = [
            _zoomed(size, settings.size("shrink_factor", 1, 1), settings.size("zoom_factor", 1, 1))
            for size in read.shape[1:]
        ]
    return call.main("upsample", read, {"size": list(sizes), **fields})


def _zoomed(size: int, shrink: int, zoom: int) -> int:
    """The size that the first and the last position have from corner to corner.

    >>> _zoomed(9, 1, 2), _zoomed(17, 2, 1)
    (17, 9)
    """
    shrunk = (size - 1) // shrink + 1
    return shrunk + (shrunk - 1) * (zoom - 1)


def reduction(call: LayerCall) -> Value:
    """`Reduction`: a sum or a mean of all numbers from an axis on."""
    settings = call.settings("reduction_param")
    kind = {"SUM": "sum", "1": "sum", "MEAN": "mean", "4": "mean"}.get(settings.text("operation", "SUM").upper())
    axis = call.axis(settings.number("axis", 0), call.map)
    if kind is None or axis == 0:
        raise NotSaid("a reduction to a single number, or of squares or sizes")
    made = call.main(kind, call.map, {"axes": list(range(axis, len(call.map.shape)))})
    return call.elementwise(made, linear(settings.number("coeff", 1.0), 0))


def shuffle(call: LayerCall) -> Value:
    """`ShuffleChannel`."""
    return call.main(
        "channel_shuffle", call.map, {"groups": call.settings("shuffle_channel_param").size("group", 1, 1)}
    )


LAYERS: dict[str, Reader] = {
    "Eltwise": eltwise,
    "Concat": concat,
    "Slice": cut,
    "Split": copies,
    "Flatten": flatten,
    "Reshape": reshape,
    "Permute": permute,
    "Crop": crop,
    "Interp": interpolate,
    "Reduction": reduction,
    "ShuffleChannel": shuffle,
}
