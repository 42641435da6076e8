"""The maps of fixed numbers: written where they are few, or made of a few that are looked up."""

from __future__ import annotations

import math
from typing import Any

from archcalc.importing.building import Builder, NotSaid
from archcalc.importing.record import Value
from archcalc.importing.torch.calls import without_batch
from archcalc.importing.torch.trace import MOST_WRITTEN, Traced


def number(traced: Traced) -> float | int | None:
    """The number that a constant is, where it is one."""
    values: Any = traced.values
    while isinstance(values, list) and values and all(one == values[0] for one in values):
        values = values[0]
    return values if isinstance(values, (int, float)) and not isinstance(values, bool) else None


def constant(builder: Builder, traced: Traced, label: str | None = None) -> Value:
    """The map of numbers that code makes anew each time. Raises: NotSaid for truths."""
    kind = kind_of(traced)
    if kind == "bool":
        raise NotSaid("a constant of truths")
    values = few(traced.values)
    if values is None and traced.regions is not None:
        return _of_regions(builder, traced.regions, kind)
    return builder.buffer(without_batch(traced.shape), values, label=label, dtype=kind)


def _of_regions(builder: Builder, regions: list[Any], kind: str) -> Value:
    """A map of regions with the same numbers each: those of a smaller one, looked up along its axes."""
    shape, numbers, places = regions
    looked_up = {axis: tuple(entries) for axis, entries in enumerate(places) if entries is not None}
    indexes = {one: builder.buffer([len(one)], list(one), dtype="int") for one in dict.fromkeys(looked_up.values())}
    made = builder.buffer(shape, numbers, dtype=kind)
    for axis, entries in looked_up.items():
        sizes = (*made.shape[:axis], len(entries), *made.shape[axis + 1 :])
        made = builder.layer("index_select", [made], sizes, {"axis": axis}, source="regions of a constant")
        assert made.maker is not None
        made.maker.maps = {"index": indexes[entries]}
    return made


def few(values: Any) -> Any:
    """The numbers of a constant where they are one, or few enough to be written."""
    flat: list[Any] = []
    pending = [values]
    while pending and len(flat) <= 10 * MOST_WRITTEN:
        if isinstance(one := pending.pop(), list):
            pending += reversed(one)
        elif isinstance(one, (int, float)) and math.isfinite(one):
            flat.append(one)
        else:
            return None
    if not pending and flat and len(set(flat)) == 1:
        return flat[0]
    return flat if not pending and 0 < len(flat) <= MOST_WRITTEN else None


def kind_of(traced: Traced) -> str:
    """What sort of numbers a tensor holds, as the record says it."""
    if traced.dtype.startswith(("int", "uint")):
        return "int"
    return "bool" if traced.dtype == "bool" else "float"
