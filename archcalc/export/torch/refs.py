"""Refs: what a tensor is called while a class is written, before it has a variable in `forward`.

A ref is ("input", number) for what the class reads, or (serial, number) for what the part with this serial number
gives. Both may be lists of tensors, and so there are refs for the entries of a list, and for lists made of others.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from archcalc.export.torch.code import Code

Ref = tuple[Any, ...]
"""A tensor in `forward`, or a list of tensors."""

UNKNOWN: Ref = ("?",)
"""What no part of the class gives at a place."""

NOTHING: Ref = ("nothing",)
"""What an instance is given for a tensor that it has not, and others of its class have."""

WHOLE = "whole"
"""What stands for the number of an output in the ref of all outputs of a layer that gives a list."""


class Entry(NamedTuple):
    """An entry of a list: the list, and the code of its number."""

    of: Ref
    number: Code


class Listed(NamedTuple):
    """A list of tensors that is written where it is read."""

    refs: tuple[Ref, ...]


class All(NamedTuple):
    """All entries of a list among others, as `*maps` stands for them."""

    of: Ref


class Before(NamedTuple):
    """What an item of the turn before gives, while the turns of a loop are matched."""

    loop: int
    key: Any
    output: int


def bases(ref: Ref) -> Iterator[Ref]:
    """The refs that a ref is written with: those that have variables."""
    if isinstance(ref, (Entry, All)):
        yield from bases(ref.of)
    elif isinstance(ref, Listed):
        for one in ref.refs:
            yield from bases(one)
    elif ref != NOTHING:
        yield ref
