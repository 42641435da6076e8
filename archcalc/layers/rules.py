"""What rules of many layers have in common: what they read, what they leave unchanged, and what a position sees."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archcalc.dims import Dim
from archcalc.layers.axes import own_axis
from archcalc.layers.base import Layer
from archcalc.layers.letters import spatial_axes
from archcalc.layers.maps import reads_map, reads_positions
from archcalc.layers.reach import Reach, pointwise
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.site import Site


class Unchanged(Layer):
    """A layer that writes the shape that it reads."""

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The shape that it reads."""
        return tuple(inputs)


class OfMap(Layer):
    """A layer that reads one map, with the channels first."""

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """What it makes of a map, if that is what it reads.

        Reports: AC304, AC321
        """
        (shape,) = inputs
        return self.mapped(shape, site) if reads_map(site, shape, self.kind) else None

    def mapped(self, shape: Shape, site: Site) -> tuple[Shape, ...] | None:
        """The shapes that it makes of a map, or None after a report: the same, unless a subclass knows better."""
        return (shape,)


class OfPositions(OfMap):
    """A layer that reads one map, with the channels first or last."""

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """What it makes of a map, if that is what it reads.

        Reports: AC304, AC321
        """
        (shape,) = inputs
        return self.mapped(shape, site) if reads_positions(site, shape, self.kind) else None


class Pointwise(Layer):
    """A layer of one map that computes every position from this position alone."""

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """Every position sees itself."""
        return pointwise(inputs[0])


class AlongAxis(Layer):
    """A layer that works along one axis, by default along the channels."""

    if TYPE_CHECKING:
        # Declared by the subclasses, whose order of fields is the order of a list in a spec.
        axis: Dim | None

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """Every position sees itself, unless the axis is one of positions."""
        (shape, *_) = inputs
        return None if own_axis(shape, self.axis) in spatial_axes(shape) else pointwise(shape)
