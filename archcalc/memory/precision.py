"""Precision: of which types the numbers of a network are while it runs and while it is trained."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.diagnostics import closest
from archcalc.dims import Dim
from archcalc.dtypes import dtype_named, nearest_dtype, size_of


class NumberTypes(NamedTuple):
    """The types of tensors, of maps, of the gradients of tensors, and of what an optimizer keeps.

    >>> MIXED.bytes_of(1000, "weights"), MIXED.bytes_of(1000, "maps")
    (4000, 2000)
    """

    name: str
    weights: str = "float32"
    maps: str = "float32"
    gradients: str = "float32"
    states: str = "float32"
    copies: str | None = None
    """The type of the copies of weights that products are computed with, where it is another one."""

    def bytes_of(self, numbers: Dim, what: str) -> Dim:
        """The bytes of so many numbers of `weights`, `maps`, `gradients` or `states`."""
        return size_of(numbers, getattr(self, what))


MIXED = NumberTypes("mixed", maps="float16", copies="float16")
"""Automatic mixed precision: tensors, their gradients and the optimizer in 32 bits, maps in 16, and for each product a
copy of its weight in 16 bits. Layers that a library computes in 32 bits all the same are not told apart."""


class NoPrecision(ValueError):
    """A name that is neither a type nor `mixed`."""


def precision(name: str) -> NumberTypes:
    """The precision of a name: `mixed`, or one type for everything. Raises: NoPrecision.

    >>> precision("half").maps
    'float16'
    """
    plain = name.strip().lower()
    if plain in ("mixed", "amp"):
        return MIXED
    dtype = dtype_named(plain)
    if dtype is None or (dtype.startswith(("int", "bool")) and dtype not in ("int8", "int4")):
        near = closest(plain, ["mixed"]) or nearest_dtype(plain)
        meant = f"did you mean `{near}`?" if near else "it is `mixed`, or a type such as float32, bfloat16 or int8"
        raise NoPrecision(f"there is no precision `{name}`: {meant}")
    return NumberTypes(dtype, dtype, dtype, dtype, dtype)
