"""Integers with which a table is read: those of a map, and positions of tokens, with and without what pads them."""

from __future__ import annotations

from itertools import permutations

from archcalc.importing.building import NotSaid
from archcalc.importing.record import Plain, Value
from archcalc.importing.torch.calls import Call, without_batch
from archcalc.importing.torch.functions.buckets import found_buckets
from archcalc.importing.torch.origins import made_by, origin, with_number
from archcalc.importing.torch.trace import Traced


def integers(call: Call, traced: Traced, rows: int) -> Value:
    """The map of integers for a table of so many rows; those that count tokens, or how far two are apart, are told."""
    if (start := counted(traced)) is not None:
        return _of_tokens(call, traced, "positions", {"start": start})
    if (fields := found_buckets(traced, rows)) is not None:
        if rows - 1 not in (traced.by_distance or ()):
            call.lowering.note(
                f"`furthest` of relative_buckets is taken as {fields['furthest']}, the usual one: no two tokens are as "
                "far apart as the last bucket begins"
            )
        return _of_tokens(call, traced, "relative_buckets", fields)
    if (found := counted_tokens(traced)) is not None:
        ids, padding = found
        read = call.lowering.map(ids)
        if len(read.shape) == 1:
            numbers = call.layer("positions", [read], {"padding": padding}, shape=read.shape)
            numbers.dtype = "int"
            return numbers
    return call.lowering.map(traced)


def _of_tokens(call: Call, traced: Traced, kind: str, fields: dict[str, Plain]) -> Value:
    """Integers that depend on the number of tokens alone: on that of an input of the network with as many."""
    shape = without_batch(traced.shape)
    tokens = [one for one in call.lowering.builder.inputs if one.shape[:1] == shape[-1:]]
    if not tokens:
        raise NotSaid("an embedding of numbers that count tokens, beside no tokens as many")
    sizes = shape[-1:] if kind == "positions" else shape[-2:]
    numbers = call.layer(kind, tokens[:1], fields, shape=sizes)
    numbers.dtype = "int"
    return numbers


def counted(traced: Traced) -> int | None:
    """The first of integers that count up by one along their only long axis; None for others.

    >>> counted(Traced((1, 3), values=[[2, 3, 4]]))
    2
    """
    values = traced.values
    while isinstance(values, list) and len(values) == 1 and isinstance(values[0], list):
        (values,) = values
    if not isinstance(values, list) or not values or not all(isinstance(one, int) for one in values):
        return None
    return values[0] if values == list(range(values[0], values[0] + len(values))) else None


def counted_tokens(traced: Traced) -> tuple[Traced, int] | None:
    """Integers and the one of them that pads: cumsum(ids != padding) * (ids != padding) + padding counts the others."""
    shifted = with_number(traced, "add")
    product = None if shifted is None else made_by(shifted[0], "mul")
    factors = [] if product is None else [one for one in product.arguments if isinstance(one, Traced)]
    for sums, mask in permutations(factors, 2):
        told = with_number(mask, "ne")
        summed = made_by(_without_nothing(sums), "cumsum")
        if shifted is None or told is None or summed is None or told[1] != shifted[1]:
            continue
        ids, padding = told
        axis = summed.keywords.get("dim", summed.arguments[-1])
        is_of_mask = origin(summed.arguments[0]) is origin(mask)
        if is_of_mask and axis in (-1, len(ids.shape) - 1) and isinstance(padding, int):
            return ids, padding
    return None


def _without_nothing(traced: Traced) -> Traced:
    """A tensor to which 0 may have been added."""
    found = with_number(traced, "add")
    return found[0] if found is not None and found[1] == 0 else traced
