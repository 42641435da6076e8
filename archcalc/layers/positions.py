"""Positions that are computed: waves that are added, angles by which heads are rotated, and distances of tokens."""

from collections.abc import Sequence
from math import prod
from typing import Annotated, Self

from pydantic import model_validator

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition, Dim
from archcalc.layers.arguments import keywords
from archcalc.layers.axes import parts_fit
from archcalc.layers.base import Batch, Held, Layer, Read, TorchCall, Weight
from archcalc.layers.embedding import reads_sequence
from archcalc.layers.fields import Concrete, Doc, Flag, Positive, Size, Strides
from archcalc.layers.formula import Formula, Letter, parameters, product, rearranged
from archcalc.layers.letters import per_axis_letters
from archcalc.layers.maps import spread
from archcalc.layers.rules import Pointwise, Unchanged
from archcalc.layers.shape import Integers, Rounding, Shape
from archcalc.layers.site import Site
from archcalc.layers.tokens import reads_sequences

Base = Annotated[Positive, Doc("The longest wave is this many times 2*pi tokens long.")]


class PositionEncoding(Unchanged, Pointwise):
    """Sines and cosines of every position, in waves of many lengths, which are added to its token.

    `interleaved: false` puts all sines in front of all cosines.

    Shape: (*N, T, D) unchanged, with D even
    Cost: none
    Reports: AC304, AC314, AC321
    Source: Vaswani et al. 2017, section 3.5

    >>> PositionEncoding().shapes([Shape((16, 512), "channels_last")], Site())[0].sizes
    (16, 512)
    """

    family = "attention"
    is_numberwise = True

    base: Base = 10000
    interleaved: Annotated[Flag, Doc("Whether a sine and a cosine of each wave stand side by side.")] = True

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The shape that it reads."""
        (shape,) = inputs
        fits = reads_sequences(site, shape, self.kind) and site.require(
            Condition.multiple(shape.channels, 2),
            codes.DOES_NOT_DIVIDE,
            f"sines and cosines come in pairs, and {shape.channels} channels do not",
            label=f"{shape.channels} is not a multiple of 2",
        )
        return (shape,) if fits else None

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """A function: PyTorch has none."""
        options = keywords(self, {"base": "base", "interleaved": "interleaved"})
        return (TorchCall("supplied.add_positions", (), options, is_module=False),)


class Rotary(Unchanged, Pointwise):
    """Rotary positions: in every head, pairs of channels are rotated by angles that grow with the position of a token.

    Queries and keys are rotated, so that their product depends on how far apart they are. The first half of a head is
    paired with its second half; with `interleaved` neighbours are paired. `width` rotates the first channels only.

    Shape: (*N, T, D) unchanged, with D a multiple of 2*heads
    Cost: none; the angles are the same for every input
    Reports: AC304, AC314, AC318, AC321
    Source: Su et al. 2021, RoFormer, equation 34

    >>> Rotary(heads=32, base=500000).shapes([Shape((16, 4096), "channels_last")], Site())[0].sizes
    (16, 4096)
    """

    family = "attention"
    main = "heads"

    heads: Annotated[Size, Doc("Number of heads that the channels are cut into.")] = 1
    base: Base = 10000
    width: Annotated[Concrete | None, Doc("How many channels of a head are rotated. Default: all.")] = None
    interleaved: Annotated[Flag, Doc("Whether neighbouring channels are pairs, and not the halves of a head.")] = False

    @model_validator(mode="after")
    def _comes_in_pairs(self) -> Self:
        if self.width is not None and self.width % 2:
            raise ValueError(f"rotates pairs, and {self.width} channels of a head are no pairs")
        return self

    def _pairs(self) -> str:
        """What the channels are cut into."""
        of_pairs = " of pairs" if self.width is None else ""
        return "pairs" if self.heads == 1 else f"{self.heads} heads{of_pairs}"

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The shape that it reads."""
        (shape,) = inputs
        if not reads_sequences(site, shape, self.kind):
            return None
        pairs = self.heads * (2 if self.width is None else 1)
        message = f"{self._pairs()} do not divide the {shape.channels} channels"
        fits = parts_fit(site, shape.channels, pairs, codes.DOES_NOT_DIVIDE, message, field="heads") and (
            self.width is None
            or site.require(
                Condition.at_least(shape.channels, self.heads * self.width),
                codes.DOES_NOT_DIVIDE,
                f"{self.heads} heads of {shape.channels} channels do not have {self.width} channels each",
                field="width",
            )
        )
        return (shape,) if fits else None

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """A function: PyTorch has none."""
        names = {"heads": "heads", "base": "base", "width": "width", "interleaved": "interleaved"}
        return (TorchCall("supplied.rotated", (), keywords(self, names), is_module=False),)


class RelativeBuckets(Layer):
    """How far apart every two tokens are, as the number of a bucket: an `embedding` of buckets is a bias of attention.

    Near distances have a bucket each, further ones share buckets that grow, and beyond `furthest` all share the last.

    Shape: tokens (T, D), or integers (T) -> integers (T, T), below buckets
    Cost: none
    Reports: AC304, AC321
    Source: Raffel et al. 2020, T5, section 2.1

    >>> RelativeBuckets().shapes([Shape((16, 512), "channels_last")], Site())[0]
    Shape(sizes=(16, 16), layout='channels_first', items=1, integers=Integers(below=32))
    """

    family = "embedding"
    numbers = "unread"
    main = "buckets"

    buckets: Annotated[Concrete, Doc("How many buckets there are.")] = 32
    furthest: Annotated[Concrete, Doc("The distance from which on all tokens share a bucket.")] = 128
    bidirectional: Annotated[Flag, Doc("Whether tokens behind have buckets of their own; if not, they are near.")] = (
        True
    )

    @model_validator(mode="after")
    def _has_near_ones(self) -> Self:
        least = 4 if self.bidirectional else 2
        if self.buckets < least or self.buckets % (2 if self.bidirectional else 1):
            even = "an even number of buckets, at least 4" if self.bidirectional else "at least 2 buckets"
            raise ValueError(f"needs {even}, not {self.buckets}")
        near = self.buckets // least
        if self.furthest <= near:
            raise ValueError(f"has a bucket for each of {near} near distances, and its furthest one is {self.furthest}")
        return self

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """An integer for every pair of tokens."""
        (shape,) = inputs
        if not reads_sequence(site, shape, self.kind):
            return None
        return (Shape((shape.sizes[0],) * 2, items=shape.items, integers=Integers(self.buckets)),)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """A number for every pair."""
        return rearranged(2, "a number for every pair of tokens")

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """A function: PyTorch has none."""
        names = {"buckets": "buckets", "furthest": "furthest", "bidirectional": "bidirectional"}
        return (TorchCall("supplied.relative_buckets", (), keywords(self, names), is_module=False),)


class RelativePositionBias(Layer):
    """Learned bias for every way that two positions of a window can lie to each other, in every head of an attention.

    It reads nothing and is added to the scores: `dot_attention` takes it as its `mask`. A window of M*M positions has
    (2*M - 1)*(2*M - 1) ways, each a row of the table. With a name it is that tensor of the class which holds it.

    Shape: nothing -> (heads, P, P), with P the positions of the window
    Cost: prod(2*M - 1)*heads parameters; no multiplications
    Source: Liu et al. 2021, Swin Transformer, section 3.2

    >>> RelativePositionBias(heads=4, window=[7, 7]).shapes([], Site())[0].sizes
    (4, 49, 49)
    >>> RelativePositionBias(heads=4, window=[7, 7]).weights([], [])[0].shape
    (169, 4)
    """

    family = "embedding"
    inputs = 0

    heads: Annotated[Size, Doc("Number of heads, each with a bias of its own.")]
    window: Annotated[Strides, Doc("Size of the window: one number for both axes, or one per axis.")]

    @property
    def _sides(self) -> tuple[int, ...]:
        sides: tuple[int, ...] = spread(self.window, 2)
        return sides

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """A number for every pair of positions, in every head."""
        positions = prod(self._sides)
        return (Shape((self.heads, positions, positions)),)

    def weights(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """`weight` [prod(2*M - 1), heads]."""
        return (Weight("weight", self._table, "embedding"),)

    @property
    def _table(self) -> tuple[Dim, Dim]:
        return prod(2 * side - 1 for side in self._sides), self.heads

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """A number for every pair."""
        return rearranged(3, "a number for every pair of positions, in every head; it reads nothing")

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """A row for every way that two positions can lie to each other."""
        sides, heads = per_axis_letters("M", self._sides, "size of the window"), Letter("H", self.heads, "heads")
        ways = [Letter(f"(2*{side.name} - 1)", side.value, "") for side in sides]
        return (parameters(product(*ways, heads), *sides, heads),)

    def held(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Held:
        """The table, read through the index of every pair of positions."""
        tensor, found = Read(what="tensor"), Read(what="result")
        looked_up = TorchCall("supplied.window_bias", self._sides, is_module=False, reads=(tensor,))
        repeated = TorchCall("Tensor.expand", (Batch.ITEMS, -1, -1, -1), is_module=False, reads=(found,))
        return Held(self._table, calls=(looked_up, repeated))

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """A module of its own: PyTorch has none."""
        return (TorchCall("supplied.RelativePositionBias", (self.heads, *self._sides)),)
