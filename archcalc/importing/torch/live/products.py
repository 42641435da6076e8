"""Multiplications as PyTorch counts them, while a module runs."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry


def _of_groups(rows: torch.Tensor, matrices: torch.Tensor, *_: Any, **__: Any) -> int:
    """Operations of rows that are multiplied with one of several matrices each."""
    return 2 * rows.shape[0] * rows.shape[1] * matrices.shape[-1]


_MORE = {torch.ops.aten._grouped_mm: _of_groups}
"""Formulas for operators that PyTorch's counter does not see."""


class Products(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Adds up what PyTorch's formulas say of every operator that runs, with a few more: two operations are one product.

    It is `torch.utils.flop_counter.FlopCounterMode` without the table of modules, which takes longer than the run.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.operations = 0
        self.added: set[str] = set()
        """Names of operators that PyTorch's counter does not see, and this one does."""

    def __torch_dispatch__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        keywords = kwargs or {}
        packet: Any = getattr(function, "_overloadpacket", None)
        formula = flop_registry.get(packet)
        if formula is None and (formula := _MORE.get(packet)) is not None:
            self.added.add(packet.__name__.strip("_"))
        if formula is None and isinstance(function, torch._ops.OpOverload):
            with self:
                result = function.decompose(*args, **keywords)
            if result is not NotImplemented:
                return result
        result = function(*args, **keywords)
        if formula is not None:
            self.operations += formula(*args, **keywords, out_val=result)
        return result
