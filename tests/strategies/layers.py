"""Layers that fit a shape: fields are drawn until the layer's own rules accept them, or a few tries have failed."""

from __future__ import annotations

from random import Random
from typing import Any, NamedTuple

from archcalc.infer import Facts, infer
from archcalc.layers.base import Layer
from archcalc.layers.construction import WrongFields
from archcalc.layers.shape import Rounding, Shape
from archcalc.layers.table import KINDS, layer_class
from strategies.choices import chance, pick
from strategies.fields import Around, Given, Named, random_fields

TRIES = 6
MAX_ELEMENTS = 60_000
"""Larger maps make examples slow to count by hand and slow to run elsewhere, and show nothing new."""

COMMON = ("conv", "relu", "max_pool", "batch_norm", "avg_pool", "depthwise", "conv_transpose", "upsample", "pad")
"""Kinds that come up often; every other kind comes up too."""

PLAIN = tuple(kind for kind in KINDS if not layer_class(kind).is_merge)


class Drawn(NamedTuple):
    """A layer with its fields as a spec writes them, and what it makes of the shape that it reads."""

    kind: str
    fields: dict[str, Given]
    layer: Layer
    facts: Facts

    @property
    def written(self) -> dict[str, Any]:
        """Fields as in a spec."""
        return {name: given.written for name, given in self.fields.items()}


class Rules(NamedTuple):
    """Rounding as a spec declares it."""

    default: Rounding = "exact"
    by_name: tuple[tuple[str, Rounding], ...] = ()

    def of(self, layer: Layer) -> Rounding:
        """The policy that holds for a layer."""
        by_name = dict(self.by_name)
        own: Rounding | None = getattr(layer, "rounding", None)
        return layer.policy(own or by_name.get(layer.kind) or by_name.get(layer.family) or self.default)


def random_layer(
    rng: Random, shape: Shape, *, maps: tuple[Named, ...] = (), rules: Rules = Rules(), kind: str | None = None
) -> Drawn | None:
    """A layer that can read this shape, or None when nothing that was tried could."""
    around = Around(shape, maps)
    for _ in range(TRIES):
        name = kind or (pick(rng, COMMON) if chance(rng, 60) else pick(rng, PLAIN))
        cls = layer_class(name)
        fields = random_fields(rng, cls, around)
        try:
            layer = cls(**{field: given.value for field, given in fields.items()})
        except WrongFields:
            continue
        facts = infer(layer, [] if cls.inputs == 0 else [shape], rules.of(layer))
        if facts.outputs is None or any(output.elements > MAX_ELEMENTS for output in facts.outputs):
            continue
        return Drawn(name, fields, layer, facts)
    return None
