"""Layers that slide a window over a map: what convolutions and pools have in common."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archcalc.dims import Dim
from archcalc.layers.fields import Padding
from archcalc.layers.formula import Formula
from archcalc.layers.reach import Reach, sliding
from archcalc.layers.rules import OfMap
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.site import Site
from archcalc.layers.window import Window, Windows, slide, slide_same
from archcalc.layers.window_formulas import slide_formulas


class Windowed(OfMap):
    """A layer with a value for every place of a window: (N - F + 2P)/S + 1 of them on each axis.

    A subclass says what its `windows` are. What it asks of them stands in `fits`, and how many maps it writes in
    `maps`: shapes, formulas and receptive fields follow.
    """

    resizes = True

    def windows(self) -> Windows:
        """The windows as the fields state them."""
        raise NotImplementedError  # Abstract: every kind has its own fields.

    def maps(self, site: Site, shape: Shape) -> Dim | None:
        """How many maps it writes, or None after a report. As many as it reads, unless a subclass knows better."""
        return shape.channels

    def fits(self, site: Site, shape: Shape, axes: Sequence[Window]) -> bool:
        """Whether the windows are what this kind can slide; what it refuses is reported."""
        return True

    def mapped(self, shape: Shape, site: Site) -> tuple[Shape, ...] | None:
        """One value per place of the window.

        Reports: AC301, AC302, AC303, AC304, AC321
        """
        maps, spatial = self.maps(site, shape), self.places(site, shape)
        return None if maps is None or spatial is None else (shape.rebuilt(maps, spatial),)

    def places(self, site: Site, shape: Shape) -> tuple[Dim, ...] | None:
        """On each axis the places where a window can stand, or None after a report."""
        axes = self.windows().axes(len(shape.spatial), site)
        return self.slid(site, shape, axes) if axes is not None and self.fits(site, shape, axes) else None

    def slid(self, site: Site, shape: Shape, axes: Sequence[Window]) -> tuple[Dim, ...] | None:
        """The places of windows that fit."""
        return slide(site, shape, axes)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The window formula."""
        (shape,), windows = inputs, self.windows()
        axes = windows.axes(len(shape.spatial)) or []
        return slide_formulas(shape, axes, rounding, same=windows.is_same)

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """A window of the input."""
        return tuple([sliding(window) for window in self.windows().on(inputs[0])])


class Padded(Windowed):
    """A layer whose windows may reach into padding around the map: so much of it, or `same`."""

    if TYPE_CHECKING:
        # Declared by the subclasses, whose order of fields is the order of a list in a spec.
        padding: Padding

    def slid(self, site: Site, shape: Shape, axes: Sequence[Window]) -> tuple[Dim, ...] | None:
        """The places of windows that fit, or those that `same` asks for.

        Reports: AC309
        """
        return slide_same(site, shape, axes) if self.padding == "same" else super().slid(site, shape, axes)
