"""The tensors in what functions take and give, however they are nested."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch


def tensors_in(value: Any) -> Iterator[torch.Tensor]:
    """Every tensor in lists, tuples, dictionaries, slices and dataclasses, in their order."""
    if isinstance(value, torch.Tensor):
        yield value
    elif value is None or isinstance(value, (int, float, str)):
        return
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from tensors_in(one)
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from tensors_in(one)
    elif isinstance(value, slice):
        yield from tensors_in((value.start, value.stop, value.step))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for entry in dataclasses.fields(value):
            yield from tensors_in(getattr(value, entry.name, None))


def named_tensors(value: Any, path: str = "") -> Iterator[tuple[str, torch.Tensor]]:
    """Every tensor, each with its path: `logits`, `hidden_states.2`, `0`; a lone tensor has none."""
    if isinstance(value, torch.Tensor):
        yield path, value
        return
    for name, one in _entries(value):
        yield from named_tensors(one, f"{path}.{name}" if path else name)


def _entries(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from ((str(name), one) for name, one in value.items())
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        yield from zip(value._fields, value, strict=True)
    elif isinstance(value, (list, tuple)):
        yield from ((str(number), one) for number, one in enumerate(value))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield from ((entry.name, getattr(value, entry.name, None)) for entry in dataclasses.fields(value))


def left_out(value: Any) -> Iterator[str]:
    """The classes of what a module returned beside tensors and what holds them: nobody sees what they hold."""
    if value is None or isinstance(value, (torch.Tensor, bool, int, float, str)):
        return
    inside = list(_entries(value))
    if not inside and not isinstance(value, (list, tuple, Mapping)):
        yield type(value).__name__
    for _, one in inside:
        yield from left_out(one)


def changed(value: Any, change: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    """The same arguments with every tensor changed."""
    if isinstance(value, torch.Tensor):
        return change(value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(changed(one, change) for one in value))
    if isinstance(value, (list, tuple)) and type(value) is not torch.Size:
        return type(value)(changed(one, change) for one in value)
    if type(value) is dict:
        return {name: changed(one, change) for name, one in value.items()}
    if isinstance(value, slice):
        return slice(*(changed(one, change) for one in (value.start, value.stop, value.step)))
    return value
