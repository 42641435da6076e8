"""Sizes of 1 stretched by repeating what is there."""

from collections.abc import Sequence
from typing import Annotated

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition, Number
from archcalc.layers.axes import axis_names
from archcalc.layers.base import Layer, Read, TorchCall
from archcalc.layers.fields import Doc, StretchedShape
from archcalc.layers.formula import Formula, rearranged
from archcalc.layers.reach import Reach, pointwise
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.site import Site

STAYS = -1
"""Stands for a size that stays."""


class Expand(Layer):
    """Sizes of 1 stretched, by repeating what is there; -1 stands for sizes that stay.

    Shape: (C, 1, 1) -> (C, H, W) for [-1, H, W]
    Cost: no parameters, no multiplications
    Reports: AC304, AC339
    Source: torch.Tensor.expand

    >>> Expand([-1, 56, 56]).shapes([Shape((96, 1, 1))], Site())[0].sizes
    (96, 56, 56)
    """

    family = "reshape"
    numbers = "any"
    main = "shape"
    main_is_list = True
    is_view = True

    shape: Annotated[StretchedShape, Doc("The sizes that come out, without the batch; -1 for those that stay.")]

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The sizes that are asked for."""
        (shape,) = inputs
        if len(self.shape) != len(shape.sizes):
            site.report(
                codes.RANK_MISMATCH,
                f"expand takes a size for each of the axes of {shape}, and gets {len(self.shape)} of them",
                label=f"{len(self.shape)} for {len(shape.sizes)} axes",
            )
            return None
        sizes = []
        for name, size, wanted in zip(axis_names(shape), shape.sizes, self.shape, strict=True):
            fits: Number = 0 if wanted == STAYS or size == 1 else (size - wanted) * (size - 1)
            if not site.require(
                Condition.equal(fits, 0),
                codes.CANNOT_STRETCH,
                f"only a size of 1 is stretched: the {name} of {shape} is {size}, not 1, and {wanted} is asked for",
                field="shape",
                label=f"{wanted} for {size}",
            ):
                return None
            sizes.append(size if wanted == STAYS else wanted)
        return (shape._replace(sizes=tuple(sizes)),)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The sizes that are asked for."""
        return rearranged(len(self.shape), "as asked for; sizes of 1 are stretched")

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """Itself, if positions are not stretched."""
        return pointwise(inputs[0]) if inputs[0].spatial == outputs[0].spatial else None

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`expand`, which leaves the batch as it is."""
        return (TorchCall("Tensor.expand", (-1, *self.shape), is_module=False, reads=(Read(),)),)
