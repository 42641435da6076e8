"""Sizes as numbers to draw by."""

from __future__ import annotations

from collections.abc import Mapping
from math import log2
from typing import NamedTuple

from archcalc.dims import Dim, Polynomial, is_known
from archcalc.dims.substitution import free_symbols, substitute
from archcalc.layers.shape import Shape


class Sizes(NamedTuple):
    """The sizes of a map, where free symbols and unknown ones are replaced by numbers to draw by: at least 1."""

    channels: int
    spatial: tuple[int, ...]

    @classmethod
    def of(cls, shape: Shape | None, stand_ins: Mapping[str, int]) -> Sizes:
        """The sizes of a shape; a vector has no spatial ones, nor has what is not known at all."""
        if shape is None:
            return cls(1, ())
        spatial = tuple([_number(size, stand_ins) for size in shape.spatial])
        return cls(_number(shape.channels, stand_ins), spatial)

    @property
    def height(self) -> int:
        """Of a picture or a volume; the length of a sequence."""
        return self.spatial[-2] if len(self.spatial) > 1 else self.spatial[-1]

    @property
    def width(self) -> int:
        """Of a picture or a volume; a sequence is as wide as it is long."""
        return self.spatial[-1]

    def halvings(self, source: Sizes, least: float) -> int:
        """How often the map `source` was halved to become this one; negative if it was doubled."""
        if not self.spatial or not source.spatial:
            return 0
        ratio = source.height / self.height
        if 1 / least <= ratio <= least:
            return 0
        return max(1, round(log2(ratio))) if ratio > 1 else min(-1, round(log2(ratio)))


def _number(size: Dim, stand_ins: Mapping[str, int]) -> int:
    if not is_known(size):
        return 1
    value = substitute(size, {name: stand_ins.get(name, 1) for name in free_symbols(size)})
    return 1 if isinstance(value, Polynomial) else max(1, round(value))
