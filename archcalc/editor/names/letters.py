"""Where the letters of a text stand in its file, also where the text is quoted, folded or a block of lines."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from archcalc.diagnostics.model import Span
from archcalc.source import SourceFile

Place = tuple[int, int]
"""A line and a column, both counted from 1."""


class Letters:
    """The places of a text's letters: side by side in one line, one by one, or not known."""

    __slots__ = ("_column", "_line", "_places")

    def __init__(self, line: int, column: int, places: list[Place] | None = None) -> None:
        self._line = line
        self._column = column
        self._places = places

    def span(self, start: int, end: int) -> Span | None:
        """Where a stretch of the text stands; None where its letters do not stand side by side."""
        if self._places is None:
            return Span(self._line, self._column + start, self._line, self._column + end)
        if not 0 <= start < end <= len(self._places):
            return None
        line, column = self._places[start]
        is_whole = self._places[end - 1] == (line, column + end - start - 1)
        return Span(line, column, line, column + end - start) if is_whole else None


NOWHERE = Letters(0, 0, [])
"""Of a text that is not in the file letter by letter."""


class Source:
    """A file in which texts are found again, at the places that reading has noted.

    >>> source = Source(SourceFile("net.yaml", "let:\\n  wide: max(1,\\n    base)\\n"))
    >>> source.letters("max(1, base)", Span(2, 9, 3, 10)).span(7, 11)
    Span(line=3, column=5, end_line=3, end_column=9)
    """

    def __init__(self, file: SourceFile) -> None:
        self._text = file.text
        self._lines = file.lines
        self._starts = list(accumulate((len(line) + 1 for line in file.lines), initial=0))

    def letters(self, text: str, span: Span, offset: int | None = None) -> Letters:
        """The letters of a text that stands within a span, from the column `offset` on where that is known."""
        line = self._lines[span.line - 1]
        for column in (offset, span.column, span.column + 1):
            if column is not None and line.startswith(text, column - 1):
                return Letters(span.line, column)
        return self._folded(text, span)

    def _folded(self, text: str, span: Span) -> Letters:
        """The letters of a text whose spaces may be ends of lines in the file."""
        first, last = self._offset(span.line, span.column), self._offset(span.end_line, span.end_column)
        found = [places for start in range(first, last) if (places := self._aligned(text, start, last)) is not None]
        if len(found) != 1:
            return NOWHERE
        return Letters(0, 0, [self._place(offset) for offset in found[0]])

    def _aligned(self, text: str, at: int, last: int) -> list[int] | None:
        """The offsets of a text's letters from one on; None where something else stands there."""
        offsets: list[int] = []
        for letter in text:
            while at < last and self._text[at] != letter and self._is_passed(text, at, bool(offsets)):
                at += 1
            is_space = letter.isspace() and at < last and self._text[at].isspace()
            if at >= last or (self._text[at] != letter and not is_space):
                return None
            offsets.append(at)
            at += 1
        return offsets

    def _is_passed(self, text: str, at: int, is_inside: bool) -> bool:
        """Whether a letter of the file is none of the text: more space than one, or a comma in a number."""
        before = self._text[at - 1] if at else ""
        is_group = self._text[at] == "," and before.isdigit() and "," not in text
        return is_inside and ((self._text[at].isspace() and before.isspace()) or is_group)

    def _offset(self, line: int, column: int) -> int:
        return self._starts[line - 1] + column - 1

    def _place(self, offset: int) -> Place:
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def slice(self, span: Span) -> str:
        """The text of the file within one line."""
        return self._lines[span.line - 1][span.column - 1 : span.end_column - 1]
