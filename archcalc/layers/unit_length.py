"""Vectors divided by their length."""

from collections.abc import Sequence
from typing import Annotated

from archcalc.layers.arguments import keywords
from archcalc.layers.axes import resolve_axis, torch_axis
from archcalc.layers.base import TorchCall
from archcalc.layers.fields import Doc, Real
from archcalc.layers.normalization import Normalization
from archcalc.layers.rules import AlongAxis
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.shared_fields import Axis
from archcalc.layers.site import Site


class Normalize(AlongAxis, Normalization):
    """Vectors along an axis (by default the channels) divided by their length, so that each has the length 1.

    Shape: unchanged
    Cost: none
    Reports: AC313, AC318
    Source: torch.nn.functional.normalize

    >>> Normalize().torch([Shape((128, 8, 8))], [], "exact")[0].kwargs
    {'dim': 1}
    """

    axis: Axis = None
    eps: Annotated[Real, Doc("The least length that it divides by.")] = 1e-12

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The shape that it reads."""
        (shape,) = inputs
        return None if resolve_axis(site, shape, self.axis) is None else (shape,)

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.functional.normalize` over one axis, counted with the batch."""
        options = {"dim": torch_axis(inputs[0], self.axis), **keywords(self, {"eps": "eps"})}
        return (TorchCall("nn.functional.normalize", (), options, is_module=False),)
