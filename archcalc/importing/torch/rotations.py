"""Rotary positions as code writes them out: x * cosines + (its halves exchanged, one negated) * sines."""

from __future__ import annotations

import math
from itertools import permutations
from typing import Any, NamedTuple

from archcalc.importing.torch.calls import own_name
from archcalc.importing.torch.origins import made_by, origin
from archcalc.importing.torch.trace import Function, Traced

_TOLERANCE = 1e-3
"""By so much a cosine may differ, whose angle was worked out in 32 bits."""


class Rotation(NamedTuple):
    """Pairs of the halves of a map's last axis, turned by angles that grow with the place on the axis before.

    `inside` are the functions that compute it, but for the last one, by their ids.
    """

    read: Traced
    base: int
    inside: frozenset[int]


def rotation(function: Function) -> Rotation | None:
    """The rotation that ends with a function; None for every other one."""
    if own_name(function.name).strip("_") != "add" or len(function.arguments) != 2 or function.keywords:
        return None
    for straight, across in permutations(function.arguments):
        one, two = _factors(straight), _factors(across)
        for (read, cosines), (turned, sines) in ((a, b) for a in one for b in two):
            halves = _exchanged(turned, read)
            base = None if halves is None else _base(read, cosines, sines)
            if halves is not None and base is not None:
                inside = (straight.maker, across.maker, *halves)
                return Rotation(read, base, frozenset(id(one) for one in inside))
    return None


def _factors(product: Any) -> list[tuple[Traced, Traced]]:
    """A map and a constant that are multiplied."""
    maker = product.maker if isinstance(product, Traced) else None
    if maker is None or own_name(maker.name).strip("_") != "mul" or len(maker.arguments) != 2:
        return []
    one, other = maker.arguments
    if not isinstance(one, Traced) or not isinstance(other, Traced):
        return []
    return [(a, b) for a, b in ((one, other), (other, one)) if a.batched and not b.batched and not b.learned]


def _exchanged(turned: Traced, read: Traced) -> list[Function] | None:
    """The functions that exchange the halves of a map's last axis and negate the second one; None for other ones."""
    joined = made_by(turned, "cat", through=())
    parts = joined.arguments[0] if joined is not None and joined.arguments else None
    rank = len(read.shape)
    if joined is None or not isinstance(parts, (list, tuple)) or len(parts) != 2:
        return None
    axis = joined.keywords.get("dim", joined.arguments[1] if len(joined.arguments) > 1 else 0)
    negated = made_by(parts[0], "neg", through=())
    if negated is None or axis not in (-1, rank - 1):
        return None
    half = read.shape[-1] // 2
    second, first = negated.arguments[0], parts[1]
    cuts = [_cut(second, read, (half, 2 * half)), _cut(first, read, (0, half))]
    found = [one for one in cuts if one is not None]
    return [joined, negated, *found] if len(found) == 2 and 2 * half == read.shape[-1] else None


def _cut(part: Traced, read: Traced, bounds: tuple[int, int]) -> Function | None:
    """The function that takes the entries between two bounds of the last axis of a map."""
    if (slicing := made_by(part, "getitem", through=())) is not None:
        source, index = slicing.arguments[:2]
        last = index[-1] if isinstance(index, (list, tuple)) and index and index[0] is ... and len(index) == 2 else None
        fits = isinstance(last, slice) and last.indices(read.shape[-1]) == (*bounds, 1)
        return slicing if fits and source is read else None
    cut = made_by(part, "chunk", through=())
    if cut is None or cut.arguments[0] is not read or part.port != (0 if bounds[0] == 0 else 1):
        return None
    said = [
        cut.keywords.get(name, given)
        for name, given in zip(("chunks", "dim"), [*cut.arguments[1:], None, None], strict=False)
    ]
    return cut if said[0] == 2 and said[1] in (-1, len(read.shape) - 1) else None


def _base(read: Traced, cosines: Traced, sines: Traced) -> int | None:
    """The base of angles place * base ** (-2i / width), of which both tables are; None if they are of others."""
    tokens, width = read.shape[-2:] if len(read.shape) > 1 else (0, 0)
    cosine, sine = (_table(origin(one), tokens, width) for one in (cosines, sines))
    if tokens < 2 or width < 4 or cosine is None or sine is None:
        return None
    angle = math.atan2(sine[1][1], cosine[1][1])
    if angle <= 0:
        return None
    base: int = round(angle ** (-width / 2))
    half = width // 2
    if base < 2:
        return None
    for entry in range(half):
        step = base ** (-2 * entry / width)
        for place in range(tokens):
            wanted = math.cos(place * step), math.sin(place * step)
            for column in (entry, entry + half):
                found = cosine[place][column], sine[place][column]
                if max(abs(found[0] - wanted[0]), abs(found[1] - wanted[1])) > _TOLERANCE:
                    return None
    return base


def _table(traced: Traced, tokens: int, width: int) -> list[list[float]] | None:
    """The rows of a constant [*1, tokens, width]."""
    if traced.shape[-2:] != (tokens, width) or math.prod(traced.shape) != tokens * width:
        return None
    values = traced.values
    for _ in traced.shape[:-2]:
        values = values[0] if isinstance(values, list) else None
    return values if isinstance(values, list) else None
