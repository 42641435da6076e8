"""Columns of tables side by side in words of 64 bits, so that one look-up and one addition serve all of a word.

A column's part of a word is as wide as the sum of its largest entries needs, counted from its smallest: no carry can
leave it, whatever is added up. What needs more than a word stands alone, as Python's integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from archcalc.sweep.arrays import numpy

WIDTH = 63
"""Bits of a word, the sign left out."""


class Field(NamedTuple):
    """Where a column stands: the number of its word, its lowest bit, its bits, and what its sums are counted from."""

    word: int
    shift: int
    width: int
    base: int


class Packed:
    """Tables of the same columns as lines of words. A table is an array of its columns, each over the table's axes."""

    def __init__(self, tables: Sequence[Any]) -> None:
        module = numpy()
        columns = len(tables[0]) if tables else 0
        tables = [table.reshape(columns, -1) for table in tables]
        lows = [[int(table[at].min()) for table in tables] for at in range(columns)]
        spans = [sum(int(table[at].max()) - int(table[at].min()) for table in tables) for at in range(columns)]
        self._widths: list[int] = []
        self.fields = [self._field(span.bit_length(), sum(own)) for span, own in zip(spans, lows, strict=True)]
        self.kinds = [
            module.dtype("int32" if width < 32 else "int64" if width <= WIDTH else object) for width in self._widths
        ]
        self.lines = [self._lines(table, [own[at] for own in lows]) for at, table in enumerate(tables)]
        """For each table the words that it adds to, and what it adds: entries in the order of the table."""

    def _field(self, width: int, base: int) -> Field:
        """Room for a column, in the first word that has it."""
        for word, used in enumerate(self._widths):
            if used + width <= WIDTH:
                self._widths[word] += width
                return Field(word, used, width, base)
        self._widths.append(width)
        return Field(len(self._widths) - 1, 0, width, base)

    def _lines(self, table: Any, lows: Sequence[int]) -> list[tuple[int, Any]]:
        module = numpy()
        words = [module.zeros(len(table[0]), kind) for kind in self.kinds]
        for column, low, field in zip(table, lows, self.fields, strict=True):
            own = column - low
            words[field.word] += (own << field.shift).astype(self.kinds[field.word])
        return [(at, line) for at, line in enumerate(words) if line.any()]

    def column(self, field: Field, words: Sequence[Any], out: Any) -> None:
        """Write the sums of a column, taken out of sums of words, to an array that can hold them."""
        module = numpy()
        word = words[field.word]
        if field.width < self._widths[field.word]:
            # What is left of a word is no longer than the word: only then what it is counted from is added.
            word = module.right_shift(word, field.shift, out=out if out.dtype == word.dtype else None)
            word = module.bitwise_and(word, (1 << field.width) - 1, out=out if out.dtype == word.dtype else None)
        module.copyto(out, word)
        if field.base:
            module.add(out, field.base, out=out)
