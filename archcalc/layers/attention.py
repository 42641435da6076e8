"""Attention between positions, and what token networks put around it."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Annotated, ClassVar

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition, Dim, Number
from archcalc.layers.arguments import keywords
from archcalc.layers.axes import equal_part
from archcalc.layers.base import Batch, Held, Layer, Read, TorchCall, Weight
from archcalc.layers.fields import Doc, MapName, Size
from archcalc.layers.formula import Formula, Letter, kept, multiplications, parameters, product
from archcalc.layers.letters import size_letters
from archcalc.layers.rules import Pointwise, Unchanged
from archcalc.layers.scores import (
    AttentionDropout,
    Causal,
    KeyHeads,
    Mask,
    behind_batch,
    heads_are_shared,
    heads_divide,
    is_in_order,
    mask_fits,
)
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.shared_fields import Bias
from archcalc.layers.site import Site
from archcalc.layers.tokens import reads_sequences, reads_tokens, side_by_side


class Attention(Layer):
    """Multi-head attention: every token becomes a weighted mean of projections of all tokens.

    Without `memory` the tokens attend to each other; with `memory: NAME` they attend to the tokens of that map. `dim`
    is the width inside, all heads together, by default the channels. The axes in front of the tokens, such as windows,
    are as many attentions side by side.

    Shape: (*N, T, D) -> (*N, T, D), with dim a multiple of heads
    Cost: with E = dim: 4*D*E + 3*E + D parameters (without bias: 4*D*E); T*D*3*E + 2*T*T*E + T*E*D multiplications:
    three projections in, scores and weighted sums, one projection out. With memory (S, M): (2*D + 2*M)*E weights and
    T*D*E + 2*S*M*E + 2*T*S*E + T*E*D multiplications. With G key_heads of H heads keys and values are E*G/H wide. All
    multiplications prod(N) times
    Reports: AC304, AC306, AC314, AC318, AC321, AC336
    Source: torch.nn.MultiheadAttention; Vaswani et al. 2017; for key_heads Ainslie et al. 2023

    >>> tokens = Shape((197, 768), "channels_last")
    >>> sum(weight.elements for weight in Attention(heads=12).weights([tokens], [tokens]))
    2362368
    """

    family = "attention"
    stated = ("in",)
    main = "heads"
    attends = True
    spreads: ClassVar[Mapping[str, int]] = {"mask": 1}
    other_names: ClassVar[dict[str, str]] = {"kv_heads": "key_heads"}

    heads: Annotated[Size, Doc("Number of heads; it divides the width.")]
    dim: Annotated[Size | None, Doc("Width inside, all heads together. Default: the channels.")] = None
    bias: Bias = True
    dropout: AttentionDropout = 0
    memory: Annotated[MapName | None, Doc("The map whose tokens are attended to. Default: the tokens themselves.")] = (
        None
    )
    key_heads: KeyHeads = None
    causal: Causal = False
    mask: Mask = None

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The shape that it reads."""
        (shape,) = inputs
        if not reads_sequences(site, shape, self.kind):
            return None
        fits = heads_divide(site, self.heads, self._width(shape)) and heads_are_shared(site, self.heads, self.key_heads)
        return (shape,) if self._memory_fits(site, shape) and fits and self._scores_fit(site, shape) else None

    def _memory_fits(self, site: Site, shape: Shape) -> bool:
        if self.memory is None:
            return True
        memory: Shape = self.memory.shape
        if not reads_sequences(site, memory, "the memory of attention", "memory"):
            return False
        here, there = shape.sizes[:-2], memory.sizes[:-2]
        message = f"attention needs the axes in front of its tokens in its memory, too, but gets {memory} for {shape}"
        if len(here) != len(there):
            axes = f"{len(memory.sizes)} axes for {len(shape.sizes)}"
            site.report(codes.MERGE_MISMATCH, message, field="memory", label=axes)
            return False
        return all(
            site.require(
                Condition.equal(mine, theirs),
                codes.MERGE_MISMATCH,
                message,
                field="memory",
                label=f"{theirs} for {mine}",
            )
            for mine, theirs in zip(here, there, strict=True)
        ) and site.require(
            Condition.equal(shape.items, memory.items),
            codes.MERGE_MISMATCH,
            f"attention needs as many items in its memory as it reads, but gets {memory.items} for {shape.items}",
            field="memory",
        )

    def _scores_fit(self, site: Site, shape: Shape) -> bool:
        """Whether a mask fits the scores, and whether they have an order, if that is asked for."""
        tokens, keys = shape.sizes[-2], self._source(shape).sizes[-2]
        scores = (*shape.sizes[:-2], self.heads, tokens, keys)
        if self.causal and not is_in_order(site, self.kind, tokens, keys):
            return False
        return mask_fits(site, self.kind, self.mask, scores, shape.items)

    def _width(self, shape: Shape) -> Dim:
        width: Dim = shape.channels if self.dim is None else self.dim
        return width

    def _key_width(self, shape: Shape) -> Dim:
        """The width of keys and values, all their heads together."""
        width = self._width(shape)
        if self.key_heads is None or self.key_heads == self.heads:
            return width
        narrower: Dim = equal_part(width, self.heads) * self.key_heads
        return narrower

    def _source(self, shape: Shape) -> Shape:
        """The tokens that are attended to."""
        source: Shape = shape if self.memory is None else self.memory.shape
        return source

    def weights(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """`in_proj_weight` [3E, D], `in_proj_bias` [3E], `out_proj.weight` [D, E] and `out_proj.bias` [D].

        Where the memory has other channels than the input, `q_proj_weight`, `k_proj_weight` and `v_proj_weight` stand
        for `in_proj_weight`. With fewer heads of keys than of queries, their parts are narrower.
        """
        (shape,) = inputs
        channels, width, read = shape.channels, self._width(shape), self._source(shape).channels
        key_width = self._key_width(shape)
        inside: Dim = sum((width, key_width, key_width))
        projections = (
            (Weight("in_proj_weight", (inside, channels), "weight"),)
            if read == channels
            else (
                Weight("q_proj_weight", (width, channels), "weight"),
                Weight("k_proj_weight", (key_width, read), "weight"),
                Weight("v_proj_weight", (key_width, read), "weight"),
            )
        )
        out = Weight("out_proj.weight", (channels, width), "weight")
        if not self.bias:
            return (*projections, out)
        bias_in, bias_out = Weight("in_proj_bias", (inside,), "bias"), Weight("out_proj.bias", (channels,), "bias")
        return (*projections, bias_in, out, bias_out)

    def multiplications(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """Projections of queries, keys and values, two products of tokens with tokens, and the projection out."""
        (shape,) = inputs
        source = self._source(shape)
        tokens, channels, width = shape.sizes[-2], shape.channels, self._width(shape)
        query = out = prod((tokens, channels, width))
        key = value = prod((source.sizes[-2], source.channels, self._key_width(shape)))
        projections: Dim = sum((query, key, value, out)) * prod(shape.sizes[:-2])
        total: Dim = sum((projections, self.map_products(inputs, outputs)))
        return total

    def map_products(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """Every query with every key, and every weight with every value."""
        (shape,) = inputs
        products: Dim = 2 * prod((shape.sizes[-2], self._source(shape).sizes[-2], self._width(shape)))
        return products * prod(shape.sizes[:-2])

    def keys_and_values(self, inputs: Sequence[Shape]) -> Dim:
        """A key and a value for every token that is attended to, as wide as the heads that they have."""
        (shape,) = inputs[:1]
        source = self._source(shape)
        numbers: Dim = 2 * prod(source.sizes[:-1]) * self._key_width(shape)
        return numbers

    @property
    def looks_back(self) -> bool:
        """Whether it is `causal`."""
        return self.causal

    def attention_scores(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """A score for every pair of tokens in every head."""
        (shape,) = inputs
        scores: Dim = self.heads * prod(shape.sizes[:-1]) * self._source(shape).sizes[-2]
        return scores

    def working(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Number:
        """Queries, keys and values, and a score for every pair of tokens in every head."""
        (shape,) = inputs
        tokens, read, width = shape.sizes[-2], self._source(shape).sizes[-2], self._width(shape)
        each: Number = self.heads * tokens * read + width * (tokens + 2 * read)
        return shape.items * prod(shape.sizes[:-2]) * each

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The shape stays: every token becomes a mean."""
        return kept("unchanged: every token becomes a weighted mean")

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """Three projections in and one out; the scores and the weighted sums multiply tokens with tokens."""
        (shape,) = inputs
        tokens, channels = Letter("T", shape.sizes[-2], "tokens"), Letter("C", shape.channels, "channels")
        width = Letter("E", self._width(shape), "width of all heads together")
        narrow = Letter("K", self._key_width(shape), "width of keys and of values")
        source = self._source(shape)
        memory = Letter("U", source.sizes[-2], "tokens of the memory")
        read = Letter("M", source.channels, "channels of the memory")
        front, times = side_by_side(shape)
        key_width = "E" if self.key_heads is None else "K"
        if self.memory is not None:
            weights, biases = f"2*C*E + 2*M*{key_width}", f"{'3*E' if key_width == 'E' else 'E + 2*K'} + C"
            work = f"2*{times}T*C*E + 2*{times}U*M*{key_width} + 2*{times}T*U*E"
        elif self.key_heads is None:
            weights, biases, work = "4*C*E", "3*E + C", f"4*{times}T*C*E + 2*{times}T**2*E"
        else:
            weights, biases = "2*C*E + 2*C*K", "E + 2*K + C"
            work = f"2*{times}T*C*E + 2*{times}T*C*K + 2*{times}T**2*E"
        biased = f"{weights} + {biases}" if self.bias else weights
        return (
            parameters(biased, channels, width, narrow, read, words="" if self.bias else "no biases"),
            multiplications(work, *front, tokens, channels, width, narrow, memory, read),
        )

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.MultiheadAttention`, which returns a pair; its width inside is always the number of channels.

        What it does not have is supplied: another width, axes in front, fewer heads of keys, and a mask or an order
        that belongs to the layer.
        """
        (shape,) = inputs
        channels, read, width = shape.channels, self._source(shape).channels, self._width(shape)
        options = keywords(
            self, {"dropout": "dropout", "bias": "bias", "key_heads": "key_heads", "causal": "is_causal"}
        )
        here = Read(0)
        there = here if self.memory is None else Read(1)
        plain = self.key_heads is None and not self.causal and self.mask is None and len(shape.sizes) == 2
        if plain and width == channels:
            other = {} if read == channels else {"kdim": read, "vdim": read}
            return (
                TorchCall(
                    "nn.MultiheadAttention",
                    (channels, self.heads),
                    {**other, **options, "batch_first": True},
                    reads=(here, there, there),
                    options={"need_weights": False},
                    result=0,
                ),
            )
        # The maps that fields name stand behind the one that flows in, in the order of the fields.
        calls, masks = behind_batch(self.mask, len(shape.sizes) + 1, Read(1 if self.memory is None else 2))
        reads = (here,) if self.memory is None and not masks else (here, there, *masks)
        if read == channels:
            return *calls, TorchCall("supplied.Attention", (channels, width, self.heads), options, reads=reads)
        return *calls, TorchCall("supplied.CrossAttention", (channels, read, width, self.heads), options, reads=reads)


class ClassToken(Layer):
    """Learned token in front of the others, from which the class is read in the end.

    With a name it is that tensor of the class which holds it: `as: cls_token` is `self.cls_token`.

    Shape: (T, D) -> (T + 1, D)
    Cost: D parameters
    Reports: AC304, AC321
    Source: Dosovitskiy et al. 2021, equation 1

    >>> ClassToken().shapes([Shape((196, 768), "channels_last")], Site())[0].sizes
    (197, 768)
    """

    family = "attention"

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """One token more."""
        (shape,) = inputs
        return (shape.with_spatial((shape.sizes[0] + 1,)),) if reads_tokens(site, shape, self.kind) else None

    def weights(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """`weight` [1, 1, D], with an axis for the batch."""
        return (Weight("weight", (1, 1, inputs[0].channels), "embedding"),)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """One token more."""
        return (Formula("tokens", "T + 1", (Letter("T", inputs[0].sizes[0], "tokens"),), (0,)),)

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """C parameters: the token."""
        return (parameters("C", Letter("C", inputs[0].channels, "channels"), words="the token that is learned"),)

    def held(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Held:
        """The token [1, 1, D], in front of the others of every item."""
        token = TorchCall("Tensor.expand", (Batch.ITEMS, -1, -1), is_module=False, reads=(Read(what="tensor"),))
        joined = TorchCall("cat", (), {"dim": 1}, is_module=False, reads=(Read(what="result"), Read(0)))
        return Held((1, 1, inputs[0].channels), calls=(token, joined))

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """A module of its own: PyTorch has none."""
        return (TorchCall("supplied.ClassToken", (inputs[0].channels,)),)


class PositionEmbedding(Unchanged, Pointwise):
    """Learned table of the shape of its input, which is added to it.

    With a name it is that tensor of the class which holds it: `as: pos_embed` is `self.pos_embed`.

    Shape: unchanged
    Cost: as many parameters as the input has numbers, T*D for tokens
    Source: Dosovitskiy et al. 2021, equation 1

    >>> PositionEmbedding().weights([Shape((197, 768), "channels_last")], [])
    (Weight(name='weight', shape=(1, 197, 768), role='embedding'),)
    """

    family = "attention"
    is_numberwise = True

    def weights(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """`weight` [1, *shape], with an axis for the batch."""
        return (Weight("weight", (1, *inputs[0].sizes), "embedding"),)

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """A parameter for every number of the input."""
        letters = size_letters(inputs[0])
        return (parameters(product(*letters), *letters, words="a table that is added"),)

    def held(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Held:
        """The table [1, *shape], added to every item."""
        added = TorchCall("add", is_module=False, reads=(Read(0), Read(what="tensor")))
        return Held((1, *inputs[0].sizes), calls=(added,))

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """A module of its own: PyTorch has none."""
        return (TorchCall("supplied.PositionEmbedding", inputs[0].sizes),)
