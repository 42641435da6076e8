"""Convolutions: dense, grouped, depthwise, sparse and transposed, on one, two or three axes."""

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition, Dim, maximum
from archcalc.layers.axes import equal_part
from archcalc.layers.base import Layer, Rounding, Shape, Site, TorchCall, Weight
from archcalc.layers.fields import Amounts, Concrete, Connections, Flag, Padding, Size, Sizes, Strides
from archcalc.layers.formula import Formula, Letter, multiplications, parameters, product
from archcalc.layers.letters import channel_letter, channels, per_axis_letters, spatial_letters
from archcalc.layers.maps import collapsed, reads_map, spread
from archcalc.layers.padding import (
    PaddingMode,
    behind,
    ceil_pads,
    constant_pad,
    mode_fits,
    mode_pad,
    overhangs,
    placed_windows,
    same_pad,
    window_options,
)
from archcalc.layers.reach import Reach, painting, sliding
from archcalc.layers.window import Window, by_axis, enlarge, joined, per_axis, slide, windows
from archcalc.layers.window_formulas import grown_formulas, slide_formulas


def _groups_fit(site: Site, groups: int, channels: Dim, out: Dim) -> bool:
    """Whether groups cut the channels of both sides into equal parts.

    Reports: AC305
    """
    return all(
        site.require(
            Condition.multiple(count, groups),
            codes.GROUPS_DO_NOT_DIVIDE,
            f"{groups} groups do not divide the {count} {side} channels",
            field="groups",
            label=f"{count} is not a multiple of {groups}",
        )
        for count, side in ((channels, "input"), (out, "output"))
    )


def _filters(out: Dim) -> Letter:
    return Letter("K", out, "filters")


def _of_groups(whole: str, part: str, first: Letter, second: Letter, groups: int) -> tuple[str, tuple[Letter, ...]]:
    """Pairs of an input and an output map that have weights, of which groups leave only those inside a group."""
    if groups == 1:
        return f"{whole}*{part}", (first, second)
    return f"{whole}*({part}/G)", (first, second, Letter("G", groups, "groups"))


def _counts(
    seen: str,
    letters: tuple[Letter, ...],
    kernels: Sequence[Letter],
    biased: Sequence[Letter],
    places: Sequence[Letter],
) -> tuple[Formula, ...]:
    """A kernel for every pair of maps that is seen, a bias for every output map, each weight once at every place."""
    weights = f"{seen}*{product(*kernels)}"
    used = (*letters, *kernels)
    return (
        parameters(f"{weights} + {product(*biased)}", *used, *biased)
        if biased
        else parameters(weights, *used, words="no bias"),
        multiplications(f"{weights}*{product(*places)}", *used, *places),
    )


def _kernels(kernel: Any, shape: Shape) -> tuple[Letter, ...]:
    sizes: tuple[Dim, ...] = spread(kernel, len(shape.spatial))
    return per_axis_letters("F", sizes, "kernel")


class Convolution(Layer):
    """Fields and rules that `conv` and `depthwise` share."""

    family = "conv"

    if TYPE_CHECKING:
        # Declared by the subclasses, whose order of fields is the order of a list in a spec.
        kernel: Sizes
        stride: Strides
        padding: Padding
        dilation: Sizes
        bias: Flag
        padding_mode: PaddingMode

    def _axes(self, site: Site, rank: int) -> list[Window] | None:
        return windows(site, rank, kernel=self.kernel, stride=self.stride, padding=self.padding, dilation=self.dilation)

    def _spatial(self, site: Site, shape: Shape) -> tuple[Dim, ...] | None:
        axes = self._axes(site, len(shape.spatial))
        if axes is None or not self._mode_fits(site, shape, axes):
            return None
        return slide(site, shape, axes, same=self.padding == "same")

    def _window_formulas(self, shape: Shape, rounding: Rounding) -> tuple[Formula, ...]:
        axes = self._axes(Site(), len(shape.spatial)) or []
        return slide_formulas(shape, axes, rounding, same=self.padding == "same")

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """A window of the input."""
        (shape,) = inputs
        axes = self._axes(Site(), len(shape.spatial)) or []
        return tuple([sliding(window) for window in placed_windows(shape, axes, same=self.padding == "same")])

    def _mode_fits(self, site: Site, shape: Shape, axes: list[Window]) -> bool:
        if self.padding_mode == "zeros":
            return True

        def taken(names: list[str], size: Dim, window: Window) -> Dim | None:
            return size if mode_fits(site, self.padding_mode, names, size, window.before, window.after) else None

        return by_axis(shape, placed_windows(shape, axes, same=self.padding == "same"), taken) is not None

    def _torch(
        self, shape: Shape, output: Shape, out_channels: Dim, groups: Dim, rounding: Rounding
    ) -> tuple[TorchCall, ...]:
        pads, padding = self._padded(shape, output, rounding)
        options = self._options(padding, groups)
        return (*pads, TorchCall(f"nn.Conv{len(shape.spatial)}d", (shape.channels, out_channels), options))

    def _padded(self, shape: Shape, output: Shape, rounding: Rounding) -> tuple[list[TorchCall], Any]:
        """Pads in front of the module, and the padding of the module itself: one of them does it all."""
        same = self.padding == "same"
        if same and collapsed(self.stride) == 1:
            return [], "same"
        axes = placed_windows(shape, self._axes(Site(), len(shape.spatial)) or [], same=same)
        pairs = [(window.before, window.after) for window in axes]
        window = window_options(self.kernel, self.stride, self.dilation)
        if same and not all(isinstance(side, int) for pair in pairs for side in pair):
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
        options: dict[str, Any] = {"kernel_size": collapsed(self.kernel)}
        if collapsed(self.stride) != 1:
            options["stride"] = collapsed(self.stride)
        if padding != 0:
            options["padding"] = padding
        if collapsed(self.dilation) != 1:
            options["dilation"] = collapsed(self.dilation)
        if groups != 1:
            options["groups"] = groups
        if not self.bias:
            options["bias"] = False
        if self.padding_mode != "zeros" and padding != 0:
            options["padding_mode"] = self.padding_mode
        return options


class Conv(Convolution):
    """Convolution: every output map is a weighted sum of windows of the input maps.

    Shape: (C, *N) -> (out, *M) with M = (N - F' + 2P)/S + 1 on every axis and F' = dilation*(kernel - 1) + 1
    Cost: out*C/groups*prod(kernel) + out parameters (without bias: no `+ out`); out*prod(M)*C/groups*prod(kernel)
    multiplications
    Reports: AC301, AC302, AC303, AC304, AC305, AC308, AC309, AC318, AC320, AC321
    Source: torch.nn.Conv1d, Conv2d, Conv3d

    >>> Conv(out=6, kernel=5).shapes([Shape((1, 32, 32))], Site())
    (Shape(sizes=(6, 28, 28), layout='channels_first', items=1),)
    """

    kind = "conv"
    main = "out"

    out: Size
    kernel: Sizes
    stride: Strides = 1
    padding: Padding = 0
    dilation: Sizes = 1
    groups: Concrete = 1
    bias: Flag = True
    padding_mode: PaddingMode = "zeros"
    connections: Connections | None = None
    rounding: Rounding | None = None

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """One map of `out` channels."""
        (shape,) = inputs
        if not reads_map(site, shape, self.kind):
            return None
        fits = _groups_fit(site, self.groups, shape.channels, self.out) and self._connections_fit(site, shape)
        spatial = self._spatial(site, shape)
        if spatial is None or not fits:
            return None
        return (shape.rebuilt(self.out, spatial),)

    def _connections_fit(self, site: Site, shape: Shape) -> bool:
        if self.connections is None:
            return True
        problem = None
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
        """`weight` [out, C/groups, *kernel] and `bias` [out]; with connections one small filter per output map."""
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
        return (weight, Weight("bias", (self.out,), "bias")) if self.bias else (weight,)

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
        filters = channels(shape, "K", _filters(self.out), words="one map for every filter")
        return (filters, *self._window_formulas(shape, rounding))

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """K*C*F**2 + K parameters, and as many multiplications as weights at each of the H*W places."""
        (shape,), (output,) = inputs, outputs
        filters = _filters(self.out)
        seen, letters = _of_groups("K", "C", filters, channel_letter(shape), self.groups)
        if self.connections is not None:
            pairs = sum(len(row) for row in self.connections)
            seen, letters = "T", (Letter("T", pairs, "connections between maps in the table"),)
        biased = (filters,) if self.bias else ()
        return _counts(seen, letters, _kernels(self.kernel, shape), biased, spatial_letters(output))

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.ConvNd`, after an explicit pad where the sides differ; with connections one of them per output map."""
        (shape,), (output,) = inputs, outputs
        if self.connections is None:
            return self._torch(shape, output, self.out, self.groups, rounding)
        pads, padding = self._padded(shape, output, rounding)
        options = self._options(padding)
        if len(shape.spatial) != 2:
            options["axes"] = len(shape.spatial)
        return (*pads, TorchCall("supplied.ConnectedConv", (self.connections,), options))


class Depthwise(Convolution):
    """Depthwise convolution: every input map has its own `multiplier` filters, and maps do not mix.

    Shape: (C, *N) -> (multiplier*C, *M)
    Cost: multiplier*C*prod(kernel) + multiplier*C parameters; multiplier*C*prod(M)*prod(kernel) multiplications
    Reports: AC301, AC302, AC303, AC304, AC308, AC309, AC321
    Source: torch.nn.Conv2d with groups = in_channels

    >>> Depthwise(kernel=5, bias=False).weights([Shape((3, 12, 12))], [])[0].elements
    75
    """

    kind = "depthwise"
    main = "kernel"

    kernel: Sizes
    stride: Strides = 1
    padding: Padding = 0
    dilation: Sizes = 1
    multiplier: Size = 1
    bias: Flag = True
    padding_mode: PaddingMode = "zeros"
    rounding: Rounding | None = None

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """As many maps as it reads, times the multiplier."""
        (shape,) = inputs
        if not reads_map(site, shape, self.kind):
            return None
        spatial = self._spatial(site, shape)
        return None if spatial is None else (shape.rebuilt(shape.channels * self.multiplier, spatial),)

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
        maps = self._maps(shape)
        words = "every map has its own filter" if len(maps) == 1 else "every map has its own filters"
        return (channels(shape, product(*maps), *maps, words=words), *self._window_formulas(shape, rounding))

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """C*F**2 + C parameters: a filter sees one map."""
        (shape,), (output,) = inputs, outputs
        maps = self._maps(shape)
        biased = maps if self.bias else ()
        return _counts(product(*maps), maps, _kernels(self.kernel, shape), biased, spatial_letters(output))

    def _maps(self, shape: Shape) -> tuple[Letter, ...]:
        maps = channel_letter(shape)
        return (maps,) if self.multiplier == 1 else (maps, Letter("M", self.multiplier, "filters for every map"))

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.ConvNd` with one group per input map."""
        (shape,), (output,) = inputs, outputs
        return self._torch(shape, output, output.channels, shape.channels, rounding)


class ConvTranspose(Layer):
    """Transposed convolution: every input value paints a weighted window; windows overlap and add up.

    Also called up-convolution.

    Shape: (C, *N) -> (out, *M) with M = (N - 1)*S + F' - 2P + output_padding and F' = dilation*(kernel - 1) + 1
    Cost: C*out/groups*prod(kernel) + out parameters; C*prod(N)*out/groups*prod(kernel) multiplications
    Reports: AC304, AC305, AC307, AC308, AC316, AC321
    Source: torch.nn.ConvTranspose1d, ConvTranspose2d, ConvTranspose3d

    >>> ConvTranspose(out=64, kernel=2, stride=2).shapes([Shape((128, 196, 196))], Site())[0].sizes
    (64, 392, 392)
    """

    kind = "conv_transpose"
    family = "conv"
    main = "out"

    out: Size
    kernel: Sizes
    stride: Strides = 1
    padding: Padding = 0
    output_padding: Amounts = 0
    dilation: Sizes = 1
    groups: Concrete = 1
    bias: Flag = True

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """One map of `out` channels, larger by the stride."""
        (shape,) = inputs
        if not reads_map(site, shape, self.kind):
            return None
        rank = len(shape.spatial)
        if self.padding == "same":
            site.report(
                codes.PADDING_TOO_LARGE,
                "a transposed convolution has no `same` padding",
                field="padding",
                help=("give the padding as numbers; kernel: 2, stride: 2 doubles the size without any",),
            )
            return None
        axes = windows(site, rank, kernel=self.kernel, stride=self.stride, padding=self.padding, dilation=self.dilation)
        extras = per_axis(site, self.output_padding, rank, "output_padding")
        fits = _groups_fit(site, self.groups, shape.channels, self.out)
        if axes is None or extras is None or not fits:
            return None
        sizes = by_axis(shape, list(zip(axes, extras, strict=True)), lambda *axis: self._grown(site, *axis))
        return None if sizes is None else (shape.rebuilt(self.out, sizes),)

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
        axes = windows(
            Site(), rank, kernel=self.kernel, stride=self.stride, padding=self.padding, dilation=self.dilation
        )
        extras: tuple[Dim, ...] = spread(self.output_padding, rank)
        filters = channels(shape, "K", Letter("K", self.out, "output channels"))
        return (filters, *grown_formulas(shape, axes or [], extras))

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """C*K*F**2 + K parameters, and as many multiplications as weights at each of the places that it reads."""
        (shape,) = inputs
        filters = Letter("K", self.out, "output channels")
        seen, letters = _of_groups("C", "K", channel_letter(shape), filters, self.groups)
        places = per_axis_letters("N", shape.spatial, "input size")
        return _counts(seen, letters, _kernels(self.kernel, shape), (filters,) if self.bias else (), places)

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """The windows that paint a position."""
        rank = len(inputs[0].spatial)
        axes = windows(
            Site(), rank, kernel=self.kernel, stride=self.stride, padding=self.padding, dilation=self.dilation
        )
        return tuple([painting(window) for window in axes or []])

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.ConvTransposeNd`, followed by a crop where the padding of the two sides differs."""
        (shape,) = inputs
        rank = len(shape.spatial)
        axes = (
            windows(Site(), rank, kernel=self.kernel, stride=self.stride, padding=self.padding, dilation=self.dilation)
            or []
        )
        options: dict[str, Any] = {"kernel_size": collapsed(self.kernel)}
        if self.stride != 1:
            options["stride"] = collapsed(self.stride)
        symmetric = all(window.before == window.after for window in axes)
        if symmetric and any(window.before != 0 for window in axes):
            options["padding"] = collapsed(tuple(window.before for window in axes))
        if self.output_padding != 0:
            options["output_padding"] = collapsed(self.output_padding)
        if self.groups != 1:
            options["groups"] = self.groups
        if not self.bias:
            options["bias"] = False
        if self.dilation != 1:
            options["dilation"] = collapsed(self.dilation)
        module = TorchCall(f"nn.ConvTranspose{rank}d", (shape.channels, self.out), options)
        if symmetric:
            return (module,)
        return (module, constant_pad([(-window.before, -window.after) for window in axes]))
