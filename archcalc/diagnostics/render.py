"""Diagnostics as people read them, and as programs do.

`render` shows a finding at its place in the source; every marked stretch has a row of its own under its line,
the primary one with `^`, others with `-`. Nothing from outside reaches the output unchecked
(`archcalc.terminal.visible`), and lines fit the width.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from archcalc.diagnostics.model import Diagnostic, Help, Span
from archcalc.diagnostics.patch import NewLine, new_lines
from archcalc.diagnostics.severities import COLORS
from archcalc.terminal import NARROWEST, PLAIN, TAB, Style, Terminal, character_width, display_width, visible, wrap

# The text of a line of the source (counted from 1), or None where there is none.
LineReader = Callable[[int], str | None]

_CUT = "..."
# More lines of one change than this are told by their number.
_PATCH = 4
# A label with less room than this beside its underline goes below it.
_COMFORTABLE = 30
# A span over more lines than this shows its first and its last line only.
_WHOLE_BLOCK = 4
# Lines longer than this are measured around the mark only: generated one-line JSON can have megabytes.
_LONG_LINE = 4000
# How far back from the end of a span the last line with text is looked for.
_LOOK_BACK = 1000


class _Mark(NamedTuple):
    """An underline on one line; `start` and `end` count characters from 0."""

    line: int
    start: int
    end: int
    text: str
    primary: bool


def render(
    diagnostic: Diagnostic,
    file_name: str,
    get_line: LineReader,
    terminal: Terminal = PLAIN,
) -> str:
    """The finding as text for a terminal of at least 40 cells, without a newline at the end.

    The line with the file name is never cut, however long: editors and people take the place from it. In notes
    and help a newline begins a new (indented) line; everywhere else it is spelt out.

    >>> from archcalc.diagnostics.model import Code
    >>> code = Code("AC301", "fractional-output", "error", "a window does not fit", "", "", "")
    >>> finding = Diagnostic(code, "a fraction", Span(2, 9, 2, 17), label="1 column over", help=("use padding: 1",))
    >>> print(render(finding, "net.yaml", {1: "layers:", 2: "- conv: {out: 1}"}.get))
    error[AC301]: a fraction
      --> net.yaml:2:9
       |
     2 | - conv: {out: 1}
       |         ^^^^^^^^ 1 column over
       = help: use padding: 1
    """
    terminal = terminal.at_least(NARROWEST)
    severity = diagnostic.severity
    shown = _shown_lines(_marks(diagnostic, get_line), get_line)
    patches: dict[str, list[NewLine]] = {
        text: new_lines(text.changes, get_line) for text in diagnostic.help if isinstance(text, Help)
    }
    written = [line.number for patch in patches.values() for line in patch[:_PATCH]]
    digits = len(str(max([*shown, *written], default=1)))
    gutter = " " * (digits + 2)

    def edge(text: str) -> str:
        return terminal.paint(text, "bold", "cyan")

    title = f"{severity}[{diagnostic.code.id}]"
    first, *rest = terminal.wrapped(diagnostic.message, less=len(title) + 2)
    rows = [terminal.paint(title, "bold", COLORS[severity]) + terminal.paint(": " + first, "bold")]
    rows.extend(" " * (len(title) + 2) + terminal.paint(line, "bold") for line in rest)

    place = terminal.visible(file_name)
    if diagnostic.span is not None:
        place += f":{diagnostic.span.line}:{diagnostic.span.column}"
    rows.append(f"{' ' * (digits + 1)}{edge('-->')} {place}")

    if shown:
        rows.append(edge(gutter + "|"))
    room = terminal.width - digits - 4
    previous: int | None = None
    for number, marks in shown.items():
        if previous is not None and number > previous + 1:
            rows.append(edge(_CUT))
        previous = number
        for row in _excerpts(get_line(number) or "", marks, room, terminal.encoding):
            if row.mark is None:
                head = edge(f" {number:>{digits}} |")
                rows.append(f"{head} {row.text}" if row.text else head)
            else:
                style = COLORS[severity] if row.mark.primary else "cyan"
                rows.append(f"{edge(gutter + '|')} {' ' * row.indent}{terminal.paint(row.text, 'bold', style)}")

    layer = [("layer", diagnostic.layer.replace("\n", "\\n"))] if diagnostic.layer is not None else []
    remarks = [*layer, *(("note", text) for text in diagnostic.notes), *(("help", text) for text in diagnostic.help)]
    for kind, text in remarks:
        head = f"{edge(gutter + '=')} {terminal.paint(kind, 'bold')}: "
        hanging = " " * (digits + 6 + len(kind))
        for line in (line for part in text.split("\n") for line in terminal.wrapped(part, less=len(hanging))):
            rows.append((head + line).rstrip())
            head = hanging
        rows.extend(_patch(patches.get(text, []), digits, terminal))
    return "\n".join(rows)


def _patch(lines: list[NewLine], digits: int, terminal: Terminal) -> Iterator[str]:
    """The lines that a help writes: what is put in is marked by `+`, what stands in the place of something by `~`."""
    room = terminal.width - digits - 4
    for line in lines[:_PATCH]:
        mark = _Mark(line.number, line.start, line.end, "", True)
        view = _View(line.text, mark, room, terminal.encoding)
        sign = "+" if line.is_added else "|"
        yield f"{terminal.paint(f' {line.number:>{digits}} {sign}', 'bold', 'cyan')} {view.text}".rstrip()
        if not line.is_added and line.end > line.start:
            begin, end = view.cells(mark)
            style: Style = "yellow" if line.replaces else "green"
            marks = terminal.paint(("~" if line.replaces else "+") * (end - begin), "bold", style)
            yield f"{terminal.paint(' ' * (digits + 2) + '|', 'bold', 'cyan')} {' ' * begin}{marks}"
    if len(lines) > _PATCH:
        yield f"{' ' * (digits + 2)}{terminal.paint(_CUT, 'bold', 'cyan')} and {len(lines) - _PATCH} more lines"


def as_json(diagnostic: Diagnostic, file: str) -> dict[str, object]:
    """The finding as plain data for JSON. Without a span the four positions are null; texts are unchanged."""
    span = diagnostic.span
    return {
        "code": diagnostic.code.id,
        "name": diagnostic.code.name,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "file": file,
        "line": span.line if span else None,
        "column": span.column if span else None,
        "end_line": span.end_line if span else None,
        "end_column": span.end_column if span else None,
        "layer": diagnostic.layer,
        "label": diagnostic.label,
        "notes": list(diagnostic.notes),
        "help": [str(text) for text in diagnostic.help],
        "changes": [
            {
                "help": str(text),
                "certain": text.is_certain,
                "edits": [{**change.span._asdict(), "text": change.text} for change in text.changes],
            }
            for text in diagnostic.help
            if isinstance(text, Help) and text.changes
        ],
        "labels": [
            {"line": label.span.line, "column": label.span.column, "text": label.text} for label in diagnostic.labels
        ],
    }


def _marks(diagnostic: Diagnostic, get_line: LineReader) -> list[_Mark]:
    """All underlines of a finding on lines that exist, the primary ones first."""
    marks: list[_Mark] = []
    if diagnostic.span is not None:
        marks.extend(_split(diagnostic.span, diagnostic.label, True, get_line))
    for label in diagnostic.labels:
        for mark in _split(label.span, label.text, False, get_line):
            if mark not in marks:
                marks.append(mark)
    return marks


def _split(span: Span, text: str, primary: bool, get_line: LineReader) -> list[_Mark]:
    """A span as underlines, one per line; the text stands at the last of them."""
    line, start = max(span.line, 1), max(span.column, 1) - 1
    last, end = span.end_line, span.end_column - 1
    if (last, end) < (line, start):
        last, end = line, start
    if last > line:
        last, end = _last_text(line, last, end, get_line)
    first_line = get_line(line)
    if last == line:
        if span.end_line > line and first_line is not None:
            end = max(start, len(first_line.rstrip()))
        return [] if first_line is None else [_Mark(line, start, end, text, primary)]

    numbers = range(line, last + 1) if last - line < _WHOLE_BLOCK else (line, last)
    marks = []
    for number in numbers:
        content = get_line(number)
        if content is None or (number != line and not content.strip()):
            continue
        begin = start if number == line else len(content) - len(content.lstrip())
        stop = end if number == last else len(content.rstrip())
        marks.append(_Mark(number, begin, max(begin, stop), text if number == last else "", primary))
    return marks


def _last_text(line: int, last: int, end: int, get_line: LineReader) -> tuple[int, int]:
    """Where the text of a span ends: a block of YAML ends, for its parser, where the next token begins."""
    for number in range(last, max(line, last - _LOOK_BACK), -1):
        content = get_line(number)
        if content is not None:
            stop = len((content[: max(end, 0)] if number == last else content).rstrip())
            if stop:
                return number, stop
    return line, 0


def _shown_lines(marks: list[_Mark], get_line: LineReader) -> dict[int, list[_Mark]]:
    """The lines to print, in order, with their marks; one line between two others is printed rather than left out."""
    by_line: dict[int, list[_Mark]] = {}
    for mark in marks:
        by_line.setdefault(mark.line, []).append(mark)
    shown: dict[int, list[_Mark]] = {}
    previous: int | None = None
    for number in sorted(by_line):
        if previous is not None and number == previous + 2 and get_line(number - 1) is not None:
            shown[number - 1] = []
        shown[number] = sorted(by_line[number], key=lambda mark: (not mark.primary, mark.start, mark.end))
        previous = number
    return shown


class _Row(NamedTuple):
    """One row of an excerpt: source text when `mark` is None, otherwise an underline or a piece of its label."""

    text: str
    indent: int = 0
    mark: _Mark | None = None


def _excerpts(line: str, marks: list[_Mark], room: int, encoding: str) -> list[_Row]:
    """A line with its underlines; a long line is shown again for each place that does not fit into the same view."""
    line = line.rstrip("\r\n")
    rows: list[_Row] = []
    waiting = marks
    while True:
        view = _View(line, waiting[0] if waiting else None, room, encoding)
        rows.append(_Row(view.text))
        inside = [mark for mark in waiting if mark is waiting[0] or view.holds(mark)]
        for mark in inside:
            rows.extend(_underline(view, mark, room, encoding))
        waiting = [mark for mark in waiting if mark not in inside]
        if not waiting:
            return rows


def _underline(view: _View, mark: _Mark, room: int, encoding: str) -> list[_Row]:
    start, end = view.cells(mark)
    underline = ("^" if mark.primary else "-") * (end - start)
    label = visible(mark.text, encoding)
    if not label:
        return [_Row(underline, start, mark)]
    beside = room - end - 1
    width = display_width(label)
    if width <= beside or beside >= _COMFORTABLE:
        first, *rest = wrap(label, beside)
        return [_Row(f"{underline} {first}", start, mark), *(_Row(text, end + 1, mark) for text in rest)]
    indent = max(0, min(start, room - min(width, _COMFORTABLE)))
    below = [_Row(text, indent, mark) for text in wrap(label, room - indent)]
    return [_Row(underline, start, mark), *below]


class _View:
    """The part of a source line that fits the room, laid out in cells around a mark."""

    __slots__ = ("_begin", "_first", "_left", "_limit", "_starts", "text")

    def __init__(self, line: str, mark: _Mark | None, room: int, encoding: str) -> None:
        begin, stop = 0, len(line)
        if len(line) > _LONG_LINE:
            begin = max(0, min(mark.start, len(line)) - 2 * room) if mark else 0
            stop = min(len(line), begin + 4 * room)
        self._begin = begin
        pieces: list[str] = []
        starts = [0]
        for character in line[begin:stop]:
            piece = " " * (TAB - starts[-1] % TAB) if character == "\t" else visible(character, encoding)
            pieces.append(piece)
            starts.append(starts[-1] + (character_width(piece) if len(piece) == 1 else len(piece)))
        self._starts = starts

        total = starts[-1]
        start, end = self._whole(mark) if mark else (0, 0)
        more_before, more_after = begin > 0, stop < len(line)
        left = 0
        fits = end <= (room - len(_CUT) if total > room or more_after else room)
        if more_before or not fits:
            left = max(0, start - max(len(_CUT), (room - min(end - start, room)) // 2))
            if not more_after:
                left = max(0, min(left, max(total, end) - room))
        cut_before = more_before or left > 0
        cut_after = more_after or total - left > room
        self._left = left
        self._first = left + (len(_CUT) if cut_before else 0)
        self._limit = left + room - (len(_CUT) if cut_after else 0)

        body: list[str] = []
        at = self._first
        for index, piece in enumerate(pieces):
            if starts[index] >= self._first and starts[index + 1] <= self._limit:
                # A wide character or a spelt-out one that sits on the edge leaves its cells empty.
                body.append(" " * (starts[index] - at) + piece)
                at = starts[index + 1]
        text = (_CUT if cut_before else "") + "".join(body)
        self.text = f"{text}{' ' * (self._limit - at)}{_CUT}" if cut_after else text.rstrip(" ")

    def _whole(self, mark: _Mark) -> tuple[int, int]:
        last = len(self._starts) - 1
        start = self._starts[min(max(mark.start - self._begin, 0), last)]
        end = self._starts[min(max(mark.end - self._begin, 0), last)]
        return start, max(start + 1, end)

    def holds(self, mark: _Mark) -> bool:
        """Whether all of the mark is in view."""
        if not self._begin <= mark.start:
            return False
        start, end = self._whole(mark)
        return self._first <= start and end <= self._limit

    def cells(self, mark: _Mark) -> tuple[int, int]:
        """Where the mark begins and ends on the screen, at least one cell wide."""
        start, end = self._whole(mark)
        start = min(max(start, self._first), self._limit - 1)
        end = max(start + 1, min(end, self._limit))
        return start - self._left, end - self._left
