"""How far layers see: which positions of its input every position of an output depends on, along one axis.

Borders are left out of it: positions count on into the padding, so that the answer does not depend on the size of the
map. Where windows overlap unevenly, as those of transposed convolutions do, the answer repeats from place to place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor, gcd, lcm
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from archcalc.layers.shape import Shape
    from archcalc.layers.window import Window

Span = tuple[int, int] | None
"""The first and the last position that is seen, or None where nothing is."""

MAX_PERIOD = 2_000
"""Patterns that repeat less often than this are of no use to anybody."""

MAX_WORK = 250_000
"""Places of two patterns that are held against each other one by one."""


class NoReach(Exception):
    """The reach is not known as numbers; the message says why. Never leaves archcalc."""


class OpenReach(NoReach):
    """The reach is not known as numbers, because a symbol decides it."""


class Reach(NamedTuple):
    """What the positions of an output see: position p sees `spans[p]`, and one period later everything is one step on.

    `pitch` is how far apart the positions are that one position sees: 1 unless a window is dilated.

    >>> pool = Reach(2, ((0, 1),))
    >>> conv = Reach(1, ((-1, 1),))
    >>> conv.through(pool), conv.through(pool).width
    (Reach(step=2, spans=((-2, 3),), pitch=1), 6)
    """

    step: int
    spans: tuple[Span, ...]
    pitch: int = 1

    @property
    def width(self) -> int:
        """The most positions that one position sees, from the first to the last."""
        return max((last - first + 1 for first, last in filter(None, self.spans)), default=0)

    @property
    def sees_nothing(self) -> bool:
        """Whether the output does not depend on the input at all."""
        return not any(self.spans)

    @property
    def jump(self) -> int | Fraction:
        """How far apart neighbouring positions are in the input; where the pattern is uneven, on average."""
        return _whole(Fraction(self.step, len(self.spans)))

    @property
    def centre(self) -> int | Fraction:
        """The middle of what position 0 sees: position p has it p jumps later; where the pattern is uneven, on average.

        Something must be seen.

        >>> Reach(2, ((0, 1),)).centre, blocks(2).centre
        (Fraction(1, 2), Fraction(-1, 4))
        """
        # In integers: the middles are halves, and the jump is a fraction of the period.
        period = len(self.spans)
        ends = [
            sum(span) * period - 2 * position * self.step
            for position, span in enumerate(self.spans)
            if span is not None
        ]
        return _whole(Fraction(sum(ends), 2 * period * len(ends)))

    @property
    def pattern(self) -> tuple[Span, ...]:
        """What the first positions see, up to where it begins anew. One position is enough where the pattern is even.

        >>> Reach(4, ((0, 1), (2, 3))).pattern, blocks(2).pattern
        (((0, 1),), ((0, 0), (0, 0)))
        """
        if self.sees_nothing:
            return (None,)
        length = len(self.spans)
        for part in range(1, length):
            if length % part == 0 and self.step * part % length == 0:
                shorter = Reach(self.step * part // length, self.spans[:part])
                if all(shorter.at(position) == span for position, span in enumerate(self.spans)):
                    return shorter.spans
        return self.spans

    def at(self, position: int) -> Span:
        """What one position sees."""
        turn, place = divmod(position, len(self.spans))
        span = self.spans[place]
        return span and (span[0] + turn * self.step, span[1] + turn * self.step)

    def through(self, earlier: Reach) -> Reach:
        """What is seen of the input of the layers in front, which have a reach of their own. Raises: NoReach."""
        # Both patterns begin anew together after this many turns of this one.
        turns = len(earlier.spans) // gcd(self.step, len(earlier.spans))
        _limit(turns * len(self.spans))
        read = [self.at(position) for position in range(turns * len(self.spans))]
        if earlier.is_ordered:
            # The ends of a window see farthest.
            spans = tuple([span and earlier.seen(span, max(1, span[1] - span[0])) for span in read])
        elif len(read) * len(earlier.spans) > MAX_WORK:
            raise NoReach("meets a pattern that is too uneven to be followed")
        else:
            spans = tuple([span and earlier.seen(span, self.pitch) for span in read])
        return Reach(earlier.step * (self.step * turns // len(earlier.spans)), spans)

    @property
    def is_ordered(self) -> bool:
        """Whether every position sees something, and none sees less far on either side than the one before it."""
        spans = (*self.spans, self.at(len(self.spans)))
        return all(one and two and one[0] <= two[0] and one[1] <= two[1] for one, two in pairwise(spans))

    def seen(self, span: tuple[int, int], pitch: int) -> Span:
        """What the positions of a span, `pitch` apart, see together."""
        first, last = span
        # One period later everything lies further on: the ends are found in one period at either end.
        period = len(self.spans) * pitch
        ahead = range(first, min(last + 1, first + period), pitch)
        back = range(last, max(first - 1, last - period), -pitch)
        return _hull(self.at(position) for position in (*ahead, *back))

    def joined(self, other: Reach) -> Reach:
        """What is seen on two ways together. Raises: NoReach if positions of the one are further apart."""
        if self.sees_nothing or other.sees_nothing:
            return other if self.sees_nothing else self
        if self.step * len(other.spans) != other.step * len(self.spans):
            raise NoReach("joins maps whose positions are differently far apart in the input")
        period = lcm(len(self.spans), len(other.spans))
        _limit(period)
        spans = tuple([_hull((self.at(position), other.at(position))) for position in range(period)])
        return Reach(self.step * (period // len(self.spans)), spans)


SAME = Reach(1, ((0, 0),))
"""Every position sees itself."""

NOTHING = Reach(1, (None,))
"""No position sees anything."""


def pointwise(shape: Shape) -> tuple[Reach, ...]:
    """The reach of a layer whose positions see themselves, on all axes of a map."""
    return (SAME,) * len(shape.spatial)


def sliding(window: Window) -> Reach:
    """The reach of a window that slides over its input. Raises: NoReach.

    >>> from archcalc.layers.window import Window
    >>> sliding(Window(kernel=3, stride=2, before=1))
    Reach(step=2, spans=((-1, 1),), pitch=1)
    """
    before, dilation = _number(window.before), _number(window.dilation)
    return Reach(window.stride, ((-before, _number(window.extent) - 1 - before),), dilation)


def painting(window: Window) -> Reach:
    """The reach of windows that are painted onto the output, as transposed convolutions do. Raises: NoReach.

    >>> from archcalc.layers.window import Window
    >>> painting(Window(kernel=3, stride=2)).spans
    ((-1, 0), (0, 0))
    """
    period, before, dilation, kernel = window.stride, *map(_number, (window.before, window.dilation, window.kernel))
    _limit(period)
    reads: list[list[Span]] = [[] for _ in range(period)]
    # Element k of window i paints position i*S - P + k*D. Later elements paint what the first ones did a window ago.
    for element in {*range(min(kernel, period)), *range(max(0, kernel - period), kernel)}:
        place = (element * dilation - before) % period
        source = (place + before - element * dilation) // period
        reads[place].append((source, source))
    return Reach(1, tuple([_hull(found) for found in reads]), dilation // gcd(dilation, period))


class Grid(NamedTuple):
    """Where positions of an output lie in the input, which of these is nearest, and whether shrinking is smoothed."""

    coordinates: str = "half_pixel"
    nearest: str = "round_prefer_ceil"
    antialias: bool = False

    def place(self, position: int, scale: Fraction) -> Fraction:
        """Where a position of the output lies, which stands for `scale` positions of the input."""
        half = Fraction(1, 2) if self.coordinates.endswith("half_pixel") else 0
        return (position + half) * scale - half


HALF_PIXEL = Grid()
"""Positions as squares, which most frameworks lay on each other."""


def interpolated(mode: str, old: Any, new: Any, grid: Grid = HALF_PIXEL) -> Reach:
    """The reach of a map that is interpolated from `old` positions to `new`. Raises: NoReach.

    >>> interpolated("nearest", 2, 4).spans, interpolated("bilinear", 2, 4).spans
    (((0, 0), (0, 0)), ((-1, 0), (0, 1)))
    >>> interpolated("bilinear", 3, 5, Grid("align_corners")).spans
    ((0, 0), (0, 1))
    """
    if mode == "area":
        return _scaled(old, new, _area)
    if new == 1 and grid.coordinates in ("pytorch_half_pixel", "align_corners"):
        return _scaled(old, new, lambda position, scale: (0, 0))
    if grid.coordinates == "align_corners" and old != 1:
        old, new = old - 1, new - 1
    return _scaled(old, new, lambda position, scale: _mixed(mode, grid, grid.place(position, scale), scale))


def spread_out(old: Any, new: Any) -> Reach:
    """The reach of a map whose `old` values are put at even distances among `new` positions. Raises: NoReach.

    >>> spread_out(2, 4).spans
    ((0, 0), None)
    """
    return _scaled(old, new, lambda position, scale: (ceil(position * scale), ceil((position + 1) * scale) - 1))


def _scaled(old: Any, new: Any, ends: Callable[[int, Fraction], tuple[int, int]]) -> Reach:
    """The reach where one position of the output stands for `scale` positions of the input."""
    scale = Fraction(_number(old), _number(new))
    _limit(scale.denominator)
    found = [ends(position, scale) for position in range(scale.denominator)]
    return Reach(scale.numerator, tuple([(first, last) if first <= last else None for first, last in found]))


def _area(position: int, scale: Fraction) -> tuple[int, int]:
    return floor(position * scale), ceil((position + 1) * scale) - 1


def _mixed(mode: str, grid: Grid, place: Fraction, scale: Fraction) -> tuple[int, int]:
    """The positions that are mixed for a place: its neighbours, two of them or four, unless it is one itself."""
    if mode == "nearest":
        return (_NEAREST[grid.nearest](place),) * 2
    far = 2 if mode == "bicubic" else 1
    if grid.antialias and scale > 1:
        # The filter is as wide as the map shrinks, and 0 at its ends.
        return floor(place - far * scale) + 1, ceil(place + far * scale) - 1
    return (floor(place),) * 2 if place.denominator == 1 else (floor(place) - far + 1, floor(place) + far)


_NEAREST: dict[str, Callable[[Fraction], int]] = {
    "floor": floor,
    "ceil": ceil,
    "round_prefer_floor": lambda place: ceil(place - Fraction(1, 2)),
    "round_prefer_ceil": lambda place: floor(place + Fraction(1, 2)),
}
"""Which position is nearest to a place."""


def moved(start: Any) -> Reach:
    """The reach of a map that begins `start` positions later. Raises: NoReach.

    >>> moved(2)
    Reach(step=1, spans=((2, 2),), pitch=1)
    """
    return Reach(1, ((_number(start), _number(start)),))


def blocks(factor: int) -> Reach:
    """The reach of a map whose positions each become a block. Raises: NoReach.

    >>> blocks(2)
    Reach(step=1, spans=((0, 0), (0, 0)), pitch=1)
    """
    _limit(factor)
    return Reach(1, ((0, 0),) * factor)


def joined(reaches: Sequence[tuple[Reach, ...]]) -> tuple[Reach, ...]:
    """What is seen on several ways together, axis by axis. Raises: NoReach."""
    found = reaches[0]
    for other in reaches[1:]:
        found = tuple([one.joined(two) for one, two in zip(found, other, strict=True)])
    return found


def _hull(spans: Iterable[Span]) -> Span:
    known = [span for span in spans if span is not None]
    return (min(first for first, _ in known), max(last for _, last in known)) if known else None


def _whole(value: Fraction) -> int | Fraction:
    return value.numerator if value.denominator == 1 else value


def _number(value: Any) -> int:
    if not isinstance(value, int):
        raise OpenReach(f"sees as far as a symbol decides ({value})")
    return value


def _limit(period: int) -> None:
    if period > MAX_PERIOD:
        raise NoReach(f"makes a pattern that repeats only after {period:,} positions")
