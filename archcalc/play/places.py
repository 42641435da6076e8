"""Places in a text as JavaScript counts them: in units of UTF-16, two for a character beyond the first 65,536."""

from __future__ import annotations

from bisect import bisect_left

from archcalc.diagnostics.model import Span
from archcalc.source import SourceFile


class Places:
    """The places of one text, in both countings.

    >>> places = Places(SourceFile("net.yaml", "# \N{ROBOT FACE}\\ninput: [1]"))
    >>> places.units(Span(2, 1, 2, 6)), places.place(5)
    ((5, 10), (2, 1))
    """

    def __init__(self, file: SourceFile) -> None:
        self._file = file
        # The characters that count twice, as Python and as JavaScript number them.
        self._wide = [] if file.text.isascii() else [at for at, char in enumerate(file.text) if char > "\uffff"]
        self._doubled = [at + before for before, at in enumerate(self._wide)]

    def units(self, span: Span) -> tuple[int, int]:
        """Where a stretch begins and ends in JavaScript."""
        ends = ((span.line, span.column), (span.end_line, span.end_column))
        start, end = (self._unit(self._file.offset(*place)) for place in ends)
        return start, end

    def place(self, unit: int) -> tuple[int, int]:
        """The line and the column of a place of JavaScript; one beyond the text is its end."""
        offset = min(unit - bisect_left(self._doubled, unit), len(self._file.text))
        return self._file.span(offset, offset)[:2]

    def _unit(self, offset: int) -> int:
        offset = min(offset, len(self._file.text))
        return offset + bisect_left(self._wide, offset)
