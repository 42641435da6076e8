"""JSON with positions: exactly the JSON that Python's `json` accepts, without NaN, duplicate keys and half surrogates.

Numbers and the words true, false and null stay source text, as YAML's do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from json.decoder import JSONDecodeError, JSONDecoder
from typing import cast

from archcalc.diagnostics.codes.text import JSON_NOT_A_NUMBER, JSON_SYNTAX
from archcalc.diagnostics.model import Code, Diagnostic, Label, Span
from archcalc.source.document import Mapping, Node, Scalar, Sequence
from archcalc.source.findings import (
    DEPTH_LIMIT,
    FINDINGS_LIMIT,
    LIST_LIMIT,
    VALUES_LIMIT,
    Open,
    Refused,
    duplicate_key,
    empty_file,
    half_of_a_pair,
    half_pair,
    place,
    shorten,
    too_deep,
    too_long,
    too_many,
    too_many_values,
)
from archcalc.source.text import SourceFile

_SPACE = re.compile(r"[ \t\n]*")
_LITERAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null")
_NOT_A_NUMBER = re.compile(r"-?Infinity|NaN")
_WORD = re.compile(r"[^\s,:\[\]{}\"']+")
_PYTHON_WORDS = {"True": "true", "False": "false", "None": "null"}
_RENAME = "YAML allows this: rename the file to .yaml"

# The decoder's own string scanner, written in C where there is one. It is no documented name, but an attribute of
# every decoder.
_scan_string = cast("Callable[[str, int, bool], tuple[str, int]]", vars(JSONDecoder())["parse_string"])


def read_json(file: SourceFile) -> tuple[Node | None, list[Diagnostic]]:
    """The positioned data of a JSON text.

    Duplicate keys are all reported, and the first value stays; anything else ends the reading.

    Reports: AC104 invisible-character, AC110 duplicate-key, AC113 nesting-too-deep, AC114 empty-file, AC116
    json-syntax, AC117 json-not-a-number.

    >>> node, problems = read_json(SourceFile("a.json", '{"out": 8,}'))
    >>> node, problems[0].message, problems[0].span
    (None, 'a comma after the last entry', Span(line=1, column=10, end_line=1, end_column=11))
    """
    if half := half_of_a_pair(file.text):
        return None, [half_pair(half, place(file.text, file.text.index(half)))]
    reader = _Reader(file.text)
    try:
        return reader.document(), reader.findings
    except Refused as refused:
        return None, [*reader.findings, refused.diagnostic]


class _Reader:
    """One pass over the text, with a stack of its own instead of recursion."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1
        self.line_start = 0
        self.findings: list[Diagnostic] = []
        self.stack: list[Open] = []
        self.values = 0

    def document(self) -> Node:
        self._skip_space()
        if self.at == len(self.text):
            raise Refused(empty_file())
        root: Node | None = None
        while root is None:
            root = self._after_value(self._value_or_opening())
        self._skip_space()
        if self.at < len(self.text):
            raise self._syntax("something follows the end of the data", self._word(), "one JSON value is one file")
        return root

    def _value_or_opening(self) -> Node | None:
        """A whole value that begins here, or None when only its bracket was read."""
        self._skip_space()
        self.values += 1
        if self.values > VALUES_LIMIT:
            raise Refused(too_many_values(self._span(1)))
        char = self._char()
        if char == "{" or char == "[":
            if len(self.stack) >= DEPTH_LIMIT:
                raise Refused(too_deep(self._span(1)))
            line, column = self.line, self.at - self.line_start + 1
            self.at += 1
            node = Mapping([], line, column, line, column) if char == "{" else Sequence([], line, column, line, column)
            self.stack.append(Open(node))
            self._skip_space()
            if self._char() == ("}" if char == "{" else "]"):
                return self._close()
            if char == "{":
                self._key()
            return None
        if char == '"':
            return self._string()
        match = _LITERAL.match(self.text, self.at)
        if match is None or (
            (after := self.text[match.end() : match.end() + 1]) and (after.isalnum() or after in "._+-$")
        ):
            raise self._no_value()
        column = self.at - self.line_start + 1
        self.at = match.end()
        return Scalar(match.group(), self.line, column, self.line, self.at - self.line_start + 1)

    def _after_value(self, value: Node | None) -> Node | None:
        """Put a value where it belongs, and close what it was the last part of; the root when all is closed."""
        while value is not None:
            if not self.stack:
                return value
            top = self.stack[-1]
            if isinstance(top.node, Mapping):
                assert top.key is not None
                # A second value of a key is dropped; the duplicate has been reported.
                if top.seen[top.key.text] is top.key:
                    top.node.entries.append((top.key, value))
                closing = "}"
            else:
                top.node.items.append(value)
                closing = "]"
                if len(top.node.items) > LIST_LIMIT:
                    raise Refused(too_long(top.node, (one.key for one in self.stack), value.span))
            self._skip_space()
            char = self._char()
            if char == closing:
                value = self._close()
                continue
            if char != ",":
                raise self._no_comma(top, closing)
            comma = self._span(1)
            self.at += 1
            self._skip_space()
            if self._char() == closing:
                raise self._syntax("a comma after the last entry", comma, "delete the comma", label="")
            if closing == "}":
                self._key()
            return None
        return None

    def _key(self) -> None:
        top = self.stack[-1]
        if self._char() != '"':
            raise self._no_key()
        key = self._string()
        first = top.seen.setdefault(key.text, key)
        if first is not key:
            self.findings.append(duplicate_key(key, first))
            if len(self.findings) >= FINDINGS_LIMIT:
                raise Refused(too_many(self.findings.pop()))
        top.key = key
        self.values += 1
        self._skip_space()
        if self._char() != ":":
            here = self._span(1) if self.at < len(self.text) else self._span(0)
            raise self._syntax(
                f'a ":" is missing after the key "{shorten(key.text)}"', here, "", labels=(Label(key.span, "the key"),)
            )
        self.at += 1

    def _string(self) -> Scalar:
        start, column = self.at, self.at - self.line_start + 1
        try:
            text, end = _scan_string(self.text, start + 1, True)
        except JSONDecodeError as error:
            raise self._bad_string(error, start) from None
        if half := half_of_a_pair(text):
            raise Refused(half_pair(half, Span(self.line, column, self.line, end - self.line_start + 1)))
        self.at = end
        return Scalar(text, self.line, column, self.line, end - self.line_start + 1, quoted=True)

    def _close(self) -> Node:
        node = self.stack.pop().node
        self.at += 1
        node.end_line = self.line
        node.end_column = self.at - self.line_start + 1
        return node

    # Where we are

    def _char(self) -> str:
        return self.text[self.at : self.at + 1]

    def _skip_space(self) -> None:
        if self.text[self.at : self.at + 1] not in " \t\n":
            return
        match = _SPACE.match(self.text, self.at)
        assert match is not None
        end = match.end()
        if end != self.at:
            # Strings cannot hold raw line ends, so lines end in white space only.
            newlines = self.text.count("\n", self.at, end)
            if newlines:
                self.line += newlines
                self.line_start = self.text.rfind("\n", self.at, end) + 1
            self.at = end

    def _span(self, length: int) -> Span:
        column = self.at - self.line_start + 1
        return Span(self.line, column, self.line, column + length)

    def _word(self) -> Span:
        match = _WORD.match(self.text, self.at)
        return self._span(match.end() - match.start() if match else 1)

    # What is wrong

    def _syntax(
        self,
        message: str,
        span: Span,
        help: str,
        *,
        code: Code = JSON_SYNTAX,
        label: str = "",
        labels: tuple[Label, ...] = (),
    ) -> Refused:
        return Refused(Diagnostic(code, message, span, label, labels, help=(help,) if help else ()))

    def _opened(self) -> tuple[Label, ...]:
        if not self.stack:
            return ()
        node = self.stack[-1].node
        opening = "{" if isinstance(node, Mapping) else "["
        span = Span(node.line, node.column, node.line, node.column + 1)
        return (Label(span, f'this "{opening}" is not closed yet'),)

    def _no_value(self) -> Refused:
        if self.at >= len(self.text):
            return self._syntax("the file ends where a value is expected", self._span(0), "", labels=self._opened())
        char = self._char()
        word = self.text[self.at : self.at + self._word().end_column - self._word().column]
        if match := _NOT_A_NUMBER.match(self.text, self.at):
            span = self._span(match.end() - self.at)
            return self._syntax(f"{match.group()} is not JSON", span, "", code=JSON_NOT_A_NUMBER)
        if word in _PYTHON_WORDS:
            return self._syntax(f"{word} is Python, not JSON", self._word(), f"write {_PYTHON_WORDS[word]}")
        if char == "'":
            return self._syntax("text in single quotes is not JSON", self._span(1), 'write "..."; ' + _RENAME)
        if word.startswith(("//", "/*", "#")):
            return self._syntax("comments are not JSON", self._word(), _RENAME)
        if char in ",]}:":
            return self._syntax(f'"{char}" stands where a value is expected', self._span(1), "", labels=self._opened())
        if re.match(r"[-+.]?[0-9]", word):
            rules = "JSON numbers have digits on both sides of the point, no leading zeros and no plus sign"
            return self._syntax(
                f'"{shorten(word)}" is not a JSON number', self._word(), f"{rules}; an expression needs double quotes"
            )
        return self._syntax(f'"{shorten(word)}" needs double quotes in JSON', self._word(), f'write "{shorten(word)}"')

    def _no_key(self) -> Refused:
        char = self._char()
        if not char:
            return self._syntax("the file ends where a key is expected", self._span(0), "", labels=self._opened())
        if self.text.startswith(("//", "/*", "#"), self.at):
            return self._syntax("comments are not JSON", self._word(), _RENAME)
        if char == "'":
            return self._syntax("text in single quotes is not JSON", self._span(1), 'write "..."; ' + _RENAME)
        word = _WORD.match(self.text, self.at)
        if word:
            text = shorten(word.group())
            return self._syntax(f'the key "{text}" needs double quotes in JSON', self._word(), f'write "{text}"')
        return self._syntax(f'"{char}" stands where a key is expected', self._span(1), "", labels=self._opened())

    def _no_comma(self, top: Open, closing: str) -> Refused:
        char = self._char()
        if not char:
            message = f'the file ends before the closing "{closing}"'
            return self._syntax(message, self._span(0), "", labels=self._opened())
        if self.text.startswith(("//", "/*", "#"), self.at):
            return self._syntax("comments are not JSON", self._word(), _RENAME)
        message = f'"," or "{closing}" is expected here'
        return self._syntax(message, self._span(1), "", labels=self._opened())

    def _bad_string(self, error: JSONDecodeError, start: int) -> Refused:
        opening = self._span(1)
        self.at = min(error.pos, len(self.text))
        if error.msg.startswith("Unterminated") or self._char() == "\n":
            help = "" if self._char() != "\n" else r"text stays on one line; a line end in it is written \n"
            return self._syntax("the quote opened here is not closed on its line", opening, help)
        if error.msg.startswith("Invalid control"):
            char = self._char()
            return self._syntax(
                f"the control character U+{ord(char):04X} stands in the text",
                self._span(1),
                f"write it as {_escape(char)}",
                labels=(Label(opening, "in the text that begins here"),),
            )
        return self._syntax(
            "a backslash is followed by something that is no escape",
            self._span(1),
            r"write \\ for a backslash itself; escapes are \" \\ \/ \b \f \n \r \t and \u with four hex digits",
            labels=(Label(opening, "in the text that begins here"),),
        )


def _escape(char: str) -> str:
    return r"\t" if char == "\t" else f"\\u{ord(char):04x}"
