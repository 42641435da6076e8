"""Maps from names to values in the source, such as the shapes of tensors by their names."""

from __future__ import annotations

from archcalc.spec.model import Argument, Formula, Listing


class Named(Listing):
    """A map from names to values: a list of pairs, in which whoever looks for expressions finds them."""

    __slots__ = ()

    @property
    def pairs(self) -> list[tuple[str, Argument]]:
        """The names with their values."""
        pairs = [pair.items for pair in self.items if isinstance(pair, Listing)]
        return [(name.text, value) for name, value in pairs if isinstance(name, Formula)]
