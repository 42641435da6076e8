"""Convolutions: dense, grouped, depthwise and sparse, on one, two or three axes."""

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import model_validator

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition, Dim, is_known
from archcalc.layers.arguments import as_python, keywords
from archcalc.layers.axes import equal_part
from archcalc.layers.base import TorchCall, Weight
from archcalc.layers.fields import Connections, Doc, Flag, Index, Padding, Positive, Real, Size, Sizes, Strides
from archcalc.layers.filters import CHANNELS_READ, filter_counts, filters_letter, groups_fit, kernel_letters, seen_maps
from archcalc.layers.formula import Formula, Letter, product
from archcalc.layers.letters import channel_letter, channels, spatial_letters
from archcalc.layers.maps import collapsed, spread
from archcalc.layers.padding import (
    PaddingMode,
    behind,
    ceil_pads,
    constant_pad,
    mode_fits,
    mode_pad,
    overhangs,
    same_pad,
    window_options,
)
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.shared_fields import Bias, Dilation, Groups, Kernel, OutputChannels, OwnRounding, ZeroPadding
from archcalc.layers.site import Site
from archcalc.layers.window import Window, Windows, by_axis
from archcalc.layers.windowed import Padded

Filler = Annotated[PaddingMode, Doc("What the padding holds.")]
Step = Annotated[Strides, Doc("Step of the window: one number for all axes, or one per axis.")]

_DEFAULTS = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "bias": True, "padding_mode": "zeros"}
"""Those of PyTorch's convolutions."""


class Convolution(Padded):
    """Fields and rules that `conv` and `depthwise` share."""

    family = "conv"
    stated = CHANNELS_READ

    if TYPE_CHECKING:
        # Declared by the subclasses, whose order of fields is the order of a list in a spec.
        kernel: Sizes
        stride: Strides
        padding: Padding
        dilation: Sizes
        bias: Flag
        padding_mode: PaddingMode

    def windows(self) -> Windows:
        """Windows with a padding and a dilation."""
        return Windows(self.kernel, self.stride, self.padding, self.dilation)

    def fits(self, site: Site, shape: Shape, axes: Sequence[Window]) -> bool:
        """A padding that mirrors or wraps takes no more than there is.

        Reports: AC308
        """
        if self.padding_mode == "zeros":
            return True

        def taken(names: list[str], size: Dim, window: Window) -> Dim | None:
            return size if mode_fits(site, self.padding_mode, names, size, window.before, window.after) else None

        return by_axis(shape, self.windows().on(shape), taken) is not None

    def _torch(
        self, shape: Shape, output: Shape, out_channels: Dim, groups: Dim, rounding: Rounding
    ) -> tuple[TorchCall, ...]:
        pads, padding = self._padded(shape, output, rounding)
        options = self._options(padding, groups)
        return (*pads, TorchCall(f"nn.Conv{len(shape.spatial)}d", (shape.channels, out_channels), options))

    def _padded(self, shape: Shape, output: Shape, rounding: Rounding) -> tuple[list[TorchCall], Any]:
        """Pads in front of the module, and the padding of the module itself: one of them does it all."""
        windows = self.windows()
        if windows.is_same and collapsed(self.stride) == 1:
            return [], "same"
        axes = windows.on(shape)
        pairs = [(window.before, window.after) for window in axes]
        window = window_options(windows)
        if windows.is_same and not all(isinstance(side, int) for pair in pairs for side in pair):
            return [same_pad(window, mode=self.padding_mode)], 0
        # Under `rounding: ceil` the last window reaches past the end; PyTorch's convolutions need that as padding.
        # What lies there is nothing: it is not mirrored, for which there may be too few rows.
        past = overhangs(shape, output, axes, rounding)
        if past is None:
            return ceil_pads(pairs, window, mode=self.padding_mode), 0
        if all(before == after for before, after in pairs) and not any(past):
            return [], collapsed(tuple(before for before, _ in pairs))
        if self.padding_mode == "zeros":
            return [constant_pad(behind(pairs, past))], 0
        pads = [mode_pad(pairs, self.padding_mode)] if any(side != 0 for pair in pairs for side in pair) else []
        return ([*pads, constant_pad([(0, more) for more in past])] if any(past) else pads), 0

    def _options(self, padding: Any, groups: Dim = 1) -> dict[str, Any]:
        """Keyword arguments of the module."""
        options = {
            "kernel_size": collapsed(self.kernel),
            "stride": collapsed(self.stride),
            "padding": padding,
            "dilation": collapsed(self.dilation),
            "groups": groups,
            "bias": self.bias,
            "padding_mode": self.padding_mode if padding != 0 else "zeros",
        }
        return {name: value for name, value in options.items() if value != _DEFAULTS.get(name)}


class Conv(Convolution):
    """Convolution: every output map is a weighted sum of windows of the input maps.

    With `standardize: true` every filter is brought to mean 0 and variance 1 before it is applied, as in BiT. With a
    `gain` each has a learned factor besides, and n weights are scaled by gain/sqrt(n), as in networks without
    normalization (NFNet).

    With `weight_norm` weights are directions, whose lengths are learned beside them: `weight_norm: 0` for every filter,
    as in speech synthesis. It is an axis of the weights [out, C/groups, *kernel], as `dim` of PyTorch's `weight_norm`.

    Shape: (C, *N) -> (out, *M) with M = (N - F' + 2P)/S + 1 on every axis and F' = dilation*(kernel - 1) + 1
    Cost: out*C/groups*prod(kernel) + out parameters (without bias: no `+ out`, with a gain: `+ out`, with learned
    lengths: as many more as their axis is long); out*prod(M)*C/groups*prod(kernel) multiplications; what is done to
    weights alone is not counted
    Reports: AC301, AC302, AC303, AC304, AC305, AC308, AC309, AC313, AC318, AC319, AC320, AC321
    Source: torch.nn.Conv1d, Conv2d, Conv3d; Qiao et al. 2019 and Brock et al. 2021 for standardized filters, Salimans
    and Kingma 2016 for learned lengths

    >>> Conv(out=6, kernel=5).shapes([Shape((1, 32, 32))], Site())
    (Shape(sizes=(6, 28, 28), layout='channels_first', items=1),)
    """

    main = "out"

    out: OutputChannels
    kernel: Kernel
    stride: Step = 1
    padding: ZeroPadding = 0
    dilation: Dilation = 1
    groups: Groups = 1
    bias: Bias = True
    padding_mode: Filler = "zeros"
    connections: Annotated[
        Connections | None, Doc("For every output map the list of input maps that it sees. Default: all of them.")
    ] = None
    rounding: OwnRounding = None
    standardize: Annotated[Flag, Doc("Whether every filter has mean 0 and variance 1 when it is applied.")] = False
    gain: Annotated[
        Positive | None, Doc("Constant of a learned factor for every standardized filter. Default: there is none.")
    ] = None
    eps: Annotated[Real, Doc("What is added to the variance of a filter that is standardized.")] = 1e-6
    weight_norm: Annotated[
        Index | None, Doc("Axis of the weights along which their lengths are learned; 0 is that of the filters.")
    ] = None

    @model_validator(mode="after")
    def _standardizes_what_it_has(self) -> Self:
        if not self.standardize and not {"gain", "eps"}.isdisjoint(self.model_fields_set):
            raise ValueError("takes `gain` and `eps` with `standardize: true` only")
        if self.standardize and self.connections is not None:
            raise ValueError("takes no connections beside `standardize: true`: its filters are of unlike sizes")
        if self.weight_norm is not None and (self.standardize or self.connections is not None):
            other = "`standardize: true`" if self.standardize else "connections"
            raise ValueError(f"takes `weight_norm` and {other} not at once")
        return self

    def maps(self, site: Site, shape: Shape) -> Dim | None:
        """`out` maps, if groups or connections say so too."""
        fits = groups_fit(site, self.groups, shape.channels, self.out) and self._connections_fit(site, shape)
        return self.out if fits and self._has_variance(site, shape) and self._has_lengths(site, shape) else None

    def _has_lengths(self, site: Site, shape: Shape) -> bool:
        """Whether the weights have the axis along which their lengths are learned.

        Reports: AC313
        """
        rank = len(shape.spatial) + 2
        if self.weight_norm is None or self.weight_norm < rank:
            return True
        site.report(
            codes.NO_SUCH_AXIS,
            f"the weights [out, C/groups, *kernel] of a convolution on {shape} have no axis {self.weight_norm}",
            field="weight_norm",
            label=f"axes are 0 to {rank - 1}",
        )
        return False

    def _has_variance(self, site: Site, shape: Shape) -> bool:
        """Whether a filter that is standardized has more than one weight.

        Reports: AC319
        """
        kernel: tuple[Dim, ...] = spread(self.kernel, len(shape.spatial))
        return not self.standardize or site.require(
            Condition.at_least(equal_part(shape.channels, self.groups) * prod(kernel), 2),
            codes.SINGLE_ELEMENT_NORM,
            "a filter of one weight has no variance by which it could be standardized",
            field="standardize",
        )

    def _connections_fit(self, site: Site, shape: Shape) -> bool:
        if self.connections is None:
            return True
        problem = None
        if not is_known(shape.channels):
            return True
        if not isinstance(shape.channels, int) or not isinstance(self.out, int):
            site.report(
                codes.NEEDS_NUMBER,
                f"a connection table needs numbers of maps, and {shape.channels} are to be connected to {self.out}",
                field="connections",
            )
            return False
        if self.groups != 1:
            problem = "a connection table and groups exclude each other"
        elif len(self.connections) != self.out:
            problem = f"{len(self.connections)} lists for {self.out} output maps"
        else:
            for row in self.connections:
                if len(set(row)) != len(row):
                    problem = f"an input map is listed twice in {list(row)}"
                elif max(row) >= shape.channels:
                    problem = f"map {max(row)} does not exist: the {shape.channels} input maps count from 0"
        if problem is not None:
            site.report(codes.BAD_CONNECTIONS, problem, field="connections")
        return problem is None

    def weights(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """`weight` [out, C/groups, *kernel], `bias` [out] and `gain`; with connections a small filter for every map.

        Where lengths are learned, they and the weights are where PyTorch's `weight_norm` keeps them.
        """
        (shape,) = inputs
        kernel: tuple[Dim, ...] = spread(self.kernel, len(shape.spatial))
        if self.connections is not None:
            # One convolution per output map: the tensors hold exactly the weights that exist.
            return tuple(
                weight
                for index, row in enumerate(self.connections)
                for weight in (
                    Weight(f"{index}.weight", (1, len(row), *kernel), "weight"),
                    *((Weight(f"{index}.bias", (1,), "bias"),) if self.bias else ()),
                )
            )
        weight = Weight("weight", (self.out, equal_part(shape.channels, self.groups), *kernel), "weight")
        biases = (Weight("bias", (self.out,), "bias"),) if self.bias else ()
        if self.weight_norm is not None:
            lengths = tuple(size if axis == self.weight_norm else 1 for axis, size in enumerate(weight.shape))
            return (
                *biases,
                Weight("parametrizations.weight.original0", lengths, "scale"),
                weight._replace(name="parametrizations.weight.original1"),
            )
        ones = (1,) * len(kernel)
        gains = (Weight("gain", (self.out, 1, *ones), "scale"),) if self.gain is not None else ()
        return (weight, *biases, *gains)

    def multiplications(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """Weights without biases, times the places where each is applied."""
        (shape,), (output,) = inputs, outputs
        seen: Dim = (
            sum(len(row) for row in self.connections)
            if self.connections is not None
            else self.out * equal_part(shape.channels, self.groups)
        )
        kernel: tuple[Dim, ...] = spread(self.kernel, len(shape.spatial))
        return seen * prod(kernel) * prod(output.spatial)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The window formula, and a map for every filter."""
        (shape,) = inputs
        filters = channels(shape, "K", filters_letter(self.out), words="one map for every filter")
        return (filters, *super().size_formulas(inputs, rounding))

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """K*C*F**2 + K parameters, and as many multiplications as weights at each of the H*W places."""
        (shape,), (output,) = inputs, outputs
        filters = filters_letter(self.out)
        seen, letters = seen_maps("K", "C", filters, channel_letter(shape), self.groups)
        if self.connections is not None:
            pairs = sum(len(row) for row in self.connections)
            seen, letters = "T", (Letter("T", pairs, "connections between maps in the table"),)
        kernels = kernel_letters(self.kernel, shape)
        tensors = self.bias + (self.gain is not None) + (self.weight_norm == 0)
        biased = (filters,) if tensors else ()
        lengths = self._lengths(shape, kernels)
        return filter_counts(seen, letters, kernels, biased, spatial_letters(output), tensors=tensors, lengths=lengths)

    def _lengths(self, shape: Shape, kernels: tuple[Letter, ...]) -> str:
        """How many lengths are learned along another axis than that of the filters, in letters."""
        if not self.weight_norm:
            return ""
        seen = channel_letter(shape).name if self.groups == 1 else f"({channel_letter(shape).name}/G)"
        return seen if self.weight_norm == 1 else kernels[self.weight_norm - 2].name

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.ConvNd`, after an explicit pad where the sides differ; with connections one of them per output map."""
        (shape,), (output,) = inputs, outputs
        if self.standardize:
            gains = {} if self.gain is None else {"gain": as_python(self.gain)}
            return self._rescaled(
                "supplied.StdConv", {**gains, **keywords(self, {"eps": "eps"})}, shape, output, rounding
            )
        if self.weight_norm is not None:
            told = {"dim": self.weight_norm} if self.weight_norm else {}
            return self._rescaled("supplied.WeightNormConv", told, shape, output, rounding)
        if self.connections is None:
            return self._torch(shape, output, self.out, self.groups, rounding)
        pads, padding = self._padded(shape, output, rounding)
        options = self._options(padding)
        if len(shape.spatial) != 2:
            options["axes"] = len(shape.spatial)
        return (*pads, TorchCall("supplied.ConnectedConv", (self.connections,), options))

    def _rescaled(
        self, target: str, told: dict[str, Any], shape: Shape, output: Shape, rounding: Rounding
    ) -> tuple[TorchCall, ...]:
        """A module of its own, for any number of axes, which pads with zeros only."""
        pads, padding = self._padded(shape, output, rounding)
        if self.padding_mode != "zeros" and padding != 0:
            axes = self.windows().on(shape)
            pads, padding = [mode_pad([(window.before, window.after) for window in axes], self.padding_mode)], 0
        options = self._options(padding, self.groups)
        options |= {} if len(shape.spatial) == 2 else {"axes": len(shape.spatial)}
        return (*pads, TorchCall(target, (shape.channels, self.out), {**options, **told}))


class Depthwise(Convolution):
    """Depthwise convolution: every input map has its own `multiplier` filters, and maps do not mix.

    Shape: (C, *N) -> (multiplier*C, *M)
    Cost: multiplier*C*prod(kernel) + multiplier*C parameters; multiplier*C*prod(M)*prod(kernel) multiplications
    Reports: AC301, AC302, AC303, AC304, AC308, AC309, AC321
    Source: torch.nn.Conv2d with groups = in_channels

    >>> Depthwise(kernel=5, bias=False).weights([Shape((3, 12, 12))], [])[0].elements
    75
    """

    main = "kernel"

    kernel: Kernel
    stride: Step = 1
    padding: ZeroPadding = 0
    dilation: Dilation = 1
    multiplier: Annotated[Size, Doc("Number of filters for every input map.")] = 1
    bias: Bias = True
    padding_mode: Filler = "zeros"
    rounding: OwnRounding = None

    def maps(self, site: Site, shape: Shape) -> Dim | None:
        """As many maps as it reads, times the multiplier."""
        maps: Dim = shape.channels * self.multiplier
        return maps

    def weights(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """`weight` [multiplier*C, 1, *kernel] and `bias` [multiplier*C]."""
        (shape,) = inputs
        maps = shape.channels * self.multiplier
        kernel: tuple[Dim, ...] = spread(self.kernel, len(shape.spatial))
        weight = Weight("weight", (maps, 1, *kernel), "weight")
        return (weight, Weight("bias", (maps,), "bias")) if self.bias else (weight,)

    def multiplications(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """Every weight once per output position."""
        return self.weights(inputs, outputs)[0].elements * prod(outputs[0].spatial)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The window formula, and `multiplier` maps for every map."""
        (shape,) = inputs
        maps = self._letters(shape)
        words = "every map has its own filter" if len(maps) == 1 else "every map has its own filters"
        return (channels(shape, product(*maps), *maps, words=words), *super().size_formulas(inputs, rounding))

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """C*F**2 + C parameters: a filter sees one map."""
        (shape,), (output,) = inputs, outputs
        maps = self._letters(shape)
        biased = maps if self.bias else ()
        return filter_counts(product(*maps), maps, kernel_letters(self.kernel, shape), biased, spatial_letters(output))

    def _letters(self, shape: Shape) -> tuple[Letter, ...]:
        maps = channel_letter(shape)
        return (maps,) if self.multiplier == 1 else (maps, Letter("M", self.multiplier, "filters for every map"))

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.ConvNd` with one group per input map."""
        (shape,), (output,) = inputs, outputs
        return self._torch(shape, output, output.channels, shape.channels, rounding)
