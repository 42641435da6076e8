"""Convolutions: dense, grouped, depthwise, sparse and transposed, on one, two or three axes."""

from collections.abc import Sequence
from math import prod
from typing import Any, Literal

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition, Dim, maximum
from archcalc.layers.axes import equal_part
from archcalc.layers.base import Layer, Rounding, Shape, Site, TorchCall, Weight
from archcalc.layers.fields import Amounts, Concrete, Connections, Flag, Padding, Size, Sizes, Strides
from archcalc.layers.window import Window, per_axis, same_window, slide, windows

PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]


def reads_map(site: Site, shape: Shape, kind: str) -> bool:
    """Whether a shape is a map with channels first and one to three further axes.

    Reports: AC304, AC321
    """
    if shape.layout == "channels_last":
        site.report(
            codes.LAYOUT_MISMATCH,
            f"{kind} reads channels first, but gets {shape} with the channels last",
            help=("put `channels_first` in front",),
        )
        return False
    if not 1 <= len(shape.spatial) <= 3:
        site.report(
            codes.RANK_MISMATCH,
            f"{kind} reads a map [C, L], [C, H, W] or [C, D, H, W], but gets {shape}",
            label=f"reads {shape}",
        )
        return False
    return True


def dense(value: Any, rank: int) -> Any:
    """A per-axis field as PyTorch takes it: one number when all axes agree."""
    if not isinstance(value, tuple):
        return value
    return value[0] if len(set(value)) == 1 else value


class Convolution(Layer):
    """Fields and rules that `conv` and `depthwise` share."""

    family = "conv"

    def _axes(self, site: Site, rank: int) -> list[Window] | None:
        fields: Any = self
        return windows(
            site,
            rank,
            kernel=fields.kernel,
            stride=fields.stride,
            padding=fields.padding,
            dilation=fields.dilation,
        )

    def _spatial(self, site: Site, shape: Shape) -> tuple[Dim, ...] | None:
        axes = self._axes(site, len(shape.spatial))
        fields: Any = self
        if axes is None or not _mode_fits(site, shape, axes, fields.padding_mode):
            return None
        return slide(site, shape, axes, same=fields.padding == "same")

    def _torch(self, shape: Shape, output: Shape, out_channels: Dim, groups: Dim, bias: bool) -> tuple[TorchCall, ...]:
        fields: Any = self
        rank = len(shape.spatial)
        axes = self._axes(Site(), rank) or []
        explicit = explicit_padding(shape, output, axes, same=fields.padding == "same")
        symmetric = explicit is not None and all(before == after for before, after in explicit)
        calls: list[TorchCall] = []
        options: dict[str, Any] = {"kernel_size": dense(fields.kernel, rank)}
        if fields.stride != 1:
            options["stride"] = dense(fields.stride, rank)
        if fields.padding == "same" and dense(fields.stride, rank) == 1:
            options["padding"] = "same"
        elif symmetric and explicit is not None:
            if any(before != 0 for before, _ in explicit):
                options["padding"] = dense(tuple(before for before, _ in explicit), rank)
        elif explicit is not None:
            flat = tuple(side for pair in reversed(explicit) for side in pair)
            mode = {"zeros": "constant"}.get(fields.padding_mode, fields.padding_mode)
            calls.append(TorchCall("nn.functional.pad", (flat,), {"mode": mode}, is_module=False))
        if fields.dilation != 1:
            options["dilation"] = dense(fields.dilation, rank)
        if groups != 1:
            options["groups"] = groups
        if not bias:
            options["bias"] = False
        if fields.padding_mode != "zeros" and "padding" in options:
            options["padding_mode"] = fields.padding_mode
        calls.append(TorchCall(f"nn.Conv{rank}d", (shape.channels, out_channels), options))
        return tuple(calls)


def _mode_fits(site: Site, shape: Shape, axes: list[Window], mode: str) -> bool:
    """PyTorch mirrors fewer rows than there are and wraps at most as many.

    Reports: AC308
    """
    spare = {"reflect": 1, "circular": 0}.get(mode)
    if spare is None:
        return True
    return all(
        site.require(
            Condition.at_least(size - spare, side),
            codes.PADDING_TOO_LARGE,
            f"{mode} padding of {side} needs an input of at least {side + spare}, but reads {size}",
            field="padding",
        )
        for size, window in zip(shape.spatial, axes, strict=True)
        for side in (window.before, window.after)
    )


def explicit_padding(shape: Shape, output: Shape, axes: list[Window], *, same: bool) -> list[tuple[Dim, Dim]] | None:
    """Padding before and after on every axis such that rounding down gives the output; None if a symbol decides it."""
    pairs: list[tuple[Dim, Dim]] = []
    for size, produced, window in zip(shape.spatial, output.spatial, axes, strict=True):
        placed = same_window(size, window)[1] if same else window
        if placed is None:
            return None
        # `rounding: ceil` lets the last window reach past the end; PyTorch's convolutions need that as padding.
        missing = (produced - 1) * window.stride - placed.room(size)
        extra = max(missing, 0) if isinstance(missing, int) else 0
        pairs.append((placed.before, placed.after + extra))
    return pairs


class Conv(Convolution):
    """Convolution: every output map is a weighted sum of windows of the input maps.

    Shape: (C, *N) -> (out, *M) with M = (N - F' + 2P)/S + 1 on every axis and F' = dilation*(kernel - 1) + 1
    Cost: out*C/groups*prod(kernel) + out parameters (without bias: no `+ out`); out*prod(M)*C/groups*prod(kernel)
    multiplications
    Reports: AC301, AC302, AC303, AC304, AC305, AC308, AC309, AC320, AC321
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
        fits = self._groups_fit(site, shape) and self._connections_fit(site, shape)
        spatial = self._spatial(site, shape)
        if spatial is None or not fits:
            return None
        return (shape.rebuilt(self.out, spatial),)

    def _groups_fit(self, site: Site, shape: Shape) -> bool:
        return all(
            site.require(
                Condition.multiple(channels, self.groups),
                codes.GROUPS_DO_NOT_DIVIDE,
                f"{self.groups} groups do not divide the {channels} {side} channels",
                field="groups",
                label=f"{channels} is not a multiple of {self.groups}",
            )
            for channels, side in ((shape.channels, "input"), (self.out, "output"))
        )

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
        kernel = self._kernel(len(shape.spatial))
        if self.connections is not None:
            # One convolution per output map: the tensors hold exactly the weights that exist.
            return tuple(
                weight
                for index, row in enumerate(self.connections)
                for weight in (
                    Weight(f"{index}.weight", (1, len(row), *kernel)),
                    *((Weight(f"{index}.bias", (1,)),) if self.bias else ()),
                )
            )
        weight = Weight("weight", (self.out, equal_part(shape.channels, self.groups), *kernel))
        return (weight, Weight("bias", (self.out,))) if self.bias else (weight,)

    def multiplications(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """Weights without biases, times the places where each is applied."""
        (shape,), (output,) = inputs, outputs
        seen: Dim = (
            sum(len(row) for row in self.connections)
            if self.connections is not None
            else self.out * equal_part(shape.channels, self.groups)
        )
        return seen * prod(self._kernel(len(shape.spatial))) * prod(output.spatial)

    def _kernel(self, rank: int) -> tuple[Dim, ...]:
        return self.kernel if isinstance(self.kernel, tuple) else (self.kernel,) * rank

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[TorchCall, ...]:
        """`nn.ConvNd`, after an explicit pad where the sides differ; nothing ready-made for connections."""
        (shape,), (output,) = inputs, outputs
        if self.connections is not None:
            return ()
        return self._torch(shape, output, self.out, self.groups, self.bias)


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
        kernel = self.kernel if isinstance(self.kernel, tuple) else (self.kernel,) * len(shape.spatial)
        weight = Weight("weight", (maps, 1, *kernel))
        return (weight, Weight("bias", (maps,))) if self.bias else (weight,)

    def multiplications(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """Every weight once per output position."""
        return self.weights(inputs, outputs)[0].elements * prod(outputs[0].spatial)

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[TorchCall, ...]:
        """`nn.ConvNd` with one group per input map."""
        (shape,), (output,) = inputs, outputs
        return self._torch(shape, output, output.channels, shape.channels, self.bias)


class ConvTranspose(Layer):
    """Transposed convolution: every input value paints a weighted window; windows overlap and add up.

    Also called up-convolution.

    Shape: (C, *N) -> (out, *M) with M = (N - 1)*S + F' - 2P + output_padding and F' = dilation*(kernel - 1) + 1
    Cost: C*out/groups*prod(kernel) + out parameters; C*prod(N)*out/groups*prod(kernel) multiplications
    Reports: AC304, AC305, AC307, AC316, AC318, AC321
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
        fits = all(
            site.require(
                Condition.multiple(channels, self.groups),
                codes.GROUPS_DO_NOT_DIVIDE,
                f"{self.groups} groups do not divide the {channels} {side} channels",
                field="groups",
                label=f"{channels} is not a multiple of {self.groups}",
            )
            for channels, side in ((shape.channels, "input"), (self.out, "output"))
        )
        if axes is None or extras is None or not fits:
            return None
        sizes: list[Dim] = []
        for size, window, extra in zip(shape.spatial, axes, extras, strict=True):
            if not site.require(
                Condition.at_least(maximum(window.stride, window.dilation) - 1, extra),
                codes.OUTPUT_PADDING_TOO_LARGE,
                f"output padding {extra} is not below the stride {window.stride} or the dilation {window.dilation}",
                field="output_padding",
            ):
                return None
            grown = (size - 1) * window.stride + window.extent - window.before - window.after + extra
            if not site.require(
                Condition.at_least(grown, 1),
                codes.EMPTY_OUTPUT,
                f"({size} - 1)*{window.stride} + {window.extent} - {window.before + window.after} + {extra} = {grown}: "
                "nothing is left",
                field="padding",
            ):
                return None
            sizes.append(grown)
        return (shape.rebuilt(self.out, sizes),)

    def weights(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """`weight` [C, out/groups, *kernel] and `bias` [out]."""
        (shape,) = inputs
        kernel = self.kernel if isinstance(self.kernel, tuple) else (self.kernel,) * len(shape.spatial)
        weight = Weight("weight", (shape.channels, equal_part(self.out, self.groups), *kernel))
        return (weight, Weight("bias", (self.out,))) if self.bias else (weight,)

    def multiplications(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """Every weight once per input position: the products that are useful, none with inserted zeros."""
        return self.weights(inputs, outputs)[0].elements * prod(inputs[0].spatial)

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[TorchCall, ...]:
        """`nn.ConvTransposeNd`, followed by a crop where the padding of the two sides differs."""
        (shape,) = inputs
        rank = len(shape.spatial)
        axes = (
            windows(Site(), rank, kernel=self.kernel, stride=self.stride, padding=self.padding, dilation=self.dilation)
            or []
        )
        options: dict[str, Any] = {"kernel_size": dense(self.kernel, rank)}
        if self.stride != 1:
            options["stride"] = dense(self.stride, rank)
        symmetric = all(window.before == window.after for window in axes)
        if symmetric and any(window.before != 0 for window in axes):
            options["padding"] = dense(tuple(window.before for window in axes), rank)
        if self.output_padding != 0:
            options["output_padding"] = dense(self.output_padding, rank)
        if self.groups != 1:
            options["groups"] = self.groups
        if not self.bias:
            options["bias"] = False
        if self.dilation != 1:
            options["dilation"] = dense(self.dilation, rank)
        module = TorchCall(f"nn.ConvTranspose{rank}d", (shape.channels, self.out), options)
        if symmetric:
            return (module,)
        flat = tuple(-side for window in reversed(axes) for side in (window.before, window.after))
        return (module, TorchCall("nn.functional.pad", (flat,), {}, is_module=False))
