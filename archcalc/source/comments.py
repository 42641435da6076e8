"""Comments of YAML, which its parsers drop."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from archcalc.diagnostics.model import Span
from archcalc.source.document import Mapping, Node, Scalar
from archcalc.source.text import SourceFile

Place = tuple[int, int]


def comments(file: SourceFile, root: Node, pattern: re.Pattern[str]) -> Iterator[tuple[Span, re.Match[str]]]:
    """Where a pattern that begins with `#` stands in the comments of a file that was read.

    A `#` begins a comment at the start of a line or behind a space, unless it stands within a text.

    >>> from archcalc.source import parse
    >>> file = SourceFile("net.yaml", 'name: "# no"\\ninput: [1]  # yes\\n')
    >>> [found.group() for _, found in comments(file, parse(file)[0], re.compile("# (no|yes)"))]
    ['# yes']
    """
    found = [
        (Span(number, match.start() + 1, number, match.end() + 1), match)
        for number, line in enumerate(file.lines, start=1)
        for match in pattern.finditer(line)
        if match.start() == 0 or line[match.start() - 1] in " \t"
    ]
    if not found:
        return
    texts = sorted(_texts(root))
    starts = [start for start, _ in texts]
    for span, match in found:
        before = bisect_right(starts, span[:2]) - 1
        if before < 0 or texts[before][1] <= span[:2]:
            yield span, match


def _texts(root: Node) -> Iterator[tuple[Place, Place]]:
    """Where the texts of a document that may hold a `#` begin and end: those in quotes, and blocks of text."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Mapping):
            for key, value in node.entries:
                waiting += [key, value]
        elif isinstance(node, Scalar):
            if node.quoted:
                yield (node.line, node.column), (node.end_line, node.end_column)
        else:
            waiting += node.items
