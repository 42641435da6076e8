"""Conditions for steps that some calls of a block lack, as they can be read off the numbers of these calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from archcalc.importing.structure.columns import CHANNELS, TRUTH
from archcalc.importing.structure.data import Formula
from archcalc.importing.structure.expressions import Known

SMALL = 8
"""Numbers with which a parameter is compared are no larger."""


def condition(
    truths: Sequence[Any], known: Sequence[Known], entry: Known | None, leaving: Sequence[Known] = ()
) -> Formula | None:
    """A condition that is true and false where these values are; None if there is none.

    `entry` are the channels that a block reads, `leaving` those that it gives.

    A shortcut asks for the stride and for the channels, also where one of them would do for the calls that were seen.

    >>> stride = Known("stride", [1, 2, 1], "window")
    >>> out = Known("out", [8, 16, 16], CHANNELS)
    >>> entry = Known("channels(input)", [8, 8, 16], CHANNELS, is_parameter=False)
    >>> condition([True, False, True], [stride, out], entry, [out])
    'stride == 1 and channels(input) == out'
    """
    for text, computed in _conditions(known, entry, leaving):
        if all(value == one for value, one in zip(truths, computed, strict=True) if isinstance(value, bool)):
            return Formula(text)
    return None


def _conditions(
    known: Sequence[Known], entry: Known | None, leaving: Sequence[Known]
) -> Iterator[tuple[str, list[Any]]]:
    strides = [one for one in known if one.text.startswith("stride") and one.is_parameter]
    channels = [one for one in known if one.sort == CHANNELS and one is not entry]
    if entry is not None:
        for stride in strides:
            for one in leaving:
                yield from _shortcuts(stride, one, entry)
    for one in known:
        if one.is_parameter and one.sort not in (CHANNELS, TRUTH):
            yield from _compared(one)
    if entry is not None:
        for one in channels:
            yield f"{entry.text} == {one.text}", [x == y for x, y in zip(entry.values, one.values, strict=True)]
            yield f"{entry.text} != {one.text}", [x != y for x, y in zip(entry.values, one.values, strict=True)]
    for one in known:
        if one.sort == TRUTH and one.is_parameter:
            yield one.text, list(one.values)
            yield f"not {one.text}", [not value for value in one.values]


def _shortcuts(stride: Known, channels: Known, entry: Known) -> Iterator[tuple[str, list[Any]]]:
    rows = list(zip(stride.values, entry.values, channels.values, strict=True))
    yield f"{stride.text} == 1 and {entry.text} == {channels.text}", [s == 1 and x == y for s, x, y in rows]
    yield f"{stride.text} != 1 or {entry.text} != {channels.text}", [s != 1 or x != y for s, x, y in rows]


def _compared(one: Known) -> Iterator[tuple[str, list[Any]]]:
    """A parameter compared with one of its values."""
    numbers = sorted({value for value in one.values if isinstance(value, int) and not isinstance(value, bool)})
    for number in [value for value in numbers if value <= SMALL]:
        yield f"{one.text} != {number}", [value != number for value in one.values]
        yield f"{one.text} == {number}", [value == number for value in one.values]
    for number in numbers:
        if len(numbers) > 2:  # Of two values, one is said above.
            yield f"{one.text} > {number}", [value > number for value in one.values]
            yield f"{one.text} <= {number}", [value <= number for value in one.values]
