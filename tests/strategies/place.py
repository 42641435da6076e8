"""A place of a spec that is being written."""

from __future__ import annotations

from archcalc.layers.shape import Shape
from strategies.fields import Named
from strategies.spelling import Speller


class Place:
    """Where steps are being written: what they read, and the names that they can use."""

    def __init__(self, shape: Shape, speller: Speller, maps: tuple[Named, ...] = (), template: str = "") -> None:
        self.shape = shape
        self.entry = shape
        self.speller = speller
        self.maps = maps
        self.lists: list[tuple[str, tuple[Shape, ...]]] = []
        self.reusable: list[tuple[str, Shape, Shape]] = []
        self.template = template
        """What a name must hold to differ from turn to turn of the loops around."""

    def inner(self, speller: Speller | None = None, template: str = "") -> Place:
        """A place inside this one, which sees its names."""
        place = Place(self.shape, speller or self.speller, self.maps, self.template + template)
        place.entry = self.entry
        return place
