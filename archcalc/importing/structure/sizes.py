"""The sizes of the map that a block reads, as its steps can ask for them."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.expressions.functions import MAP_SIZES
from archcalc.importing.record import Value
from archcalc.importing.structure.expressions import Known
from archcalc.importing.typed import shape
from archcalc.layers.axes import axis_names


def sizes(entries: Sequence[Value | None], sort: str, axis: int | None) -> list[Known]:
    """A column for every axis that all these maps have, under its name; that of this axis first.

    >>> [known.text for known in sizes([Value((8, 4, 5)), Value((16, 2, 2))], "channels", 2)]
    ['width(input)', 'channels(input)', 'height(input)']
    """
    found = [value for value in entries if value is not None]
    if not found or len(found) < len(entries):
        return []
    names = {axis_names(shape(value)) for value in found}
    rank = min(len(value.shape) for value in found)
    listed = list(names.pop()) if len(names) == 1 else [""] * rank
    order = sorted(range(rank), key=lambda each: each != axis)
    return [Known(_text(listed[each], each), [value.shape[each] for value in found], sort, False) for each in order]


def _text(name: str, axis: int) -> str:
    return f"{name}(input)" if name in MAP_SIZES else f"size(input, {axis})"
