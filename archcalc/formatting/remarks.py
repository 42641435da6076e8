"""The comments and the empty lines of a text, taken line by line from its top to its end."""

from __future__ import annotations

import re
from typing import NamedTuple

from archcalc.source import Node, SourceFile
from archcalc.source.comments import comments

GAP = 2
"""Columns in front of a comment, at the least. One with more of them is meant to stand in its column."""
_SIGN = re.compile("#")


class Remark(NamedTuple):
    """A comment, and the column in which it begins; 1 if it follows what is in front of it, wherever that ends."""

    text: str
    column: int
    is_alone: bool
    """Whether nothing else stands on its line."""


class Remarks:
    """The comments of a file that was read, by their lines.

    >>> from archcalc.source import parse
    >>> file = SourceFile("net.yaml", "# a net\\ninput: [1]  # one number\\n")
    >>> Remarks(file, parse(file)[0]).texts()
    ['# a net', '# one number']
    """

    def __init__(self, file: SourceFile, root: Node) -> None:
        self.lines = file.lines
        self.found: dict[int, Remark] = {}
        for span, _ in comments(file, root, _SIGN):
            line = file.line(span.line)
            before = line[: span.column - 1]
            is_free = not before.strip() or len(before) - len(before.rstrip()) > GAP
            remark = Remark(line[span.column - 1 :].rstrip(), span.column if is_free else 1, not before.strip())
            self.found.setdefault(span.line, remark)

    def texts(self) -> list[str]:
        """All comments, in the order of the alphabet: keys may change places, and take theirs along."""
        return sorted(remark.text for remark in self.found.values())

    def is_empty(self, line: int) -> bool:
        """Whether nothing stands on a line."""
        return not self.lines[line - 1].strip()
