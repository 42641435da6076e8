"""Which designs of a space are the same network: those that differ in nothing that any step has read.

The network is unfolded once more, step by step, and every step says which names it has asked for, directly or by a
value that was computed from them; a name, an entry of a list or an argument that is only handed on is not read. Other
values that happen to lead to the same layers make another network. A design that is not legal is none.
"""

from __future__ import annotations

from typing import Any

from archcalc.expressions.values import Value
from archcalc.sweep.cells import Cells, Split
from archcalc.sweep.choices.doubles import doubles
from archcalc.sweep.choices.names import NotTabled
from archcalc.sweep.choices.readings import Readings
from archcalc.sweep.choices.sums import Sums
from archcalc.sweep.choices.table import Table
from archcalc.sweep.choices.unfolding import unfolded
from archcalc.sweep.domain import Axis
from archcalc.sweep.question import names_of


class NotTold(Exception):
    """Nobody knows which designs are the same network; the message says why."""


class Networks:
    """The designs of some cells that are legal, each network once: the one with the first values where none is read.

    Raises: NotTold.
    """

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        self.space = cells.space
        whole = cells.at(cells.root)
        if isinstance(whole, Split):
            raise NotTold("values are put in one by one")
        try:
            self.readings = self._readings()
            found = doubles(self.readings, self.space.sizes)
        except NotTabled as error:
            raise NotTold(str(error)) from None
        self.unread = tuple([one.places[0] for one in found if len(one.places) == 1 and not isinstance(whole, Sums)])
        """Axes of closed forms that nobody reads."""
        self.sums = whole.without(found) if isinstance(whole, Sums) and found else None
        """Where choices decide what is read, the same tables, in which no network is legal twice."""

    @property
    def are_designs(self) -> bool:
        """Whether every design that is legal is a network of its own."""
        return self.sums is None and not self.unread

    def is_first(self, numbers: Any) -> Any:
        """Which designs, by an array of their numbers, have the first values of all axes of `unread`."""
        found = numbers == numbers
        for place in self.unread:
            found &= self.space.column(numbers, place) == 0
        return found

    def first(self, number: int) -> int:
        """The design of the same network that has the first values there."""
        codes = self.space.codes(number)
        return number - sum(codes[place] * self.space.strides[place] for place in self.unread)

    def _readings(self) -> Readings:
        """Raises: NotTabled."""
        question, choices = self.cells.question, self.cells.choices
        axes = {place: axis for place, axis in enumerate(self.space.axes) if axis.size > 1}
        given: dict[str, Value] = {axis.name: axis.values[0] for axis in self.space.axes if axis.size == 1}
        sizes = list(self.space.sizes)
        for place, axis in axes.items():
            if place not in choices and (line := axis.line) is not None:
                # What is open is one value, a formula, of which it is seen who reads it all the same.
                axes[place] = Axis(axis.name, (line.formula(axis.name),))
                sizes[place] = 1
        found = Readings(sizes)
        if axes:
            bare = question._replace(quantities=(), constraints=())
            unfolded(bare, axes, given, sizes, is_open=len(choices) < len(axes), readings=found)
        asked = names_of(question)
        for place, axis in axes.items():
            if axis.name in asked:
                found.where[place] = Table.constant(True)
        return found
