"""Transposed convolutions, which paint windows instead of reading them."""

from collections.abc import Sequence
from math import prod
from typing import Annotated

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition, Dim, floor_div, maximum
from archcalc.layers.arguments import keywords
from archcalc.layers.axes import equal_part, joined
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
from archcalc.layers.site import Site
from archcalc.layers.window import Window, Windows, as_dim, by_axis, enlarge, per_axis
from archcalc.layers.window_formulas import grown_formulas, grown_same_formulas


class ConvTranspose(OfMap):
    """Transposed convolution: every input value paints a weighted window; windows overlap and add up.

    Also called up-convolution.

    With `padding: same` the map grows by the stride exactly; an odd line is cut behind, as in TensorFlow and ONNX.

    Shape: (C, *N) -> (out, *M) with M = (N - 1)*S + F' - 2P + output_padding and F' = dilation*(kernel - 1) + 1; with
    `same` M = N*S
    Cost: C*out/groups*prod(kernel) + out parameters; C*prod(N)*out/groups*prod(kernel) multiplications
    Reports: AC304, AC305, AC307, AC316, AC318, AC321
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
    padding: Annotated[
        Padding,
        Doc(
            "Rows and columns that are cut off the output: a number, one per axis, [before, after] per axis, or `same`."
        ),
    ] = 0
    output_padding: Annotated[Amounts, Doc("Rows and columns added behind the output, fewer than the stride.")] = 0
    dilation: Dilation = 1
    groups: Groups = 1
    bias: Bias = True

    def mapped(self, shape: Shape, site: Site) -> tuple[Shape, ...] | None:
        """One map of `out` channels, larger by the stride."""
        rank = len(shape.spatial)
        extras = per_axis(site, self.output_padding, rank, "output_padding")
        axes = self.paints().axes(rank, site)
        fits = groups_fit(site, self.groups, shape.channels, self.out)
        if axes is None or extras is None or not fits:
            return None
        sizes = by_axis(shape, list(zip(axes, extras, strict=True)), lambda *axis: self._grown(site, *axis))
        return None if sizes is None else (shape.rebuilt(self.out, sizes),)

    def paints(self) -> Windows:
        """Windows as those of a convolution, of which the padding is cut off."""
        return Windows(self.kernel, self.stride, self.padding, self.dilation)

    def _painted(self, shape: Shape) -> tuple[list[Window], list[Dim]]:
        """The windows with what is cut off, and the output padding, on a map that the shape rule has let through."""
        rank = len(shape.spatial)
        given: tuple[Dim, ...] = spread(self.output_padding, rank)
        axes, extras = self.paints().axes(rank) or [], list(given)
        if self.padding != "same":
            return axes, extras
        cut = [same_cut(window, extra) for window, extra in zip(axes, extras, strict=True)]
        return [window for window, _ in cut], [extra for _, extra in cut]

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
        return as_dim(size * window.stride) if self.padding == "same" else enlarge(site, names, size, window, extra)

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
        """The window formula backwards, or the size times the stride, and `out` maps."""
        (shape,) = inputs
        axes, extras = self._painted(shape)
        filters = channels(shape, "K", Letter("K", self.out, "output channels"))
        if self.padding == "same":
            return (filters, *grown_same_formulas(shape, axes, extras))
        return (filters, *grown_formulas(shape, axes, extras))

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """C*K*F**2 + K parameters, and as many multiplications as weights at each of the places that it reads."""
        (shape,) = inputs
        filters = Letter("K", self.out, "output channels")
        seen, letters = seen_maps("C", "K", channel_letter(shape), filters, self.groups)
        places = per_axis_letters("N", shape.spatial, "input size")
        return filter_counts(seen, letters, kernel_letters(self.kernel, shape), (filters,) if self.bias else (), places)

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """The windows that paint a position."""
        return tuple([painting(window) for window in self._painted(inputs[0])[0]])

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.ConvTransposeNd`, followed by a cut where the two sides differ."""
        (shape,) = inputs
        axes, extras = self._painted(shape)
        cuts = [(window.before, window.after) for window in axes]
        symmetric = all(before == after for before, after in cuts)
        padding = collapsed(tuple(before for before, _ in cuts)) if symmetric else 0
        more = collapsed(tuple(extras))
        options = {
            "kernel_size": collapsed(self.kernel),
            **keywords(self, {"stride": "stride"}),
            **({"padding": padding} if padding != 0 else {}),
            **({"output_padding": more} if more != 0 else {}),
            **keywords(self, {name: name for name in ("groups", "bias", "dilation")}),
        }
        module = TorchCall(f"nn.ConvTranspose{len(axes)}d", (shape.channels, self.out), options)
        if symmetric:
            return (module,)
        return (module, constant_pad([(-before, -after) for before, after in cuts]))


def same_cut(window: Window, extra: Dim) -> tuple[Window, Dim]:
    """What is cut, and what is added behind, so that the output is the input times the stride.

    F - S lines are too many: half of them is cut in front, and an odd one behind, as TensorFlow and ONNX's SAME_UPPER
    do. Where windows are narrower than their steps, lines are missing, which PyTorch calls output padding.

    >>> same_cut(Window(kernel=3, stride=2), 0), same_cut(Window(kernel=1, stride=3), 0)[1]
    ((Window(kernel=3, stride=2, before=0, after=1, dilation=1), 0), 2)
    """
    surplus = as_dim(window.extent - window.stride + extra)
    cut = maximum(0, surplus)
    before = floor_div(cut, 2)
    return window._replace(before=before, after=as_dim(cut - before)), as_dim(extra + maximum(0, -surplus))
