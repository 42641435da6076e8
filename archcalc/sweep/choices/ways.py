"""The most layers on one way through a network, for all choices: a map says how many layers lie behind it.

Such a number is a sum of tables, each over few choices. Of two ways that begin alike, the longer one is told by what
they do not have in common: the tables in which they differ are proven to differ in one direction, or are compared
entry by entry, as long as they are over few choices together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from math import prod
from typing import Any, NamedTuple

from archcalc.expectations.measure import counted, has_weights
from archcalc.graph import Map, Node
from archcalc.questions.constraints import Quantity
from archcalc.questions.measuring import names_of
from archcalc.sweep.arrays import numpy
from archcalc.sweep.choices.figures import chosen
from archcalc.sweep.choices.names import NotTabled
from archcalc.sweep.choices.table import ANY, Table

MAX_COMPARED = 2**16
"""Entries of a table in which two ways differ."""

Parts = dict[tuple[int, ...], Any]


class Long(NamedTuple):
    """A number at all choices: a constant, and by places of axes an array of these axes; all of them are added up."""

    constant: int
    parts: Parts

    def plus(self, number: int) -> Long:
        """So many more, whatever is chosen."""
        return self._replace(constant=self.constant + number) if number else self

    @property
    def key(self) -> Any:
        """Equal for equal sums."""
        return self.constant, tuple(sorted((places, own.tobytes()) for places, own in self.parts.items()))

    def tables(self) -> list[Table[int]]:
        """The same as tables that are added up."""
        found = [Table.constant(self.constant)]
        for places, own in self.parts.items():
            found.append(Table(places, {codes: int(own[codes]) for codes in product(*map(range, own.shape))}))
        return found


NONE = Long(0, {})


class Lengths:
    """Arithmetic of numbers at all choices; `sizes` are how many values each axis has."""

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = sizes

    def longest(self, numbers: Iterable[Long]) -> Long:
        """The largest of some numbers, which are 0 at least. Raises: NotTabled."""
        found: Long | None = None
        for one in numbers:
            found = one if found is None else self._longer(found, one)
        return NONE if found is None else found

    def _longer(self, one: Long, other: Long) -> Long:
        apart = self._apart(one, other)
        least = apart.constant + sum(int(own.min()) for own in apart.parts.values())
        most = apart.constant + sum(int(own.max()) for own in apart.parts.values())
        if least >= 0:
            return one
        if most <= 0:
            return other
        places = tuple(sorted({place for own in apart.parts for place in own}))
        array = self._array(apart, places)
        if array.min() >= 0:
            return one
        return other if array.max() <= 0 else self._added(other, places, numpy().maximum(array, 0))

    def chosen(self, numbers: Table[Any]) -> Long:
        """The number at what is chosen of a table of numbers; ANY stands for whatever is right. Raises: NotTabled."""
        known = [one for one in numbers.of.values() if one is not ANY]
        if not known:
            return NONE
        base: Long = known[0]
        if all(one is base for one in known):
            return base
        apart = {codes: self._apart(one, base) for codes, one in numbers.of.items() if one is not ANY}
        places = {place for one in apart.values() for own in one.parts for place in own} | set(numbers.choices)
        order = tuple(sorted(places))
        array = self._zeros(order)
        # Along the axes of the table, each number has a line of its own.
        for codes, one in apart.items():
            at = dict(zip(numbers.choices, codes, strict=True))
            line = tuple([slice(at[place], at[place] + 1) if place in at else slice(None) for place in order])
            array[line] = self._array(one, order)[line]
        return self._added(base, order, array)

    def _apart(self, one: Long, other: Long) -> Long:
        """By how much one number is larger than another one."""
        parts: Parts = {}
        for places in dict.fromkeys((*one.parts, *other.parts)):
            own, more = one.parts.get(places), other.parts.get(places)
            if own is more:
                continue
            difference: Any = (0 if own is None else own) - (0 if more is None else more)
            if difference.any():
                parts[places] = difference
        return Long(one.constant - other.constant, parts)

    def _array(self, number: Long, places: Sequence[int]) -> Any:
        """All values of a number over some axes. Raises: NotTabled."""
        array = self._zeros(places) + number.constant
        for own, values in number.parts.items():
            array += values.reshape([self.sizes[place] if place in own else 1 for place in places])
        return array

    def _zeros(self, places: Sequence[int]) -> Any:
        lengths = [self.sizes[place] for place in places]
        if prod(lengths) > MAX_COMPARED:
            raise NotTabled("which way through the network is the longest depends on too many choices at once")
        return numpy().zeros(lengths, "int64")

    def _added(self, number: Long, places: tuple[int, ...], array: Any) -> Long:
        """A number and what an array adds to it, over those axes alone along which it changes."""
        kept = list(places)
        for place in places:
            at = kept.index(place)
            first = array.take([0], axis=at)
            if (array == first).all():
                array = first.squeeze(axis=at)
                kept.remove(place)
        if not kept:
            return number.plus(int(array))
        parts = dict(number.parts)
        own = tuple(kept)
        parts[own] = parts[own] + array if own in parts else array
        return Long(number.constant, parts)


class Traced(Map):
    """A map that stands for those at several choices, and knows how many layers lie behind each of them."""

    __slots__ = ("behind",)

    def __init__(self, of: Map, behind: tuple[Long, ...]) -> None:
        super().__init__(of.node, of.port, of.shape, of.outline)
        self.behind = behind


class Ways:
    """The lengths of ways of some quantities, each of which counts layers of its own."""

    def __init__(self, quantities: Sequence[Quantity], sizes: Sequence[int]) -> None:
        self.quantities = [(one, tuple(names_of(one))) for one in quantities]
        self.lengths = Lengths(sizes)
        self.whole = (NONE,) * len(quantities)
        """The longest ways of all steps so far."""
        self._known: dict[int, tuple[Long, ...]] = {}

    def begin(self) -> None:
        """Forget the layers of a run: what comes next may stand at their places in memory."""
        self._known.clear()

    def behind(self, value: Map) -> tuple[Long, ...]:
        """How many layers lie behind a map, at the most. Raises: NotTabled."""
        if isinstance(value, Traced):
            return value.behind
        return (NONE,) * len(self.quantities) if value.node is None else self._of(value.node)

    def of(self, quantity: Quantity) -> Long:
        """The longest way of all steps, as one of the quantities counts it."""
        return self.whole[[one for one, _ in self.quantities].index(quantity)]

    def run(self, nodes: Sequence[Node]) -> tuple[Long, ...]:
        """The longest ways that end at some layers, which stand in the order of the network. Raises: NotTabled."""
        found = [self._of(node) for node in nodes]
        return tuple([self.lengths.longest(numbers) for numbers in zip(*found, strict=True)])

    def add(self, ways: Table[Any]) -> None:
        """Further ways: a table of what `run` says, or ANY where nothing is run. Raises: NotTabled."""
        self.whole = tuple(
            [
                self.lengths.chosen(ways.map(lambda own: self._or(own, at, longest)))  # noqa: B023 - used at once
                for at, longest in enumerate(self.whole)
            ]
        )

    def _or(self, own: Any, at: int, longest: Long) -> Long:
        return longest if own is ANY else self.lengths.longest([longest, own[at]])

    def traced(self, one: Map) -> Map:
        """The same map, which knows how many layers lie behind it. Raises: NotTabled."""
        return one if isinstance(one, Traced) else Traced(one, self.behind(one))

    def joined(self, one: Any, members: Table[Any]) -> Any:
        """A map that stands for several, by the choices that lead to each of them. Raises: NotTabled."""
        if one is ANY:
            return one
        behind = members.map(lambda value: value if value is ANY else self.behind(value))
        numbers = [
            self.lengths.chosen(behind.map(lambda own: own if own is ANY else own[at]))  # noqa: B023 - used at once
            for at in range(len(self.quantities))
        ]
        return Traced(one, tuple(numbers))

    def key(self, value: Map) -> Any:
        """Equal for maps behind which there are as many layers, whatever is chosen. Raises: NotTabled."""
        return tuple([one.key for one in self.behind(value)])

    def _of(self, node: Node) -> tuple[Long, ...]:
        waiting = [node]
        while waiting:
            one = waiting[-1]
            before = [value.node for value in one.inputs if not isinstance(value, Traced) and value.node is not None]
            if missing := [other for other in before if id(other) not in self._known]:
                waiting.extend(missing)
                continue
            waiting.pop()
            if id(one) not in self._known:
                self._known[id(one)] = self._longer(one)
        return self._known[id(node)]

    def _longer(self, node: Node) -> tuple[Long, ...]:
        inputs = [
            value.behind if isinstance(value, Traced) else self._known[id(value.node)]
            for value in node.inputs
            if isinstance(value, Traced) or value.node is not None
        ]
        numbers = zip(*inputs, strict=True) if inputs else ((),) * len(self.quantities)
        return tuple(
            [
                self.lengths.longest(own).plus(_counts(node, *asked))
                for own, asked in zip(numbers, self.quantities, strict=True)
            ]
        )


def _counts(node: Node, quantity: Quantity, names: Sequence[str]) -> int:
    """Whether a layer is counted: 1 or 0. Raises: NotTabled."""
    if node.layer is None or not has_weights(node):
        return 0
    return len(counted(chosen([node], names), quantity.counting))
