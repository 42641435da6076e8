"""Reshaping: the same numbers, in the same order, in other shapes."""

from collections.abc import Sequence
from math import prod
from typing import Annotated, Self

from pydantic import model_validator

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition, Dim, divide, is_known
from archcalc.layers.axes import axis_names, joined, own_axis, resolve_axes
from archcalc.layers.base import Batch, Layer, TorchCall
from archcalc.layers.fields import Doc, IntegerList, OpenShape
from archcalc.layers.formula import Formula, Letter, product, rearranged
from archcalc.layers.letters import size_letters
from archcalc.layers.rules import Pointwise, Unchanged
from archcalc.layers.shape import Layout, Rounding, Shape
from archcalc.layers.shared_fields import OutputLayout
from archcalc.layers.site import Site
from archcalc.layers.window import as_dim


class Flatten(Layer):
    """Axes made one, by default all of them: from a map to a vector, as fully connected layers read it.

    `flatten: [1, 2]` makes one axis of the axes 1 and 2, which are neighbours, and leaves the others.

    Shape: (C, *N) -> (C*prod(N)); with axes [1, 2]: (C, H, W) -> (C, H*W)
    Cost: no parameters, no multiplications
    Reports: AC313, AC318
    Source: torch.nn.Flatten

    >>> Flatten().shapes([Shape((16, 5, 5))], Site())[0].sizes
    (400,)
    >>> Flatten([0, 1]).shapes([Shape((144, 19, 55))], Site())[0].sizes
    (2736, 55)
    """

    family = "reshape"
    numbers = "any"
    is_view = True
    main = "axes"
    main_is_list = True

    axes: Annotated[
        IntegerList | None,
        Doc("The axes that become one, neighbours in their order, counted without the batch from 0. Default: all."),
    ] = None

    @model_validator(mode="after")
    def _has_axes(self) -> Self:
        if self.axes is not None and len(self.axes) < 2:
            raise ValueError(
                "makes one axis of two or more, as `flatten: [1, 2]` does; just `flatten` makes one of all, `tokens` "
                "keeps the channels apart"
            )
        return self

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """One axis of all elements, or of those along the axes that are given."""
        (shape,) = inputs
        if self.axes is None:
            return (Shape((shape.elements,), items=shape.items),)
        axes = resolve_axes(site, shape, self.axes)
        if axes is None:
            return None
        first, last = _ends(shape, self.axes)
        if axes != list(range(first, last + 1)):
            site.report(
                codes.NO_SUCH_AXIS,
                f"flatten makes one axis of neighbours, and {list(self.axes)} of {shape} are none",
                field="axes",
                label="one axis behind the other",
                help=("put `permute` in front, which brings axes together",),
            )
            return None
        sizes = (*shape.sizes[:first], prod(shape.sizes[first : last + 1]), *shape.sizes[last + 1 :])
        # A vector has one order only.
        layout: Layout = "channels_first" if len(sizes) == 1 else shape.layout
        return (Shape(sizes, layout, shape.items),)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """All sizes that become one multiplied."""
        (shape,) = inputs
        letters = size_letters(shape)
        if self.axes is None:
            return (Formula("channels", product(*letters), letters, (0,), "all numbers in one axis"),)
        first, last = _ends(shape, self.axes)
        made = letters[first : last + 1]
        names = axis_names(shape)[first : last + 1]
        others = tuple(axis for axis in range(len(letters) - len(made) + 1) if axis != first)
        kept_sizes = (Formula("other sizes", words="unchanged", axes=others),) if others else ()
        return Formula(f"{joined(names)} in one", product(*made), made, (first,)), *kept_sizes

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.Flatten`, which counts the batch as axis 0."""
        if self.axes is None:
            return (TorchCall("nn.Flatten"),)
        first, last = _ends(inputs[0], self.axes)
        until = () if last == len(inputs[0].sizes) - 1 else (last + 1,)
        return (TorchCall("nn.Flatten", (first + 1, *until)),)


def _ends(shape: Shape, axes: Sequence[Dim]) -> tuple[int, int]:
    """The first and the last of axes that exist."""
    first, *_, last = (own_axis(shape, axis) for axis in (axes[0], *axes))
    return first, last


class Reshape(Layer):
    """The same numbers, in the same order, in another shape, in which -1 may stand once for the size that is left.

    `layout: channels_last` says that the last of the new axes holds the channels.

    Shape: (*sizes) -> (*shape) with the same product
    Cost: no parameters, no multiplications
    Reports: AC310, AC318, AC338
    Source: torch.reshape

    >>> Reshape(shape=[256, 6, 6]).shapes([Shape((9216,))], Site())[0].sizes
    (256, 6, 6)
    >>> Reshape(shape=[256, -1]).shapes([Shape((9216,))], Site())[0].sizes
    (256, 36)
    """

    family = "reshape"
    numbers = "any"
    is_view = True
    main = "shape"
    main_is_list = True

    shape: Annotated[OpenShape, Doc("The sizes that come out, without the batch; -1, once, is the size that is left.")]
    layout: OutputLayout = "channels_first"

    @model_validator(mode="after")
    def _has_axes(self) -> Self:
        if not self.shape:
            raise ValueError("takes a list of at least one size")
        return self

    @property
    def _open(self) -> int | None:
        """Where -1 stands."""
        return next((axis for axis, size in enumerate(self.shape) if _is_rest(size)), None)

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The shape that is asked for."""
        (shape,) = inputs
        sizes = self.shape if self._open is None else self._filled(site, shape, self._open)
        if sizes is None:
            return None
        if self._open is None and not self._holds_all(site, shape):
            return None
        return (Shape(sizes, self.layout, shape.items),)

    def _holds_all(self, site: Site, shape: Shape) -> bool:
        elements: Dim = prod(self.shape)
        total = f"{_product(self.shape)} = {elements}" if len(self.shape) > 1 else str(elements)
        return site.require(
            Condition.equal(shape.elements, elements),
            codes.ELEMENTS_DIFFER,
            f"{shape} has {shape.elements} elements, but the new shape has {total}",
            field="shape",
            label=f"{elements} elements for {shape.elements}",
        )

    def _filled(self, site: Site, shape: Shape, place: int) -> tuple[Dim, ...] | None:
        """The sizes with what is left in the place of -1."""
        others = (*self.shape[:place], *self.shape[place + 1 :])
        known: Dim = prod(others)
        try:
            rest = divide(shape.elements, known)
        except ValueError:
            if not is_known(shape.elements * known):
                # It is as unknown as the sizes that it would come from.
                return (*self.shape[:place], shape.elements * known, *self.shape[place + 1 :])
            site.report(
                codes.NEEDS_NUMBER,
                f"the size that is left for -1 is {shape.elements} divided by {known}, which is no formula",
                field="shape",
                label="-1 is not known",
                help=("write the size, or give the symbols values with `at` or `--set`",),
            )
            return None
        if not site.require(
            Condition.multiple(rest, 1),
            codes.ELEMENTS_DIFFER,
            f"{shape} has {shape.elements} elements, which {_product(others)} does not divide: no size is left for -1",
            field="shape",
            label=f"{shape.elements} is not a multiple of {known}",
        ):
            return None
        if rest == 1 and place == 0 and others:
            site.report(
                codes.REST_OF_ONE,
                f"1 is all that is left for -1: {_product(others)} are all elements of {shape} already",
                field="shape",
                label="a size of 1",
                help=(f"if -1 stands for the batch, leave it out: `reshape: [{', '.join(map(str, others))}]`",),
            )
        return (*self.shape[:place], as_dim(rest), *self.shape[place + 1 :])

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """All sizes multiplied, and the shape that is asked for."""
        letters = size_letters(inputs[0])
        elements = Formula("elements", product(*letters), letters)
        words = "as many elements in the same order"
        if self._open is None:
            return elements, *rearranged(len(self.shape), f"{Shape(self.shape, self.layout)}, {words}")
        others = Letter("M", prod(size for size in self.shape if not _is_rest(size)), "the other sizes multiplied")
        axes = tuple(axis for axis in range(len(self.shape)) if axis != self._open)
        return (
            elements,
            Formula("what is left", f"{product(*letters)}/M", (*letters, others), (self._open,)),
            Formula("other sizes", words=f"as given; {words}", axes=axes),
        )

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`reshape`, with the batch in front; what becomes a single axis is flattened."""
        if len(self.shape) == 1:
            return (TorchCall("flatten", (1,), is_module=False),)
        return (TorchCall("Tensor.reshape", (Batch.ITEMS, *self.shape), is_module=False),)


def _is_rest(size: Dim) -> bool:
    """Whether -1 stands in the place of a size."""
    return isinstance(size, int) and size == -1


def _product(sizes: Sequence[Dim]) -> str:
    """Sizes as a product in words."""
    return " * ".join(str(size) if isinstance(size, int) else f"({size})" for size in sizes) or "1"


class Identity(Unchanged, Pointwise):
    """What it reads, unchanged: a name for a map, or a place for a layer.

    Shape: (*sizes) -> (*sizes)
    Cost: no parameters, no multiplications
    Source: torch.nn.Identity

    >>> Identity().shapes([Shape((64, 56, 56))], Site())[0].sizes
    (64, 56, 56)
    """

    family = "reshape"
    numbers = "any"
    is_view = True

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.Identity`."""
        return (TorchCall("nn.Identity"),)
