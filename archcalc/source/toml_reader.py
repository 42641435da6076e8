"""TOML with positions: Python's `tomllib` decides what is TOML and what a text in quotes says, and we look where.

Numbers, truths and dates stay source text, as they do in YAML and JSON.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right

from archcalc.diagnostics.codes.configuration import TOML_SYNTAX
from archcalc.diagnostics.model import Diagnostic, Span
from archcalc.source.document import Mapping, Node, Scalar, Sequence
from archcalc.source.text import SourceFile

_GAP = re.compile(r"(?:[ \t\n]+|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_TEXT = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}' r"|'''.*?'{3,5}" r'|"(?:\\.|[^"\\])*"' r"|'[^']*'",
    re.DOTALL,
)
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN = re.compile(r"[^,\]}#\n]+")
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)|\(at end of document\)")


def read_toml(file: SourceFile) -> tuple[Mapping | None, list[Diagnostic]]:
    """The positioned data of a TOML text; without it, what is wrong.

    Reports: AC601

    >>> node, _ = read_toml(SourceFile("pyproject.toml", "[tool.archcalc]\\nspecs = ['a.yaml']"))
    >>> node.get("tool").get("archcalc").get("specs")
    Sequence(1 items at 2:9-2:19)
    """
    try:
        tomllib.loads(file.text)
    except tomllib.TOMLDecodeError as error:
        return None, [_wrong(file, str(error))]
    except RecursionError:
        return None, [Diagnostic(TOML_SYNTAX, "this is nested too deeply to be read")]
    return _Walk(file.text).document(), []


def _wrong(file: SourceFile, message: str) -> Diagnostic:
    """What `tomllib` says, at the place of which it says so."""
    found = _PLACE.search(message)
    line, column = (int(found[1]), int(found[2])) if found and found[1] else (len(file.lines), len(file.lines[-1]) + 1)
    text = message[: found.start()].strip() if found else message
    help = ("text stands in quotes, lists in brackets: specs = ['networks/*.yaml']",)
    return Diagnostic(TOML_SYNTAX, text[:1].lower() + text[1:], Span(line, column, line, column + 1), help=help)


class _Walk:
    """One way through a text that is TOML."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]
        """Where lines begin."""

    def document(self) -> Mapping:
        root = Mapping([], 1, 1, *self._place(len(self.text)))
        table = root
        self._skip(_GAP)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self._header(root)
            else:
                self._entry(table)
            self._skip(_GAP)
        return root

    def _header(self, root: Mapping) -> Mapping:
        """`[a.b]` or `[[a.b]]`: the table that the following lines fill."""
        start, is_list = self.at, self.text.startswith("[[", self.at)
        self.at += 2 if is_list else 1
        self._skip(_SPACE)
        *path, last = self._keys()
        self.at = self.text.index("]" * (2 if is_list else 1), self.at) + (2 if is_list else 1)
        table = _inner(root, path)
        known = table.get(last.text)
        if not is_list and isinstance(known, Mapping):
            return known
        new = Mapping([], *self._place(start), *self._place(self.at))
        if isinstance(known, Sequence):
            known.items.append(new)
        else:
            listed = Sequence([new], *self._place(start), *self._place(self.at))
            table.entries.append((last, listed if is_list else new))
        return new

    def _entry(self, table: Mapping) -> None:
        """`a.b = value`."""
        *path, last = self._keys()
        self.at = self.text.index("=", self.at) + 1
        self._skip(_SPACE)
        _inner(table, path).entries.append((last, self._value()))

    def _keys(self) -> list[Scalar]:
        """A key with its dots."""
        found = []
        while True:
            start = self.at
            match = _TEXT.match(self.text, start) or _BARE.match(self.text, start)
            assert match is not None, "tomllib has found a key here"
            self.at = match.end()
            found.append(self._scalar(match.group(), start))
            self._skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return found
            self.at += 1
            self._skip(_SPACE)

    def _value(self) -> Node:
        start, opening = self.at, self.text[self.at]
        if opening == "[":
            return self._list(start)
        if opening == "{":
            return self._map(start)
        match = _TEXT.match(self.text, start) or _PLAIN.match(self.text, start)
        assert match is not None, "tomllib has found a value here"
        written = match.group().rstrip(" \t")
        self.at = start + len(written)
        return self._scalar(written, start)

    def _list(self, start: int) -> Sequence:
        items: list[Node] = []
        while not self._is_over("]"):
            items.append(self._value())
        return Sequence(items, *self._place(start), *self._place(self.at))

    def _map(self, start: int) -> Mapping:
        table = Mapping([], 0, 0, 0, 0)
        while not self._is_over("}"):
            self._entry(table)
        return Mapping(table.entries, *self._place(start), *self._place(self.at))

    def _is_over(self, closing: str) -> bool:
        """Whether a list or a map ends here; if not, go to its next item. The first time, that is its bracket."""
        self._skip(_GAP)
        if self.text[self.at] in "[{,":
            self.at += 1
            self._skip(_GAP)
        if self.text[self.at] != closing:
            return False
        self.at += 1
        return True

    def _scalar(self, written: str, start: int) -> Scalar:
        is_text = written[0] in "\"'"
        text = tomllib.loads(f"x = {written}")["x"] if is_text else written
        return Scalar(text, *self._place(start), *self._place(start + len(written)), quoted=is_text)

    def _skip(self, what: re.Pattern[str]) -> None:
        match = what.match(self.text, self.at)
        assert match is not None, "it may be nothing"
        self.at = match.end()

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1


def _inner(table: Mapping, path: list[Scalar]) -> Mapping:
    """The table at a path, made where it is missing; of a list of tables the last."""
    for key in path:
        known = table.get(key.text)
        if isinstance(known, Sequence):
            known = known.items[-1]
        if known is None:
            known = Mapping([], key.line, key.column, key.end_line, key.end_column)
            table.entries.append((key, known))
        assert isinstance(known, Mapping), "tomllib has found a table here"
        table = known
    return table
