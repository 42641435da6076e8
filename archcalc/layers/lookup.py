"""Looking up: entries of a map at the places that another map names."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition, Dim
from archcalc.layers.axes import axis_names, own_axis, resolve_axis, torch_axis
from archcalc.layers.base import Layer, Read, TorchCall
from archcalc.layers.embedding import has_rows
from archcalc.layers.fields import Doc, Integer, MapName
from archcalc.layers.formula import Formula, rearranged
from archcalc.layers.letters import spatial_axes
from archcalc.layers.reach import Reach, pointwise
from archcalc.layers.shape import Layout, Rounding, Shape
from archcalc.layers.site import Site


class IndexSelect(Layer):
    """Entries of an axis at the places that a map of integers names: `index_select: {index: places, axis: 1}`.

    The axes of `index` stand in place of the axis: a table of biases [heads, ways] becomes scores [heads, T, T] by an
    index [T, T]. In PyTorch that is `table[:, places]`. A table that is learned for it alone is an `embedding`.

    Shape: (n0, n1, n2) and integers (*I) -> (n0, *I, n2) for axis 1
    Cost: no parameters; no multiplications, since entries are looked up
    Reports: AC306, AC313, AC318, AC344
    Source: torch.index_select, torch.Tensor.__getitem__

    >>> from archcalc.layers.base import Tap
    >>> from archcalc.layers.shape import Integers
    >>> places = Tap(Shape((16, 16), integers=Integers(49)))
    >>> IndexSelect(index=places, axis=1).shapes([Shape((8, 49))], Site())[0].sizes
    (8, 16, 16)
    """

    family = "reshape"
    numbers = "any"
    main = "index"
    looking_up: ClassVar[tuple[str, ...]] = ("index",)

    index: Annotated[MapName, Doc("The map of integers: which entry stands where, counted from 0.")]
    axis: Annotated[Integer, Doc("The axis whose entries are taken, counted without the batch from 0.")] = 0

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The axes of the index in place of the axis."""
        (shape,) = inputs
        axis = resolve_axis(site, shape, self.axis)
        if axis is None:
            return None
        index = self.index.shape
        below = None if index.integers is None else index.integers.below
        if below is not None and not has_rows(site, shape.sizes[axis], below, field="index"):
            return None
        if not site.require(
            Condition.equal(index.items, shape.items),
            codes.MERGE_MISMATCH,
            f"index_select needs places for each of its {shape.items} items, but gets them for {index.items}",
            field="index",
        ):
            return None
        sizes = (*shape.sizes[:axis], *index.sizes, *shape.sizes[axis + 1 :])
        layout: Layout = "channels_first" if len(sizes) == 1 else shape.layout
        return (Shape(sizes, layout, shape.items),)

    def looks_up(self, inputs: Sequence[Shape]) -> Mapping[int, Dim]:
        """In the entries of the axis."""
        shape = inputs[0]
        return {1: shape.sizes[own_axis(shape, self.axis)]}

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The sizes of the index among the others."""
        (shape,) = inputs
        index = self.index.shape
        name = axis_names(shape)[own_axis(shape, self.axis)]
        rank = len(shape.sizes) - 1 + len(index.sizes)
        return rearranged(rank, f"{index} of the index in place of the {name}")

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """Itself, if only channels are taken; otherwise what the index says."""
        (shape,) = inputs
        is_of_channels = own_axis(shape, self.axis) not in spatial_axes(shape)
        return pointwise(shape) if is_of_channels and len(self.index.shape.sizes) == 1 else None

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """A function that has places for every item of the batch."""
        options = {"dim": torch_axis(inputs[0], self.axis)}
        return (TorchCall("supplied.index_select", (), options, is_module=False, reads=(Read(0), Read(1))),)
