"""What flows between layers: the sizes of a map, and where its channels stand."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Literal, NamedTuple

from archcalc.dims import Dim, Unknowns, is_known
from archcalc.dims.atoms import UNNAMED

Layout = Literal["channels_first", "channels_last"]
Rounding = Literal["exact", "floor", "ceil", "caffe"]

AXIS_NAMES: dict[int, tuple[str, ...]] = {
    0: (),
    1: ("length",),
    2: ("height", "width"),
    3: ("depth", "height", "width"),
}


def factor(size: Dim) -> str:
    """A size as a factor of a product: in parentheses if it is a sum.

    >>> from archcalc.dims import floor_div, symbol
    >>> factor(28), factor(symbol("N") - 2), factor(floor_div(symbol("N"), 2))
    ('28', '(N - 2)', 'floor(N/2)')
    """
    text = str(size)
    depth = 0
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0 and character in " /*":
            return f"({text})"
    return text


class Integers(NamedTuple):
    """What the integers of a map may be: from 0 on and `below` a size; None where nothing says how large they get.

    >>> import archcalc
    >>> report = archcalc.load("input: [8, N]\\nlayers: [tokens, positions]").check()
    >>> report.graph.nodes[-1].outputs[0].shape.integers
    Integers(below=Polynomial(N))
    """

    below: Dim | None = None


class Shape(NamedTuple):
    """What flows along an edge, without the batch: `[C, H, W]`, or `[C]` after flatten.

    `channels_last` puts the channels behind the other axes, as in sequences of tokens `[T, D]`.
    `items` is how many of them there are per network input (regions of interest): shapes leave it out, costs
    multiply by it. A map of `integers`, such as the numbers of words, has one of them at every position and no axis of
    channels; None stands for real numbers.

    >>> shape = Shape((3, 32, 32))
    >>> shape.channels, shape.spatial, shape.elements
    (3, (32, 32), 3072)
    """

    sizes: tuple[Dim, ...]
    layout: Layout = "channels_first"
    items: Dim = 1
    integers: Integers | None = None

    @property
    def channels(self) -> Dim:
        """Size of the channel axis; integers have none, and are one number each."""
        return 1 if self.integers is not None else self.sizes[-1 if self.layout == "channels_last" else 0]

    @property
    def spatial(self) -> tuple[Dim, ...]:
        """Sizes of every axis but the channels."""
        if self.integers is not None:
            return self.sizes
        return self.sizes[:-1] if self.layout == "channels_last" else self.sizes[1:]

    @property
    def elements(self) -> Dim:
        """Numbers in one item."""
        return prod(self.sizes)

    @property
    def is_known(self) -> bool:
        """Whether no error keeps one of the sizes unknown."""
        return all(map(is_known, self.sizes)) and is_known(self.items)

    def with_channels(self, channels: Dim) -> Shape:
        """The same map with another number of channels."""
        return self.rebuilt(channels, self.spatial)

    def with_spatial(self, spatial: Sequence[Dim]) -> Shape:
        """The same channels on other spatial sizes."""
        return self.rebuilt(self.channels, spatial)

    def rebuilt(self, channels: Dim, spatial: Sequence[Dim]) -> Shape:
        """A shape of this layout and count from its parts."""
        if self.integers is not None:
            return self._replace(sizes=tuple(spatial))
        sizes = (*spatial, channels) if self.layout == "channels_last" else (channels, *spatial)
        return Shape(sizes, self.layout, self.items)

    def __repr__(self) -> str:
        integers = "" if self.integers is None else f", integers={self.integers!r}"
        return f"Shape(sizes={self.sizes!r}, layout={self.layout!r}, items={self.items!r}{integers})"

    def __str__(self) -> str:
        return "×".join(factor(size) for size in self.sizes)


def outlined(shapes: Sequence[Shape], unknowns: Unknowns) -> tuple[Shape, ...]:
    """The same shapes, with a symbol alone for every size that depends on unknown ones; sizes that are equal stay so.

    >>> unknowns = Unknowns()
    >>> size = unknowns.new()
    >>> print(*outlined([Shape((64, size - 1, size - 1)), Shape((64, size, 14))], unknowns))
    64×?×? 64×?×14
    """
    names: dict[Dim, Dim] = {}

    def short(size: Dim) -> Dim:
        if is_known(size) or str(size) == UNNAMED:
            return size
        if size not in names:
            names[size] = unknowns.new()
        return names[size]

    return tuple([shape._replace(sizes=tuple(map(short, shape.sizes)), items=short(shape.items)) for shape in shapes])
