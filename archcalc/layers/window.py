"""The window formula (N - F + 2P)/S + 1, once, and what each rounding policy makes of it.

Every convolution and pool calls `slide`; nothing else in archcalc divides by a stride.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition, Dim, Number, Polynomial, ceil_div, divide, floor_div, maximum, minimum, modulo
from archcalc.layers.axes import joined
from archcalc.layers.shape import AXIS_NAMES, Rounding, Shape, factor
from archcalc.layers.site import Fractional, Site

UPWARDS: tuple[Rounding, ...] = ("ceil", "caffe")
"""Policies under which the last window may reach past the end of what is read."""


class Window(NamedTuple):
    """One axis of a sliding window: kernel size, step, zeros before and after, spread of the kernel."""

    kernel: Dim
    stride: int = 1
    before: Dim = 0
    after: Dim = 0
    dilation: Dim = 1

    @property
    def extent(self) -> Dim:
        """Positions from the first to the last element of the dilated kernel: D(F - 1) + 1."""
        return self.dilation * (self.kernel - 1) + 1

    def room(self, size: Dim) -> Dim:
        """Positions that remain beside the window in the padded input: N - F + 2P."""
        return as_dim(size - self.extent + self.before + self.after)

    def grown(self, size: Dim, extra: Dim = 0) -> Dim:
        """Positions that the windows paint, the formula backwards: (N - 1)S + F - 2P, and `extra` more at the end.

        >>> Window(kernel=3, stride=2).grown(4)
        9
        """
        return as_dim((size - 1) * self.stride + self.extent - self.before - self.after + extra)

    def least(self, rounding: Rounding) -> Dim:
        """The smallest padded input that takes one window; rounded up, the window may reach past its end.

        >>> Window(kernel=9, stride=2).least("floor"), Window(kernel=9, stride=2).least("ceil")
        (9, 8)
        """
        if rounding not in UPWARDS:
            return self.extent
        return as_dim(minimum(self.extent, maximum(self.after + 1, self.extent - self.stride + 1)))

    def formula(self, size: Dim) -> str:
        """The formula with the numbers put in, as the lecture writes it.

        >>> Window(kernel=3, stride=3).formula(7)
        '(7 - 3 + 0)/3 + 1'
        """
        padding = f"2*{self.before}" if self.before == self.after != 0 else str(self.before + self.after)
        return f"({factor(size)} - {self.extent} + {padding})/{self.stride} + 1"


def window_extent(size: Dim, window: Window) -> Number:
    """Number of places at which a window can stand, exactly: (N - F + 2P)/S + 1.

    Shape: sizes and windows in positions along one axis; the result may be a fraction.

    >>> window_extent(7, Window(kernel=3, stride=2))
    3
    >>> window_extent(7, Window(kernel=3, stride=3))
    Fraction(7, 3)
    """
    return divide(window.room(size), window.stride) + 1


def rounded_extent(size: Dim, window: Window, rounding: Rounding) -> Number:
    """The size that a rounding policy gives. `ceil` follows PyTorch's rule for the last window.

    Under `ceil` one more window may reach past the end, but it must start inside the input or the padding in front
    of it: the least of ceil((N - F + 2P)/S) + 1 and ceil((N + P)/S), which is one division because both are
    monotonic. Windows that lie inside the padded input stay, also where padding is wider than the window. `caffe` is
    ceil((N - F)/S) + 1 and nothing else: without padding, Caffe keeps a last window that starts behind the input.

    Source: torch/include/ATen/native/Pool.h, pooling_output_shape_pad_lr; caffe/layers/pooling_layer.cpp

    >>> rounded_extent(7, Window(kernel=2, stride=2), "floor"), rounded_extent(7, Window(kernel=2, stride=2), "ceil")
    (3, 4)
    >>> rounded_extent(6, Window(kernel=2, stride=3), "ceil"), rounded_extent(6, Window(kernel=2, stride=3), "caffe")
    (2, 3)
    """
    if rounding == "exact":
        return window_extent(size, window)
    if rounding == "caffe":
        return ceil_div(window.room(size), window.stride) + 1
    inside = floor_div(window.room(size), window.stride) + 1
    reach = window.after - window.extent + window.stride
    if rounding == "floor" or (isinstance(reach, int) and reach >= window.stride):
        return inside
    started = ceil_div(size + window.before + minimum(0, reach), window.stride)
    return started if isinstance(reach, int) else maximum(inside, started)


def same_extent(size: Dim, window: Window) -> Dim:
    """Output ceil(N/S) of `same` padding."""
    # Written apart, because a size such as N/2 would otherwise be rounded although a step of 1 rounds nothing.
    return size if window.stride == 1 else ceil_div(size, window.stride)


def same_window(size: Dim, window: Window) -> Window:
    """The window with the padding that `same` stands for.

    The total is max((ceil(N/S) - 1)S + F - N, 0); an odd total puts the extra position at the end, as TensorFlow and
    PyTorch do.

    >>> same_window(224, Window(kernel=7, stride=2))
    Window(kernel=7, stride=2, before=2, after=3, dilation=1)
    """
    total = maximum(0, (same_extent(size, window) - 1) * window.stride + window.extent - size)
    before = floor_div(total, 2)
    return window._replace(before=before, after=as_dim(total - before))


def per_axis(site: Site, value: Any, rank: int, field: str) -> tuple[Any, ...] | None:
    """A field's value for each of `rank` axes, or None after a report when the list has another length.

    Reports: AC304
    """
    if not isinstance(value, tuple):
        return (value,) * rank
    if len(value) == rank:
        return value
    entries, wanted = ("1 entry" if count == 1 else f"{count} entries" for count in (len(value), rank))
    axes = "1 axis" if rank == 1 else f"{rank} axes"
    names = f" ({', '.join(AXIS_NAMES[rank])})" if AXIS_NAMES.get(rank) else ""
    site.report(
        codes.RANK_MISMATCH,
        f"{field} has {entries}, but the map has {axes} besides its channels",
        field=field,
        label=f"{entries} for {axes}",
        help=(f"write one number for all axes, or {wanted}{names}",),
    )
    return None


def sides(padding: Any) -> tuple[Dim, Dim]:
    """Zeros before and after along one axis, from one entry of a padding field."""
    return padding if isinstance(padding, tuple) else (padding, padding)


class Windows(NamedTuple):
    """The windows of a layer as its fields state them: every value is for all axes, or a list with one for each.

    `padding` may be `same` or `valid`, and is None where a layer has no such field.

    >>> [window.formula(224) for window in Windows(kernel=7, stride=2, padding=((3, 2), 3)).axes(2)]
    ['(224 - 7 + 5)/2 + 1', '(224 - 7 + 2*3)/2 + 1']
    """

    kernel: Any
    stride: Any = 1
    padding: Any = None
    dilation: Any = 1

    @property
    def is_same(self) -> bool:
        """Whether the padding is whatever gives ceil(N/S) places."""
        return bool(self.padding == "same")

    @property
    def rank(self) -> int | None:
        """How many axes the first list among the values is for; None if there is no list."""
        return next((len(value) for value in self if isinstance(value, tuple)), None)

    def axes(self, rank: int, site: Site | None = None) -> list[Window] | None:
        """The window of every axis; None after a report where a list is for another number of axes.

        `same` and `valid` start from no padding.

        Reports: AC304
        """
        site = Site() if site is None else site
        padding = 0 if self.padding is None or isinstance(self.padding, str) else self.padding
        kernels = per_axis(site, self.kernel, rank, "kernel")
        # A pool's kernel that is its stride, too, is written once, and wrong once.
        strides = kernels if self.stride is self.kernel else per_axis(site, self.stride, rank, "stride")
        paddings = per_axis(site, padding, rank, "padding")
        dilations = per_axis(site, self.dilation, rank, "dilation")
        if kernels is None or strides is None or paddings is None or dilations is None:
            return None
        return [
            Window(kernel_, stride_, *sides(padding_), dilation_)
            for kernel_, stride_, padding_, dilation_ in zip(kernels, strides, paddings, dilations, strict=True)
        ]

    def on(self, shape: Shape) -> list[Window]:
        """The windows on a map that the shape rule has let through, with the padding that `same` stands for in numbers.

        >>> Windows(kernel=3, stride=2, padding="same").on(Shape((8, 7)))
        [Window(kernel=3, stride=2, before=1, after=1, dilation=1)]
        """
        axes = self.axes(len(shape.spatial)) or []
        if not self.is_same:
            return axes
        return [same_window(size, window) for size, window in zip(shape.spatial, axes, strict=True)]


def by_axis(shape: Shape, entries: Sequence[Any], rule: Callable[..., Dim | None]) -> tuple[Dim, ...] | None:
    """The answers of `rule(names, size, entry)` for the axes of a map, or None if it had no answer for one of them.

    Square maps are common: axes of one size and one entry are asked about once, with all their names, so that one
    mistake is reported once. A mistake on one axis does not hide another.
    """
    rank = len(entries)
    names: dict[tuple[Dim, Any], list[str]] = {}
    pairs = list(zip(shape.spatial, entries, strict=True))
    for pair, name in zip(pairs, AXIS_NAMES.get(rank, tuple(f"axis {i + 1}" for i in range(rank))), strict=True):
        names.setdefault(pair, []).append(name)
    results = {pair: rule(alike, *pair) for pair, alike in names.items()}
    sizes = tuple(size for size in (results[pair] for pair in pairs) if size is not None)
    return sizes if len(sizes) == rank else None


def slide(site: Site, shape: Shape, axes: Sequence[Window]) -> tuple[Dim, ...] | None:
    """Spatial sizes that windows produce on a map under the rounding policy of the site.

    Reports: AC301, AC302, AC303
    """
    return by_axis(shape, axes, lambda names, size, window: _step(site, size, window, names))


def slide_same(site: Site, shape: Shape, axes: Sequence[Window]) -> tuple[Dim, ...] | None:
    """Spatial sizes that windows produce with whatever padding gives ceil(N/S) places.

    Reports: AC309
    """
    return by_axis(shape, axes, lambda names, size, window: _same(site, size, window, names))


def enlarge(site: Site, names: list[str], size: Dim, window: Window, extra: Dim = 0) -> Dim | None:
    """The size that windows paint on one axis, the rule of everything that is transposed.

    Reports: AC307
    """
    grown = window.grown(size, extra)
    cut = f"2*{factor(window.before)}" if window.before == window.after != 0 else str(window.before + window.after)
    more = f" + {extra}" if extra != 0 else ""
    fits = site.require(
        Condition.at_least(grown, 1),
        codes.EMPTY_OUTPUT,
        f"{joined(names)}: ({size} - 1)*{window.stride} + {window.extent} - {cut}{more} = {grown}: nothing is left",
        field="padding",
    )
    return grown if fits else None


def _same(site: Site, size: Dim, window: Window, names: list[str]) -> Dim | None:
    if window.stride == 1 and isinstance(window.extent, int) and window.extent % 2 == 0:
        # Under `exact` arithmetic the padding itself is a fraction; the frameworks agree on which side gets more.
        half = decimal(Fraction(window.extent - 1, 2))
        site.report(
            codes.UNEVEN_SAME,
            f"keeping the {joined(names)} takes P = ({window.extent} - 1)/2 = {half} on each side, which is not whole",
            field="kernel",
            label=f"an even kernel: {window.extent // 2 - 1} before, {window.extent // 2} after",
            help=("use an odd kernel, or write both sides: padding: [[before, after], ...]",),
        )
    return same_extent(size, window)


def _step(site: Site, size: Dim, window: Window, names: list[str]) -> Dim | None:
    room = window.room(size)
    output = rounded_extent(size, window, site.rounding)
    fits = Condition.at_least(output, 1) if site.rounding in UPWARDS else Condition.at_least(room, 0)
    padded = size + window.before + window.after

    def words(verb: str) -> str:
        dilated = f" ({window.kernel} dilated by {window.dilation})" if window.dilation != 1 else ""
        padding = f" ({size} with its padding)" if padded != size else ""
        return f"the window of {window.extent}{dilated} {verb} the {joined(names)} of {padded}{padding}"

    if not site.require(
        fits,
        codes.WINDOW_TOO_LARGE,
        lambda: words("is larger than"),
        reason=lambda: words("must fit into"),
        field="kernel",
        label=lambda: f"needs an input of at least {window.least(site.rounding)}, but reads {padded}",
    ):
        return None
    if site.rounding == "exact":
        whole = Condition.multiple(room, window.stride)
        if whole.decide() is False:
            _report_fraction(site, size, window, names, whole)
            return None
        site.require(whole, codes.FRACTIONAL_OUTPUT, lambda: f"{window.formula(size)} must be whole")
        return as_dim(output)
    remainder = modulo(room, window.stride)
    if isinstance(remainder, Polynomial):
        site.divisions.append(Condition.multiple(room, window.stride))
    if isinstance(remainder, int) and remainder and isinstance(size, int):
        exact = window_extent(size, window)
        if isinstance(exact, Fraction):
            site.fractions.extend(Fractional(name, exact) for name in names)
        if site.rounding == "floor" and isinstance(window.after, int) and remainder > window.after:
            _report_unread(site, size, window, names, remainder - window.after)
    return as_dim(output)


def _report_fraction(site: Site, size: Dim, window: Window, names: list[str], whole: Condition) -> None:
    exact = window_extent(size, window)
    value = decimal(exact) if isinstance(exact, Fraction) else str(exact)
    if isinstance(exact, Fraction):
        site.fractions.extend(Fractional(name, exact) for name in names)
    site.report(
        codes.FRACTIONAL_OUTPUT,
        f"{joined(names)}: {window.formula(size)} = {value} is not a whole number",
        field="stride" if window.stride > 1 else "kernel",
        label=f"steps of {window.stride} do not end at the border",
        help=(_declared(size, window),),
        refuted=whole,
    )


def _declared(size: Dim, window: Window) -> str:
    """What the other policies make of this one size. What they make of the network, only a check of it can tell."""
    floor, ceil = rounded_extent(size, window, "floor"), rounded_extent(size, window, "ceil")
    # PyTorch's rule: a window that would begin behind the map is left out.
    where = "behind the map" if window.after == 0 else "in the padding"
    why = f", too: one more window would begin {where}" if floor == ceil else ""
    return f"declare the rounding: `rounding: floor` gives {floor} here, `rounding: ceil` gives {ceil}{why}"


def _report_unread(site: Site, size: Dim, window: Window, names: list[str], unread: Dim) -> None:
    lines = lines_of(names, unread)
    exact = window_extent(size, window)
    value = decimal(exact) if isinstance(exact, Fraction) else str(exact)
    site.report(
        codes.UNREAD_INPUT,
        f"the last {lines} of {size} {'is' if unread == 1 and len(names) == 1 else 'are'} never read",
        field="stride",
        label=f"{window.formula(size)} = {value}, rounded down",
    )


def lines_of(names: Sequence[str], count: Dim) -> str:
    """A number of rows, columns or slices in words, for a message about axes that have these names.

    >>> lines_of(["height", "width"], 1), lines_of(["length"], 2)
    ('row and column', '2 positions')
    """
    words = {"height": "row", "width": "column", "depth": "slice", "length": "position"}
    nouns = [words.get(name, f"position of {name}") + ("" if count == 1 else "s") for name in names]
    return " and ".join(nouns) if count == 1 else f"{count} {' and '.join(nouns)}"


def as_dim(value: Number) -> Dim:
    """A size that conditions have already shown to be whole."""
    if isinstance(value, Fraction):
        raise AssertionError(f"a size of {value} slipped through")
    return value


def decimal(value: Fraction) -> str:
    """A fraction as the lecture prints it: exact where the decimals end early, else four of them.

    A fraction that four decimals would show as a whole number is shown as it is.

    >>> decimal(Fraction(217, 4)), decimal(Fraction(7, 3)), decimal(Fraction(200001, 100000))
    ('54.25', '2.3333', '200001/100000')
    """
    rounded = round(abs(value) * 10_000)
    whole, decimals = divmod(rounded, 10_000)
    if decimals == 0:
        return str(value)
    return f"{'-' if value < 0 else ''}{whole}." + f"{decimals:04}".rstrip("0")
