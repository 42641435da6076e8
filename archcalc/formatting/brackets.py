"""Values in brackets on one line: a space behind commas and colons, and none elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.editing.manuscript import Manuscript
from archcalc.formatting.order import Role, in_brackets
from archcalc.source.digit_groups import is_without_value
from archcalc.source.document import Node, Scalar, Sequence


class Brackets:
    """Writes values of one text.

    >>> from archcalc.source import SourceFile
    >>> manuscript = Manuscript(SourceFile("a.yaml", "x: { conv : [8,3] , a , b: [c: 1, d] }"))
    >>> Brackets(manuscript).text(manuscript.root.get("x"), Role(""))
    '{conv: [8, 3], a, b: [c: 1, d]}'
    """

    def __init__(self, manuscript: Manuscript) -> None:
        self.manuscript = manuscript

    def text(self, node: Node, role: Role) -> str:
        """A value; scalars are written as they were."""
        if isinstance(node, Scalar):
            return self.manuscript.slice(node)
        if isinstance(node, Sequence):
            return f"[{', '.join(self.text(item, role.item) for item in node.items)}]"
        entries = in_brackets(role, node)
        inner = ", ".join(self._pair(key, value, role) for key, value in entries)
        # A map of one entry within a list needs no braces, and keeps those that it has.
        has_value = all(not _is_nothing(value) for _, value in entries)
        return f"{{{inner}}}" if self.manuscript.is_bracketed(node) or not has_value else inner

    def _pair(self, key: Scalar, value: Node, role: Role) -> str:
        name = self.manuscript.slice(key)
        if _is_nothing(value):
            return name if is_without_value(key, value) or not name.endswith(('"', "'")) else f"{name}: "
        return f"{name}: {self.text(value, role.at(key.text))}"

    def is_wrapped(self, node: Node) -> bool:
        """Whether a value that is too long for a line goes on in brackets: a list without lists and maps."""
        return isinstance(node, Sequence) and all(isinstance(item, Scalar) for item in node.items)

    def wrapped(self, head: str, node: Sequence, indent: int, width: int) -> Iterator[str]:
        """The lines of a long list, broken behind commas."""
        texts = [self.manuscript.slice(item) for item in node.items]
        pieces = [f"{text}," for text in texts[:-1]] + [f"{texts[-1]}]"]
        line, start = f"{head}[", len(head) + 1
        for piece in pieces:
            if len(line) > start and len(line) + 1 + len(piece) > width:
                yield line
                line, start = " " * indent, indent
            line += piece if len(line) == start else f" {piece}"
        yield line


def _is_nothing(value: Node) -> bool:
    return isinstance(value, Scalar) and not value.quoted and not value.text
