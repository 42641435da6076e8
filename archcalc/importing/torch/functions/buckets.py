"""Distances between tokens in buckets, as T5 counts them: found in the numbers of a table of places."""

from __future__ import annotations

import math
import struct

from archcalc.importing.record import Plain
from archcalc.importing.torch.trace import Traced

_USUAL = 128
_MOST = 2**20
"""Further away than this nobody counts."""
_WIDEST = 20.0


def found_buckets(traced: Traced, rows: int) -> dict[str, Plain] | None:
    """The fields of `relative_buckets` that give the integers of a square of tokens; None if none do.

    >>> found_buckets(Traced((3, 3), dtype="int64", by_distance=[2, 1, 0, 5, 6]), 8)
    {'buckets': 8, 'furthest': 128, 'bidirectional': True}
    """
    found, tokens = traced.by_distance, traced.shape[-1] if traced.shape else 0
    if found is None or traced.shape[-2:] != (tokens, tokens) or not traced.dtype.startswith("int"):
        return None
    behind, ahead = found[tokens - 1 :: -1], found[tokens - 1 :]
    is_bidirectional = any(ahead)
    one_side = rows // 2 if is_bidirectional else rows
    if is_bidirectional and (rows % 2 or ahead[1:] != [one_side + place for place in behind[1:]]):
        return None
    furthest = _furthest(behind, one_side)
    if furthest is None:
        return None
    return {"buckets": rows, "furthest": furthest, "bidirectional": is_bidirectional}


def _furthest(buckets: list[int], count: int) -> int | None:
    """The distance from which on all are in the last of so many buckets, of those at the distances 0, 1, 2, ...

    The usual one, where it fits; else the smallest one that does, if the last bucket shows that it is reached.
    """
    near = count // 2
    if near < 1 or any(not near <= bucket < count for bucket in buckets[near:]):
        return None
    low, high = near + 1.0, float(_MOST)
    for distance, bucket in list(enumerate(buckets))[near:]:
        share, steps = math.log(distance / near) * (count - near), bucket - near
        if steps:
            high = min(high, near * math.exp(min(share / steps, _WIDEST)))
        if bucket < count - 1:
            low = max(low, near * math.exp(min(share / (steps + 1), _WIDEST)))
    # Where the last bucket is reached, all distances that fit say the same of those that were not seen.
    others = range(max(math.floor(low), near + 1), math.ceil(high) + 1) if buckets[-1] == count - 1 else range(0)
    candidates: list[int] = [_USUAL, *others] if near < _USUAL else list(others)
    for furthest in candidates:
        if all(_bucket(at, count, furthest) == one for at, one in enumerate(buckets)):
            return furthest
    return None


def _bucket(distance: int, count: int, furthest: int) -> int:
    """The bucket of a distance, worked out in 32 bits as PyTorch does."""
    near = count // 2
    if distance < near:
        return distance
    share = _in_32_bits(math.log(_in_32_bits(distance / near))) / _in_32_bits(math.log(furthest / near))
    return min(near + int(_in_32_bits(_in_32_bits(share) * (count - near))), count - 1)


def _in_32_bits(value: float) -> float:
    """The nearest number of 32 bits."""
    (found,) = struct.unpack("f", struct.pack("f", value))
    return float(found)
