"""Functions and their arguments as they are written down."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch.overrides import resolve_name

from archcalc.importing.torch.trace import Foreign, Traced


@cache
def name_of(function: Callable[..., Any]) -> str:
    """The name under which PyTorch offers a function.

    >>> name_of(torch._C._nn.linear), name_of(torch.Tensor.add_)
    ('torch.nn.functional.linear', 'torch.Tensor.add_')
    """
    return resolve_name(function) or str(getattr(function, "__name__", function))


def dtype_of(tensor: torch.Tensor) -> str:
    """The type of the numbers of a tensor: `float32`."""
    return _dtype(tensor.dtype)


@cache
def _dtype(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def described(value: Any, traced: Callable[[torch.Tensor], Traced]) -> Any:
    """An argument, with tensors as what is known of them.

    >>> described((1, slice(None, 2), torch.int64, torch.strided), Traced)
    (1, slice(None, 2, None), 'int64', Foreign(text='torch.strided'))
    """
    if value is None or isinstance(value, (bool, int, float, str)) or value is ...:
        return value
    if isinstance(value, torch.Tensor):
        return traced(value)
    if isinstance(value, list):
        return [described(one, traced) for one in value]
    if isinstance(value, tuple):
        return tuple(described(one, traced) for one in value)
    if isinstance(value, dict):
        return {str(name): described(one, traced) for name, one in value.items()}
    if isinstance(value, slice):
        return slice(*(described(one, traced) for one in (value.start, value.stop, value.step)))
    return _dtype(value) if isinstance(value, torch.dtype) else Foreign(str(value))
