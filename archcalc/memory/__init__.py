"""Memory: what a network takes in inference and in training, without running it.

`tensors` and `tape` are PyTorch's memory: storages, views of them, and what autograd keeps. `operations` says of every
operation what it writes and keeps, `forward` runs the layers of a network on a tape, and `schedule` follows what lives
from moment to moment. `account` adds it up by a `plan`: a batch, a precision and an optimizer.
"""

from archcalc.memory.account import LayerMemory, Memory, cached_numbers
from archcalc.memory.optimizers import OPTIMIZERS, NoOptimizer, Optimizer
from archcalc.memory.plan import NoPlan, Plan
from archcalc.memory.precision import NoPrecision, NumberTypes
from archcalc.memory.schedule import Moment

__all__ = [
    "OPTIMIZERS",
    "LayerMemory",
    "Memory",
    "Moment",
    "NoOptimizer",
    "NoPlan",
    "NoPrecision",
    "NumberTypes",
    "Optimizer",
    "Plan",
    "cached_numbers",
]
