"""Pooling: the largest value, the mean or the norm of every window."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition, Dim
from archcalc.layers.arguments import as_python
from archcalc.layers.base import Read, TorchCall
from archcalc.layers.fields import Doc, Flag, Positive, Sizes, Strides
from archcalc.layers.maps import collapsed
from archcalc.layers.padding import behind, ceil_pads, constant_pad, overhangs, same_pad, window_options
from archcalc.layers.reach import Reach, painting
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.shared_fields import Dilation, Kernel, OwnRounding, ZeroPadding
from archcalc.layers.site import Site
from archcalc.layers.window import Window, Windows, as_dim
from archcalc.layers.windowed import Padded, Windowed

PoolStride = Annotated[Strides | None, Doc("Step of the window. Default: the kernel.")]


def is_step(site: Site, kernel: Any, stride: Any) -> bool:
    """Whether a kernel can be the stride where no stride is given: a stride must not depend on a symbol.

    Reports: AC318
    """
    sizes = kernel if isinstance(kernel, tuple) else (kernel,)
    symbolic = [size for size in sizes if not isinstance(size, int)]
    if stride is not None or not symbolic:
        return True
    site.report(
        codes.NEEDS_NUMBER,
        f"the stride is the kernel where none is given, and {symbolic[0]} depends on a symbol",
        field="kernel",
        help=("write the stride as a number, for example stride: 2",),
    )
    return False


class Pool(Windowed):
    """Fields and rules that all pools with a window share. The stride is the kernel unless given."""

    family = "pool"
    main = "kernel"

    if TYPE_CHECKING:
        # Declared by the subclasses, whose order of fields is the order of a list in a spec.
        kernel: Sizes
        stride: Strides | None

    def windows(self) -> Windows:
        """Windows side by side, unless a stride is given."""
        return Windows(self.kernel, self.kernel if self.stride is None else self.stride)

    def places(self, site: Site, shape: Shape) -> tuple[Dim, ...] | None:
        """The places of the windows, if the kernel will do for a stride where it is one.

        Reports: AC318
        """
        return super().places(site, shape) if is_step(site, self.kernel, self.stride) else None

    def _module(self) -> dict[str, Any]:
        """The keyword arguments of a PyTorch module that say where its windows are, without padding."""
        module: dict[str, Any] = {"kernel_size": collapsed(self.kernel)}
        if self.stride is not None and collapsed(self.stride) != collapsed(self.kernel):
            module["stride"] = collapsed(self.stride)
        return module


class PaddedPool(Padded, Pool):
    """A pool whose windows may reach into padding, and may be dilated."""

    if TYPE_CHECKING:
        dilation: Sizes

    def windows(self) -> Windows:
        """Windows with padding."""
        return super().windows()._replace(padding=self.padding, dilation=self.dilation)

    def policy(self, declared: Rounding) -> Rounding:
        """The rule of Caffe is that of `ceil` where there is padding, or where every window is as wide as its step.

        Otherwise it keeps a last window that starts behind the input, as `caffe` says.
        """
        if declared != "caffe":
            return declared
        windows = self.windows()
        axes = windows.axes(windows.rank or 1) or []
        same = windows.is_same or all(_at_least(window.extent, window.stride) for window in axes)
        return "ceil" if same or any(_at_least(as_dim(window.before + window.after), 1) for window in axes) else "caffe"

    def places(self, site: Site, shape: Shape) -> tuple[Dim, ...] | None:
        """The places of the windows, if it is known whether there is padding where Caffe's rule asks for it.

        Reports: AC318
        """
        if site.rounding == "caffe" and not self._is_bare():
            site.report(
                codes.NEEDS_NUMBER,
                f"Caffe rounds in another way where there is padding, and whether there is some depends on a symbol: "
                f"{self.padding}",
                field="padding",
                help=("write the padding as a number, or `rounding: ceil`",),
            )
            return None
        return super().places(site, shape)

    def _is_bare(self) -> bool:
        """Whether there is surely no padding."""
        axes = self.windows().axes(self.windows().rank or 1) or []
        return all(window.before == window.after == 0 for window in axes)

    def _measured(self, axes: Sequence[Window]) -> bool:
        """Whether `same` stands for a padding that a symbol decides."""
        sides = (side for window in axes for side in (window.before, window.after))
        return self.padding == "same" and not all(isinstance(side, int) for side in sides)

    def _pads_itself(self, axes: Sequence[Window], rounding: Rounding) -> bool:
        """Whether the module can do it: as much padding on both sides, at most half of its kernel, and its rounding."""
        return (
            rounding != "caffe"
            and not self._measured(axes)
            and all(window.before == window.after and _at_least(window.kernel, 2 * window.before) for window in axes)
        )

    def _ahead(self, shape: Shape, output: Shape, rounding: Rounding, filler: float) -> list[TorchCall]:
        """The padding, and what the last window needs past the end, in front of a module that pads nothing."""
        windows = self.windows()
        axes = windows.on(shape)
        if self._measured(axes):
            return [same_pad(window_options(windows), value=filler)]
        pairs = [(window.before, window.after) for window in axes]
        past = overhangs(shape, output, axes, rounding)
        if past is None:
            return ceil_pads(pairs, window_options(windows), value=filler, inside=rounding != "caffe")
        framed = behind(pairs, past)
        return [constant_pad(framed, filler)] if any(side != 0 for pair in framed for side in pair) else []

    def _torch(
        self,
        shape: Shape,
        output: Shape,
        rounding: Rounding,
        target: str,
        filler: float,
        options: dict[str, Any],
        *,
        ahead: bool = False,
    ) -> tuple[TorchCall, ...]:
        """One module where it can pad by itself; otherwise, or `ahead`, a pad and a module without padding."""
        module, axes = self._module() | options, self.windows().on(shape)
        if ahead or not self._pads_itself(axes, rounding):
            return (*self._ahead(shape, output, rounding, filler), TorchCall(target, (), module))
        padding = collapsed(tuple(window.before for window in axes))
        # A `same` window ends at the border, where there is nothing to round.
        up = {"ceil_mode": True} if rounding == "ceil" and self.padding != "same" else {}
        return (TorchCall(target, (), {**module, **({"padding": padding} if padding != 0 else {}), **up}),)


def _at_least(size: Dim, least: Dim) -> bool:
    return Condition.at_least(size, least).decide() is True


class MaxPool(PaddedPool):
    """Max pooling: the largest value of every window, map by map. The stride is the kernel unless given.

    Shape: (C, *N) -> (C, *M) with M = (N - F' + 2P)/S + 1 on every axis and F' = dilation*(kernel - 1) + 1
    Cost: no parameters, no multiplications
    Reports: AC301, AC302, AC303, AC304, AC309, AC318, AC321
    Source: torch.nn.MaxPool1d, MaxPool2d, MaxPool3d

    >>> MaxPool(kernel=2).shapes([Shape((64, 224, 224))], Site())[0].sizes
    (64, 112, 112)
    """

    kernel: Kernel
    stride: PoolStride = None
    padding: ZeroPadding = 0
    dilation: Dilation = 1
    rounding: OwnRounding = None

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.MaxPoolNd`; sides that differ are padded with minus infinity first, which never is the largest value."""
        (shape,), (output,) = inputs, outputs
        options = {} if collapsed(self.dilation) == 1 else {"dilation": collapsed(self.dilation)}
        return self._torch(shape, output, rounding, f"nn.MaxPool{len(shape.spatial)}d", float("-inf"), options)

    def unreach(self, entered: Shape) -> tuple[Reach, ...]:
        """What positions see of the maxima that were put back to them. Raises: NoReach."""
        return tuple([painting(window) for window in self.windows().on(entered)])

    def undoing(self, entered: Shape, output: Shape, rounding: Rounding) -> TorchCall:
        """What puts values back to the places that this pool found. Indices count in the map as it was padded."""
        reads = (Read(0), Read(1, "indices"), Read(1, "entered"))
        axes = self.windows().on(entered)
        if self._pads_itself(axes, rounding):
            # A step of a dilated window can leave out a small map, so that the window lies in the padding alone.
            leaves_out = self.dilation != 1 and any(window.before != 0 for window in axes)
            target = "supplied.max_unpool_dilated" if leaves_out else "supplied.max_unpool"
            return TorchCall(target, is_module=False, reads=reads)
        if self._measured(axes):
            return TorchCall("supplied.max_unpool_uneven", (), window_options(self.windows()), False, reads)
        pairs = tuple((window.before, window.after) for window in axes)
        past = overhangs(entered, output, axes, rounding)
        if past is None:
            inside = {} if rounding == "ceil" else {"inside": False}
            options = {**window_options(self.windows()), "padding": pairs, **inside}
            return TorchCall("supplied.max_unpool_uneven", (), options, False, reads)
        return TorchCall("supplied.max_unpool_padded", (behind(pairs, past),), is_module=False, reads=reads)


class AvgPool(PaddedPool):
    """Average pooling: the mean of every window, map by map. The stride is the kernel unless given.

    With `count_include_pad: false` the mean is over the values that are not padding; of a window in padding alone it
    is not a number.

    Shape: (C, *N) -> (C, *M) with M = (N - F' + 2P)/S + 1 on every axis and F' = dilation*(kernel - 1) + 1
    Cost: no parameters, no multiplications (sums are not products with weights)
    Reports: AC301, AC302, AC303, AC304, AC309, AC318, AC321
    Source: torch.nn.AvgPool1d, AvgPool2d, AvgPool3d; onnx.ai AveragePool, which may be dilated

    >>> AvgPool(kernel=3, stride=1, padding=1).shapes([Shape((192, 28, 28))], Site())[0].sizes
    (192, 28, 28)
    """

    kernel: Kernel
    stride: PoolStride = None
    padding: ZeroPadding = 0
    count_include_pad: Annotated[Flag, Doc("Whether the mean counts the zeros of the padding.")] = True
    rounding: OwnRounding = None
    dilation: Dilation = 1

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.AvgPoolNd`, after a pad with zeros where the sides differ.

        `nn.AvgPool3d` alone refuses a window larger than the input without its padding, which is put on beforehand.
        Padding put on beforehand would be counted, also where a mean must leave it out: where the sides differ with
        `count_include_pad: false`, or where a last window reaches past the end. No module of PyTorch is dilated.
        """
        (shape,), (output,), windows = inputs, outputs, self.windows()
        axes = windows.on(shape)
        pairs = tuple((window.before, window.after) for window in axes)
        measured = self._measured(axes)
        past = None if measured else overhangs(shape, output, axes, rounding)
        fits = len(axes) < 3 or all(
            _at_least(size, window.kernel) for size, window in zip(shape.spatial, axes, strict=True)
        )
        # Without padding or overhang, the shape rule has required that the window fits.
        bare = all(side == 0 for pair in pairs for side in pair) and past is not None and not any(past)
        options = {} if self.count_include_pad else {"count_include_pad": False}
        target, is_dense = f"nn.AvgPool{len(axes)}d", collapsed(self.dilation) == 1
        if is_dense and self._pads_itself(axes, rounding) and (fits or bare):
            return self._torch(shape, output, rounding, target, 0.0, options)
        if is_dense and self.count_include_pad and (measured or (past is not None and not any(past))):
            return self._torch(shape, output, rounding, target, 0.0, options, ahead=True)
        placed = {} if measured else {"padding": pairs}
        up = {"ceil_mode": True} if not measured and (past is None or any(past)) else {}
        kept = {"inside": False} if up and rounding == "caffe" else {}
        call = TorchCall("supplied.uneven_avg_pool", (), window_options(windows) | placed | up | kept | options, False)
        return (call,)


class LpPool(PaddedPool):
    """Power-average pooling: the norm (sum of x**p)**(1/p) of every window, map by map.

    The stride is the kernel unless given. `norm: 1` is the sum, and the larger p is, the closer to the largest value.

    Shape: (C, *N) -> (C, *M) with M = (N - F' + 2P)/S + 1 on every axis and F' = dilation*(kernel - 1) + 1
    Cost: no parameters, no multiplications (powers are not products with weights)
    Reports: AC301, AC302, AC303, AC304, AC309, AC318, AC321
    Source: torch.nn.LPPool1d, LPPool2d, LPPool3d; onnx.ai LpPool, which may be padded and dilated

    >>> LpPool(norm=2, kernel=3, stride=2).shapes([Shape((64, 55, 55))], Site())[0].sizes
    (64, 27, 27)
    """

    norm: Annotated[Positive, Doc("The power p of the norm, such as 2.")]
    kernel: Kernel
    stride: PoolStride = None
    rounding: OwnRounding = None
    padding: ZeroPadding = 0
    dilation: Dilation = 1

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.LPPoolNd`, after a pad with zeros, also where the last window reaches past the end.

        Zeros add nothing to a norm; the `ceil_mode` of PyTorch would take the mean of what is there for all of it. No
        module of PyTorch is dilated.
        """
        (shape,), (output,) = inputs, outputs
        norm = {"norm_type": as_python(self.norm)}
        pool = TorchCall(f"nn.LPPool{len(shape.spatial)}d", (), norm | self._module())
        if collapsed(self.dilation) != 1:
            pool = TorchCall("supplied.dilated_lp_pool", (), norm | window_options(self.windows()), False)
        return (*self._ahead(shape, output, rounding, 0.0), pool)
