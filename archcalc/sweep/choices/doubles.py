"""Designs that are the same network as another one: tables that count what they have set and nobody reads."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.sweep.arrays import numpy
from archcalc.sweep.choices.readings import NOWHERE, Readings
from archcalc.sweep.choices.sums import Sum, flags, refuse_large, spread


def doubles(readings: Readings, sizes: Sequence[int]) -> list[Sum]:
    """Tables of one column that count what a design has set to another value than the first one, and nobody reads.

    Of designs that are the same network, one alone counts 0. Raises: NotTabled for a table that is too large.
    """
    found = []
    for place, size in enumerate(sizes):
        read = readings.where.get(place, NOWHERE)
        if size == 1 or (read.is_constant and read.of[()]):
            continue
        places = tuple(sorted({place, *read.choices}))
        refuse_large(places, sizes)
        module = numpy()
        is_read = spread(flags(read, sizes), read.choices, places, 0)
        is_other = spread(module.arange(size) != readings.first.get(place, 0), (place,), places, 0)
        found.append(Sum(places, (is_other & ~is_read).astype("int64")[None]))
    return found
