"""The generators as Hypothesis strategies."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import strategies as st

from archcalc.layers.shape import Shape
from archcalc.layers.table import layer_class
from strategies.fields import Around, Given, random_fields
from strategies.mutations import mutated
from strategies.specs import Made, Options, make_spec, random_spec


def rngs() -> st.SearchStrategy[Random]:
    """Sources of randomness that Hypothesis records and shrinks."""
    return st.randoms(use_true_random=False)


def specs() -> st.SearchStrategy[dict[str, Any]]:
    """Specifications as Python data."""
    return rngs().map(lambda rng: random_spec(rng, stated=True))


def made_specs(options: Options) -> st.SearchStrategy[Made]:
    """Specifications with the values of their symbols."""
    return rngs().map(lambda rng: make_spec(rng, options))


def damaged_specs() -> st.SearchStrategy[Any]:
    """Specifications with damage, and things that never were one."""
    return rngs().map(lambda rng: mutated(rng, random_spec(rng)))


def layer_fields(kind: str, shape: Shape, *, leaning: bool = False) -> st.SearchStrategy[dict[str, Given]]:
    """Fields of a kind: arbitrary values of the right types, or ones that mostly suit the shape."""
    cls = layer_class(kind)
    return rngs().map(lambda rng: random_fields(rng, cls, Around(shape), leaning=leaning))
