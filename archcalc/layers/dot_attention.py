"""Attention of queries, keys and values that are given: the products alone, without projections."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Annotated, Any, ClassVar, Self

from pydantic import model_validator

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition, Dim, Number
from archcalc.layers.arguments import keywords
from archcalc.layers.axes import equal_part
from archcalc.layers.base import Read, TorchCall
from archcalc.layers.fields import Doc, Flag, Real, Size
from archcalc.layers.formula import Formula, Letter, multiplications
from archcalc.layers.merge import Merge, agree, leading_sizes, shown
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
from archcalc.layers.site import Site
from archcalc.layers.tokens import reads_sequences, side_by_side

_LAYOUT = (
    "say where the channels are: `layout: channels_last` in the `reshape` or `permute` that makes each map, or end its "
    "branch with `tokens`"
)
_FUNCTION = "nn.functional.scaled_dot_product_attention"


class DotAttention(Merge):
    """Attention of queries, keys and values: every query becomes a mean of the values, weighted by its scores.

    The branches are the queries, the keys and the values, in this order. A score is the product of a query and a key,
    divided by the square root of their width; softmax makes weights of the scores of a query. The axes in front of the
    tokens, such as windows or heads, are as many attentions side by side. `heads` cuts the channels into heads.

    Shape: (*N, T, C), (*N, S, C), (*N, S, V) -> (*N, T, V); with key_heads G of H heads: keys of C*G/H channels, and
    from values of V channels come V*H/G
    Cost: no parameters; prod(N)*T*S*C multiplications for the scores and prod(N)*T*S*V for the means
    Reports: AC304, AC306, AC311, AC314, AC318, AC321, AC336
    Source: torch.nn.functional.scaled_dot_product_attention; Vaswani et al. 2017, equation 1

    >>> queries, keys = Shape((197, 768), "channels_last"), Shape((50, 768), "channels_last")
    >>> (means,) = DotAttention(heads=12).shapes([queries, keys, keys], Site())
    >>> print(means, DotAttention(heads=12).multiplications([queries, keys, keys], [means]))
    197×768 15129600
    """

    branches = 3
    attends = True
    spreads: ClassVar[Mapping[str, int]] = {"mask": 1}
    roles = ("q", "k", "v")
    other_names: ClassVar[dict[str, str]] = {"kv_heads": "key_heads"}

    heads: Annotated[Size | None, Doc("Number of heads that the channels are cut into. Default: they are not cut.")] = (
        None
    )
    key_heads: KeyHeads = None
    causal: Causal = False
    mask: Mask = None
    scale: Annotated[Real | None, Doc("Factor of the scores. Default: one by the square root of a head's width.")] = (
        None
    )
    dropout: AttentionDropout = 0
    broadcast: Annotated[Flag, Doc("Whether sizes of 1 in front are stretched to the size of the other maps.")] = False

    @model_validator(mode="after")
    def _has_heads_to_share(self) -> Self:
        if self.key_heads is not None and self.heads is None:
            raise ValueError("takes `key_heads` only beside `heads`")
        return self

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """A mean for every query."""
        if not agree(site, inputs, self.kind, exactly=self.branches):
            return None
        query, key, value = inputs
        if not reads_sequences(site, query, self.kind, help=(_LAYOUT,)):
            return None
        leading = self._leading(site, inputs)
        if leading is None or not self._has_values(site, key, value) or not self._cut(site, query, key, value):
            return None
        tokens, keys = query.sizes[-2], key.sizes[-2]
        scores = (*leading, *(() if self.heads is None else (self.heads,)), tokens, keys)
        if not mask_fits(site, self.kind, self.mask, scores, query.items):
            return None
        if self.causal and not is_in_order(site, self.kind, tokens, keys):
            return None
        width = value.channels
        if self._key_heads != self._heads:
            width = equal_part(width, self._key_heads) * self._heads
        return (Shape((*leading, tokens, width), "channels_last", query.items),)

    @property
    def _heads(self) -> Dim:
        return 1 if self.heads is None else self.heads

    @property
    def _key_heads(self) -> Dim:
        return self._heads if self.key_heads is None else self.key_heads

    def _leading(self, site: Site, inputs: Sequence[Shape]) -> list[Dim] | None:
        message = f"{self.kind} needs maps that agree on the axes in front of the tokens, but gets {shown(inputs)}"
        return leading_sizes(site, inputs, message, broadcast=self.broadcast)

    def _has_values(self, site: Site, key: Shape, value: Shape) -> bool:
        """Whether there is a value for every key."""
        keys, values = key.sizes[-2], value.sizes[-2]
        return site.require(
            Condition.equal(keys, values),
            codes.MERGE_MISMATCH,
            f"{self.kind} needs a value for every key, but gets {keys} keys and {values} values",
            label=f"{keys} keys, {values} values",
        )

    def _cut(self, site: Site, query: Shape, key: Shape, value: Shape) -> bool:
        """Whether the channels of all three are cut evenly, and queries and keys into heads of one width."""
        heads, key_heads = self._heads, self._key_heads
        name = "heads" if self.key_heads is None else "key_heads"
        if not (
            heads_are_shared(site, heads, self.key_heads)
            and heads_divide(site, heads, query.channels)
            and heads_divide(site, key_heads, key.channels, name)
            and heads_divide(site, key_heads, value.channels, name)
        ):
            return False
        if heads == key_heads:
            found = f"{query.channels} and {key.channels} channels"
        else:
            found = f"{query.channels} channels in {heads} heads and {key.channels} in {key_heads}"
        return site.require(
            Condition.equal(query.channels * key_heads, key.channels * heads),
            codes.MERGE_MISMATCH,
            f"{self.kind} multiplies queries with keys, which must be as wide, but gets {found}",
            label=found,
        )

    def multiplications(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """Every query with every key, and every weight with every value."""
        return self.map_products(inputs, outputs)

    def map_products(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """All of them."""
        query, key, _ = inputs
        pairs: Dim = prod(outputs[0].sizes[:-1]) * key.sizes[-2]
        products: Dim = sum((pairs * query.channels, pairs * outputs[0].channels))
        return products

    def keys_and_values(self, inputs: Sequence[Shape]) -> Dim:
        """The keys and values that it reads."""
        _, key, value = inputs[:3]
        numbers: Any = key.elements + value.elements
        found: Dim = numbers
        return found

    @property
    def looks_back(self) -> bool:
        """Whether it is `causal`."""
        return self.causal

    def attention_scores(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """A score for every pair of tokens in every head."""
        scores: Dim = self._heads * prod(outputs[0].sizes[:-1]) * inputs[1].sizes[-2]
        return scores

    def working(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Number:
        """A score and a weight for every pair in every head, and copies of what is cut into heads."""
        query, key, _ = inputs
        scores = self._heads * prod(outputs[0].sizes[:-1]) * key.sizes[-2]
        copied: Number = sum(shape.elements for shape in (*inputs, *outputs))
        return query.items * (2 * scores + copied)

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The tokens of the queries with the channels of the values."""
        query, _, value = inputs
        last = len(query.sizes) - 1
        width = Letter("V", value.channels, "channels of the values")
        kept = Formula("tokens", words="those of the queries", axes=tuple(range(last)))
        if self._heads == self._key_heads:
            return kept, Formula("channels", "V", (width,), (last,))
        letters = (width, Letter("H", self._heads, "heads"), Letter("G", self._key_heads, "heads of keys"))
        return kept, Formula("channels", "V/G*H", letters, (last,))

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """Scores, and means of the values."""
        query, key, _ = inputs
        front, times = side_by_side(outputs[0])
        letters = (
            *front,
            Letter("T", query.sizes[-2], "queries"),
            Letter("S", key.sizes[-2], "keys"),
            Letter("C", query.channels, "channels of the queries"),
            Letter("E", outputs[0].channels, "channels that come out"),
        )
        return (multiplications(f"{times}T*S*C + {times}T*S*E", *letters),)

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`scaled_dot_product_attention`; with heads to cut, or a mask and an order at once, a function around it."""
        scores = len(inputs[0].sizes) + (self.heads is not None)
        calls, masks = behind_batch(self.mask, scores, Read(3))
        reads = (Read(0), Read(1), Read(2), *masks)
        names = {"heads": "heads", "key_heads": "key_heads", "causal": "is_causal", "scale": "scale"}
        options = keywords(self, names | {"dropout": "dropout"})
        if self.dropout != 0:
            return *calls, TorchCall("supplied.DotAttention", (), options, reads=reads)
        if self.heads is None and not (self.mask is not None and self.causal):
            target = _FUNCTION
        else:
            plain = self.mask is None and self.key_heads is None
            target = "supplied.attend_in_heads" if plain else "supplied.attend"
        return *calls, TorchCall(target, (), options, is_module=False, reads=reads)
