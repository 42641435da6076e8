"""Maps of one shape side by side, along an axis of their own."""

from collections.abc import Sequence
from typing import Annotated

from archcalc.dims import Dim
from archcalc.layers.axes import own_axis, resolve_axis, torch_axis
from archcalc.layers.base import TorchCall
from archcalc.layers.fields import Doc, Integer
from archcalc.layers.formula import Formula, Letter
from archcalc.layers.merge import Merge, agree, common, shown, sizes_agree
from archcalc.layers.shape import Layout, Rounding, Shape
from archcalc.layers.site import Site


class Stack(Merge):
    """Branches of one shape side by side along a new axis, by default in front of the others.

    Shape: N times (C, *M) -> (N, C, *M) for axis 0
    Cost: none
    Reports: AC306, AC311, AC313, AC318, AC321
    Source: torch.stack

    >>> Stack(axis=1).shapes([Shape((3, 16, 16))] * 8, Site())[0].sizes
    (3, 8, 16, 16)
    """

    numbers = "any"

    axis: Annotated[
        Integer, Doc("The place of the new axis among those that come out, counted from 0 or from the end with -1.")
    ] = 0
    layout: Annotated[Layout | None, Doc("Where the channels stand in what comes out. Default: as they do.")] = None

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """One axis more, as long as there are branches."""
        if not agree(site, inputs, self.kind):
            return None
        message = f"stack needs branches of one shape, but gets {shown(inputs)}"
        if not all(sizes_agree(site, inputs, axis, message) for axis in range(len(inputs[0].sizes))):
            return None
        shape = inputs[0]._replace(sizes=tuple(common(inputs, axis) for axis in range(len(inputs[0].sizes))))
        longer = self._with_axis(shape, 0, 1)
        axis = resolve_axis(site, longer, self.axis)
        return None if axis is None else (self._with_axis(shape, axis, len(inputs)),)

    def _with_axis(self, shape: Shape, axis: int, size: Dim) -> Shape:
        sizes = (*shape.sizes[:axis], size, *shape.sizes[axis:])
        return Shape(sizes, self.layout or shape.layout, shape.items)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The branches are counted; the other sizes stay."""
        axis = own_axis(self._with_axis(inputs[0], 0, 1), self.axis)
        others = tuple(place for place in range(len(inputs[0].sizes) + 1) if place != axis)
        return (
            Formula("new axis", "B", (Letter("B", len(inputs), "branches"),), (axis,)),
            Formula("other sizes", words="as in every branch", axes=others),
        )

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`torch.stack`, which takes the inputs as one list."""
        return (TorchCall("stack", (), {"dim": torch_axis(outputs[0], self.axis)}, is_module=False),)
