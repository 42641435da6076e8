"""Layers that move numbers: flatten, reshape, permute, borders, and maps of other sizes."""

from __future__ import annotations

from math import prod

from archcalc.importing.building import NotSaid
from archcalc.importing.keras.calls import FIRST, LayerCall, alike
from archcalc.importing.keras.network import MOST_AXES, Map
from archcalc.importing.record import Plain


def flatten(call: LayerCall) -> Map:
    """`Flatten`, in the order of Keras: position by position, with all channels of each."""
    read = call.map
    if call.lead:
        if read.rank <= call.lead + 1:
            return read
        kept = read.shape[: call.lead]
        return call.shaped(call.back(), [*kept, prod(read.shape[call.lead :])], [*kept, -1])
    if call.is_first and read.rank > 1:
        # Keras moves the channels behind the positions first.
        plain = call.back()
        moved = call.put("permute", plain, {"axes": [*range(1, read.rank), 0]})
        return call.flat(Map(moved.value), label=call.site.label)
    return call.flat(read, label=call.site.label)


def reshape(call: LayerCall) -> Map:
    """`Reshape`, where -1 may stand for one size."""
    target = call.config.get("target_shape")
    entries = target if isinstance(target, list) else [target]
    return reshaped(call, call.map, entries)


def reshaped(call: LayerCall, read: Map, entries: list[object]) -> Map:
    """A map with the sizes that are given, of which one may be -1."""
    sizes = [-1 if size is None else size for size in entries]
    if len(sizes) > MOST_AXES or not all(isinstance(size, int) and (size > 0 or size == -1) for size in sizes):
        raise call.fail(f"its shape {entries} is none of up to {MOST_AXES} sizes, of which one may be -1", "malformed")
    whole = [size for size in sizes if isinstance(size, int)]
    total, stated = prod(read.shape), prod(size for size in whole if size != -1)
    if whole.count(-1) > 1 or total % stated or (-1 not in whole and total != stated):
        raise call.fail(f"{' x '.join(map(str, read.shape))} numbers cannot be put into {whole}")
    return call.shaped(read, [total // stated if size == -1 else size for size in whole], whole)


def permute(call: LayerCall) -> Map:
    """`Permute`, which counts from 1."""
    dims = call.config.axes("dims", 0)
    read = call.map
    if sorted(dims) != list(range(1, read.rank + 1)):
        raise call.fail(f"`dims` is {dims}, which is no order of {read.rank} axes")
    return ordered(call, read, [dim - 1 for dim in dims])


def ordered(call: LayerCall, read: Map, axes: list[int]) -> Map:
    """The axes, counted without the batch, in another order."""
    plain = call.back(read)
    if axes == list(range(read.rank)):
        return plain
    made = call.put("permute", plain, {"axes": list(axes)}).value
    return Map(made)


def repeat(call: LayerCall) -> Map:
    """`RepeatVector`: a vector as every one of n tokens."""
    count = call.config.size("n")
    (channels,) = call.map.shape if call.map.rank == 1 else (0,)
    if not channels:
        raise call.fail(f"it repeats vectors, and reads a map of {call.map.rank} axes")
    return Map(call.put("expand", call.shaped(call.map, [1, channels]), {"shape": [count, channels]}).value)


def pad(call: LayerCall) -> Map:
    """`ZeroPadding1D` to `ZeroPadding3D`, and `Cropping1D` to `Cropping3D`, which cut."""
    cuts = call.layer.class_name.startswith("Cropping")
    rank = int(call.layer.class_name[-2])
    pairs = call.config.pairs("cropping" if cuts else "padding", rank)
    read = call.spatial()
    signed: list[Plain] = [[-one for one in pair] if cuts else list(pair) for pair in pairs]
    # The padding names the channels, too, until it is known where they stand.
    padding: list[Plain] = [[0, 0] for _ in range(1 + call.lead)]
    return call.main("pad", read, {"padding": [*padding, *signed]}, layout=FIRST)


def upsample(call: LayerCall) -> Map:
    """`UpSampling1D` to `UpSampling3D`."""
    rank = int(call.layer.class_name[-2])
    factors = call.config.sizes("size", rank)
    fields: dict[str, Plain] = {"factor": alike(factors), **_mode(call, rank)}
    return call.main("upsample", call.spatial(), fields, layout=FIRST)


def resize(call: LayerCall) -> Map:
    """`Resizing`."""
    if call.config.data.get("crop_to_aspect_ratio") or call.config.data.get("pad_to_aspect_ratio"):
        raise NotSaid("a resize that keeps the aspect ratio")
    sizes = [call.config.size("height"), call.config.size("width")]
    fields: dict[str, Plain] = {"size": alike(sizes), **_mode(call, 2)}
    if fields["mode"] == "nearest":
        fields["coordinates"] = "half_pixel"
    if call.config.data.get("antialias"):
        fields["antialias"] = True
    return call.main("upsample", call.spatial(), fields, layout=FIRST)


def _mode(call: LayerCall, rank: int) -> dict[str, Plain]:
    if rank != 2:
        return {"mode": "nearest"}
    mode = call.config.text("interpolation", "nearest" if call.layer.class_name != "Resizing" else "bilinear")
    if mode not in ("nearest", "bilinear", "bicubic"):
        raise NotSaid(f"an interpolation {mode}")
    return {"mode": mode, **({"cubic_coeff_a": -0.5} if mode == "bicubic" else {})}


def crop(call: LayerCall) -> Map:
    """`CenterCrop`, of maps that are as large."""
    sizes = [call.config.size("height"), call.config.size("width")]
    read = call.spatial()
    if any(have < want for have, want in zip(read.value.shape[1:], sizes, strict=True)):
        raise NotSaid("a crop that enlarges")
    offset: list[Plain] = [(have - want) // 2 for have, want in zip(read.value.shape[1:], sizes, strict=True)]
    return call.main("crop", read, {"size": alike(sizes), "offset": offset}, layout=FIRST)


LAYERS = {
    "Flatten": flatten,
    "Reshape": reshape,
    "Permute": permute,
    "RepeatVector": repeat,
    **{f"{kind}{rank}D": pad for kind in ("ZeroPadding", "Cropping") for rank in (1, 2, 3)},
    **{f"UpSampling{rank}D": upsample for rank in (1, 2, 3)},
    "Resizing": resize,
    "CenterCrop": crop,
}
