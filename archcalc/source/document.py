"""What a specification is before anyone reads a meaning into it: positioned maps, lists and text.

Scalars are source text. `no`, `010`, `1:30` and `1e3` stay what was written: the field that reads a value decides its
type, never the file format.
"""

from __future__ import annotations

from archcalc.diagnostics.model import Span


class Located:
    """Something that stands somewhere: lines and columns count from 1, in characters; the end column is exclusive."""

    # Four plain slots, not a Span: a file of 100,000 steps has 700,000 nodes, and most spans are never asked for.
    __slots__ = ("column", "end_column", "end_line", "line")

    def __init__(self, line: int, column: int, end_line: int, end_column: int) -> None:
        self.line = line
        self.column = column
        self.end_line = end_line
        self.end_column = end_column

    @property
    def span(self) -> Span:
        """The stretch of source this node was written in."""
        return Span(self.line, self.column, self.end_line, self.end_column)

    @property
    def _place(self) -> str:
        return f"{self.line}:{self.column}-{self.end_line}:{self.end_column}"


class Scalar(Located):
    """A piece of source text: a key, a name, a number, an expression.

    `quoted` says that it was written in quotes or as block text (`|`, `>`), so that its text is not the source letter
    by letter; the span then includes the quotes.

    >>> Scalar("null", 1, 1, 1, 5).is_null, Scalar("null", 1, 1, 1, 7, quoted=True).is_null
    (True, False)
    """

    __slots__ = ("quoted", "text")

    def __init__(
        self, text: str, line: int, column: int, end_line: int, end_column: int, *, quoted: bool = False
    ) -> None:
        # Not super().__init__: scalars are most of a file, and the call costs as much as the four assignments.
        self.text = text
        self.line = line
        self.column = column
        self.end_line = end_line
        self.end_column = end_column
        self.quoted = quoted

    @property
    def is_null(self) -> bool:
        """Whether nothing was written: an empty value, `~` or `null` without quotes."""
        return not self.quoted and self.text in ("", "~", "null")

    def __repr__(self) -> str:
        text = self.text if len(self.text) <= 40 else self.text[:37] + "..."
        return f"Scalar({text!r} at {self._place}{', quoted' if self.quoted else ''})"


class Sequence(Located):
    """A list, in the order of the source."""

    __slots__ = ("items",)

    def __init__(self, items: list[Node], line: int, column: int, end_line: int, end_column: int) -> None:
        super().__init__(line, column, end_line, end_column)
        self.items = items

    def __repr__(self) -> str:
        return f"Sequence({len(self.items)} items at {self._place})"


class Mapping(Located):
    """A map, in the order of the source; keys are unique in it."""

    __slots__ = ("entries",)

    def __init__(
        self, entries: list[tuple[Scalar, Node]], line: int, column: int, end_line: int, end_column: int
    ) -> None:
        super().__init__(line, column, end_line, end_column)
        self.entries = entries

    def get(self, key: str) -> Node | None:
        """Value written at a key, or None when there is no such key."""
        for scalar, value in self.entries:
            if scalar.text == key:
                return value
        return None

    def key(self, key: str) -> Scalar | None:
        """The key itself, for its position, or None when there is no such key."""
        for scalar, _ in self.entries:
            if scalar.text == key:
                return scalar
        return None

    def __repr__(self) -> str:
        return f"Mapping({len(self.entries)} entries at {self._place})"


Node = Scalar | Sequence | Mapping

Plain = str | None | list["Plain"] | dict[str, "Plain"]


def plain(node: Node) -> Plain:
    """The data without its positions: dictionaries, lists, source text, and None for what `is_null`.

    >>> key, value = Scalar("kernel", 1, 1, 1, 7), Scalar("3", 1, 9, 1, 10)
    >>> plain(Mapping([(key, value)], 1, 1, 1, 10))
    {'kernel': '3'}
    """
    if isinstance(node, Scalar):
        return None if node.is_null else node.text
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {key.text: plain(value) for key, value in node.entries}
