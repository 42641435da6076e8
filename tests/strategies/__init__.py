"""Generators of layers, specifications and damage, for properties and for tests against other programs.

Everything is a function of a `random.Random`: fast on its own, and with `rngs` a Hypothesis strategy that shrinks.
"""

from strategies.hypothesis_strategies import damaged_specs, layer_fields, made_specs, rngs, specs
from strategies.layers import random_layer
from strategies.mutations import damaged, mutated
from strategies.specs import Made, Options, make_spec, random_spec

__all__ = [
    "Made",
    "Options",
    "damaged",
    "damaged_specs",
    "layer_fields",
    "made_specs",
    "make_spec",
    "mutated",
    "random_layer",
    "random_spec",
    "rngs",
    "specs",
]
