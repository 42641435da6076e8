"""What layers share that leave the shape, or the place of every number, as they are."""

from collections.abc import Sequence

from archcalc.layers.base import Layer, Rounding, Shape, Site
from archcalc.layers.reach import Reach, pointwise


class Unchanged(Layer):
    """A layer that writes the shape that it reads."""

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The shape that it reads."""
        return tuple(inputs)


class Pointwise(Layer):
    """A layer of one map that computes every position from this position alone."""

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """Every position sees itself."""
        return pointwise(inputs[0])
