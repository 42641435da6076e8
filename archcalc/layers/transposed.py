"""Transposed convolutions, which paint windows instead of reading them."""

from collections.abc import Sequence
from math import prod
from typing import Annotated

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition, Dim, maximum
from archcalc.layers.arguments import keywords
from archcalc.layers.axes import equal_part
from archcalc.layers.base import TorchCall, Weight
from archcalc.layers.fields import Amounts, Doc, Padding, Strides
from archcalc.layers.filters import CHANNELS_READ, filter_counts, groups_fit, kernel_letters, seen_maps
from archcalc.layers.formula import Formula, Letter
from archcalc.layers.letters import channel_letter, channels, per_axis_letters
from archcalc.layers.maps import collapsed, spread
from archcalc.layers.padding import constant_pad
from archcalc.layers.reach import Reach, painting
from archcalc.layers.rules import OfMap
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.shared_fields import Bias, Dilation, Groups, Kernel, OutputChannels
from archcalc.layers.site import Instead, Site
from archcalc.layers.window import Window, Windows, by_axis, enlarge, joined, per_axis
from archcalc.layers.window_formulas import grown_formulas


class ConvTranspose(OfMap):
    """Transposed convolution: every input value paints a weighted window; windows overlap and add up.

    Also called up-convolution.

    Shape: (C, *N) -> (out, *M) with M = (N - 1)*S + F' - 2P + output_padding and F' = dilation*(kernel - 1) + 1
    Cost: C*out/groups*prod(kernel) + out parameters; C*prod(N)*out/groups*prod(kernel) multiplications
    Reports: AC304, AC305, AC307, AC308, AC316, AC321
    Source: torch.nn.ConvTranspose1d, ConvTranspose2d, ConvTranspose3d

    >>> ConvTranspose(out=64, kernel=2, stride=2).shapes([Shape((128, 196, 196))], Site())[0].sizes
    (64, 392, 392)
    """

    family = "conv"
    stated = CHANNELS_READ
    resizes = True
    main = "out"

    out: OutputChannels
    kernel: Kernel
    stride: Annotated[Strides, Doc("Factor by which the map grows.")] = 1
    padding: Annotated[Padding, Doc("Rows and columns that are cut off the output on each side.")] = 0
    output_padding: Annotated[Amounts, Doc("Rows and columns added behind the output, fewer than the stride.")] = 0
    dilation: Dilation = 1
    groups: Groups = 1
    bias: Bias = True

    def mapped(self, shape: Shape, site: Site) -> tuple[Shape, ...] | None:
        """One map of `out` channels, larger by the stride."""
        rank = len(shape.spatial)
        if self.padding == "same":
            site.report(
                codes.PADDING_TOO_LARGE,
                "a transposed convolution has no `same` padding",
                field="padding",
                help=self._same(rank),
            )
            return None
        axes = self._painted().axes(rank, site)
        extras = per_axis(site, self.output_padding, rank, "output_padding")
        fits = groups_fit(site, self.groups, shape.channels, self.out)
        if axes is None or extras is None or not fits:
            return None
        sizes = by_axis(shape, list(zip(axes, extras, strict=True)), lambda *axis: self._grown(site, *axis))
        return None if sizes is None else (shape.rebuilt(self.out, sizes),)

    def _same(self, rank: int) -> tuple[str, ...]:
        """The padding with which a map grows by its stride exactly, as `same` does in TensorFlow and ONNX.

        An odd line is cut behind.
        """
        axes = self._unpadded().axes(rank)
        cut = [window.extent - window.stride for window in axes or ()]
        if not cut or not all(isinstance(lines, int) and lines >= 0 for lines in cut):
            return ("give the padding as numbers; kernel: 2, stride: 2 doubles the size without any",)
        sides = [(lines // 2, lines - lines // 2) for lines in cut]
        is_even = len(set(sides)) == 1 and sides[0][0] == sides[0][1]
        value = str(sides[0][0]) if is_even else f"[{', '.join(f'[{before}, {after}]' for before, after in sides)}]"
        return (Instead("padding", value, "with which the size is that of the input times the stride"),)

    def _unpadded(self) -> Windows:
        """Its windows without any padding."""
        return Windows(self.kernel, self.stride, 0, self.dilation)

    def _painted(self) -> Windows:
        """What every input value is painted into."""
        return Windows(self.kernel, self.stride, self.padding, self.dilation)

    def _grown(self, site: Site, names: list[str], size: Dim, entry: tuple[Window, Dim]) -> Dim | None:
        window, extra = entry
        if not site.require(
            Condition.at_least(maximum(window.stride, window.dilation) - 1, extra),
            codes.OUTPUT_PADDING_TOO_LARGE,
            f"{joined(names)}: output padding {extra} is not below the stride {window.stride} or the dilation "
            f"{window.dilation}",
            field="output_padding",
        ):
            return None
        return enlarge(site, names, size, window, extra)

    def weights(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """`weight` [C, out/groups, *kernel] and `bias` [out]."""
        (shape,) = inputs
        kernel: tuple[Dim, ...] = spread(self.kernel, len(shape.spatial))
        weight = Weight("weight", (shape.channels, equal_part(self.out, self.groups), *kernel), "weight")
        return (weight, Weight("bias", (self.out,), "bias")) if self.bias else (weight,)

    def multiplications(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """Every weight once per input position: the products that are useful, none with inserted zeros."""
        return self.weights(inputs, outputs)[0].elements * prod(inputs[0].spatial)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The window formula backwards, and `out` maps."""
        (shape,) = inputs
        rank = len(shape.spatial)
        axes = self._painted().axes(rank)
        extras: tuple[Dim, ...] = spread(self.output_padding, rank)
        filters = channels(shape, "K", Letter("K", self.out, "output channels"))
        return (filters, *grown_formulas(shape, axes or [], extras))

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """C*K*F**2 + K parameters, and as many multiplications as weights at each of the places that it reads."""
        (shape,) = inputs
        filters = Letter("K", self.out, "output channels")
        seen, letters = seen_maps("C", "K", channel_letter(shape), filters, self.groups)
        places = per_axis_letters("N", shape.spatial, "input size")
        return filter_counts(seen, letters, kernel_letters(self.kernel, shape), (filters,) if self.bias else (), places)

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """The windows that paint a position."""
        return tuple([painting(window) for window in self._painted().on(inputs[0])])

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.ConvTransposeNd`, followed by a crop where the padding of the two sides differs."""
        (shape,) = inputs
        rank = len(shape.spatial)
        axes = self._painted().on(shape)
        symmetric = all(window.before == window.after for window in axes)
        cut = collapsed(tuple(window.before for window in axes)) if symmetric else 0
        options = {
            "kernel_size": collapsed(self.kernel),
            **keywords(self, {"stride": "stride"}),
            **({"padding": cut} if cut != 0 else {}),
            **keywords(self, {name: name for name in ("output_padding", "groups", "bias", "dilation")}),
        }
        module = TorchCall(f"nn.ConvTranspose{rank}d", (shape.channels, self.out), options)
        if symmetric:
            return (module,)
        return (module, constant_pad([(-window.before, -window.after) for window in axes]))
