"""What PyTorch's operations write and keep, one module for each kind of operation.

`RULES` has a rule for every operation that is known here. PyTorch 2.13 on a processor is what they describe.
"""

from archcalc.memory.operations import (
    activations,
    arithmetic,
    attention,
    experts,
    filters,
    lookups,
    normalizations,
    padding,
    pools,
    products,
    randomness,
    recurrent,
    regions,
    resampling,
    unpools,
    views,
    windows,
)
from archcalc.memory.operations.rules import RULES, Rule, rule

__all__ = [
    "RULES", "Rule", "activations", "arithmetic", "attention", "experts", "filters", "lookups", "normalizations",
    "padding", "pools", "products", "randomness", "recurrent", "regions", "resampling", "rule", "unpools", "views",
    "windows",
]  # fmt: skip
