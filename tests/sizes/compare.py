"""What archcalc says about legal sizes against looking at every size: the first difference, or none."""

from __future__ import annotations

from itertools import islice, takewhile
from random import Random
from typing import Any, NamedTuple

import numpy as np

from archcalc.sizes.legal import LegalSizes
from archcalc.sizes.sets import IntegerSet
from sizes.subject import Subject


class Difference(NamedTuple):
    """Sizes at which the two do not agree."""

    sizes: dict[str, int]
    told: bool
    """What archcalc says."""
    weights: str
    asking: list[str]
    """The layers that do not fit there, by the rules of the judge."""


class Compared(NamedTuple):
    """How many sizes were looked at, how many of them are legal, and where the two differ."""

    pairs: int
    legal: int
    differences: list[Difference]


def mask(numbers: IntegerSet, most: int) -> Any:
    """Which of 1, 2, ..., most are in a set."""
    found = np.zeros(most, dtype=bool)
    inside = list(takewhile(lambda number: number <= most, islice(numbers, most)))
    found[np.array(inside, dtype=np.int64) - 1] = True
    return found


def grid(legal: LegalSizes, ranges: dict[str, Any]) -> Any:
    """Membership for every combination of sizes.

    Boxes are put together from their sides; what is undecided is asked for every size inside them.
    """
    shape = tuple(len(values) for values in ranges.values())
    found = np.zeros(shape, dtype=bool)
    for box in legal.boxes:
        inside = np.ones(shape, dtype=bool)
        for place, (name, values) in enumerate(ranges.items()):
            side = mask(box[name], int(values.max()))[values - 1]
            inside &= side.reshape([-1 if at == place else 1 for at in range(len(shape))])
        found |= inside
    for index in zip(*np.nonzero(found), strict=True) if legal.undecided else ():
        found[index] = sizes_at(ranges, index) in legal
    return found


def sizes_at(ranges: dict[str, Any], index: tuple[int, ...]) -> dict[str, int]:
    """The sizes at a place of a grid."""
    return {name: int(values[place]) for (name, values), place in zip(ranges.items(), index, strict=True)}


def compare(subject: Subject, ranges: dict[str, Any], rng: Random, *, asked: int = 20) -> Compared:
    """Compare on all combinations of sizes, for the weights of the stated sizes and for new ones.

    `asked` places are also put to `in`, as a user does.
    """
    legal = subject.legal
    open_axes = {name: _along(values, place, len(ranges)) for place, (name, values) in enumerate(ranges.items())}
    shape = tuple(len(values) for values in ranges.values())
    count, inside = 0, 0
    differences: list[Difference] = []
    for weights, told, look in (("stated", legal, subject.runs), ("new", legal.with_new_weights, subject.fits)):
        looked = look(open_axes)
        if told is not None:
            said = grid(told, ranges)
            count += said.size
            inside += int(looked.sum())
        for index in islice(zip(*np.nonzero(said != looked), strict=True), 1):
            broken = subject.at(sizes_at(ranges, index)).broken
            differences.append(Difference(sizes_at(ranges, index), bool(said[index]), weights, broken[:3]))
        for _ in range(asked if told is not None else 0):
            index = tuple(rng.randrange(length) for length in shape)
            sizes = sizes_at(ranges, index)
            if told is not None and (sizes in told) != looked[index]:
                differences.append(Difference(sizes, sizes in told, f"{weights}, asked by `in`", []))
    return Compared(count, inside, differences)


def _along(values: Any, place: int, rank: int) -> Any:
    return values.reshape([-1 if at == place else 1 for at in range(rank)])
