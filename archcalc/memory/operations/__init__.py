"""What PyTorch's operations write and keep, one module for each kind of operation.

`RULES` has a rule for every operation that is known here. PyTorch 2.13 on a processor is what they describe.
"""

from archcalc.memory.operations import (
    activations,
    arithmetic,
    attention,
    lookups,
    normalizations,
    products,
    randomness,
    views,
    windows,
)
from archcalc.memory.operations.rules import RULES, Rule, rule

__all__ = [
    "RULES", "Rule", "activations", "arithmetic", "attention", "lookups", "normalizations", "products", "randomness",
    "rule", "views", "windows",
]  # fmt: skip
