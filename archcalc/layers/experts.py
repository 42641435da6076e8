"""Mixtures of experts: networks side by side, of which every token runs through a few."""

from collections.abc import Sequence
from math import prod
from typing import Annotated, Any, Literal

from archcalc.diagnostics.codes import shapes as codes
from archcalc.diagnostics.codes.language import BAD_VALUE
from archcalc.dims import Condition, Dim, Number, minimum
from archcalc.layers.arguments import keywords
from archcalc.layers.base import Layer, TorchCall, Weight
from archcalc.layers.fields import Concrete, Doc, Flag, MapName, Size
from archcalc.layers.formula import Formula, Letter, kept, multiplications, parameters, product
from archcalc.layers.letters import channel_letter, spatial_letters
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.site import Site
from archcalc.layers.tokens import reads_sequences


class Experts(Layer):
    """Mixture of experts: every token runs through the `active` experts that have its best scores.

    An expert is two layers with `hidden` numbers between them; with `gated`, a second half of the first layer is
    multiplied with them behind the activation. `scores` are those of a router, such as `linear: {out: 8, bias: false}`,
    one for every expert; a softmax makes weights of them, with which the results are added up.

    Shape: (*N, T, D) -> (*N, T, D), with scores (*N, T, E)
    Cost: for E experts 3*E*D*hidden parameters (not gated: 2*E*D*hidden), of which `active` experts' are active for a
    token; T*active*3*D*hidden multiplications, those of the chosen experts
    Reports: AC133, AC304, AC306, AC321
    Source: Shazeer et al. 2017; Jiang et al. 2024, Mixtral of Experts

    >>> from archcalc.layers.base import Tap
    >>> tokens, scores = Shape((16, 64), "channels_last"), Tap(Shape((16, 8), "channels_last"))
    >>> layer = Experts(scores=scores, active=2, hidden=128)
    >>> layer.multiplications([tokens], [tokens]) == 16 * 2 * 3 * 64 * 128
    True
    """

    family = "linear"
    main = None

    scores: Annotated[MapName, Doc("The scores of a router: a channel for every expert.")]
    active: Annotated[Concrete, Doc("How many experts a token runs through.")]
    hidden: Annotated[Size, Doc("Numbers between the two layers of an expert.")]
    activation: Annotated[
        Literal["silu", "gelu", "relu"], Doc("What stands between the two layers, on the gate if there is one.")
    ] = "silu"
    gated: Annotated[Flag, Doc("Whether the numbers between the layers are multiplied with a gate.")] = True
    normalize: Annotated[Flag, Doc("Whether the weights of the chosen experts are scaled to a sum of 1.")] = True

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The shape that it reads."""
        (shape,) = inputs
        scores: Shape = self.scores.shape
        if not reads_sequences(site, shape, self.kind) or not reads_sequences(
            site, scores, f"the scores of {self.kind}", "scores"
        ):
            return None
        return (shape,) if self._scores_fit(site, shape, scores) else None

    def _scores_fit(self, site: Site, shape: Shape, scores: Shape) -> bool:
        """Whether every token has scores, and enough of them."""
        message = f"{self.kind} needs scores for every token of {shape}, but gets {scores}"
        if len(shape.sizes) != len(scores.sizes):
            site.report(codes.MERGE_MISMATCH, message, field="scores")
            return False
        pairs = zip((shape.items, *shape.spatial), (scores.items, *scores.spatial), strict=True)
        return all(
            site.require(Condition.equal(one, other), codes.MERGE_MISMATCH, message, field="scores")
            for one, other in pairs
        ) and site.require(
            Condition.at_least(scores.channels, self.active),
            BAD_VALUE,
            f"`active` is {self.active}, and there are scores for {scores.channels} experts",
            field="active",
        )

    @property
    def _layers(self) -> int:
        return 3 if self.gated else 2

    def weights(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """`gate_up_proj` [E, 2*hidden, D] (not gated: `up_proj` [E, hidden, D]) and `down_proj` [E, D, hidden]."""
        experts, channels = self.scores.shape.channels, inputs[0].channels
        name, rows = ("gate_up_proj", 2 * self.hidden) if self.gated else ("up_proj", self.hidden)
        return (
            Weight(name, (experts, rows, channels), "weight"),
            Weight("down_proj", (experts, channels, self.hidden), "weight"),
        )

    def idle(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """Those of the experts that are not chosen."""
        numbers: Dim = (self.scores.shape.channels - self.active) * self._layers * self.hidden * inputs[0].channels
        return numbers

    def tensors_read(self, inputs: Sequence[Shape], outputs: Sequence[Shape], batch: int = 1) -> Dim:
        """The weights of the chosen experts: at most those of all, and at most as many experts as tokens choose."""
        (shape,) = inputs
        chosen: Any = prod(shape.spatial) * shape.items * batch * self.active
        experts: Any = minimum(chosen, self.scores.shape.channels)
        numbers: Dim = experts * self._layers * self.hidden * shape.channels
        return numbers

    def multiplications(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """The weights of the chosen experts once per token."""
        products: Dim = inputs[0].elements * self.active * self._layers * self.hidden
        return products

    def working(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Number:
        """The weights of a chosen expert for every token, and what it computes between its layers."""
        shape = inputs[0]
        numbers: Number = shape.items * prod(shape.spatial) * 2 * self.hidden * (shape.channels + 1)
        return numbers

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The shape stays."""
        return kept("unchanged: every token becomes a weighted sum of results")

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """All experts have parameters, the chosen ones multiplications."""
        (shape,) = inputs
        experts = Letter("E", self.scores.shape.channels, "experts")
        chosen = Letter("A", self.active, "experts that a token runs through")
        hidden = Letter("H", self.hidden, "numbers between the layers of an expert")
        channels, positions = channel_letter(shape, meaning="channels"), spatial_letters(shape, "input")
        each = f"{self._layers}*{product(hidden, channels)}"
        return (
            parameters(f"E*{each}", experts, hidden, channels),
            multiplications(f"{product(*positions)}*A*{each}", *positions, chosen, hidden, channels),
        )

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """A module of its own: PyTorch has none."""
        args = (inputs[0].channels, self.hidden, self.scores.shape.channels, self.active)
        options = keywords(self, {"activation": "activation", "gated": "gated", "normalize": "normalize"})
        return (TorchCall("supplied.Experts", args, options),)
