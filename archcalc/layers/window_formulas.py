"""The window formula (N - F + 2P)/S + 1 and its relatives for people: letters, rounding, and what is left over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

from archcalc.dims import Dim, divide, modulo
from archcalc.layers.axes import axis_names, joined
from archcalc.layers.formula import Formula, Letter
from archcalc.layers.letters import per_axis_letters, spatial_axes
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.window import Window, as_dim, lines_of, rounded_extent, same_extent, same_window


class _Axis(NamedTuple):
    """The letters of a window on one axis, with the numbers behind them."""

    size: Letter
    kernel: Letter
    extent: Letter
    dilation: Letter
    stride: Letter
    before: Letter
    after: Letter
    extra: Letter
    length: Dim
    window: Window

    @property
    def padding(self) -> str:
        """The padding of both sides."""
        return " + ".join(self.cuts)

    @property
    def cuts(self) -> tuple[str, ...]:
        """The padding of both sides as the parts of a sum."""
        return (f"2*{self.before.name}",) if self.before == self.after else (self.before.name, self.after.name)

    @property
    def sides(self) -> tuple[Letter, ...]:
        """The letters of the padding."""
        return (self.before,) if self.before == self.after else (self.before, self.after)

    @property
    def room(self) -> str:
        """What remains beside the window in the padded input."""
        return f"{self.size.name} - {self.extent.name} + {self.padding}"

    @property
    def letters(self) -> tuple[Letter, ...]:
        """All letters of the window formula."""
        return (self.size, self.extent, *self.sides, self.stride)


def _axes(shape: Shape, windows: Sequence[Window], extras: Sequence[Dim]) -> list[_Axis]:
    equal = [window.before == window.after for window in windows]
    kernels = per_axis_letters("F", [window.kernel for window in windows], "kernel")
    extents = per_axis_letters("E", [window.extent for window in windows], "dilated kernel")
    before = per_axis_letters(
        "P", [window.before for window in windows], "padding" if all(equal) else "padding in front"
    )
    after = per_axis_letters("Q", [window.after for window in windows], "padding behind")
    sizes = per_axis_letters("N", shape.spatial, "input size")
    dilations = per_axis_letters("D", [window.dilation for window in windows], "dilation")
    strides = per_axis_letters("S", [window.stride for window in windows], "stride")
    more = per_axis_letters("O", extras, "output padding")
    return [
        _Axis(
            size=sizes[index],
            kernel=kernels[index],
            extent=kernels[index] if window.dilation == 1 else extents[index],
            dilation=dilations[index],
            stride=strides[index],
            before=before[index],
            after=before[index] if equal[index] else after[index],
            extra=more[index],
            length=shape.spatial[index],
            window=window,
        )
        for index, window in enumerate(windows)
    ]


def _each_axis_formulas(
    shape: Shape,
    windows: Sequence[Window],
    rule: Callable[[_Axis, list[str]], Sequence[Formula]],
    extras: Sequence[Dim] | None = None,
) -> tuple[Formula, ...]:
    """The formulas of every axis; axes with the same letters share one line."""
    names = axis_names(shape)
    found: dict[_Axis, list[int]] = {}
    for number, axis in zip(spatial_axes(shape), _axes(shape, windows, extras or (0,) * len(windows)), strict=True):
        found.setdefault(axis, []).append(number)
    several = len(found) > 1
    formulas: dict[Formula, None] = {}
    for axis, alike in found.items():
        called = [names[number] for number in alike]
        if axis.extent.name != axis.kernel.name:
            where = f" ({joined(called)})" if several and "_" in axis.kernel.name + axis.dilation.name else ""
            formulas[_dilated(axis, where)] = None
        for formula in rule(axis, called):
            is_size = formula.quantity == ""
            label = joined(called) if is_size else formula.quantity + (f" ({joined(called)})" if several else "")
            formulas[formula._replace(quantity=label, axes=tuple(alike) if is_size else ())] = None
    return tuple(formulas)


def _dilated(axis: _Axis, where: str) -> Formula:
    text = f"{axis.dilation.name}*({axis.kernel.name} - 1) + 1"
    return Formula(f"dilated kernel{where}", text, (axis.dilation, axis.kernel), defines=axis.extent.name)


def slide_formulas(
    shape: Shape, windows: Sequence[Window], rounding: Rounding, *, same: bool = False
) -> tuple[Formula, ...]:
    """How many places windows have on every axis.

    >>> slide_formulas(Shape((3, 227, 227)), [Window(kernel=11, stride=4)] * 2, "exact")[0].text
    '(N - F + 2*P)/S + 1'
    """
    if same:
        return _each_axis_formulas(shape, windows, lambda axis, names: _same(axis))
    return _each_axis_formulas(shape, windows, lambda axis, names: _slid(axis, names, rounding))


def _slid(axis: _Axis, names: list[str], rounding: Rounding) -> Sequence[Formula]:
    if rounding == "exact":
        return (Formula("", f"({axis.room})/{axis.stride.name} + 1", axis.letters),)
    if rounding == "floor":
        return (_floored(axis, names),)
    if rounding == "caffe":
        return (_kept(axis),)
    return (_ceiled(axis, names),)


def _floored(axis: _Axis, names: list[str]) -> Formula:
    size, window = axis.length, axis.window
    unread = ""
    if isinstance(size, int) and isinstance(left := modulo(window.room(size), window.stride), int) and left:
        lost = left - window.after if isinstance(window.after, int) else 0
        unread = f"{_fraction(axis, size)} rounded down: " + (
            f"the last {lines_of(names, lost)} of {size} {'is' if lost == len(names) == 1 else 'are'} never read"
            if lost > 0
            else "only padding is left over"
        )
    return Formula("", f"floor(({axis.room})/{axis.stride.name}) + 1", axis.letters, words=unread)


def _kept(axis: _Axis) -> Formula:
    """Caffe's rule without padding."""
    text = f"ceil(({axis.room})/{axis.stride.name}) + 1"
    return Formula("", text, axis.letters, words="Caffe keeps a last window that starts behind the input")


def _ceiled(axis: _Axis, names: list[str]) -> Formula:
    """The rule of `rounded_extent`: one more window may reach past the end, if it starts inside the input."""
    size, window, stride = axis.length, axis.window, axis.stride.name
    up = f"ceil(({axis.room})/{stride}) + 1"
    started = f"ceil(({axis.size.name} + {axis.before.name})/{stride})"
    reach = window.after - window.extent + window.stride
    inside = "the last window must start inside the input"
    if not isinstance(reach, int):
        down = f"floor(({axis.room})/{stride}) + 1"
        last = f"min({axis.sides[-1].name} - {axis.extent.name} + {stride}, 0)"
        text = f"max({down}, ceil(({axis.size.name} + {axis.before.name} + {last})/{stride}))"
        return Formula("", text, axis.letters, words=inside)
    if reach >= window.stride:
        words = "a further window would lie in the padding alone"
        return _floored(axis, names)._replace(words=words)
    room = window.room(size) if isinstance(size, int) else None
    if not isinstance(room, int):
        return Formula("", up if reach <= 0 else started, axis.letters, words="" if reach <= 0 else inside)
    if rounded_extent(size, window, "ceil") != -(-room // window.stride) + 1:
        return Formula("", f"min({up}, {started})", axis.letters, words=inside)
    past = -room % window.stride
    words = f"{_fraction(axis, size)} rounded up: the last window reaches {past} past the end" if past else ""
    return Formula("", up, axis.letters, words=words)


def _fraction(axis: _Axis, size: Dim) -> str:
    """What (N - F + 2P)/S + 1 is before it is rounded."""
    value = divide(axis.window.room(size), axis.window.stride) + 1
    return f"{float(value):.4f}".rstrip("0") if isinstance(value, Fraction) else str(value)


def _same(axis: _Axis) -> Sequence[Formula]:
    """The size, and the padding that `same` stands for."""
    size, window = axis.length, axis.window
    name, stride = axis.size.name, axis.stride.name
    text = name if window.stride == 1 else f"ceil({name}/{stride})"
    index = f"_{name.split('_')[1]}" if "_" in name else ""
    where = axis.size.meaning.removeprefix("input size")
    result = Letter(f"M{index}", same_extent(size, window), f"output size{where}")
    placed = same_window(size, window)
    total = f"max(({result.name} - 1)*{stride} + {axis.extent.name} - {name}, 0)"
    words = (
        f"{placed.before} in front and {placed.after} behind"
        if isinstance(placed.before, int) and isinstance(placed.after, int)
        else "half of it in front and half behind, an odd one behind"
    )
    return (
        Formula("", text, (axis.size, axis.stride) if window.stride != 1 else (axis.size,), words="`same` padding"),
        Formula("padding", total, (result, axis.stride, axis.extent, axis.size), words=words),
    )


def grown_same_formulas(shape: Shape, windows: Sequence[Window], extras: Sequence[Dim]) -> tuple[Formula, ...]:
    """The size times the stride, and what `same` cuts off for it: the windows as they are cut.

    >>> grown_same_formulas(Shape((8, 16)), [Window(kernel=3, stride=2, before=0, after=1)], [0])[1].text
    'F - S'
    """

    def rule(axis: _Axis, names: list[str]) -> Sequence[Formula]:
        size = Formula("", f"{axis.size.name}*{axis.stride.name}", (axis.size, axis.stride), words="`same` padding")
        lines = as_dim(axis.window.before + axis.window.after)
        if lines == 0:
            return (size,)
        words = f"{axis.window.before} cut in front and {axis.window.after} behind"
        more = (axis.extra,) if axis.extra.value != 0 else ()
        text = " + ".join([f"{axis.extent.name} - {axis.stride.name}", *[letter.name for letter in more]])
        return (size, Formula("cut", text, (axis.extent, axis.stride, *more), words=words))

    return _each_axis_formulas(shape, windows, rule, extras)


def grown_formulas(shape: Shape, windows: Sequence[Window], extras: Sequence[Dim]) -> tuple[Formula, ...]:
    """How far the windows reach that every position paints: the formula backwards.

    >>> grown_formulas(Shape((8, 28)), [Window(kernel=2, stride=2)], [0])[0].text
    '(N - 1)*S + F - 2*P'
    """

    def rule(axis: _Axis, names: list[str]) -> Sequence[Formula]:
        text = " - ".join([f"({axis.size.name} - 1)*{axis.stride.name} + {axis.extent.name}", *axis.cuts])
        if axis.extra.value == 0:
            return (Formula("", text, axis.letters),)
        return (Formula("", f"{text} + {axis.extra.name}", (*axis.letters, axis.extra)),)

    return _each_axis_formulas(shape, windows, rule, extras)
