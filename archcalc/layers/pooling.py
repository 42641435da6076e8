"""Pooling: the largest or the mean value of windows, of regions or of a whole map, and its undoing."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import model_validator

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition, Dim
from archcalc.layers.base import Layer, Read, Rounding, Shape, Site, Tap, TorchCall
from archcalc.layers.fields import Amounts, Flag, MapName, Padding, Sizes, Strides
from archcalc.layers.formula import Formula
from archcalc.layers.letters import each_axis, stated
from archcalc.layers.maps import collapsed, reads_map, spread
from archcalc.layers.padding import behind, ceil_pads, constant_pad, overhangs, placed_windows, same_pad, window_options
from archcalc.layers.reach import Reach, painting, sliding, spread_out
from archcalc.layers.window import Window, by_axis, enlarge, per_axis, slide, windows
from archcalc.layers.window_formulas import grown_formulas, slide_formulas


def _is_step(site: Site, kernel: Any, stride: Any) -> bool:
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


class Pool(Layer):
    """Fields and rules that `max_pool` and `avg_pool` share."""

    family = "pool"
    main = "kernel"

    if TYPE_CHECKING:
        # Declared by the subclasses, whose order of fields is the order of a list in a spec.
        kernel: Sizes
        stride: Strides | None
        padding: Padding

    def _axes(self, site: Site, rank: int, dilation: Any = 1) -> list[Window] | None:
        stride = self.kernel if self.stride is None else self.stride
        return windows(site, rank, kernel=self.kernel, stride=stride, padding=self.padding, dilation=dilation)

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """As many maps as it reads, one value per place of the window."""
        (shape,) = inputs
        if not reads_map(site, shape, self.kind) or not _is_step(site, self.kernel, self.stride):
            return None
        axes = self._axes(site, len(shape.spatial))
        if axes is None or not all(self._padding_fits(site, window) for window in dict.fromkeys(axes)):
            return None
        spatial = slide(site, shape, axes, same=self.padding == "same")
        return None if spatial is None else (shape.with_spatial(spatial),)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The window formula."""
        (shape,) = inputs
        axes = self._axes(Site(), len(shape.spatial)) or []
        return slide_formulas(shape, axes, rounding, same=self.padding == "same")

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

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """A window of the input."""
        return tuple([sliding(window) for window in self._placed(inputs[0])])

    def _placed(self, shape: Shape) -> list[Window]:
        return placed_windows(shape, self._axes(Site(), len(shape.spatial)) or [], same=self.padding == "same")

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

    def _window(self) -> dict[str, Any]:
        """The window for functions that measure the padding for it."""
        return window_options(self.kernel, self.kernel if self.stride is None else self.stride, 1)

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
        axes = self._placed(shape)
        module: dict[str, Any] = {"kernel_size": collapsed(self.kernel)}
        if self.stride is not None and collapsed(self.stride) != collapsed(self.kernel):
            module["stride"] = collapsed(self.stride)
        if self._pads_itself(axes) and not ahead:
            padding = collapsed(tuple(window.before for window in axes))
            module |= ({"padding": padding} if padding != 0 else {}) | options
            # A `same` window ends at the border, where there is nothing to round.
            up = rounding == "ceil" and self.padding != "same"
            return (TorchCall(target, (), {**module, "ceil_mode": True} if up else module),)
        pooled = TorchCall(target, (), module | options)
        if self._measured(axes):
            return (same_pad(self._window(), value=filler), pooled)
        pairs = [(window.before, window.after) for window in axes]
        past = overhangs(shape, output, axes, rounding)
        if past is None:
            return (*ceil_pads(pairs, self._window(), value=filler), pooled)
        return (constant_pad(behind(pairs, past), filler), pooled)


def _at_least(size: Dim, least: Dim) -> bool:
    return Condition.at_least(size, least).decide() is True


class MaxPool(Pool):
    """Max pooling: the largest value of every window, map by map. The stride is the kernel unless given.

    Shape: (C, *N) -> (C, *M) with M = (N - F' + 2P)/S + 1 on every axis and F' = dilation*(kernel - 1) + 1
    Cost: no parameters, no multiplications
    Reports: AC301, AC302, AC303, AC304, AC308, AC309, AC318, AC321
    Source: torch.nn.MaxPool1d, MaxPool2d, MaxPool3d

    >>> MaxPool(kernel=2).shapes([Shape((64, 224, 224))], Site())[0].sizes
    (64, 112, 112)
    """

    kind = "max_pool"

    kernel: Sizes
    stride: Strides | None = None
    padding: Padding = 0
    dilation: Sizes = 1
    rounding: Rounding | None = None

    def _axes(self, site: Site, rank: int, dilation: Any = 1) -> list[Window] | None:
        return super()._axes(site, rank, self.dilation)

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.MaxPoolNd`; sides that differ are padded with minus infinity first, which never is the largest value."""
        (shape,), (output,) = inputs, outputs
        options = {} if collapsed(self.dilation) == 1 else {"dilation": collapsed(self.dilation)}
        return self._torch(shape, output, rounding, f"nn.MaxPool{len(shape.spatial)}d", float("-inf"), options)

    def _window(self) -> dict[str, Any]:
        return window_options(self.kernel, self.kernel if self.stride is None else self.stride, self.dilation)

    def unreach(self, entered: Shape) -> tuple[Reach, ...]:
        """What positions see of the maxima that were put back to them. Raises: NoReach."""
        return tuple([painting(window) for window in self._placed(entered)])

    def undoing(self, entered: Shape, output: Shape, rounding: Rounding) -> TorchCall:
        """What puts values back to the places that this pool found. Indices count in the map as it was padded."""
        reads = (Read(0), Read(1, "indices"), Read(1, "entered"))
        axes = self._placed(entered)
        if self._pads_itself(axes):
            # A step of a dilated window can leave out a small map, so that the window lies in the padding alone.
            leaves_out = self.dilation != 1 and any(window.before != 0 for window in axes)
            target = "supplied.max_unpool_dilated" if leaves_out else "supplied.max_unpool"
            return TorchCall(target, is_module=False, reads=reads)
        if self._measured(axes):
            return TorchCall("supplied.max_unpool_uneven", (), self._window(), False, reads)
        pairs = tuple((window.before, window.after) for window in axes)
        past = overhangs(entered, output, axes, rounding)
        if past is None:
            return TorchCall("supplied.max_unpool_uneven", (), {**self._window(), "padding": pairs}, False, reads)
        return TorchCall("supplied.max_unpool_padded", (behind(pairs, past),), is_module=False, reads=reads)


class AvgPool(Pool):
    """Average pooling: the mean of every window, map by map. The stride is the kernel unless given.

    With `count_include_pad: false` the mean is over the values that are not padding.

    Shape: (C, *N) -> (C, *M) with M = (N - kernel + 2P)/S + 1 on every axis
    Cost: no parameters, no multiplications (sums are not products with weights)
    Reports: AC301, AC302, AC303, AC304, AC308, AC309, AC318, AC321
    Source: torch.nn.AvgPool1d, AvgPool2d, AvgPool3d

    >>> AvgPool(kernel=3, stride=1, padding=1).shapes([Shape((192, 28, 28))], Site())[0].sizes
    (192, 28, 28)
    """

    kind = "avg_pool"

    kernel: Sizes
    stride: Strides | None = None
    padding: Padding = 0
    count_include_pad: Flag = True
    rounding: Rounding | None = None

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.AvgPoolNd`, after a pad with zeros where the sides differ.

        `nn.AvgPool3d` alone refuses a window larger than the input without its padding, which is put on beforehand.
        Padding put on beforehand would be counted, also where a mean must leave it out: where the sides differ with
        `count_include_pad: false`, or under `rounding: ceil` with a last window past the end.
        """
        (shape,), (output,) = inputs, outputs
        axes = self._placed(shape)
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
        return (TorchCall("supplied.uneven_avg_pool", (), {**self._window(), **placed, **up, **options}, False),)


class AdaptivePool(Layer):
    """Fields and rules that the adaptive pools share."""

    family = "pool"
    main = "size"
    module: ClassVar[str] = ""

    size: Sizes

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """As many maps as it reads, of the given size, which may also be larger."""
        (shape,) = inputs
        if not reads_map(site, shape, self.kind):
            return None
        sizes = per_axis(site, self.size, len(shape.spatial), "size")
        return None if sizes is None else (shape.with_spatial(sizes),)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The sizes that are asked for."""
        (shape,) = inputs
        return stated(shape, spread(self.size, len(shape.spatial)), words="whatever the input size")

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.AdaptiveAvgPoolNd` or `nn.AdaptiveMaxPoolNd`."""
        return (TorchCall(f"nn.{self.module}{len(inputs[0].spatial)}d", (collapsed(self.size),)),)


class AdaptiveAvgPool(AdaptivePool):
    """Adaptive average pooling: the mean of as many regions as the output has places, whatever the input size.

    Region i of M on an axis of N runs from floor(i*N/M) to ceil((i + 1)*N/M).

    Shape: (C, *N) -> (C, *size)
    Cost: no parameters, no multiplications
    Reports: AC304, AC321
    Source: torch.nn.AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d

    >>> AdaptiveAvgPool(size=7).shapes([Shape((512, 13, 9))], Site())[0].sizes
    (512, 7, 7)
    """

    kind = "adaptive_avg_pool"
    module = "AdaptiveAvgPool"


class AdaptiveMaxPool(AdaptivePool):
    """Adaptive max pooling: the largest value of as many regions as the output has places, whatever the input size.

    Shape: (C, *N) -> (C, *size)
    Cost: no parameters, no multiplications
    Reports: AC304, AC321
    Source: torch.nn.AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d

    >>> AdaptiveMaxPool(size=[1, 4]).shapes([Shape((8, 5, 16))], Site())[0].sizes
    (8, 1, 4)
    """

    kind = "adaptive_max_pool"
    module = "AdaptiveMaxPool"


class GlobalPool(Layer):
    """The rules that the global pools share."""

    family = "pool"
    module: ClassVar[str] = ""

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """One value per map; the axes stay, with size 1."""
        (shape,) = inputs
        if not reads_map(site, shape, self.kind):
            return None
        return (shape.with_spatial((1,) * len(shape.spatial)),)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """1 on every axis."""
        (shape,) = inputs
        return each_axis(shape, lambda: "1", words="one value for every map")

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.AdaptiveAvgPoolNd(1)` or `nn.AdaptiveMaxPoolNd(1)`."""
        return (TorchCall(f"nn.{self.module}{len(inputs[0].spatial)}d", (1,)),)


class GlobalAvgPool(GlobalPool):
    """Global average pooling: the mean of every map.

    Shape: (C, *N) -> (C, 1, ...), one 1 for every axis; `flatten` makes it (C)
    Cost: no parameters, no multiplications
    Reports: AC304, AC321
    Source: torch.nn.AdaptiveAvgPool2d(1)

    >>> GlobalAvgPool().shapes([Shape((2048, 7, 7))], Site())[0].sizes
    (2048, 1, 1)
    """

    kind = "global_avg_pool"
    module = "AdaptiveAvgPool"


class GlobalMaxPool(GlobalPool):
    """Global max pooling: the largest value of every map.

    Shape: (C, *N) -> (C, 1, ...), one 1 for every axis
    Cost: no parameters, no multiplications
    Reports: AC304, AC321
    Source: torch.nn.AdaptiveMaxPool2d(1)

    >>> GlobalMaxPool().shapes([Shape((8, 100))], Site())[0].sizes
    (8, 1)
    """

    kind = "global_max_pool"
    module = "AdaptiveMaxPool"


class Unpool(Layer):
    """Unpooling: puts values back on a larger map and fills the rest with zeros.

    `unpool: pool1` undoes the max pool of that name: every value goes to where the pool found it, on a map of the
    size that entered the pool. Without a pool every value goes to the top left of its block, on a map of
    (N - 1)*S - 2P + kernel or of `size`.

    Shape: (C, *N) -> (C, *M) with M the size that entered the pool, `size`, or (N - 1)*S - 2P + kernel
    Cost: no parameters, no multiplications
    Reports: AC304, AC307, AC315, AC318, AC321
    Source: torch.nn.MaxUnpool2d

    >>> Unpool(kernel=2).shapes([Shape((64, 56, 56))], Site())[0].sizes
    (64, 112, 112)
    """

    kind = "unpool"
    family = "pool"
    main = "pool"

    pool: MapName | None = None
    kernel: Sizes | None = None
    stride: Strides | None = None
    size: Sizes | None = None
    padding: Amounts = 0

    @model_validator(mode="after")
    def _has_one_way(self) -> Self:
        given = [name for name in ("kernel", "stride", "size", "padding") if name in self.model_fields_set]
        if self.pool is not None and given:
            raise ValueError(f"takes no {' and '.join(given)} besides a pool, which says what it did")
        if self.pool is None and (self.kernel is None) == (self.size is None):
            raise ValueError("takes the name of a max pool, a kernel or a size: exactly one of them")
        if self.size is not None and len(given) > 1:
            raise ValueError("takes a stride and a padding with a kernel only, not with a size")
        return self

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """As many maps as it reads, on a larger grid."""
        (shape,) = inputs
        if not reads_map(site, shape, self.kind):
            return None
        if self.pool is not None:
            return self._undone(site, shape, self.pool)
        if self.size is not None:
            sizes = per_axis(site, self.size, len(shape.spatial), "size")
            return None if sizes is None else self._onto(site, shape, sizes)
        return self._enlarged(site, shape)

    def _undone(self, site: Site, shape: Shape, tap: Tap) -> tuple[Shape, ...] | None:
        if not isinstance(tap.layer, MaxPool) or tap.entered is None:
            what = tap.layer.kind if isinstance(tap.layer, Layer) else "no layer"
            site.report(
                codes.NOT_A_POOL,
                f"unpool needs the places of a max_pool, but the map it names comes from {what}",
                field="pool",
                help=("name a max_pool, or unpool by a factor: `unpool: {kernel: 2}`",),
            )
            return None
        message = f"the map to unpool is {shape}, but the pool it names wrote {tap.shape}"
        same = [Condition.equal(*pair) for pair in zip(shape.sizes, tap.shape.sizes, strict=False)]
        if len(shape.sizes) != len(tap.shape.sizes) or any(condition.decide() is False for condition in same):
            # Told once and in full: which of the axes differ is plain from the two shapes.
            site.report(
                codes.NOT_A_POOL,
                message,
                field="pool",
                label=f"a pool that wrote {tap.shape}",
                help=("name the pool that wrote a map of this shape, or bring the map to its shape first",),
            )
            return None
        for condition in same:
            site.require(condition, codes.NOT_A_POOL, message, field="pool")
        return (shape.with_spatial(tap.entered.spatial),)

    def _onto(self, site: Site, shape: Shape, sizes: Sequence[Dim]) -> tuple[Shape, ...] | None:
        fits = all(
            site.require(
                Condition.at_least(size, old),
                codes.EMPTY_OUTPUT,
                f"{old} values do not fit on an axis of {size}: unpooling enlarges",
                field="size",
            )
            for size, old in zip(sizes, shape.spatial, strict=True)
        )
        return (shape.with_spatial(sizes),) if fits else None

    def _enlarged(self, site: Site, shape: Shape) -> tuple[Shape, ...] | None:
        if not _is_step(site, self.kernel, self.stride):
            return None
        stride = self.kernel if self.stride is None else self.stride
        axes = windows(site, len(shape.spatial), kernel=self.kernel, stride=stride, padding=self.padding)
        if axes is None:
            return None
        sizes = by_axis(shape, axes, lambda *axis: enlarge(site, *axis))
        return None if sizes is None else (shape.with_spatial(sizes),)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The sizes that entered the pool, those that are asked for, or the window formula backwards."""
        (shape,) = inputs
        rank = len(shape.spatial)
        if self.pool is not None:
            tap: Tap = self.pool
            assert tap.entered is not None, f"{tap.layer} slipped through"
            return stated(shape, tap.entered.spatial, "size that entered the pool")
        if self.size is not None:
            return stated(shape, spread(self.size, rank))
        stride = self.kernel if self.stride is None else self.stride
        axes = windows(Site(), rank, kernel=self.kernel, stride=stride, padding=self.padding)
        return grown_formulas(shape, axes or [], (0,) * rank)

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """The windows of the pool in which a position lies, or the one value that is put there."""
        (shape,), (output,) = inputs, outputs
        if self.pool is not None:
            tap: Tap = self.pool
            if not isinstance(tap.layer, MaxPool) or tap.entered is None:
                raise AssertionError(f"{tap.layer} slipped through")
            return tap.layer.unreach(tap.entered)
        if self.size is not None:
            return tuple([spread_out(old, new) for old, new in zip(shape.spatial, output.spatial, strict=True)])
        stride = self.kernel if self.stride is None else self.stride
        axes = windows(Site(), len(shape.spatial), kernel=1, stride=stride, padding=self.padding)
        return tuple([painting(window) for window in axes or []])

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """What `nn.MaxUnpoolNd` does, with the size of the map that entered the pool.

        PyTorch has nothing for blocks; onto a size, the block of value i of N starts at floor(i*size/N).
        """
        if self.pool is not None:
            tap: Tap = self.pool
            if not isinstance(tap.layer, MaxPool) or tap.entered is None:
                raise AssertionError(f"{tap.layer} slipped through")
            return (tap.layer.undoing(tap.entered, tap.shape, tap.rounding),)
        if self.size is not None:
            return (TorchCall("supplied.unpool_to", (collapsed(self.size),), is_module=False),)
        options = window_options(self.kernel, self.kernel if self.stride is None else self.stride, 1)
        if collapsed(self.padding) != 0:
            options["padding"] = collapsed(self.padding)
        return (TorchCall("supplied.unpool_blocks", (), options, is_module=False),)
