"""Entries of maps and tables at places that are named by numbers, slices, or a table of places."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from archcalc.importing.building import NotSaid
from archcalc.importing.record import Plain, Tensor, Value
from archcalc.importing.torch.calls import Call, axes_of
from archcalc.importing.torch.constants import number
from archcalc.importing.torch.functions.parts import cut, spelled_out, taken
from archcalc.importing.torch.functions.shapes import reshaped
from archcalc.importing.torch.trace import Traced


def getitem(call: Call) -> Value:
    """`input[index]` with numbers, slices, None and `...`, and at most one table of places."""
    index = call.get(1, "index")
    parts = list(index) if isinstance(index, (list, tuple)) else [index]
    tables = [one for one in parts if isinstance(one, (Traced, list))]
    if not tables:
        return taken(call, parts)
    # A number beside a table is one of several that PyTorch looks up together.
    if len(tables) > 1 or any(isinstance(one, int) for one in parts):
        raise NotSaid("an index of several tables")
    return _looked_up(call, spelled_out(parts, len(call.traced(0, "input").shape)), tables[0])


def index_select(call: Call) -> Value:
    """`index_select(input, dim, index)`."""
    rank, index = len(call.traced(0, "input").shape), call.traced(2, "index")
    return _looked_up(call, [slice(None)] * (call.get(1, "dim") % rank) + [index], index)


def gather(call: Call) -> Value:
    """`gather(input, dim, index)` of what holds one number everywhere: that number, whatever the index is."""
    table = call.traced(0, "input")
    held = None if table.batched or table.learned else number(table)
    if held is None:
        raise NotSaid("a choice of numbers along an axis")
    dtype = "int" if isinstance(held, int) else "float"
    return call.lowering.builder.buffer(call.shape, held, dtype=dtype)


def _looked_up(call: Call, parts: list[Any], index: Traced | list[Any]) -> Value:
    """Entries of an axis at fixed places, of what the slices of the other axes leave."""
    table = call.traced(0, "input")
    if isinstance(index, Traced):
        _check(index)
        if len(parts) == 1 and len(table.shape) == 2 and table.tensor is not None and not table.tensor.is_buffer:
            found = _rows(call, table, table.tensor, index)
            if found is not None:
                return found
    along = [one for one in parts if one is not None]
    place = next(at for at, one in enumerate(along) if one is index)
    mapped = axes_of(table.shape)
    axis = mapped[place]
    if axis is None:
        raise NotSaid("an index into the batch")
    read = cut(call, call.map(0), mapped, [*along[:place], slice(None), *along[place + 1 :]])
    named = call.lowering.map(index) if isinstance(index, Traced) else _listed(call, index, table.shape[place])
    shape = (*read.shape[:axis], *named.shape, *read.shape[axis + 1 :])
    made = call.layer("index_select", [read], {"axis": axis}, shape=shape)
    call.made(made).maps = {"index": named}
    return reshaped(call, made, call.shape)


def _listed(call: Call, index: list[Any], size: int) -> Value:
    """The map of places that stand in the code."""
    if not index or any(type(one) is not int for one in index):
        raise NotSaid("an index that is a map or a mask")
    places: list[Plain] = [one % size for one in index]
    return call.lowering.builder.buffer((len(places),), places, dtype="int")


def _check(index: Traced) -> None:
    """Raises: NotSaid for places that depend on a map, that are not known, or that count from the end."""
    if index.batched or index.learned or not index.dtype.startswith("int"):
        raise NotSaid("an index that is a map or a mask")
    if index.least is None or index.least < 0:
        raise NotSaid("an index whose numbers are not known, or count from the end")


def _rows(call: Call, table: Traced, tensor: Tensor, index: Traced) -> Value | None:
    """Rows of a learned table at fixed places: biases of relative positions, or an embedding, if its name says so."""
    window = window_of(_flat(index.values)) if isinstance(index.values, list) else None
    if window is None or table.shape[0] != (2 * window[0] - 1) * (2 * window[1] - 1):
        if tensor.name.rpartition(".")[2] != "weight":
            return None
        fields: dict[str, Plain] = {"count": table.shape[0], "out": table.shape[1]}
        return call.layer("embedding", [call.lowering.map(index)], fields, {"weight": tensor})
    heads, positions = table.shape[1], window[0] * window[1]
    tensors = {"relative_position_bias_table": tensor}
    side: Plain = window[0] if window[0] == window[1] else list(window)
    shape = (heads, positions, positions)
    label = call.lowering.below(tensor.name)
    made = call.lowering.builder.layer(
        "relative_position_bias", [], shape, {"heads": heads, "window": side}, tensors, label, call.name
    )
    last = call.layer("permute", [made], {"axes": [1, 2, 0]}, shape=(positions, positions, heads))
    return reshaped(call, last, call.shape)


def _flat(values: Any) -> list[int]:
    found: list[int] = []
    for one in values if isinstance(values, list) else [values]:
        found += _flat(one) if isinstance(one, list) else [one]
    return found


def window_of(places: list[int]) -> tuple[int, int] | None:
    """The window whose positions lie to each other as these rows of a table say, for every two of them.

    >>> window_of([1, 0, 2, 1]), window_of([0, 1, 2, 3])
    ((1, 2), None)
    """
    positions = math.isqrt(len(places))
    for rows in range(1, positions + 1):
        columns, rest = divmod(positions, rows)
        if rest or positions**2 != len(places):
            continue
        wide = 2 * columns - 1
        wanted = (
            (one // columns - two // columns + rows - 1) * wide + one % columns - two % columns + columns - 1
            for one in range(positions)
            for two in range(positions)
        )
        if all(place == want for place, want in zip(places, wanted, strict=True)):
            return rows, columns
    return None


FUNCTIONS: dict[str, Callable[[Call], Value | list[Value]]] = {
    "__getitem__": getitem,
    "gather": gather,
    "index_select": index_select,
}
