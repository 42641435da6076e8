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
from archcalc.layers.window import Window, Windows
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
    """A pool whose windows may reach into padding, by half of the kernel at most."""

    def windows(self) -> Windows:
        """Windows with padding."""
        return super().windows()._replace(padding=self.padding)

    def fits(self, site: Site, shape: Shape, axes: Sequence[Window]) -> bool:
        """At most half of a window lies in the padding.

        Reports: AC308
        """
        return all(self._padding_fits(site, window) for window in dict.fromkeys(axes))

    def _padding_fits(self, site: Site, window: Window) -> bool:
        return all(
            site.require(
                Condition.at_least(window.kernel, 2 * side),
                codes.PADDING_TOO_LARGE,
                f"padding {side} is more than half of the kernel of {window.kernel}: a window could lie in the padding",
                field="padding",
                label=f"at most {window.kernel // 2}" if isinstance(window.kernel, int) else "",
                help=("reduce the padding, or put a `pad` layer in front",),
            )
            for side in dict.fromkeys((window.before, window.after))
        )

    def _measured(self, axes: Sequence[Window]) -> bool:
        """Whether `same` stands for a padding that a symbol decides."""
        sides = (side for window in axes for side in (window.before, window.after))
        return self.padding == "same" and not all(isinstance(side, int) for side in sides)

    def _pads_itself(self, axes: Sequence[Window]) -> bool:
        """Whether the module can do the padding: as much on both sides, and at most half of its kernel."""
        if not all(window.before == window.after for window in axes):
            return False
        # `same` with a dilation may take more; where numbers are given, it is required.
        return self.padding != "same" or (
            not self._measured(axes) and all(_at_least(window.kernel, 2 * window.before) for window in axes)
        )

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
        windows, module = self.windows(), self._module()
        axes = windows.on(shape)
        if self._pads_itself(axes) and not ahead:
            padding = collapsed(tuple(window.before for window in axes))
            module |= ({"padding": padding} if padding != 0 else {}) | options
            # A `same` window ends at the border, where there is nothing to round.
            up = rounding == "ceil" and self.padding != "same"
            return (TorchCall(target, (), {**module, "ceil_mode": True} if up else module),)
        pooled = TorchCall(target, (), module | options)
        if self._measured(axes):
            return (same_pad(window_options(windows), value=filler), pooled)
        pairs = [(window.before, window.after) for window in axes]
        past = overhangs(shape, output, axes, rounding)
        if past is None:
            return (*ceil_pads(pairs, window_options(windows), value=filler), pooled)
        return (constant_pad(behind(pairs, past), filler), pooled)


def _at_least(size: Dim, least: Dim) -> bool:
    return Condition.at_least(size, least).decide() is True


class MaxPool(PaddedPool):
    """Max pooling: the largest value of every window, map by map. The stride is the kernel unless given.

    Shape: (C, *N) -> (C, *M) with M = (N - F' + 2P)/S + 1 on every axis and F' = dilation*(kernel - 1) + 1
    Cost: no parameters, no multiplications
    Reports: AC301, AC302, AC303, AC304, AC308, AC309, AC318, AC321
    Source: torch.nn.MaxPool1d, MaxPool2d, MaxPool3d

    >>> MaxPool(kernel=2).shapes([Shape((64, 224, 224))], Site())[0].sizes
    (64, 112, 112)
    """

    kernel: Kernel
    stride: PoolStride = None
    padding: ZeroPadding = 0
    dilation: Dilation = 1
    rounding: OwnRounding = None

    def windows(self) -> Windows:
        """Windows with padding, which may be dilated."""
        return super().windows()._replace(dilation=self.dilation)

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
        if self._pads_itself(axes):
            # A step of a dilated window can leave out a small map, so that the window lies in the padding alone.
            leaves_out = self.dilation != 1 and any(window.before != 0 for window in axes)
            target = "supplied.max_unpool_dilated" if leaves_out else "supplied.max_unpool"
            return TorchCall(target, is_module=False, reads=reads)
        if self._measured(axes):
            return TorchCall("supplied.max_unpool_uneven", (), window_options(self.windows()), False, reads)
        pairs = tuple((window.before, window.after) for window in axes)
        past = overhangs(entered, output, axes, rounding)
        if past is None:
            return TorchCall(
                "supplied.max_unpool_uneven", (), {**window_options(self.windows()), "padding": pairs}, False, reads
            )
        return TorchCall("supplied.max_unpool_padded", (behind(pairs, past),), is_module=False, reads=reads)


class AvgPool(PaddedPool):
    """Average pooling: the mean of every window, map by map. The stride is the kernel unless given.

    With `count_include_pad: false` the mean is over the values that are not padding.

    Shape: (C, *N) -> (C, *M) with M = (N - kernel + 2P)/S + 1 on every axis
    Cost: no parameters, no multiplications (sums are not products with weights)
    Reports: AC301, AC302, AC303, AC304, AC308, AC309, AC318, AC321
    Source: torch.nn.AvgPool1d, AvgPool2d, AvgPool3d

    >>> AvgPool(kernel=3, stride=1, padding=1).shapes([Shape((192, 28, 28))], Site())[0].sizes
    (192, 28, 28)
    """

    kernel: Kernel
    stride: PoolStride = None
    padding: ZeroPadding = 0
    count_include_pad: Annotated[Flag, Doc("Whether the mean counts the zeros of the padding.")] = True
    rounding: OwnRounding = None

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.AvgPoolNd`, after a pad with zeros where the sides differ.

        `nn.AvgPool3d` alone refuses a window larger than the input without its padding, which is put on beforehand.
        Padding put on beforehand would be counted, also where a mean must leave it out: where the sides differ with
        `count_include_pad: false`, or under `rounding: ceil` with a last window past the end.
        """
        (shape,), (output,), windows = inputs, outputs, self.windows()
        axes = windows.on(shape)
        pairs = tuple((window.before, window.after) for window in axes)
        past = None if self._measured(axes) else overhangs(shape, output, axes, rounding)
        fits = len(axes) < 3 or all(
            _at_least(size, window.kernel) for size, window in zip(shape.spatial, axes, strict=True)
        )
        # Without padding or overhang, the shape rule has required that the window fits.
        bare = all(side == 0 for pair in pairs for side in pair) and past is not None and not any(past)
        options = {} if self.count_include_pad else {"count_include_pad": False}
        target = f"nn.AvgPool{len(axes)}d"
        if self._pads_itself(axes) and (fits or bare):
            return self._torch(shape, output, rounding, target, 0.0, options)
        measured = self._measured(axes)
        if self.count_include_pad and (measured or (past is not None and not any(past))):
            return self._torch(shape, output, rounding, target, 0.0, options, ahead=True)
        placed = {} if measured else {"padding": pairs}
        up = {"ceil_mode": True} if not measured and (past is None or any(past)) else {}
        return (TorchCall("supplied.uneven_avg_pool", (), window_options(windows) | placed | up | options, False),)


class LpPool(Pool):
    """Power-average pooling: the norm (sum of x**p)**(1/p) of every window, map by map.

    The stride is the kernel unless given. `norm: 1` is the sum, and the larger p is, the closer to the largest value.

    Shape: (C, *N) -> (C, *M) with M = (N - kernel)/S + 1 on every axis
    Cost: no parameters, no multiplications (powers are not products with weights)
    Reports: AC301, AC302, AC303, AC304, AC318, AC321
    Source: torch.nn.LPPool1d, LPPool2d, LPPool3d

    >>> LpPool(norm=2, kernel=3, stride=2).shapes([Shape((64, 55, 55))], Site())[0].sizes
    (64, 27, 27)
    """

    norm: Annotated[Positive, Doc("The power p of the norm, such as 2.")]
    kernel: Kernel
    stride: PoolStride = None
    rounding: OwnRounding = None

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.LPPoolNd`, after a pad with zeros where the last window reaches past the end under `rounding: ceil`.

        Zeros add nothing to a norm; the `ceil_mode` of PyTorch would take the mean of what is there for all of it.
        """
        (shape,), (output,), windows = inputs, outputs, self.windows()
        axes = windows.on(shape)
        pool = TorchCall(f"nn.LPPool{len(axes)}d", (), {"norm_type": as_python(self.norm), **self._module()})
        past = overhangs(shape, output, axes, rounding)
        if past is None:
            return (*ceil_pads([(0, 0)] * len(axes), window_options(windows)), pool)
        return (constant_pad([(0, more) for more in past]), pool) if any(past) else (pool,)
