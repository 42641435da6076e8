"""Numbers for the tensors of a module, such that maps stay neither all zero nor beyond what can be written."""

from __future__ import annotations

import math

import torch
from torch import nn


def has_all_numbers(module: nn.Module) -> bool:
    """Whether no tensor of the module is a shape alone.

    >>> has_all_numbers(nn.Linear(2, 3)), has_all_numbers(nn.Linear(2, 3, device="meta"))
    (True, False)
    """
    return not any(tensor.is_meta for tensor in [*module.parameters(), *module.buffers()])


def draw(module: nn.Module, seed: int = 0) -> None:
    """Draw all parameters and statistics of a module; other buffers keep their numbers, where they have some.

    >>> norm = nn.BatchNorm2d(4)
    >>> draw(norm)
    >>> bool((norm.running_var > 0.5).all()), bool((norm.bias == 0).any())
    (True, False)
    """
    generator = torch.Generator().manual_seed(seed)
    drawn: dict[int, torch.Tensor] = {}
    shapes = []
    for inner in module.modules():
        for name, tensor in [*inner.named_parameters("", recurse=False), *inner.named_buffers("", recurse=False)]:
            if id(tensor) in drawn or not (isinstance(tensor, nn.Parameter) or _is_drawn(name, tensor)):
                continue
            drawn[id(tensor)] = _numbers(name, tensor, generator)
            shapes.append(tensor)  # As long as it is kept, no other tensor has its id.
    for inner in module.modules():
        for name, held in [*inner._parameters.items(), *inner._buffers.items()]:
            if id(held) in drawn:
                setattr(inner, name, drawn[id(held)])


def _is_drawn(name: str, buffer: torch.Tensor) -> bool:
    return buffer.is_meta or name in ("running_mean", "running_var")


def _numbers(name: str, tensor: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """The same tensor with numbers; one that is a shape alone is made anew."""
    found = torch.empty(tensor.shape, dtype=tensor.dtype) if tensor.is_meta else tensor.detach()
    if not found.is_floating_point():
        found.zero_()
    elif name == "running_var" or (found.ndim < 2 and "bias" not in name and name != "running_mean"):
        found.uniform_(0.5, 1.5, generator=generator)
    else:
        most = math.sqrt(3 * max(found.shape[0], 1) / max(found.numel(), 1)) if found.ndim > 1 else 0.2
        found.uniform_(-most, most, generator=generator)
    if not tensor.is_meta:
        return tensor
    return nn.Parameter(found, tensor.requires_grad) if isinstance(tensor, nn.Parameter) else found
