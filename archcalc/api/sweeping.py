"""The designs of a sweep as people use them: those of the room, with the report of each."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.api.report import Report
from archcalc.network import Settings
from archcalc.solve.question import Quantity
from archcalc.sweep import Designs


class Sweep(Designs):
    """The designs of one network at all combinations of some values: `Architecture.sweep` makes it.

    Going through it gives those that are legal and meet the conditions, in the order of their numbers.

    >>> import archcalc
    >>> space = archcalc.load("unet:paper").sweep({"N": range(100, 573)}, "memory <= 800 MB")
    >>> [design.values["N"] for design in space.first(3)], space.largest().values
    ([188, 204, 220], {'N': 444})
    """

    def check(self, number: int) -> Report:
        """The report of a design, by its number. Raises: IndexError.

        >>> import archcalc
        >>> space = archcalc.load("vgg:D").sweep({"H": range(224, 257, 32)})
        >>> space.check(1).totals.multiplications == space[1].figures["multiplications"]
        True
        """
        return Report.of(self.question.program, Settings({**self.question.given, **self.values(number)}))

    def _repr_html_(self) -> str:
        """For notebooks: what is swept and how, how many designs there are, and the first of them."""
        from archcalc.report.sweeps import fragment

        return fragment(self)


def with_quantities(space: Sweep, quantities: Sequence[Quantity]) -> Sweep:
    """The same designs, of which these quantities are known, too; with what was computed, if they are known already."""
    asked = space.question.with_quantities(quantities)
    return space if asked == space.question else Sweep(asked)
