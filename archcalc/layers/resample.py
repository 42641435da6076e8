"""Larger and smaller grids for the same maps by cutting and padding, and more channels."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Self

from pydantic import model_validator

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition, Dim, ceil_div, divide, floor_div, minimum
from archcalc.layers.arguments import keywords
from archcalc.layers.axes import joined
from archcalc.layers.base import TorchCall
from archcalc.layers.fields import Amounts, Doc, Real, SignedPadding
from archcalc.layers.formula import Formula, Letter
from archcalc.layers.letters import channel_letter, channels, each_axis, per_axis_letters, spatial_axes
from archcalc.layers.maps import collapsed, spread
from archcalc.layers.padding import PaddingMode, constant_pad, flat_padding, mode_fits
from archcalc.layers.reach import Reach, moved
from archcalc.layers.rules import OfMap, OfPositions, Pointwise
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.shared_fields import OutputChannels, OutputSize, OwnRounding
from archcalc.layers.site import InFront, Site
from archcalc.layers.targets import BOTH, Target, asked, sizes_of, turned
from archcalc.layers.window import as_dim, by_axis, decimal, per_axis, sides


class Crop(OfMap):
    """A window cut out of every map: of a size, or of the size of another map. Centred unless an offset is given.

    `{crop: {to: here}, from: skip}` cuts a skip to the size of the current map.

    Shape: (C, *N) -> (C, *M) with M = `size` or the sizes of the map `to`; the cut starts at offset, or (N - M)/2
    Cost: no parameters, no multiplications
    Reports: AC301, AC304, AC312, AC321
    Source: Ronneberger et al. 2015, U-Net; Long et al. 2015, FCN

    >>> Crop(size=56).shapes([Shape((512, 64, 64))], Site())[0].sizes
    (512, 56, 56)
    """

    family = "resample"
    main = "to"
    measuring = ("to",)

    size: OutputSize | None = None
    to: Target = None
    offset: Annotated[Amounts | None, Doc("Where the cut starts on each axis. Default: in the middle.")] = None
    rounding: OwnRounding = None

    @model_validator(mode="after")
    def _has_one_target(self) -> Self:
        if (self.size is None) == (self.to is None):
            raise ValueError("takes exactly one of `size` and `to`")
        return self

    def mapped(self, shape: Shape, site: Site) -> tuple[Shape, ...] | None:
        """The same maps, smaller."""
        rank = len(shape.spatial)
        sizes = sizes_of(site, shape, self.size, self.to)
        offsets = (None,) * rank if self.offset is None else per_axis(site, self.offset, rank, "offset")
        if sizes is None or offsets is None:
            return None
        cut = by_axis(shape, list(zip(sizes, offsets, strict=True)), lambda *axis: self._cut(site, *axis))
        return None if cut is None else (shape.with_spatial(cut),)

    def _cut(self, site: Site, names: list[str], size: Dim, entry: tuple[Dim, Dim | None]) -> Dim | None:
        target, offset = entry
        start = 0 if offset is None else offset
        reach = f"{target}" if offset is None else f"{offset} + {target}"
        if not site.require(
            Condition.at_least(size, start + target),
            codes.CROP_OUT_OF_BOUNDS,
            f"the crop reaches to {reach} in a {joined(names)} of {size}",
            field="offset" if offset is not None else "to" if self.size is None else "size",
            label=f"the map ends at {size}",
            help=("crop the larger of the two maps",) if offset is None and self.size is None else (),
        ):
            return None
        excess = size - target
        half = divide(excess, 2)
        if (
            offset is None
            and site.rounding == "exact"
            and not site.require(
                Condition.multiple(excess, 2),
                codes.FRACTIONAL_OUTPUT,
                f"a centred crop starts at ({size} - {target})/2"
                + (
                    f" = {decimal(half)}, which is not whole" if isinstance(half, Fraction) else ", which must be whole"
                ),
                field="to" if self.size is None else "size",
                label=f"{excess} too many to take half from each side",
                help=("give the offset, for example offset: 0, or declare the rounding: `rounding: floor`",),
            )
        ):
            return None
        return target

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """Itself, further on."""
        (shape,), (output,) = inputs, outputs
        return tuple([moved(start) for start in self._starts(shape, output, rounding)])

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The sizes that are asked for, and where the cut starts unless an offset says it."""
        (shape,) = inputs
        wanted = asked(shape, self.size, self.to)
        if self.offset is not None:
            return wanted
        cut = [formula.letters[0] for axis in spatial_axes(shape) for formula in wanted if axis in formula.axes]
        half = "({} - {})/2" if rounding == "exact" else rounding + "(({} - {})/2)"
        starts = each_axis(shape, half.format, per_axis_letters("N", shape.spatial, "input size"), cut)
        several = len(starts) > 1
        return wanted + tuple(
            start._replace(quantity=f"start ({start.quantity})" if several else "start", axes=(), words="centred")
            for start in starts
        )

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.functional.pad` with negative padding, which cuts. With `rounding: ceil` a centred cut starts later."""
        (shape,), (output,) = inputs, outputs
        up = {"round_up": True} if rounding == "ceil" and self.offset is None else {}
        if self.to is not None:
            options = {**up, **turned(self.to)}
            if self.offset is None:
                function = "supplied.center_crop_like" if options else "supplied.center_crop"
                return (TorchCall(function, (), options, False, BOTH),)
            offset = collapsed(self.offset)
            general = options or isinstance(offset, tuple)
            function = "supplied.crop_window_like" if general else "supplied.crop_like"
            return (TorchCall(function, (offset,), options, False, BOTH),)
        if not all(isinstance(size, int) for size in (*shape.spatial, *output.spatial)):
            if self.offset is None:
                return (TorchCall("supplied.center_crop_to", (collapsed(self.size),), up, is_module=False),)
            offset = collapsed(self.offset)
            return (TorchCall("supplied.crop_to", (collapsed(self.size), offset), is_module=False),)
        starts = self._starts(shape, output, rounding)
        return (
            constant_pad(
                [
                    (-start, as_dim(start + target - size))
                    for start, size, target in zip(starts, shape.spatial, output.spatial, strict=True)
                ]
            ),
        )

    def _starts(self, shape: Shape, output: Shape, rounding: Rounding) -> list[Dim]:
        """The first position of every axis that stays."""
        half = ceil_div if rounding == "ceil" else floor_div
        offsets: tuple[Dim | None, ...] = spread(self.offset, len(shape.spatial))
        return [
            as_dim(half(size - target, 2)) if offset is None else offset
            for size, target, offset in zip(shape.spatial, output.spatial, offsets, strict=True)
        ]


class Pad(OfPositions):
    """Padding of every map, with zeros or another number, or with its own rows and columns; negative padding cuts.

    `pad: [1, 2]` is one number per axis, `pad: [[0, 1], [0, 1]]` is before and after for every axis. What is cut comes
    first, and something must be left of every axis: PyTorch gives rows of zeros for -3 and 2 on a height of 3, in which
    nothing of the map is left, and archcalc makes that an error.

    Shape: (C, *N) -> (C, *M) with M = N + before + after; (*N, C) -> (*M, C)
    Cost: no parameters, no multiplications
    Reports: AC304, AC307, AC308, AC321
    Source: torch.nn.functional.pad

    >>> Pad(padding=[[3, 2], [0, -1]]).shapes([Shape((3, 224, 224))], Site())[0].sizes
    (3, 229, 223)
    """

    family = "resample"
    main = "padding"
    main_is_list = True

    padding: Annotated[
        SignedPadding, Doc("Width of the border: a number, one per axis, or [before, after] per axis; negative cuts.")
    ]
    mode: Annotated[PaddingMode, Doc("What the border holds.")] = "zeros"
    value: Annotated[Real, Doc("The number that a border of `mode: zeros` holds instead of 0.")] = 0

    @model_validator(mode="after")
    def _has_one_filling(self) -> Self:
        if self.value != 0 and self.mode != "zeros":
            raise ValueError(f"takes no value with mode: {self.mode}, which fills the border with the map's own rows")
        return self

    def mapped(self, shape: Shape, site: Site) -> tuple[Shape, ...] | None:
        """The same maps with a border, or without one."""
        if shape.layout == "channels_last" and self.mode != "zeros":
            site.report(
                codes.LAYOUT_MISMATCH,
                f"pad with mode: {self.mode} reads channels first, but gets {shape} with the channels last",
                field="mode",
                help=(InFront("channels_first"),),
            )
            return None
        rank = len(shape.spatial)
        entries = per_axis(site, self.padding, rank, "padding")
        if entries is None:
            return None
        sizes = by_axis(shape, entries, lambda names, size, entry: self._padded(site, names, size, *sides(entry)))
        return None if sizes is None else (shape.with_spatial(sizes),)

    def _padded(self, site: Site, names: list[str], size: Dim, before: Dim, after: Dim) -> Dim | None:
        # What is cut off comes first: a border can only be put around something.
        cut = minimum(0, before) + minimum(0, after)
        output = size + before + after
        for left in dict.fromkeys((size + cut, output)):
            if not site.require(
                Condition.at_least(left, 1),
                codes.EMPTY_OUTPUT,
                f"padding of {before} before and {after} after a {joined(names)} of {size} leaves nothing",
                field="padding",
                label=f"{left} left",
            ):
                return None
        fits = mode_fits(site, self.mode, names, size, before, after)
        return as_dim(output) if fits else None

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """Itself, further back."""
        return tuple([moved(-sides(entry)[0]) for entry in spread(self.padding, len(inputs[0].spatial))])

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The border on both sides."""
        (shape,) = inputs
        pairs = [sides(entry) for entry in spread(self.padding, len(shape.spatial))]
        sizes = per_axis_letters("N", shape.spatial, "input size")
        if all(before == after for before, after in pairs):
            border = per_axis_letters("P", [before for before, _ in pairs], "padding on each side")
            return each_axis(shape, "{} + 2*{}".format, sizes, border)
        before = per_axis_letters("P", [before for before, _ in pairs], "padding in front")
        after = per_axis_letters("Q", [after for _, after in pairs], "padding behind")
        return each_axis(shape, "{} + {} + {}".format, sizes, before, after)

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.functional.pad`, which takes the last axis first."""
        (shape,) = inputs
        behind = [(0, 0)] if shape.layout == "channels_last" else []
        flat = flat_padding([*(sides(entry) for entry in spread(self.padding, len(shape.spatial))), *behind])
        filler = {"mode": self.mode} if self.mode != "zeros" else keywords(self, {"value": "value"})
        return (TorchCall("nn.functional.pad", (flat,), filler, is_module=False),)


class PadChannels(Pointwise):
    """Channels of zeros behind the others, up to `out` of them: a shortcut to more channels without parameters.

    Shape: (C, *N) -> (out, *N); (T, C) -> (T, out) with channels last
    Cost: no parameters, no multiplications
    Reports: AC310
    Source: He et al. 2016, Deep residual learning, option A

    >>> PadChannels(out=128).shapes([Shape((64, 28, 28))], Site())[0].sizes
    (128, 28, 28)
    """

    family = "resample"
    main = "out"

    out: OutputChannels

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The same maps, and maps of zeros."""
        (shape,) = inputs
        if not site.require(
            Condition.at_least(self.out, shape.channels),
            codes.ELEMENTS_DIFFER,
            f"pad_channels cannot drop channels: {self.out} is less than the {shape.channels} that it reads",
            field="out",
            label=f"at least {shape.channels}",
            help=("a convolution with kernel: 1 reduces channels",),
        ):
            return None
        return (shape.with_channels(self.out),)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The channels and the zeros behind them."""
        (shape,) = inputs
        zeros = Letter("O", self.out - shape.channels, "channels of zeros")
        return (channels(shape, "C + O", channel_letter(shape), zeros),)

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.functional.pad` behind the channel axis."""
        (shape,), (output,) = inputs, outputs
        behind = 0 if shape.layout == "channels_last" else len(shape.spatial)
        flat = (0, 0) * behind + (0, output.channels - shape.channels)
        return (TorchCall("nn.functional.pad", (flat,), is_module=False),)
