"""Windows laid out as columns, and columns summed back into a map: im2col and col2im."""

from collections.abc import Sequence
from math import prod
from typing import Annotated, Any

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition, Dim
from archcalc.layers.arguments import keywords
from archcalc.layers.axes import equal_part
from archcalc.layers.base import TorchCall
from archcalc.layers.fields import Amounts, Doc, Strides
from archcalc.layers.formula import Formula, Letter, product
from archcalc.layers.letters import channel_letter, per_axis_letters
from archcalc.layers.maps import reads_map, spread
from archcalc.layers.padding import behind, ceil_pads, constant_pad, overhangs, window_options
from archcalc.layers.reach import Reach
from archcalc.layers.rules import OfMap
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.shared_fields import OutputSize, OwnRounding
from archcalc.layers.site import Site
from archcalc.layers.window import Windows, as_dim, per_axis, rounded_extent, slide

Kernel = Annotated[Strides, Doc("Size of the window: one number for both axes, or one per axis.")]
Stride = Annotated[Strides, Doc("Step of the window: one number, or one per axis.")]
Sides = Annotated[Amounts, Doc("Zeros on both sides of every axis: one number, or one per axis.")]
Spread = Annotated[Strides, Doc("Distance between the values under the window; 1 is a dense window.")]

_NAMES = {"kernel": "kernel_size", "dilation": "dilation", "padding": "padding", "stride": "stride"}


def _of_two_axes(site: Site, rank: int, kind: str, what: str) -> bool:
    """Whether there are two axes besides the channels.

    Reports: AC304
    """
    if rank == 2:
        return True
    site.report(codes.RANK_MISMATCH, f"{kind} {what} a map [C, H, W], which has two axes, and not {rank}")
    return False


class Unfold(OfMap):
    """Every window as a column: the values of all channels under it, one behind the other, and a column for each place.

    What a convolution multiplies with its weights stands in these columns (im2col).

    Shape: (C, H, W) -> (C*prod(kernel), places) with (N - F + 2P)/S + 1 places on every axis
    Cost: no parameters, no multiplications
    Reports: AC301, AC302, AC303, AC304, AC321
    Source: torch.nn.Unfold

    >>> Unfold(kernel=3, padding=1).shapes([Shape((64, 14, 14))], Site())[0].sizes
    (576, 196)
    """

    family = "resample"
    main = "kernel"

    kernel: Kernel
    stride: Stride = 1
    padding: Sides = 0
    dilation: Spread = 1
    rounding: OwnRounding = None

    def windows(self) -> Windows:
        """The windows as the fields state them."""
        return Windows(self.kernel, self.stride, self.padding, self.dilation)

    def mapped(self, shape: Shape, site: Site) -> tuple[Shape, ...] | None:
        """A column for every place of the window."""
        if not _of_two_axes(site, len(shape.spatial), self.kind, "reads"):
            return None
        axes = self.windows().axes(2, site)
        places = None if axes is None else slide(site, shape, axes)
        if places is None:
            return None
        return (Shape((shape.channels * _area(self.kernel), prod(places)), items=shape.items),)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The values under a window, and the places multiplied."""
        (shape,) = inputs
        kernels = per_axis_letters("F", spread(self.kernel, 2), "kernel")
        maps = channel_letter(shape)
        axes = self.windows().axes(len(shape.spatial)) or []
        places = [rounded_extent(size, window, rounding) for size, window in zip(shape.spatial, axes, strict=True)]
        letters = per_axis_letters("M", places, "places of the window")
        return (
            Formula("values of a column", product(maps, *kernels), (maps, *kernels), (0,)),
            Formula("columns", product(*letters), letters, (1,)),
        )

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """None: two axes have become one."""
        return None

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.Unfold`; under `rounding: ceil` behind a pad, into which the last window reaches."""
        (shape,), windows = inputs, self.windows()
        axes = windows.on(shape)
        pairs = [(window.before, window.after) for window in axes]
        places = shape.with_spatial(
            [as_dim(rounded_extent(size, window, rounding)) for size, window in zip(shape.spatial, axes, strict=True)]
        )
        past = overhangs(shape, places, axes, rounding)
        if past is not None and not any(past):
            return (TorchCall("nn.Unfold", (), keywords(self, _NAMES)),)
        pads = ceil_pads(pairs, window_options(windows)) if past is None else [constant_pad(behind(pairs, past))]
        bare: Any = self.model_copy(update={"padding": 0})
        return (*pads, TorchCall("nn.Unfold", (), keywords(bare, _NAMES)))


class Fold(OfMap):
    """Columns put back where `unfold` took them from, and summed where windows overlap.

    Shape: (C*prod(kernel), places) -> (C, *size), with as many places as windows stand at in `size`
    Cost: no parameters, no multiplications (sums are not products with weights)
    Reports: AC301, AC302, AC303, AC304, AC310, AC314, AC321
    Source: torch.nn.Fold

    >>> Fold(size=14, kernel=3, padding=1).shapes([Shape((576, 196))], Site())[0].sizes
    (64, 14, 14)
    """

    family = "resample"

    size: OutputSize
    kernel: Kernel
    stride: Stride = 1
    padding: Sides = 0
    dilation: Spread = 1

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The map that the columns come from.

        Reports: AC304
        """
        (shape,) = inputs
        if not reads_map(site, shape, self.kind):
            return None
        if len(shape.spatial) != 1:
            site.report(codes.RANK_MISMATCH, f"fold reads columns [C, L], but gets {shape}", label=f"reads {shape}")
            return None
        sizes = per_axis(site, self.size, 2, "size")
        places = None if sizes is None else self._places(site, sizes)
        if sizes is None or places is None:
            return None
        area = _area(self.kernel)
        columns: Dim = prod(places)
        fits = site.require(
            Condition.multiple(shape.channels, area),
            codes.DOES_NOT_DIVIDE,
            f"a column of {shape.channels} values is no whole number of windows of {area}",
            field="kernel",
            label=f"{shape.channels} is not a multiple of {area}",
        ) and site.require(
            Condition.equal(shape.spatial[0], columns),
            codes.ELEMENTS_DIFFER,
            f"there are {shape.spatial[0]} columns, and the window has {columns} places in {_by(sizes)}",
            field="size",
            label=f"{columns} places",
        )
        return (Shape((equal_part(shape.channels, area), *sizes), items=shape.items),) if fits else None

    def _places(self, site: Site, sizes: Sequence[Dim]) -> tuple[Dim, ...] | None:
        """How often the window stands on each axis."""
        axes = Windows(self.kernel, self.stride, self.padding, self.dilation).axes(2, site)
        return None if axes is None else slide(site, Shape((1, *sizes)), axes)

    def policy(self, declared: Rounding) -> Rounding:
        """No window reaches past the end of a map that is put together: upwards there is nothing to round."""
        return "exact" if declared == "exact" else "floor"

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The channels are what is left of a column; the sizes are given."""
        (shape,) = inputs
        kernels = per_axis_letters("F", spread(self.kernel, 2), "kernel")
        values = Letter("C", shape.channels, "values of a column")
        return (
            Formula("channels", f"C/({product(*kernels)})", (values, *kernels), (0,)),
            Formula("height and width", words=f"{_by(spread(self.size, 2))}, as given", axes=(1, 2)),
        )

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """None: one axis has become two."""
        return None

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.Fold`."""
        return (TorchCall("nn.Fold", (outputs[0].spatial,), keywords(self, _NAMES)),)


def _area(kernel: Any) -> int:
    """The values under a window of two axes."""
    sides: tuple[int, ...] = spread(kernel, 2)
    return prod(sides)


def _by(sizes: Sequence[Dim]) -> str:
    return "×".join(map(str, sizes))
