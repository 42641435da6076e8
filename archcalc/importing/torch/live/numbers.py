"""What the numbers of a constant are, as a trace tells them: all of them, or the regions that they are made of."""

from __future__ import annotations

import math
from typing import Any

import torch

from archcalc.importing.torch.trace import MOST_VALUES, MOST_WRITTEN, Traced

_MOST_IN_REGIONS = 256
"""So many numbers regions may have between them."""
_MOST_PLACES = 1_000
"""So many entries an axis of regions may have."""
_FEW_PLACES = 16
"""An axis of so few entries is looked up even where they all differ, so that large tables and small ones read alike."""


def describe(tensor: torch.Tensor, traced: Traced) -> None:
    """Note what is known of the numbers of a constant."""
    with torch._C.DisableTorchFunction():
        first = (0,) * tensor.dim()
        if tensor.numel() > 1 and bool((tensor == tensor[first]).all()):
            traced.values = tensor[first].item()
            return
        traced.by_distance = _by_distance(tensor)
        if tensor.numel() <= MOST_VALUES:
            traced.values = tensor.tolist()
        if tensor.numel() and not tensor.is_floating_point() and tensor.dtype is not torch.bool:
            traced.least = int(tensor.min())
        if tensor.numel() > MOST_WRITTEN:
            traced.regions = regions(tensor)


def _by_distance(tensor: torch.Tensor) -> list[Any] | None:
    """The numbers of a matrix that depend on how far rows and columns are apart alone; None of any other."""
    if tensor.dim() < 2 or min(tensor.shape[-2:]) < 2 or tensor.numel() != math.prod(tensor.shape[-2:]):
        return None
    matrix = tensor.reshape(tensor.shape[-2:])
    if not bool((matrix[1:, 1:] == matrix[:-1, :-1]).all()):
        return None
    return [*matrix[1:, 0].flip(0).tolist(), *matrix[0].tolist()]


def regions(tensor: torch.Tensor) -> list[Any] | None:
    """A tensor as the entries of a smaller one, axis by axis: its shape, its numbers, and the places along each axis.

    None where its numbers differ too much, or are not finite.

    >>> regions(torch.tensor([[0.0, 0, 1], [0, 0, 1], [2, 2, 0]]))
    [[2, 2], [0.0, 1.0, 2.0, 0.0], [[0, 0, 1], [0, 0, 1]]]
    """
    if tensor.dtype is torch.bool or tensor.is_complex() or not bool(torch.isfinite(tensor).all()):
        return None
    whole = tensor.shape
    places: list[list[int] | None] = []
    for axis in range(tensor.dim()):
        first, entries = _distinct(tensor, axis)
        if len(first) == len(entries) and not 1 < len(entries) <= _FEW_PLACES:
            places.append(None)
            continue
        if len(entries) > _MOST_PLACES:
            return None
        places.append(entries)
        tensor = tensor.index_select(axis, torch.tensor(first))
    if tensor.numel() > _MOST_IN_REGIONS or tensor.shape == whole:
        return None
    return [list(tensor.shape), tensor.flatten().tolist(), places]


def _distinct(tensor: torch.Tensor, axis: int) -> tuple[list[int], list[int]]:
    """Where each slice of an axis that no other equals stands first, and which of them stands at every place."""
    _, same = torch.unique(tensor, dim=axis, return_inverse=True)
    numbers: dict[int, int] = {}
    first: list[int] = []
    entries: list[int] = []
    for place, one in enumerate(same.tolist()):
        if one not in numbers:
            numbers[one] = len(first)
            first.append(place)
        entries.append(numbers[one])
    return first, entries
