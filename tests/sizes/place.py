"""A layer at its place, as the rules of `sizes.rules` see it: what it reads, its fields, and what it asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import mul
from typing import Any, NamedTuple

import numpy as np

from sizes.texts import Array, whole

ONE = np.int64(1)


class Never(Exception):
    """A layer that fits at no size at all: axes of the wrong number or order."""


class Grid(NamedTuple):
    """What flows along an edge: sizes of its axes, whether the channels are the last of them, and how many items."""

    sizes: tuple[Array, ...]
    last: bool = False
    items: Array = ONE
    integers: bool = False
    below: Array | None = None
    """Of integers: the number that they are below, if it is known."""

    @property
    def channels(self) -> Array:
        return ONE if self.integers else self.sizes[-1 if self.last else 0]

    @property
    def spatial(self) -> tuple[Array, ...]:
        if self.integers:
            return self.sizes
        return self.sizes[:-1] if self.last else self.sizes[1:]

    @property
    def axis(self) -> int:
        """Where the channels are."""
        return len(self.sizes) - 1 if self.last else 0

    def of(self, channels: Array, spatial: Sequence[Array]) -> Grid:
        return self._replace(sizes=(*spatial, channels) if self.last else (channels, *spatial))

    @property
    def elements(self) -> Array:
        return product(self.sizes)


class Pooled(NamedTuple):
    """The layer that wrote a map which a field names: its kind, and what it read and wrote."""

    kind: str
    read: Grid | None
    wrote: Grid


class Place:
    """A layer with what it reads; it collects conditions and weights."""

    def __init__(
        self, layer: Any, inputs: list[Grid], named: list[Pooled], rounding: str, sizes: Mapping[str, Array]
    ) -> None:
        self.layer = layer
        self.inputs = inputs
        self.named = named
        self.rounding = rounding
        self.sizes = sizes
        self.conditions: list[Array] = []
        self.weights: list[tuple[Array, ...]] = []

    def must(self, condition: Array) -> None:
        self.conditions.append(condition)

    def weigh(self, *sizes: Array) -> None:
        self.weights.append(sizes)

    def field(self, name: str, bound: int | None = None) -> Array:
        """A field that is one whole number."""
        return self.number(getattr(self.layer, name), bound)

    def number(self, value: Any, bound: int | None = None) -> Array:
        if isinstance(value, int):
            return np.int64(value)
        found, is_whole = whole(value, self.sizes)
        self.must(is_whole)
        if bound is not None:
            self.must(found >= bound)
        return found

    def each(self, name: str, rank: int, bound: int | None = None) -> list[Array]:
        """A field with a whole number for every axis."""
        return [self.number(value, bound) for value in per_axis(getattr(self.layer, name), rank)]

    def pads(self, rank: int, bound: int | None = 0) -> list[tuple[Array, Array]]:
        """Padding before and after, for every axis; words start from none."""
        value = self.layer.padding
        entries = per_axis(0 if isinstance(value, str) else value, rank)
        pairs = [entry if isinstance(entry, tuple) else (entry, entry) for entry in entries]
        return [(self.number(before, bound), self.number(after, bound)) for before, after in pairs]


def product(sizes: Sequence[Array]) -> Array:
    return reduce(mul, sizes, ONE)


def per_axis(value: Any, rank: int) -> tuple[Any, ...]:
    found = value if isinstance(value, tuple) else (value,) * rank
    if len(found) != rank:
        raise Never(f"{len(found)} entries for {rank} axes")
    return found


def need(fits: bool, reason: str) -> None:
    if not fits:
        raise Never(reason)


def is_map(grid: Grid) -> None:
    need(not grid.last and 2 <= len(grid.sizes) <= 4, "a map with the channels first and one to three axes")


def has_positions(grid: Grid) -> None:
    need(2 <= len(grid.sizes) <= 4, "one to three axes besides the channels")


def is_vector_or_map(grid: Grid) -> None:
    if len(grid.sizes) != 1:
        is_map(grid)


def is_tokens(grid: Grid) -> None:
    need(len(grid.sizes) == 2 and grid.last, "tokens with the channels last")


def are_tokens(grid: Grid) -> None:
    need(len(grid.sizes) >= 2 and grid.last, "tokens with the channels last, behind any other axes")
