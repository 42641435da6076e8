"""From bytes to lines: what a specification file is before YAML or JSON is read from it."""

from __future__ import annotations

from typing import Literal

from archcalc.diagnostics.codes.text import FILE_TOO_LARGE, NOT_TEXT, NOT_UTF8
from archcalc.diagnostics.model import Diagnostic, Span

Format = Literal["yaml", "json"]

SIZE_LIMIT = 16 * 1024 * 1024
"""Bytes that a specification may have. The largest network known to us needs less than a hundredth of it."""

_BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
_EXCERPT = 60


def remembered(file: SourceFile) -> int:
    """How many changed texts of a file are remembered at a time: those that have a million characters together.

    >>> [remembered(SourceFile("net.yaml", "#" * length)) for length in (100, 20_000, SIZE_LIMIT)]
    [256, 49, 4]
    """
    return max(4, min(256, 1_000_000 // (1 + len(file.text))))


class SourceFile:
    r"""A named text, with its lines at hand.

    Line ends are normalised (`\r\n` and `\r` become `\n`) and a byte order mark is dropped, so that positions count
    what a person sees. `format` is set when the text is known to be YAML or JSON whatever its name says.

    >>> SourceFile("net.yaml", "name: tiny\r\ninput: [1]").line(2)
    'input: [1]'
    """

    __slots__ = ("_lines", "format", "name", "original", "text")

    def __init__(self, name: str, text: str, *, format: Format | None = None) -> None:
        self.original = text = text.removeprefix(_BOM)
        """The text with the line ends that it was given with."""
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        self.name = name
        self.text = text
        self.format = format
        self._lines: list[str] | None = None

    @property
    def lines(self) -> list[str]:
        """All lines, without their ends."""
        if self._lines is None:
            self._lines = self.text.split("\n")
        return self._lines

    def line(self, number: int) -> str:
        """A line by its number, counted from 1; empty outside the file."""
        lines = self.lines
        return lines[number - 1] if 1 <= number <= len(lines) else ""

    def with_text(self, text: str) -> SourceFile:
        """The file as it is with another text: of the same name and format."""
        return SourceFile(self.name, text, format=self.format)

    def span(self, start: int, end: int) -> Span:
        """Where a stretch of the text stands that is given by offsets.

        >>> SourceFile("net.yaml", "name: tiny\\ninput: [1]").span(11, 16)
        Span(line=2, column=1, end_line=2, end_column=6)
        """
        line, end_line = self.text.count("\n", 0, start) + 1, self.text.count("\n", 0, end) + 1
        column, end_column = (place - self.text.rfind("\n", 0, place) for place in (start, end))
        return Span(line, column, end_line, end_column)

    def offset(self, line: int, column: int) -> int:
        """Where a place of the text is that is given by line and column.

        >>> SourceFile("net.yaml", "name: tiny\\ninput: [1]").offset(2, 1)
        11
        """
        return sum(len(each) + 1 for each in self.lines[: line - 1]) + column - 1

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SourceFile):
            return NotImplemented
        return (self.name, self.text, self.format) == (other.name, other.text, other.format)

    def __hash__(self) -> int:
        return hash((self.name, self.text))

    def __repr__(self) -> str:
        return f"SourceFile({self.name!r}, {len(self.text)} characters)"


def decode(name: str, data: bytes) -> tuple[SourceFile | None, list[Diagnostic]]:
    r"""The text in a file's bytes: UTF-8, or UTF-16 that says so by its byte order mark.

    Reports: AC101 not-text, AC102 not-utf8, AC103 file-too-large.

    >>> decode("net.yaml", b"name: tiny")
    (SourceFile('net.yaml', 10 characters), [])
    >>> decode("net.yaml", b"name: caf\xe9")[1][0].message
    'byte 0xE9 is not UTF-8'
    """
    if len(data) > SIZE_LIMIT:
        return None, [_too_large()]
    encoding = "utf-8"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8" or b"\0" in data:
            return None, [_not_text(data, error.start)]
        return None, [_not_utf8(data, error.start)]
    if "\0" in text:
        return None, [_not_text(data, data.index(b"\0") if encoding == "utf-8" else 0)]
    return SourceFile(name, text), []


def _too_large() -> Diagnostic:
    # Whoever reads a file stops one byte behind the limit, so how large it is remains unknown.
    return Diagnostic(
        FILE_TOO_LARGE,
        f"this file has more than {SIZE_LIMIT:,} bytes",
        help=("write repeated layers as blocks and loops (`for`, `repeat`): the file stays short",),
    )


def _not_text(data: bytes, offset: int) -> Diagnostic:
    return Diagnostic(
        NOT_TEXT,
        "this is not text",
        notes=(f"byte 0x{data[offset]:02X} at offset {offset:,} does not occur in a text file",),
        help=("give a YAML or JSON file; save it as UTF-8 if an editor wrote it in another encoding",),
    )


def _not_utf8(data: bytes, offset: int) -> Diagnostic:
    # Everything before the first bad byte is sound, so the position can be counted in characters.
    before = data[:offset].decode("utf-8").removeprefix(_BOM).replace("\r\n", "\n").replace("\r", "\n")
    line = before.count("\n") + 1
    start = before.rpartition("\n")[2]
    column = len(start) + 1
    byte = data[offset : offset + 1]
    meant = byte.decode("cp1252", errors="ignore")
    guess = f"it is '{meant}' in Windows-1252; " if meant.isalpha() else ""
    rest = data[offset : offset + _EXCERPT].replace(b"\r", b"\n").split(b"\n")[0].decode("utf-8", errors="replace")
    return Diagnostic(
        NOT_UTF8,
        f"byte 0x{byte[0]:02X} is not UTF-8",
        Span(line, column, line, column + 1),
        label="not UTF-8 from here",
        notes=(f"the line reads: {(start[-_EXCERPT:] + rest).strip()}",),
        help=(f"{guess}save the file as UTF-8",),
    )
