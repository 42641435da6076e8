"""The numbers of constants, as far as they are known and few; whatever would take long or much memory stays unknown."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy

MOST = 1 << 18
"""Constants of more numbers are not computed with."""
RANK = 24
"""Shapes of more axes are refused."""


def is_small(shape: tuple[int, ...]) -> bool:
    """Whether numbers of such a shape are computed with."""
    return prod(shape) <= MOST


def uniform(array: numpy.ndarray | None) -> Any:
    """The number that stands everywhere in it; None if there is none."""
    if array is None or array.size == 0 or array.dtype.kind not in "fiub":
        return None
    first = array[(0,) * array.ndim]
    is_one_number = all(stride == 0 or size == 1 for stride, size in zip(array.strides, array.shape, strict=True))
    if is_one_number or (array.size <= MOST and bool((array == first).all())):
        return first.item()
    return None


def kind_of(array: numpy.ndarray) -> str:
    """Which sort of numbers they are: float, int, bool, or another one."""
    return {"f": "float", "i": "int", "u": "int", "b": "bool"}.get(array.dtype.kind, "other")
