"""Deformable convolutions, whose windows read where another map says."""

from collections.abc import Sequence
from math import prod
from typing import Annotated, Any

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition, Dim, Number
from archcalc.layers.arguments import keywords
from archcalc.layers.axes import equal_part
from archcalc.layers.base import Read, TorchCall, Weight
from archcalc.layers.fields import Doc, MapName, Strides
from archcalc.layers.filters import CHANNELS_READ, filter_counts, filters_letter, groups_fit, kernel_letters, seen_maps
from archcalc.layers.formula import Formula
from archcalc.layers.letters import channel_letter, channels, spatial_letters
from archcalc.layers.maps import collapsed, spread
from archcalc.layers.reach import Reach
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.shared_fields import Bias, Dilation, Groups, OutputChannels, OwnRounding, ZeroPadding
from archcalc.layers.site import Site
from archcalc.layers.window import Windows
from archcalc.layers.windowed import Padded


class DeformConv(Padded):
    """Deformable convolution: every value under a window is read where the map `offset` moves it to.

    For every place of the window the map `offset` has two channels for each value of the kernel, how many rows and how
    many columns further it is read; between positions values are interpolated, and outside of the map they are 0. The
    map `mask`, if there is one, has a factor for each of them. Both have as many positions as the output, and mostly
    are what a convolution with the same window writes. With G times as many channels, every G-th part of the input
    maps has offsets of its own.

    Shape: (C, H, W) and offsets (2*G*prod(kernel), *M) -> (out, *M) with M = (N - F' + 2P)/S + 1 on every axis and
    F' = dilation*(kernel - 1) + 1
    Cost: out*C/groups*prod(kernel) + out parameters (without bias: no `+ out`); out*prod(M)*C/groups*prod(kernel)
    multiplications, as a convolution; interpolation and factors are not counted
    Reports: AC301, AC302, AC303, AC304, AC305, AC309, AC318, AC321, AC347
    Source: Dai et al. 2017; Zhu et al. 2019, with a mask; torchvision.ops.DeformConv2d; onnx.ai DeformConv

    >>> from archcalc.layers.base import Tap
    >>> layer = DeformConv(out=8, kernel=3, padding=1, offset=Tap(Shape((18, 5, 5))))
    >>> layer.shapes([Shape((4, 5, 5))], Site())[0].sizes
    (8, 5, 5)
    """

    family = "conv"
    stated = CHANNELS_READ
    main = "out"

    out: OutputChannels
    kernel: Annotated[Strides, Doc("Size of the window, as numbers: one for both axes, or one per axis.")]
    stride: Annotated[Strides, Doc("Step of the window: one number for all axes, or one per axis.")] = 1
    padding: ZeroPadding = 0
    dilation: Dilation = 1
    groups: Groups = 1
    bias: Bias = True
    offset: Annotated[MapName, Doc("The map that says where the window reads, by its name.")]
    mask: Annotated[MapName | None, Doc("The map with a factor for every value that is read. Default: none.")] = None
    rounding: OwnRounding = None

    def windows(self) -> Windows:
        """Windows with a padding and a dilation."""
        return Windows(self.kernel, self.stride, self.padding, self.dilation)

    def maps(self, site: Site, shape: Shape) -> Dim | None:
        """`out` maps, if groups say so too."""
        return self.out if groups_fit(site, self.groups, shape.channels, self.out) else None

    def mapped(self, shape: Shape, site: Site) -> tuple[Shape, ...] | None:
        """One value per place of the window, if there are offsets for all of them.

        Reports: AC304, AC347
        """
        if len(shape.spatial) != 2:
            site.report(codes.RANK_MISMATCH, f"{self.kind} reads a map [C, H, W], but gets {shape}")
            return None
        outputs = super().mapped(shape, site)
        if outputs is None:
            return None
        taps = {"offset": (self.offset, 2), "mask": (self.mask, 1)}
        known = {name: (tap, each) for name, (tap, each) in taps.items() if tap is not None}
        fits = [self._fits(site, shape, outputs[0], name, tap.shape, each) for name, (tap, each) in known.items()]
        return outputs if all(fits) and self._are_as_many(site) else None

    def _fits(self, site: Site, shape: Shape, output: Shape, name: str, read: Shape, each: int) -> bool:
        """Whether a map has `each` numbers for every value of the kernel, at every place, for equal parts of C."""
        kernel: tuple[int, ...] = spread(self.kernel, 2)
        values = each * prod(kernel)
        is_map = len(read.sizes) == 3 and read.layout == "channels_first"
        alike = [Condition.equal(*pair) for pair in zip(read.spatial, output.spatial, strict=True)] if is_map else []
        # A map of another rank fits nowhere.
        wanted = [*alike, Condition.multiple(read.channels, values)] if is_map else [Condition.equal(0, 1)]
        fits = all(
            site.require(
                condition,
                codes.OFFSETS_DO_NOT_FIT,
                f"{name} needs a map of {output.with_channels(values)}, or of G times as many channels, but names one "
                f"of {read}",
                field=name,
                label=f"a map of {read}",
                help=(f"a convolution with the same window writes it: `conv: {{out: {values}, ...}}`",),
            )
            for condition in wanted
        )
        if not fits or not isinstance(read.channels, int):
            return fits
        parts = read.channels // values
        return site.require(
            Condition.multiple(shape.channels, parts),
            codes.OFFSETS_DO_NOT_FIT,
            f"{name} has channels for {parts} parts, which do not divide the {shape.channels} input channels",
            field=name,
            label=f"{read.channels} = {parts}*{values}",
        )

    def _are_as_many(self, site: Site) -> bool:
        """Whether there is a factor for every pair of offsets.

        Reports: AC347
        """
        if self.mask is None:
            return True
        offsets, factors = self.offset.shape, self.mask.shape
        return site.require(
            Condition.equal(offsets.channels, 2 * factors.channels),
            codes.OFFSETS_DO_NOT_FIT,
            f"mask needs half as many channels as offset, which has {offsets.channels}, but has {factors.channels}",
            field="mask",
        )

    def weights(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """`weight` [out, C/groups, *kernel] and `bias` [out]."""
        (shape,) = inputs
        kernel: tuple[int, ...] = spread(self.kernel, 2)
        weight = Weight("weight", (self.out, equal_part(shape.channels, self.groups), *kernel), "weight")
        return (weight, Weight("bias", (self.out,), "bias")) if self.bias else (weight,)

    def multiplications(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """Every weight once per output position."""
        return self.weights(inputs, outputs)[0].elements * prod(outputs[0].spatial)

    def working(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Number:
        """All values that the windows read."""
        numbers: Number = prod(
            (inputs[0].channels, *spread(self.kernel, 2), *outputs[0].spatial), start=inputs[0].items
        )
        return numbers

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The window formula, and a map for every filter."""
        filters = channels(inputs[0], "K", filters_letter(self.out), words="one map for every filter")
        return (filters, *super().size_formulas(inputs, rounding))

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """K*C*F**2 + K parameters, and as many multiplications as weights at each of the H*W places."""
        (shape,), (output,) = inputs, outputs
        filters = filters_letter(self.out)
        seen, letters = seen_maps("K", "C", filters, channel_letter(shape), self.groups)
        biased = (filters,) if self.bias else ()
        return filter_counts(seen, letters, kernel_letters(self.kernel, shape), biased, spatial_letters(output))

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """No window: where a position looks depends on the numbers of another map."""
        return None

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """A module of its own, which does what torchvision.ops.DeformConv2d does."""
        (shape,) = inputs
        before = tuple(window.before for window in self.windows().on(shape))
        if self.padding == "same" and not all(isinstance(side, int) for side in before):
            # `same` with a stride, and a symbol that decides how much of the padding is in front.
            return ()
        options: dict[str, Any] = {
            "kernel_size": collapsed(self.kernel),
            **keywords(self, {"stride": "stride"}),
            **({"padding": collapsed(before)} if collapsed(before) != 0 else {}),
            **keywords(self, {name: name for name in ("dilation", "groups", "bias")}),
        }
        reads = (Read(0), Read(1)) if self.mask is None else (Read(0), Read(1), Read(2))
        return (TorchCall("supplied.DeformConv2d", (shape.channels, self.out), options, reads=reads),)
