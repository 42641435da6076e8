"""Tensors that share memory: what is written through one of them changes the others."""

from __future__ import annotations

import torch

from archcalc.importing.torch.live.geometry import place_of
from archcalc.importing.torch.trace import Traced


class Writes:
    """What was written into which memory, in order."""

    def __init__(self) -> None:
        self.count = 0
        self._into: dict[int, list[tuple[int, torch.Tensor, Traced]]] = {}

    def add(self, tensor: torch.Tensor, traced: Traced) -> None:
        """A tensor was written, and is something else now."""
        self.count += 1
        memory = _memory(tensor)
        if memory is not None:
            self._into.setdefault(memory, []).append((self.count, tensor, traced))

    def since(self, tensor: torch.Tensor, count: int) -> list[tuple[torch.Tensor, Traced]]:
        """What was written into the memory of a tensor after so many writes in all."""
        memory = _memory(tensor)
        found = [] if memory is None else self._into.get(memory, [])
        return [(other, traced) for number, other, traced in found if number > count]

    def of_one_memory_each(self, written: list[torch.Tensor]) -> list[torch.Tensor]:
        """The first of those that share a memory: PyTorch counts the writes of all of them together."""
        found: dict[int, torch.Tensor] = {}
        for tensor in written:
            memory = _memory(tensor)
            found.setdefault(id(tensor) if memory is None else memory, tensor)
        return list(found.values())

    def are_one(self, one: torch.Tensor, other: torch.Tensor) -> bool:
        """Whether two tensors are the same numbers in the same memory."""
        if one is other:
            return True
        memory = _memory(one)
        return memory is not None and memory == _memory(other) and place_of(one) == place_of(other)


def _memory(tensor: torch.Tensor) -> int | None:
    """The memory of a tensor; None for one that is of another sort and shares it in other ways."""
    if tensor.layout is not torch.strided or torch._C._functorch.is_functorch_wrapped_tensor(tensor):
        return None
    return int(tensor.untyped_storage()._cdata)
