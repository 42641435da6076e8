"""Which axes of a space are read, and by which designs: those that differ in nothing that is read are one network.

A step reads a choice where it asks for its value, directly or by a name that was computed from it. A name alone reads
nothing: of a list of kernels, each is read by the layer that has it, and by nobody beyond the depth of its stage.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from archcalc.sweep.choices.table import ANY, Table, both, either_of

NOWHERE: Table[bool] = Table.constant(False)
EVERYWHERE: Table[bool] = Table.constant(True)


class Readings:
    """For each axis a table that says at which choices somebody reads it. `sizes` are how many values each axis has."""

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = sizes
        self.where: dict[int, Table[bool]] = {}
        self.first: dict[int, int] = {}
        """The first value of an axis that is any, where that is not the first one."""
        self._noted: set[Any] = set()

    def note(self, guard: Table[bool], marks: Table[Any]) -> None:
        """Something runs where a guard holds, and reads these axes there; ANY where no network is legal."""
        known = [found for found in marks.of.values() if found is not ANY]
        for place in sorted(set().union(*known)):
            before = self.where.get(place, NOWHERE)
            if before.is_constant and before.of[()]:
                continue
            found = marks.map(_has(place)).collapsed()
            reads = both(guard, found.map(lambda one: one is not ANY and one), self.sizes)
            key = place, reads.choices, tuple(reads.of.items())
            # Most steps of a stage read the same where the stage comes to them.
            if key not in self._noted:
                self._noted.add(key)
                self.where[place] = either_of(before, reads, self.sizes)


def _has(place: int) -> Callable[[Any], Any]:
    """Whether some axes have one among them."""
    return lambda one: one if one is ANY else place in one
