"""Which maps enter and leave each place of a spec, and in which order its layers run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from archcalc.importing.record import Layer, Record, Value
from archcalc.importing.structure.maps import gives_list
from archcalc.importing.structure.tree import Again, Item, Leaf, Place


class Flow:
    """What every layer, scope and repeated scope reads from outside and gives to others.

    Layers are numbered as they run; a map is made in a place if the number of its maker is in the place's range.
    """

    def __init__(self, record: Record, root: Place) -> None:
        self.root = root
        self.around: dict[Item, Place] = {}
        self.home: dict[Value, Item] = {}
        """The layer, or the repeated scope, that makes a map."""
        self.reads: dict[Item, list[Value]] = {}
        self.gives: dict[Item, list[Value]] = {}
        self.shared: set[Layer] = set()
        """Layers whose tensors are applied again, and those that do so."""
        self._outputs = set(record.outputs)
        self._range: dict[Item, tuple[int, int]] = {}
        self._number: dict[Layer, int] = {}
        self._last: dict[Value, int] = {}
        for layer in record.layers():
            number = self._number[layer] = len(self._number)
            self._last.update(dict.fromkeys(layer.reads, number))
            if layer.shares is not None:
                self.shared |= {layer, layer.shares}
        self._survey(root)

    def _survey(self, item: Item) -> None:
        for inner in item.items if isinstance(item, Place) else ():
            self.around[inner] = item  # type: ignore[assignment]  # only places have items
            self._survey(inner)
        numbers = [self._number[layer] for layer in item.layers]
        self._range[item] = (min(numbers, default=0), max(numbers, default=-1))
        parts: list[Item] | list[Layer] = item.items if isinstance(item, Place) else item.layers
        self.reads[item] = self._entering(item, parts)
        made = [value for layer in item.layers for value in layer.outputs]
        self.gives[item] = made if isinstance(item, Leaf) else [value for value in made if self.leaves(value, item)]
        if not isinstance(item, Place):
            self.home.update(dict.fromkeys(made, item))

    def _entering(self, item: Item, parts: Iterable[Item | Layer]) -> list[Value]:
        found: dict[Value, None] = {}
        for part in parts:
            for value in part.reads if isinstance(part, Layer) else self.reads[part]:
                if not self.is_made_in(value, item):
                    found.setdefault(value)
        first = next((value for value in getattr(item, "inputs", ()) if value in found), None)
        return list(found) if first is None else [first, *(value for value in found if value is not first)]

    def is_made_in(self, value: Value, item: Item) -> bool:
        """Whether a map is made by a layer of the item."""
        low, high = self._range[item]
        return value.maker is not None and low <= self._number[value.maker] <= high

    def leaves(self, value: Value, item: Item) -> bool:
        """Whether something behind the item reads a map of it."""
        return value in self._outputs or self._last.get(value, -1) > self._range[item][1]

    def entry(self, item: Item) -> Value | None:
        """The first map that an item reads."""
        return next(iter(self.reads[item]), None)

    def main(self, item: Item) -> Value | None:
        """The map that an item stands for: what its name gives; None where that is a list of maps."""
        if isinstance(item, Leaf):
            return None if gives_list(item.layer) or not item.layer.outputs else item.layer.output
        if isinstance(item, Again):
            return self.gives[item][-1] if self.gives[item] else None
        found = next((value for value in item.outputs if value in self.gives[item]), None)
        found = found or next(reversed(self.gives[item]), None)
        if found is None:
            return self.main(item.items[-1]) if item.items else None
        return None if found.maker is not None and gives_list(found.maker) else found

    def readers(self, place: Place) -> Counter[Value]:
        """How often each map is read by the items of a place."""
        return Counter(
            value
            for item in place.items
            for value in (item.layer.reads if isinstance(item, Leaf) else self.reads[item])
        )
