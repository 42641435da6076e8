"""Layers that join maps."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.importing.building import NotSaid
from archcalc.importing.keras.calls import LayerCall
from archcalc.importing.keras.network import Map
from archcalc.importing.record import Plain

_KINDS = {"Add": "add", "Multiply": "multiply", "Subtract": "subtract"}


def merge(call: LayerCall) -> Map:
    """`Add`, `Multiply`, `Subtract`; maps with fewer axes get ones behind the batch."""
    _several(call)
    kind = _KINDS[call.layer.class_name]
    return joined(call, kind, call.maps, label=call.site.label)


def _several(call: LayerCall) -> None:
    if len(call.maps) < 2:
        raise call.fail(f"it joins maps, and reads {len(call.maps)}", "malformed")


def joined(call: LayerCall, kind: str, maps: Sequence[Map], *, label: str | None = None) -> Map:
    """Maps joined number by number, in one order and with as many axes."""
    rank = max(one.rank for one in maps)
    whole = [_with_axes(call, one, rank) for one in maps]
    together = call.network.alike(whole, call.site)
    fields: dict[str, Plain] = {} if len({one.shape for one in together}) == 1 else {"broadcast": True}
    if kind == "subtract" and len(together) != 2:
        raise call.fail(f"it subtracts one map from another, and reads {len(together)}", "malformed")
    return call.put(kind, together, fields, label=label)


def _with_axes(call: LayerCall, one: Map, rank: int) -> Map:
    if one.rank == rank:
        return one
    return call.shaped(one, [1] * (rank - one.rank) + list(one.shape))


def average(call: LayerCall) -> Map:
    """`Average`."""
    _several(call)
    return call.elementwise(joined(call, "add", call.maps), f"x / {len(call.maps)}", label=call.site.label)


def extreme(call: LayerCall) -> Map:
    """`Maximum` and `Minimum`."""
    _several(call)
    word = {"Maximum": "max", "Minimum": "min"}[call.layer.class_name]
    made = call.maps[0]
    for place, other in enumerate(call.maps[1:], start=2):
        made = of_two(call, f"{word}(x, other)", made, other, call.site.label if place == len(call.maps) else None)
    return made


def of_two(call: LayerCall, text: str, first: Map, second: Map, label: str | None = None) -> Map:
    """Arithmetic on a map `x` and another one, `other`."""
    rank = max(first.rank, second.rank)
    read, other = call.network.alike([_with_axes(call, one, rank) for one in (first, second)], call.site)
    return Map(call.network.arithmetic(text, read.value, other.value, call.site, label), read.moved)


def concatenate(call: LayerCall) -> Map:
    """`Concatenate`."""
    _several(call)
    return along(call, call.maps, call.config.axes("axis")[0], label=call.site.label)


def along(call: LayerCall, maps: Sequence[Map], axis: int, *, label: str | None = None) -> Map:
    """Maps one behind the other along an axis of Keras."""
    together = call.network.alike(maps, call.site)
    return call.put("concat", together, {"axis": together[0].axis(axis)}, label=label)


def dot(call: LayerCall) -> Map:
    """`Dot`: products summed over an axis of each of two maps."""
    if len(call.maps) != 2:
        raise call.fail(f"it multiplies two maps, and reads {len(call.maps)}", "malformed")
    maps = [call.back(one) for one in call.maps]
    axes = call.config.axes("axes", 1)
    axes = axes * 2 if len(axes) == 1 else axes
    places = [axis - 1 if axis > 0 else axis + one.rank for axis, one in zip(axes, maps, strict=False)]
    if len(axes) != 2 or any(not 0 <= place < one.rank for place, one in zip(places, maps, strict=True)):
        raise NotSaid("a product over the batch, or over several axes")
    if call.config.data.get("normalize"):
        maps = [call.put("normalize", one, {"axis": at, "eps": 1e-6}) for one, at in zip(maps, places, strict=True)]
    ranks = [one.rank for one in maps]
    if ranks == [1, 1]:
        rows = [call.shaped(one, [1, one.shape[0]]) for one in maps]
        made = call.put("matmul", rows, {"transpose": "second"})
        return call.flat(made, label=call.site.label)
    if ranks != [2, 2]:
        raise NotSaid("a product of maps that are neither vectors nor matrices")
    turned = {(1, 0): None, (1, 1): "second", (0, 0): "first", (0, 1): "both"}[places[0], places[1]]
    return call.main("matmul", maps, {"transpose": turned})


LAYERS = {
    **dict.fromkeys(_KINDS, merge),
    "Average": average,
    **dict.fromkeys(("Maximum", "Minimum"), extreme),
    "Concatenate": concatenate,
    "Dot": dot,
}
