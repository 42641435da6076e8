"""Slips that break YAML and that a look at the line gives away: what is missing, and how the line is written."""

from __future__ import annotations

import re
from collections.abc import Iterable

from archcalc.diagnostics.codes.text import YAML_SYNTAX
from archcalc.diagnostics.model import Diagnostic, Span
from archcalc.patterns import compiled_later
from archcalc.source.text import SourceFile

_HEAD = r"(?P<head>\s*(?:- +)*)"
_KEY = r"(?P<key>[A-Za-z_]\w*)"
_DASH = compiled_later(r"(?P<head>\s*(?:- +)*)-(?P<rest>[A-Za-z_].*)")
_EQUALS = compiled_later(rf"{_HEAD}{_KEY}(?P<space>\s*)=(?!=)\s*(?P<rest>.*)")
_NO_COLON = compiled_later(rf"{_HEAD}{_KEY}\s+(?P<rest>[\[{{].*)")
_NO_COLON_IN_FLOW = compiled_later(rf"(?:^|.*[\[{{,\s]){_KEY}\s+$")
_TWO_KEYS = compiled_later(rf"{_HEAD}{_KEY}:\s+(?P<rest>\S.*)")
_WORDS = compiled_later(rf"{_HEAD}{_KEY}(?P<rest>\s+[^\s:\[{{#-][^:\[{{#]*)?")
_NO_COMMA = compiled_later(rf"[^\s,{{\[:]\s+{_KEY}\s*$")
_KEY_AHEAD = compiled_later(r"(?:^|[\s,])[A-Za-z_]\w*:\s")
_COMMENT = compiled_later(r"\s+#.*$")
_PYTHON = compiled_later(
    r"(?:[ \t]*(?:#.*)?\n)*(?P<code>import [\w.]+.*|from [\w.]+ import .*|(?:class|def) \w+.*:.*|@\w.*|\w+\()$",
    re.MULTILINE,
)
"""How a module of Python begins, or what it prints of a model: `Sequential(`."""


def in_python(file: SourceFile) -> Diagnostic | None:
    """The finding on a text that is Python: its first line of code says so, whatever YAML makes of it.

    >>> found = in_python(SourceFile("net.py", "# A net.\\nimport torch\\n"))
    >>> found.message, found.span.line
    ('this is Python, and a spec is YAML or JSON', 2)
    """
    match = _PYTHON.match(file.text)
    if match is None:
        return None
    return Diagnostic(
        YAML_SYNTAX,
        "this is Python, and a spec is YAML or JSON",
        file.span(*match.span("code")),
        help=(
            "write its layers as steps: `nn.Conv2d(3, 64, 3)` is `- conv: [64, 3]`; `archcalc new` prints a spec to "
            "begin with",
        ),
    )


def line_slip(file: SourceFile, lines: Iterable[int]) -> Diagnostic | None:
    """The finding on the first of these lines that shows a slip: a dash, a colon or braces that are missing.

    >>> found = line_slip(SourceFile("net.yaml", "input = [3, 8, 8]\\nlayers: [relu]"), [2, 1])
    >>> found.span, found.help
    (Span(line=1, column=7, end_line=1, end_column=8), ('write `input: [3, 8, 8]`',))
    """
    for line in dict.fromkeys(lines):
        text = _COMMENT.sub("", file.line(line))
        if match := _DASH.fullmatch(text):
            return _finding("a space is missing after the dash", line, len(match["head"]), f"- {match['rest']}")
        if match := _EQUALS.fullmatch(text):
            column = match.end("space")
            written = f"{match['key']}: {match['rest']}".strip()
            return _finding('a key ends with ":", and here is "="', line, column, f"{_dash(match)}{written}")
        if match := _NO_COLON.fullmatch(text):
            written = f"{_dash(match)}{match['key']}: {match['rest']}"
            return _finding(f"a colon is missing after `{match['key']}`", line, match.end("key"), written)
    return None


def two_keys(file: SourceFile, line: int) -> str | None:
    """How a line with a key behind a key is written: `conv: out: 16, kernel: 5` needs braces.

    >>> two_keys(SourceFile("net.yaml", "- conv: out: 16, kernel: 5"), 1)
    'fields on one line stand in braces: `- conv: {out: 16, kernel: 5}`'
    """
    match = _TWO_KEYS.fullmatch(_COMMENT.sub("", file.line(line)))
    if match is None or not _KEY_AHEAD.search(match["rest"]) or match["rest"][0] in "[{\"'":
        return None
    first = _KEY_AHEAD.search(match["rest"])
    unnamed = [value.strip() for value in match["rest"][: first.start() if first else 0].split(",") if value.strip()]
    rest = ", ".join(
        [*(f"NAME: {value}" for value in unnamed), match["rest"][first.start() if first else 0 :].strip(", ")]
    )
    return f"fields on one line stand in braces: `{_dash(match)}{match['key']}: {{{rest}}}`"


def with_colon(file: SourceFile, line: int) -> str | None:
    """How a line is written that has words and no colon: `repeat 2`, or a key alone.

    >>> with_colon(SourceFile("net.yaml", "  - repeat 2"), 1), with_colon(SourceFile("net.yaml", "layers"), 1)
    ('write `- repeat: 2`', 'write `layers:`')
    """
    match = _WORDS.fullmatch(_COMMENT.sub("", file.line(line)).rstrip())
    return f"write `{_dash(match)}{match['key']}:{match['rest'] or ''}`" if match is not None else None


def missing_colon(file: SourceFile, line: int) -> str | None:
    """How the line above is written, where it has words and no colon, so that the next one cannot have a key."""
    above = with_colon(file, line - 1) if line > 1 else None
    return None if above is None else f"a colon is missing in line {line - 1}: {above}"


def missing_comma(file: SourceFile, line: int, column: int) -> str | None:
    """Where a comma is missing between the fields of a flow map, `{out: 16 kernel: 5}`.

    >>> missing_comma(SourceFile("net.yaml", "conv: {out: 16 kernel: 5}"), 1, 22)
    'a comma is missing in front of `kernel`'
    """
    match = _NO_COMMA.search(file.line(line)[: column - 1])
    return f"a comma is missing in front of `{match['key']}`" if match else None


def flow_slip(file: SourceFile, line: int, column: int) -> Diagnostic | None:
    """The finding for `[conv {out: 16}]`: a colon is missing before a bracket in a flow collection."""
    text = file.line(line)
    match = _NO_COLON_IN_FLOW.match(text[: column - 1])
    if text[column - 1 : column] not in ("[", "{") or match is None:
        return None
    closing = text.find("]" if text[column - 1] == "[" else "}", column)
    rest = text[column - 1 : closing + 1] if closing > 0 else text[column - 1 :]
    return _finding(f"a colon is missing after `{match['key']}`", line, match.end("key"), f"{match['key']}: {rest}")


def _dash(match: re.Match[str]) -> str:
    return "- " if match["head"].strip() else ""


def _finding(message: str, line: int, before: int, written: str) -> Diagnostic:
    shown = written if len(written) <= 80 else f"{written[:77]}..."
    return Diagnostic(YAML_SYNTAX, message, Span(line, before + 1, line, before + 2), help=(f"write `{shown}`",))
