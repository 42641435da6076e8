"""The network as it grows: maps in the order in which Keras has their axes, or with the channels moved to the front.

Keras has the channels last, archcalc's layers over positions have them first. A map is moved when a layer asks for it,
once for all its readers, and stays so until a layer asks for the order of Keras, such as `Dense` and `Flatten`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal, NamedTuple

from archcalc.importing.building import NotSaid
from archcalc.importing.growing import MOST_AXES, Growing, Site
from archcalc.importing.record import Layout, Plain, Value

__all__ = ["MOST_AXES", "Map", "Network", "Site"]


class Map(NamedTuple):
    """A map, and whether its last axis in Keras stands in front."""

    value: Value
    moved: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape as Keras has it, without the batch."""
        sizes = self.value.shape
        return (*sizes[1:], sizes[0]) if self.moved else sizes

    @property
    def rank(self) -> int:
        """How many axes it has without the batch."""
        return len(self.value.shape)

    @property
    def layout(self) -> Layout:
        """Where the channels stand, unless the layer that reads it says otherwise."""
        return "channels_first" if self.moved or self.rank < 2 else "channels_last"

    def place_of(self, axis: int) -> int:
        """Where an axis of Keras, counted without the batch, stands."""
        return (0 if axis == self.rank - 1 else axis + 1) if self.moved else axis

    def axis(self, number: int) -> int:
        """Where an axis of Keras, counted with the batch, stands.

        Raises: NotSaid for the batch.
        """
        axis = number + self.rank + 1 if number < 0 else number
        if axis == 0:
            raise NotSaid("it works along the batch")
        if not 0 < axis <= self.rank:
            raise NotSaid(f"axis {number} is none of its map")
        return self.place_of(axis - 1)


class Network(Growing):
    """A record that grows, and the maps that were moved in it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._moved: dict[tuple[int, int], Value] = {}

    def emit(
        self,
        kind: str,
        maps: Sequence[Map],
        fields: Mapping[str, Plain] | None = None,
        *,
        site: Site,
        names: Mapping[str, str] | None = None,
        label: str | None = None,
        layout: Layout | None = None,
    ) -> list[Value]:
        """The maps of a new layer, which reads maps as they stand unless it says in which layout.

        Raises: ImportFailure where archcalc says that the layer cannot be.
        """
        values, seen = [one.value for one in maps], layout or maps[0].layout
        return self.layers(kind, values, fields, site=site, names=names, label=label, layout=seen)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """What is built meanwhile is taken back where it turns out that archcalc cannot say it."""
        moved = len(self._moved)
        try:
            with super().attempt():
                yield
        except NotSaid:
            while len(self._moved) > moved:
                self._moved.popitem()
            raise

    def front(self, one: Map, site: Site) -> Map:
        """The map with its last axis in front."""
        if one.moved or one.rank < 2:
            return one
        return Map(self._turned(one, "channels_first", site), True)

    def back(self, one: Map, site: Site) -> Map:
        """The map in the order of Keras."""
        return Map(self._turned(one, "channels_last", site)) if one.moved else one

    def alike(self, maps: Sequence[Map], site: Site) -> list[Map]:
        """Maps in one order: moved if one of them is."""
        if any(one.moved for one in maps):
            return [self.front(one, site) for one in maps]
        return list(maps)

    def _turned(self, one: Map, kind: Literal["channels_first", "channels_last"], site: Site) -> Value:
        """The map turned, once within a scope: what a scope turns for itself is nothing that it gives."""
        key = (id(self.builder.scope), id(one.value))
        if key not in self._moved:
            made = self.emit(kind, [one], site=site)[0]
            self._moved[key] = made
            self._moved[id(self.builder.scope), id(made)] = one.value
        return self._moved[key]
