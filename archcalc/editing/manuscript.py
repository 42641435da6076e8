"""A specification's text together with its tree: where every value and step stands, in offsets."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.diagnostics.model import Span
from archcalc.source import SourceFile, parse
from archcalc.source.document import Located, Mapping, Node, Scalar, Sequence
from archcalc.source.writing import Style, label, written
from archcalc.spec.model import Step


class Uneditable(Exception):
    """Says why an edit of a text cannot be made."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


Key = str | int
"""A key of a map, or an index of a list."""


class Location(NamedTuple):
    """A value and how to get to it: the keys and indices from the root on, and what it stands in."""

    node: Node
    path: tuple[Key, ...]
    parent: Node | None
    key: Scalar | None
    """The key in front of it, in a map."""
    in_flow: bool
    """Whether something around it is in brackets."""


class Manuscript:
    """The text of a file and its tree. Raises: Uneditable for a text without one.

    >>> manuscript = Manuscript(SourceFile("net.yaml", "layers: [tanh, conv: [6, 5]]"))
    >>> manuscript.slice(manuscript.root.get("layers").items[1])
    'conv: [6, 5]'
    """

    def __init__(self, file: SourceFile) -> None:
        root, problems = parse(file)
        if root is None:
            raise Uneditable(f"the text cannot be read: {problems[0].message}")
        self.file = file
        self.text = file.text
        self.root = root
        self.problems = len(problems)
        self.is_json = self._is_json()
        self._line_starts = [0]
        for line in file.lines:
            self._line_starts.append(self._line_starts[-1] + len(line) + 1)
        self._values: dict[Span, Location] = {}
        self._items: dict[tuple[int, int], Location] = {}
        self._collect(Location(root, (), None, None, False))

    def _is_json(self) -> bool:
        opening = self.text.lstrip()
        return opening.startswith("{") and opening[1:].lstrip().startswith(('"', "}"))

    def _collect(self, location: Location) -> None:
        node, path = location.node, location.path
        self._values[node.span] = location
        if isinstance(location.parent, Sequence):
            # A step is known by its kind, or by any of its keys: every one of them leads to it.
            self._items[node.line, node.column] = location
            for key, _ in node.entries if isinstance(node, Mapping) else ():
                self._items[key.line, key.column] = location
        if isinstance(node, Scalar):
            return
        in_flow = location.in_flow or self.is_bracketed(node)
        if isinstance(node, Sequence):
            for index, each in enumerate(node.items):
                self._collect(Location(each, (*path, index), node, None, in_flow))
        else:
            for key, value in node.entries:
                self._collect(Location(value, (*path, key.text), node, key, in_flow))

    # Locations

    def value(self, span: Span) -> Location:
        """The value that stands at a span. Raises: Uneditable if there is none, such as within a key."""
        location = self._values.get(span)
        if location is None:
            raise Uneditable("no value of its own stands there")
        return location

    def step(self, step: Step) -> Location:
        """The written step; one that was called or repeated leads to where it was written. Raises: Uneditable."""
        location = self._items.get((step.span.line, step.span.column))
        if location is None:
            raise Uneditable("the step does not stand in this text")
        return location

    def at(self, path: tuple[Key, ...]) -> Node:
        """The value at a path. Raises: Uneditable if nothing is there."""
        node: Node | None = self.root
        for key in path:
            if isinstance(node, Mapping) and isinstance(key, str):
                node = node.get(key)
            elif isinstance(node, Sequence) and isinstance(key, int) and key < len(node.items):
                node = node.items[key]
            else:
                node = None
        if node is None:
            raise Uneditable(f"nothing stands at {path}")
        return node

    # Text

    def start(self, node: Located) -> int:
        """Offset of the first character."""
        return self._line_starts[node.line - 1] + node.column - 1

    def end(self, node: Located) -> int:
        """Offset behind the last character."""
        return self._line_starts[node.end_line - 1] + node.end_column - 1

    def slice(self, node: Located) -> str:
        """A value as it is written."""
        return self.text[self.start(node) : self.end(node)]

    def line_start(self, offset: int) -> int:
        """Offset of the first character of a line."""
        return self.text.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """Offset behind the last character of a line."""
        end = self.text.find("\n", offset)
        return len(self.text) if end < 0 else end

    def is_bracketed(self, node: Node) -> bool:
        """Whether a map or a list is written in brackets."""
        return not isinstance(node, Scalar) and self.text.startswith(("[", "{"), self.start(node))

    def is_block(self, node: Node) -> bool:
        """Whether a map or a list is written on lines of its own, without brackets."""
        return not isinstance(node, Scalar) and not self.is_bracketed(node)

    def entry(self, key: str, value: str) -> str:
        """A key with a value as they can stand on one line of this text.

        >>> Manuscript(SourceFile("net.json", '{"layers": ["tanh"]}')).entry("conv", "[6, 5]")
        '"conv": [6, 5]'
        """
        return f"{label(key, self.style(True))}{self.written(value)}"

    def written(self, value: str) -> str:
        """A value, given as YAML, as it can stand in this text."""
        return written(data(value), self.style(True))

    def style(self, in_flow: bool) -> Style:
        """How a value is written, inside of brackets or on lines."""
        return "json" if self.is_json else "flow" if in_flow else "block"


def data(text: str) -> Node:
    """A value or a step given as text, `12`, `[0, 1]`, `max(1, c)`, `crop: {to: here}`.

    Raises: Uneditable if it is not one value on one line.
    """
    if "\n" in text or not text.strip():
        raise Uneditable("a value is written on one line")
    root, problems = parse(SourceFile("<value>", f"- {text}\n", format="yaml"))
    if problems or not isinstance(root, Sequence) or len(root.items) != 1:
        raise Uneditable(f"{text} is not one value")
    return root.items[0]
