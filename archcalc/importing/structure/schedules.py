"""Schedules: rates of stochastic depth that grow with the depth, as a rule instead of a number for each block."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from archcalc.importing.record import Layer
from archcalc.importing.structure.classes import places_in
from archcalc.importing.structure.tree import Leaf, Place

KIND = "stochastic_depth"
DECAYS = (("from_zero", 0, 0), ("linspace", 0, 1), ("linear", 1, 0))
"""Ways to grow: the number that the first block counts as, and by how much the last one is less than all."""
FEWEST = 3
"""So many rates are a schedule."""
DIGITS = 9
"""Rates are equal that agree so far: the source computes them in floating point."""


def schedules(root: Place, blocks: Collection[Place]) -> dict[Layer, dict[str, Any]]:
    """Fields for layers whose rate follows from the number of the block that they are in.

    Blocks are counted that hold such a layer, and all others of their classes, which may lack it. Of several rules that
    fit, the one is meant that has the shortest number.
    """
    held = {place: list(_held(place, blocks)) for place in places_in(root) if place in blocks}
    holders = {place: layers for place, layers in held.items() if layers}
    layers = [layer for each in holders.values() for layer in each]
    rates = {place: {layer.fields.get("rate") for layer in each} for place, each in holders.items()}
    if any("decay" in layer.fields for layer in layers) or any(len(each) > 1 for each in rates.values()):
        return {}
    if len({rate for each in rates.values() for rate in each}) < FEWEST:
        return {}
    classes = {place.class_name for place in holders}
    counted = [place for place in held if place.class_name in classes]
    numbered = {index: float(*rates[place]) for index, place in enumerate(counted) if place in rates}  # type: ignore[arg-type]
    found = [(decay, _rate(numbered, first, len(counted) - last)) for decay, first, last in DECAYS]
    known = [(decay, rate) for decay, rate in found if rate is not None]
    if not known:
        return {}
    decay, rate = min(known, key=lambda one: len(str(one[1])))
    return {layer: {"rate": rate, "decay": decay, "over": "blocks"} for layer in layers}


def _held(place: Place, blocks: Collection[Place]) -> Iterator[Layer]:
    """The layers of this kind in a block, but for those in blocks that it calls."""
    for item in place.items:
        if isinstance(item, Leaf) and item.layer.kind == KIND:
            yield item.layer
        elif isinstance(item, Place) and item not in blocks:
            yield from _held(item, blocks)


def _rate(rates: dict[int, float], first: int, count: int) -> float | None:
    """The largest rate R, if that of the block i is R * (i + first) / count; None if it is not."""
    index = max(rates)
    if count <= 0 or index + first == 0:
        return None
    rate = round(rates[index] * count / (index + first), DIGITS)
    fits = all(abs(rate * (each + first) / count - given) < 10**-DIGITS for each, given in rates.items())
    return (int(rate) if rate == int(rate) else rate) if fits and rate <= 1 else None
