"""Places of a text as the protocol counts them: lines from 0, columns in the units that the client has asked for."""

from __future__ import annotations

from lsprotocol import types
from pygls.workspace import PositionCodec

from archcalc.diagnostics.model import Span
from archcalc.source import SourceFile


class Places:
    """The places of one text, in both countings.

    >>> places = Places(SourceFile("net.yaml", "name: 𝒩et\\ninput: [1]"), PositionCodec("utf-16"))
    >>> places.position(1, 8), places.place(types.Position(0, 8))
    (0:8, (1, 8))
    """

    def __init__(self, file: SourceFile, codec: PositionCodec) -> None:
        self._file = file
        self._codec = codec

    def position(self, line: int, column: int) -> types.Position:
        """A place in the counting of the client."""
        text = self._file.line(line)
        ahead = column - 1 if text.isascii() else self._codec.client_num_units(text[: column - 1])
        return types.Position(line - 1, ahead)

    def range(self, span: Span | None) -> types.Range:
        """A stretch in the counting of the client; the beginning of the text for what has no place."""
        if span is None:
            return types.Range(types.Position(0, 0), types.Position(0, 0))
        return types.Range(self.position(span.line, span.column), self.position(span.end_line, span.end_column))

    def place(self, position: types.Position) -> tuple[int, int]:
        """Line and column, counted from 1."""
        text = self._file.line(position.line + 1)
        if text.isascii():
            return position.line + 1, min(position.character, len(text)) + 1
        units = 0
        for column, letter in enumerate(text, start=1):
            if units >= position.character:
                return position.line + 1, column
            units += self._codec.client_num_units(letter)
        return position.line + 1, len(text) + 1
