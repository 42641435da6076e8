"""Multiplications as PyTorch counts them, while a module runs."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry


class Products(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Adds up what PyTorch's formulas say of every operator that runs: two operations are one product.

    It is `torch.utils.flop_counter.FlopCounterMode` without the table of modules, which takes longer than the run.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.operations = 0

    def __torch_dispatch__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        keywords = kwargs or {}
        formula = flop_registry.get(getattr(function, "_overloadpacket", None))
        if formula is None and isinstance(function, torch._ops.OpOverload):
            with self:
                result = function.decompose(*args, **keywords)
            if result is not NotImplemented:
                return result
        result = function(*args, **keywords)
        if formula is not None:
            self.operations += formula(*args, **keywords, out_val=result)
        return result
