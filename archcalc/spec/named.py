"""Maps as values: names with what they stand for, such as the shapes of tensors."""

from __future__ import annotations

from archcalc.spec.model import Argument, Formula, Listing


class Named(Listing):
    """A map from names to values: a list of pairs, in which whoever looks for expressions finds them."""

    __slots__ = ()

    @property
    def pairs(self) -> list[tuple[str, Argument]]:
        """The names with their values."""
        return [
            (pair.items[0].text, pair.items[1])
            for pair in self.items
            if isinstance(pair, Listing) and isinstance(pair.items[0], Formula)
        ]
