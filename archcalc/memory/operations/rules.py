"""The rules of PyTorch's operations, by the names that layers call them by."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from archcalc.memory.tape import Call, Tape
from archcalc.memory.tensors import Tensor

Rule = Callable[[Tape, Call], Tensor | Sequence[Tensor]]
"""Records what an operation does and gives what it writes. Raises: NotKnown."""

RULES: dict[str, Rule] = {}
"""By the target of a `TorchCall`, such as `nn.Conv2d`."""


def rule(*targets: str) -> Callable[[Rule], Rule]:
    """Register a rule for some targets."""

    def register(function: Rule) -> Rule:
        for target in targets:
            assert target not in RULES, target
            RULES[target] = function
        return function

    return register
