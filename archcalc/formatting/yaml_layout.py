"""YAML laid out: entries at their indentation, brackets while they fit, comments with what they stand at."""

from __future__ import annotations

import re
from typing import NamedTuple, TypeGuard

from archcalc.editing.manuscript import Manuscript
from archcalc.formatting.brackets import Brackets
from archcalc.formatting.order import SPEC, Role, in_order
from archcalc.formatting.remarks import GAP, Remark, Remarks
from archcalc.source.document import Mapping, Node, Scalar, Sequence
from archcalc.spec.ignores import COMMENT as IGNORE
from archcalc.terminal import display_width

WIDTH = 120
"""Columns of a line, without a comment behind it."""
STEP = 2
"""Columns from one level to the next."""
_MARK = re.compile(r"%[^#]*|---")
"""What may stand in front of a document."""


class Line(NamedTuple):
    """A line with its indentation, and the comment behind it."""

    text: str
    remark: Remark | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands on it."""
        return not self.text

    @property
    def is_comment(self) -> bool:
        """Whether only a comment stands on it."""
        return self.text.lstrip().startswith("#")

    def __str__(self) -> str:
        if self.remark is None:
            return self.text
        return f"{self.text:<{max(self.remark.column - 1, len(self.text) + GAP)}}{self.remark.text}"


def yaml_layout(manuscript: Manuscript) -> str:
    """The text of a spec in YAML.

    >>> from archcalc.source import SourceFile
    >>> text = "layers:\\n- conv: [ 8,3 ] # first\\n\\n\\n-   relu\\n"
    >>> print(yaml_layout(Manuscript(SourceFile("net.yaml", text))), end="")
    layers:
      - conv: [8, 3]  # first
    <BLANKLINE>
      - relu
    """
    lines = _Layout(manuscript).document()
    while lines and lines[-1].is_empty:
        lines.pop()
    return "".join(f"{line}\n" for line in lines)


class _Layout:
    """One pass over a text: what was read up to the line `done` has been laid out."""

    def __init__(self, manuscript: Manuscript) -> None:
        self.manuscript = manuscript
        self.brackets = Brackets(manuscript)
        self.remarks = Remarks(manuscript.file, manuscript.root)
        self.left = dict(self.remarks.found)
        """Comments that have no place yet."""
        self.done = 0

    def document(self) -> list[Line]:
        """All lines. A comment at the top stays there if an empty line is below it."""
        root = self.manuscript.root
        marks = [
            Line(mark[0].rstrip(), self._behind(number))
            for number, line in enumerate(self.remarks.lines[: root.line - 1], start=1)
            if (mark := _MARK.match(line))
        ]
        top = self._above(root.line, 0)
        while top and top[0].is_empty:
            top.pop(0)
        apart = max((index + 1 for index, line in enumerate(top) if line.is_empty), default=0)
        if isinstance(root, Scalar) or (self._is_bracketed(root) and self._fits(root, SPEC, 0)):
            body = [*top[apart:], *self._inline("", root, SPEC, 0, root.column - 1)]
        else:
            body = self._block(root, SPEC, 0, [*top[apart:], *self._opened(root, 0)])
        self.done = max(self.done, root.end_line)
        return [*marks, *top[:apart], *body, *self._above(len(self.remarks.lines) + 1, 0)]

    # Collections on lines

    def _block(
        self,
        node: Mapping | Sequence,
        role: Role,
        indent: int,
        above: list[Line] | None = None,
        beyond: int = 1,
    ) -> list[Line]:
        """The lines of a map or a list; `above` is what was read above its first entry.

        Its comments stand further to the right than the column `beyond`, that of its key.
        """
        parts: list[list[Line]] = []
        if isinstance(node, Mapping):
            for key, value in node.entries:
                parts.append([*(above or ()), *self._pair(node, key, value, role.at(key.text), indent)])
                above = None
            tail = self._tail(node, indent, max(node.column, beyond + 1))
            parts = [parts[index] for index in in_order(role, node, on_lines=True)]
        else:
            for item in node.items:
                parts.append([*(above or ()), *self._item(node, item, role.item, indent)])
                above = None
            tail = self._tail(node, indent, max(node.column, beyond + 1))
        lines = [line for part in parts for line in part]
        while lines[0].is_empty:
            lines.pop(0)
        return [*lines, *tail]

    def _pair(self, owner: Mapping, key: Scalar, value: Node, role: Role, indent: int) -> list[Line]:
        above = self._above(key.line, indent)
        head = f"{' ' * indent}{self.manuscript.slice(key)}:"
        if isinstance(value, Scalar) and value.line == value.end_line and value.column == value.end_column:
            self.done = max(self.done, key.line)
            return [*above, Line(head, self._behind(key.line))]
        if not self._is_on_lines(value, role, indent, len(head) + 1):
            if value.line > key.line and self._is_kept_below(key, value):
                line = Line(head, self._behind(key.line))
                self.done = max(self.done, key.line)
                return [
                    *above,
                    line,
                    *self._inline(" " * (indent + STEP), value, role, indent + STEP, value.column - 1),
                ]
            return [*above, *self._inline(f"{head} ", value, role, indent, owner.column - 1)]
        self.done = max(self.done, key.line)
        above += self._opened(value, indent)
        return [*above, Line(head, self._behind(key.line)), *self._block(value, role, indent + STEP, beyond=key.column)]

    def _item(self, owner: Sequence, item: Node, role: Role, indent: int) -> list[Line]:
        above = self._above(item.line, indent)
        dash = f"{' ' * indent}- "
        if isinstance(item, Scalar) and item.line == item.end_line and item.column == item.end_column:
            self.done = max(self.done, item.line)
            return [*above, Line(dash.rstrip(), self._behind(item.line))]
        if not self._is_on_lines(item, role, indent + STEP, len(dash)):
            return [*above, *self._inline(dash, item, role, indent + STEP, owner.column + STEP - 1)]
        above += self._opened(item, indent)
        lines = self._block(item, role, indent + STEP)
        while lines[0].is_comment or lines[0].is_empty:
            # An entry with a comment above it has become the first one.
            above.append(lines.pop(0)._replace(remark=None))
        above = [Line(f"{' ' * indent}{line.text.strip()}" if line.text else "") for line in above]
        return [*above, lines[0]._replace(text=dash + lines[0].text[len(dash) :]), *lines[1:]]

    # Values on a line

    def _is_kept_below(self, key: Scalar, value: Node) -> bool:
        """Whether a value on a line below its key stays there: it has several lines, or comments are between them."""
        return value.end_line > value.line or any(line in self.remarks.found for line in range(key.line, value.line))

    def _inline(self, head: str, node: Node, role: Role, indent: int, before: int) -> list[Line]:
        """A value behind its key or dash; `before` is the indentation that its lines had."""
        # Comments between a key and a value on a later line.
        above = self._above(node.line, indent - STEP if head.endswith("- ") else indent)
        self.done = max(self.done, node.end_line)
        remark = self._behind(node.end_line)
        if node.end_line > node.line:
            first, *rest = self.manuscript.slice(node).split("\n")
            texts = [head + first, *(_shifted(line, indent - before) for line in rest)]
        elif self._fits(node, role, len(head)) or not isinstance(node, Sequence):
            texts = [head + self.brackets.text(node, role)]
        else:
            texts = list(self.brackets.wrapped(head, node, indent + STEP, WIDTH))
            remark = remark and remark._replace(column=1)
        return [*above, *(Line(text) for text in texts[:-1]), Line(texts[-1], remark)]

    def _is_bracketed(self, node: Node) -> bool:
        return self.manuscript.is_bracketed(node)

    def _is_on_lines(self, node: Node, role: Role, indent: int, column: int) -> TypeGuard[Mapping | Sequence]:
        """Whether a value gets lines of its own: it has them, or it is too long for one."""
        if isinstance(node, Scalar) or (node.end_line > node.line and self._is_bracketed(node)):
            return False
        if not self._is_bracketed(node):
            return True
        return not self._fits(node, role, column) and not self.brackets.is_wrapped(node)

    def _fits(self, node: Node, role: Role, column: int) -> bool:
        """Whether a value in brackets can stay: an ignore speaks of its line, which is not broken."""
        if isinstance(node, Scalar) or node.end_line > node.line:
            return True
        remark = self.remarks.found.get(node.line)
        if remark is not None and IGNORE.search(remark.text):
            return True
        empty = not (node.entries if isinstance(node, Mapping) else node.items)
        return empty or column + display_width(self.brackets.text(node, role)) <= WIDTH

    # Comments and empty lines

    def _opened(self, node: Node, indent: int) -> list[Line]:
        """The comment behind brackets that are put on lines, which stands above them then."""
        if not self._is_bracketed(node):
            return []
        self.done = max(self.done, node.end_line)
        remark = self._behind(node.end_line)
        return [] if remark is None else [Line(f"{' ' * indent}{remark.text}")]

    def _above(self, line: int, indent: int) -> list[Line]:
        """Comments and empty lines in front of a line, of several empty lines one."""
        found: list[Line] = []
        for number in range(self.done + 1, line):
            remark = self.left.pop(number, None)
            if remark is not None:
                found.append(Line(f"{' ' * indent}{remark.text}"))
            elif self.remarks.is_empty(number) and not (found and found[-1].is_empty):
                found.append(Line(""))
        self.done = max(self.done, line - 1)
        return found

    def _behind(self, line: int) -> Remark | None:
        """The comment behind what ends on a line, which has its place by that."""
        remark = self.left.get(line)
        return self.left.pop(line) if remark is not None and not remark.is_alone else None

    def _tail(self, node: Mapping | Sequence, indent: int, column: int) -> list[Line]:
        """Comments behind the last entry, from a column on: the others speak of what follows."""
        if self._is_bracketed(node):
            return []
        end = number = self.done
        while number < len(self.remarks.lines):
            number += 1
            remark = self.remarks.found.get(number)
            if remark is not None and remark.is_alone and remark.column >= column:
                end = number
            elif not self.remarks.is_empty(number):
                break
        return self._above(end + 1, indent)


def _shifted(line: str, by: int) -> str:
    """A further line of a value, as far to the right of its first line as it was."""
    if by >= 0:
        return " " * by + line if line.strip() else line
    return line[min(-by, len(line) - len(line.lstrip())) :]
