"""Which combinations of some axes are solutions: a bit for each, in the order of their numbers.

A billion of them take 128 MiB, however many are solutions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archcalc.sweep.arrays import numpy

CHUNK = 2**22
"""Bits that are looked at one by one at a time."""
WINDOW = 64
"""How many times as far apart as in a row numbers may be, so that all bits between them are made at once."""


class Marked:
    """So many bits, none of which is set at first.

    >>> marks = Marked(40)
    >>> marks.add(numpy().array([39, 3, 7, 8]))
    >>> marks.count, marks.first, marks.last, marks.earliest(3)
    (4, 3, 39, [3, 7, 8])
    >>> [rows.astype(int).tolist() for rows in marks.rows(10)][0][0]
    [0, 0, 0, 1, 0, 0, 0, 1, 1, 0]
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._bytes = numpy().zeros(-(-size // 8), "uint8")

    def add(self, numbers: Any) -> None:
        """Set the bits of an array of numbers, each of which is there once."""
        if not len(numbers):
            return
        module = numpy()
        low = int(numbers.min()) & ~7
        span = int(numbers.max()) + 1 - low
        if span <= WINDOW * len(numbers) + CHUNK // WINDOW:
            window = module.zeros(span, bool)
            window[numbers - low] = True
            packed = module.packbits(window, bitorder="little")
            self._bytes[low // 8 : low // 8 + len(packed)] |= packed
        else:
            module.bitwise_or.at(self._bytes, numbers >> 3, module.left_shift(1, numbers & 7).astype("uint8"))

    @property
    def count(self) -> int:
        """How many bits are set."""
        return sum(int(part.sum()) for _, part in self._parts())

    @property
    def first(self) -> int | None:
        """The first one that is set."""
        places = numpy().flatnonzero(self._bytes)
        return self._within(int(places[0]))[0] if len(places) else None

    @property
    def last(self) -> int | None:
        """The last one."""
        places = numpy().flatnonzero(self._bytes)
        return self._within(int(places[-1]))[-1] if len(places) else None

    def _within(self, place: int) -> list[int]:
        bits = numpy().unpackbits(self._bytes[place : place + 1], bitorder="little")
        return [8 * place + int(one) for one in numpy().flatnonzero(bits)]

    def earliest(self, size: int) -> list[int]:
        """The first so many that are set, or all."""
        found: list[int] = []
        for start, part in self._parts():
            found.extend((numpy().flatnonzero(part)[: size - len(found)] + start).tolist())
            if len(found) >= size:
                break
        return found

    def rows(self, length: int) -> Iterator[Any]:
        """The bits in rows of some length, several rows at a time, as arrays of truths."""
        # Eight rows end where a byte ends.
        step = max(1, CHUNK // (8 * length)) * length
        for start in range(0, len(self._bytes), step):
            stop = min(self.size, 8 * (start + step))
            bits = numpy().unpackbits(self._bytes[start : start + step], bitorder="little", count=stop - 8 * start)
            yield bits.view(bool).reshape(-1, length)

    def _parts(self) -> Iterator[tuple[int, Any]]:
        """All bits part by part, each with the number of its first one."""
        for start in range(0, len(self._bytes), CHUNK // 8):
            part = self._bytes[start : start + CHUNK // 8]
            yield 8 * start, numpy().unpackbits(part, bitorder="little").view(bool)
