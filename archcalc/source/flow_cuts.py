"""The trap of flow collections: `{out: max(1, c)}` is a map with the keys `out` and `c)`.

YAML ends a plain value inside { } and [ ] at every comma. Parentheses that are left open by it give the accident away.
"""

from __future__ import annotations

import re

from archcalc.diagnostics.codes.text import FLOW_CUTS_EXPRESSION
from archcalc.diagnostics.model import Diagnostic, Label, Span
from archcalc.source.document import Scalar
from archcalc.source.findings import shorten
from archcalc.source.text import SourceFile


class FlowCuts:
    """The parentheses of the plain values inside one flow collection, followed until they are balanced again."""

    __slots__ = ("_field", "_file", "_first", "depth", "level")

    def __init__(self, file: SourceFile) -> None:
        self._file = file
        self._first: Scalar | None = None
        self._field = ""
        self.depth = 0
        """Parentheses open now."""
        self.level = 0
        """Nesting level of the collection in which the first of them was opened."""

    def follow(self, scalar: Scalar, field: Scalar | None, level: int, is_key: bool) -> Diagnostic | None:
        """Take in the next plain value (or key) of a flow collection; the finding when an accident has come to light.

        `field` is the key whose value this is.
        """
        depth = self.depth
        for char in scalar.text:
            if char == "(":
                depth += 1
            elif char == ")":
                depth -= 1
                if depth < 0:
                    self.depth = 0
                    self._first = None
                    return self._never_opened(scalar)
        opened, self.depth = self.depth == 0 and depth > 0, depth
        if opened:
            self._first, self.level = scalar, level
            self._field = f"{field.text}: " if field is not None else ""
            return None
        if depth == 0 and self._first is not None:
            first, self._first = self._first, None
            return self._cut(first, Label(scalar.span, f"read as {'a key' if is_key else 'a value'} of its own"))
        return None

    def unclosed(self, *, unread: bool = False) -> Diagnostic | None:
        """The finding when the collection ends with a parenthesis open; or when reading ends first (`unread`)."""
        first, self._first, self.depth = self._first, None, 0
        if first is None:
            return None
        if unread:
            return self._cut(first, None)
        return Diagnostic(
            FLOW_CUTS_EXPRESSION,
            f'unbalanced parenthesis: "{shorten(first.text)}" opens one that is never closed',
            first.span,
            label="this is where the value ends",
            help=('close it; an expression with a comma needs quotes inside { } and [ ]: "max(a, b)"',),
        )

    def _never_opened(self, scalar: Scalar) -> Diagnostic:
        return Diagnostic(
            FLOW_CUTS_EXPRESSION,
            f'unbalanced parenthesis: "{shorten(scalar.text)}" closes one that was never opened',
            scalar.span,
            help=('an expression with a comma needs quotes inside { } and [ ]: "max(a, b)"',),
        )

    def _cut(self, first: Scalar, last: Label | None) -> Diagnostic:
        whole = ""
        if last is not None and first.line == last.span.end_line:
            whole = self._file.line(first.line)[first.column - 1 : last.span.end_column - 1]
        if re.fullmatch(r"\([\w\s,]*\)", whole):
            help = f"a list is written in brackets: {self._field}[{whole[1:-1].strip()}]"
        else:
            quoted = _in_quotes(whole) if 0 < len(whole) <= 60 else '"..."'
            help = f"put the expression in quotes, {self._field}{quoted}, or give each field a line of its own"
        return Diagnostic(
            FLOW_CUTS_EXPRESSION,
            f'unbalanced parenthesis: inside {{ }} and [ ] the comma ends the value, which is "{shorten(first.text)}"',
            first.span,
            label="this is all of the value",
            labels=(last,) if last is not None else (),
            help=(help,),
        )


def bracket_cut(file: SourceFile, line: int, column: int) -> Diagnostic | None:
    """The finding when a value in a flow collection is cut by a bracket, as `{kernel: sizes[0]}`; else None."""
    text = file.line(line)
    at = column - 1
    if text[at : at + 1] not in ("[", "{") or not (text[at - 1 : at].isalnum() or text[at - 1 : at] in ("_", ")", "]")):
        return None
    start = at
    while start > 0 and text[start - 1] not in "{[,:\"' ":
        start -= 1
    end = text.find("]" if text[at] == "[" else "}", at)
    whole = text[start : end + 1] if end > 0 else text[start:]
    return Diagnostic(
        FLOW_CUTS_EXPRESSION,
        f'unbalanced bracket: inside {{ }} and [ ] the value ends before this "{text[at]}"',
        Span(line, column, line, column + 1),
        label="this begins a new value",
        help=(f"put the expression in quotes, {_in_quotes(shorten(whole))}, or give each field a line of its own",),
    )


def _in_quotes(text: str) -> str:
    if '"' not in text and "\\" not in text:
        return f'"{text}"'
    return "'" + text.replace("'", "''") + "'"
