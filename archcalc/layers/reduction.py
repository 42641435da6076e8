"""Reductions: the mean, the sum or the largest of the numbers along some axes."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Self

from pydantic import model_validator

from archcalc.diagnostics.codes import shapes as codes
from archcalc.layers.axes import axis_names, collapsed_axes, joined, own_axis, resolve_axes
from archcalc.layers.base import Layer, TorchCall
from archcalc.layers.fields import Doc, Flag, IntegerList
from archcalc.layers.formula import Formula, rearranged
from archcalc.layers.letters import spatial_axes
from archcalc.layers.reach import SAME, Reach
from archcalc.layers.shape import Layout, Rounding, Shape
from archcalc.layers.site import Site


class Reduction(Layer):
    """Fields and rules that the reductions share."""

    family = "pool"
    main = "axes"
    main_is_list = True
    resizes = True
    function: ClassVar[str] = ""
    gives: ClassVar[str] = ""

    axes: Annotated[IntegerList, Doc("The axes that go, counted without the batch from 0, or from the end with -1.")]
    keep: Annotated[Flag, Doc("Whether the axes stay, with size 1.")] = False

    @model_validator(mode="after")
    def _has_axes(self) -> Self:
        if not self.axes:
            raise ValueError("takes at least one axis, such as [1, 2] for the positions of [C, H, W]")
        return self

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The other axes; with `keep` all of them."""
        (shape,) = inputs
        axes = resolve_axes(site, shape, self.axes)
        if axes is None:
            return None
        if len(set(axes)) < len(axes):
            site.report(
                codes.NO_SUCH_AXIS,
                f"{self.kind} takes each axis of {shape} once, but gets {list(self.axes)}",
                field="axes",
                label="an axis twice",
            )
            return None
        if not self.keep and len(axes) == len(shape.sizes):
            site.report(
                codes.RANK_MISMATCH,
                f"{self.kind} over all axes of {shape} leaves a number without an axis",
                help=("write `keep: true`, which leaves sizes of 1",),
            )
            return None
        return (self._left(shape, set(axes)),)

    def _left(self, shape: Shape, gone: set[int]) -> Shape:
        if self.keep:
            return shape._replace(sizes=tuple(1 if axis in gone else size for axis, size in enumerate(shape.sizes)))
        rest = tuple(size for axis, size in enumerate(shape.sizes) if axis not in gone)
        # A vector has one order only; where the channels themselves go, the declared order stays.
        layout: Layout = "channels_first" if len(rest) == 1 else shape.layout
        return Shape(rest, layout, shape.items)

    def _gone(self, shape: Shape) -> list[int]:
        return sorted(own_axis(shape, axis) for axis in self.axes)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The sizes without those that go."""
        (shape,) = inputs
        gone = self._gone(shape)
        names = joined([axis_names(shape)[axis] for axis in gone])
        if self.keep:
            return rearranged(len(shape.sizes), f"1 for the {names}: {self.gives}")
        return rearranged(len(shape.sizes) - len(gone), f"without the {names}: {self.gives}")

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """Itself, if positions stay apart and where they are."""
        (shape,) = inputs
        stays = self.keep and not set(self._gone(shape)) & set(spatial_axes(shape))
        return (SAME,) * len(shape.spatial) if stays else None

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """The function over these axes, counting the batch as axis 0."""
        dims = collapsed_axes(axis + 1 for axis in self._gone(inputs[0]))
        kept = {"keepdim": True} if self.keep else {}
        return (TorchCall(self.function, (), {"dim": dims, **kept}, is_module=False),)


class Mean(Reduction):
    """Mean of the numbers along the given axes, which go: `mean: [1, 2]` of [C, H, W] is a vector [C].

    Shape: (n0, n1, n2) -> (n0) for axes [1, 2]; with `keep: true` (n0, 1, 1)
    Cost: no parameters, no multiplications (sums are not products with weights)
    Reports: AC304, AC313, AC318
    Source: torch.mean

    >>> Mean([0]).shapes([Shape((196, 512), "channels_last")], Site())[0].sizes
    (512,)
    """

    function = "mean"
    gives = "the mean of them"


class Sum(Reduction):
    """Sum of the numbers along the given axes, which go: `sum: [0]` of tokens [T, D] is a vector [D].

    Shape: (n0, n1, n2) -> (n0) for axes [1, 2]; with `keep: true` (n0, 1, 1)
    Cost: no parameters, no multiplications (sums are not products with weights)
    Reports: AC304, AC313, AC318
    Source: torch.sum

    >>> Sum(axes=[0], keep=True).shapes([Shape((8, 4, 5))], Site())[0].sizes
    (1, 4, 5)
    """

    function = "sum"
    gives = "the sum of them"


class Max(Reduction):
    """Largest of the numbers along the given axes, which go: `max: [1]` of a signal [C, L] is a vector [C].

    Shape: (n0, n1, n2) -> (n0) for axes [1, 2]; with `keep: true` (n0, 1, 1)
    Cost: no parameters, no multiplications
    Reports: AC304, AC313, AC318
    Source: torch.amax

    >>> Max(axes=[1], keep=True).shapes([Shape((8, 100))], Site())[0].sizes
    (8, 1)
    """

    function = "amax"
    gives = "the largest of them"
