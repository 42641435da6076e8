"""How maps are read: `here`, `input`, by a label, or by a path through scopes; and labels for what is read so."""

from __future__ import annotations

import re
from collections.abc import Collection

from archcalc.importing.record import Record, Value
from archcalc.importing.structure.data import MapName
from archcalc.importing.structure.flow import Flow
from archcalc.importing.structure.interface import inputs_of
from archcalc.importing.structure.labels import legal
from archcalc.importing.structure.maps import part
from archcalc.importing.structure.tree import Item, Leaf, Place

HERE, INPUT = MapName("here"), MapName("input")
_SKIPPED = ("skip", "skipped", "second", "other_map")


class Unsayable(Exception):
    """A form of the spec has no words for something; a simpler form has."""


class Naming:
    """Names of maps in a spec whose blocks are these places."""

    def __init__(self, record: Record, flow: Flow, blocks: Collection[Place]) -> None:
        self.flow = flow
        self.blocks = blocks
        self._inputs = {value: MapName(name) for value, name in inputs_of(record).items()}

    @property
    def has_inputs(self) -> bool:
        """Whether the network has several inputs, each with a name."""
        return len(self._inputs) > 1

    def block(self, place: Place) -> Place:
        """The block, or the network, that a place is in: what its steps can see."""
        return next(one for one in place.outward if one in self.blocks or one.parent is None)

    def parameters(self, block: Place) -> dict[Value, MapName]:
        """The maps that a block gets besides what it reads, with the names of its parameters for them."""
        others = self.flow.reads[block][1:] if block.parent is not None else []
        labels = {item.label for item in inner_items(block)}
        word = next(word for word in _SKIPPED if word not in labels)
        if len(others) == 1:
            return {others[0]: MapName(word)}
        return {value: MapName(f"{word}{index}") for index, value in enumerate(others, 1)}

    def label(self, value: Value, reader: Place) -> None:
        """Give a label to what makes a map that is read by its name."""
        if not self._is_given(value, reader):
            for item in self._way(value, reader):
                self._label(item)

    def value(self, value: Value, reader: Place) -> MapName:
        """The name of a map where an expression stands, in which digits are numbers and hyphens are minus signs.

        Raises: Unsayable.
        """
        found = self.name(value, reader, in_expression=True)
        if "-" in found or found[0].isdigit():
            raise Unsayable(f"`{found}` is no name in an expression")
        return found

    def name(self, value: Value, reader: Place, *, in_expression: bool = False) -> MapName:
        """The name of a map in the steps of a place. Raises: Unsayable."""
        block = self.block(reader)
        if block.parent is None and value in self._inputs:
            return self._inputs[value]
        if value is self.flow.entry(block):
            return INPUT
        if value.maker is None or not self.flow.is_made_in(value, block):
            return self.parameters(block)[value]
        way = self._way(value, reader)
        last = way[-1]
        labels = [item.label or "" for item in way]
        if isinstance(last, Leaf):
            labels[-1] = part(labels[-1], last.layer, value)
        return self._visible(labels, way[0], reader, in_expression=in_expression)

    def path(self, item: Item, reader: Place) -> MapName:
        """The name of a layer or a scope that is applied again. Raises: Unsayable."""
        way = [item]
        seen = set(reader.outward)
        while self.flow.around[way[0]] not in seen:
            way.insert(0, self.flow.around[way[0]])
        if self.block(self.flow.around[way[0]]) is not self.block(reader):
            raise Unsayable("a block applies a layer outside of it")
        return self._visible([one.label or "" for one in way], way[0], reader)

    def _is_given(self, value: Value, reader: Place) -> bool:
        block = self.block(reader)
        return value.maker is None or value is self.flow.entry(block) or not self.flow.is_made_in(value, block)

    def _way(self, value: Value, reader: Place) -> list[Item]:
        """From the first scope that the reader is not in, down to what makes the map or stands for it."""
        seen = set(reader.outward)
        way: list[Item] = [self.flow.home[value]]
        while (place := self.flow.around[way[0]]) not in seen:
            way = [place] if self.flow.main(place) is value else [place, *way]
        return way

    def _label(self, item: Item) -> None:
        if item.label is not None:
            return
        hint = legal(item.hint) if item.hint and not item.hint.isdigit() else None
        kind = item.layer.kind if isinstance(item, Leaf) else "part"
        taken = self._taken(self.flow.around[item])
        if hint is not None and hint not in taken and "." not in hint:
            item.label = hint
            return
        word = re.sub(r"\d+$", "", kind)
        number = 1
        while f"{word}{number}" in taken:
            number += 1
        item.label = f"{word}{number}"

    def _taken(self, place: Place) -> set[str | None]:
        """The labels that could hide one of this place, or be hidden by it, within its block."""
        found = {item.label for item in inner_items(place)}
        for around in place.outward:
            found |= {item.label for item in around.items}
            if around in self.blocks:
                break
        return found

    def _visible(self, labels: list[str], first: Item, reader: Place, *, in_expression: bool = False) -> MapName:
        """The path, with the scopes around in front of it where an inner one has a step of the same name."""
        home = self.flow.around[first]
        while True:
            head = labels[0].partition(".")[0]
            is_hidden = any(head == _head(item) for place in _between(reader, home) for item in place.items)
            if not is_hidden and not (head.isdigit() and (reader is not home or in_expression)):
                return MapName(".".join(labels))
            if home.parent is None or home in self.blocks or home.label is None:
                raise Unsayable(f"`{'.'.join(labels)}` is hidden where it is read")
            labels = [home.label, *labels]
            home = home.parent


def _between(reader: Place, home: Place) -> list[Place]:
    """The places from the reader outwards that stand within the place that a name begins in."""
    found: list[Place] = []
    for place in reader.outward:
        if place is home:
            break
        found.append(place)
    return found


def _head(item: Item) -> str | None:
    return item.label.partition(".")[0] if item.label else None


def inner_items(place: Place) -> list[Item]:
    """All items within a place, those of inner ones too."""
    found: list[Item] = []
    for item in place.items:
        found.append(item)
        if isinstance(item, Place):
            found += inner_items(item)
    return found
