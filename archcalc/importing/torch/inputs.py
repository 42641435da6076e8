"""What goes into a module: shapes without the batch, types, and the names of arguments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

Type: TypeAlias = Literal["float", "int", "bool"]
TALLER, WIDER, DEEPER, LONGER = 64, 96, 32, 32
"""How much larger an input is the second time. Height and width differ in it, so that they cannot be taken for each
other; all are multiples of 32, since networks halve sizes five times."""
FINER = (1, 2, 4, 8, 16)
"""Sizes that are no multiples of 32 are tried in these steps."""
_MOST_CHANNELS = 4
"""A last axis of more than these is none of an image's channels."""


@dataclass(frozen=True)
class Input:
    """One input: its shape without the batch, its type, and the argument of `forward` that it is.

    >>> print(Input((3, 224, 224)), Input((128,), "int", "input_ids"))
    3×224×224 input_ids = 128 (int)
    """

    shape: tuple[int, ...]
    dtype: Type = "float"
    name: str | None = None

    def __str__(self) -> str:
        shape = "×".join(map(str, self.shape)) or "one number"
        return (f"{self.name} = " if self.name else "") + shape + ("" if self.dtype == "float" else f" ({self.dtype})")


def larger(inputs: Sequence[Input]) -> Iterator[list[Input]]:
    """The same inputs at other sizes, likelier ones first: a module that takes one of them works at more than one size.

    >>> [str(inputs[0]) for inputs in larger([Input((3, 32, 32))])]
    ['3×96×128']
    >>> [str(inputs[0]) for inputs in larger([Input((16, 50))])]
    ['16×82', '48×50']
    >>> [" and ".join(map(str, inputs)) for inputs in larger([Input((8,), "int"), Input((9,), "int")])]
    ['40 (int) and 73 (int)', '40 (int) and 41 (int)']
    """
    tried: list[list[Input]] = []
    for first in (True, False):
        for step in (LONGER, 0):
            found = [
                replace(one, shape=tuple(map(sum, zip(one.shape, _steps(one, first, number * step), strict=True))))
                for number, one in enumerate(inputs)
            ]
            if found not in tried and found != list(inputs):
                tried.append(found)
                yield found


def shorter(inputs: Sequence[Input]) -> Iterator[list[Input]]:
    """The same sequences with fewer tokens: a network with a table of positions takes no more than the table has rows.

    >>> [str(inputs[0]) for inputs in shorter([Input((64,), "int")])]
    ['48 (int)']
    >>> list(shorter([Input((3, 32, 32))]))
    []
    """
    tried: list[list[Input]] = []
    if any(len(one.shape) > 2 for one in inputs):
        return
    for first in (True, False):
        for more in (1, 0):
            found = [
                replace(one, shape=tuple(_fewer(size, step, number * more) for size, step in pairs))
                for number, one in enumerate(inputs)
                for pairs in [list(zip(one.shape, _steps(one, first, 0), strict=True))]
            ]
            if found not in tried and found != list(inputs) and all(size > 0 for one in found for size in one.shape):
                tried.append(found)
                yield found


def _fewer(size: int, step: int, more: int) -> int:
    """Three quarters of a size that changes."""
    return size - size // 4 - more if step else size


def between(inputs: Sequence[Input], others: Sequence[Input]) -> Iterator[list[Input]]:
    """Sizes that are divided by less than those of two lists of inputs: odd steps first, then those of 2, 4, 8 and 16.

    >>> [str(inputs[0]) for inputs in between([Input((3, 32, 32))], [Input((3, 96, 128))])]
    ['3×53×61', '3×74×90', '3×116×148', '3×200×264', '3×368×496']
    """
    for step in FINER:
        found = [
            replace(one, shape=tuple(size + _odd(more - size) * step for size, more in pairs))
            for one, other in zip(inputs, others, strict=True)
            for pairs in [list(zip(one.shape, other.shape, strict=True))]
        ]
        if all(size > 0 for one in found for size in one.shape):
            yield found


def _odd(step: int) -> int:
    """An odd number for a step in size, the same for equal ones; upwards it leaves 5 when it is divided by 8."""
    if step < 0:
        return -1
    return step // LONGER * 8 + 5 if step else 0


def _steps(given: Input, channels_first: bool, more: int) -> tuple[int, ...]:
    """How much is added to every axis; `more` to the length of a sequence."""
    rank = len(given.shape)
    length = LONGER + more
    if given.dtype != "float" and rank <= 2:
        return (0,) * (rank - 1) + (length,) * min(rank, 1)
    if rank < 2:
        return (length,) * rank if channels_first else (0,) * rank
    if rank == 2:
        return (0, length) if channels_first else (length, 0)
    if rank == 3 and channels_first and given.shape[-1] <= _MOST_CHANNELS < given.shape[0]:
        # An image with its channels last is likelier than a map of many channels and few columns, which comes second.
        return (TALLER, WIDER, 0)
    inner = (DEEPER, TALLER, WIDER)[-(rank - 1) :]
    fixed = (0,) * (rank - len(inner))
    return fixed + inner if channels_first or rank == 3 else inner + fixed
