"""The manual of the codes: what `archcalc explain AC301` prints, and the list of all codes."""

from __future__ import annotations

from collections.abc import Iterable

from archcalc.diagnostics.model import Code, Severity
from archcalc.terminal import PLAIN, Style, Terminal, wrap

_COLOR: dict[Severity, Style] = {"error": "red", "warning": "yellow", "note": "cyan"}
_INDENT = "    "
# A title with less room than this beside the name goes below it.
_COMFORTABLE = 30
RANGES = {
    "AC1": "The text and the language of a spec",
    "AC2": "The graph",
    "AC3": "Shapes",
    "AC4": "Counts and expectations",
    "AC5": "Export",
    "AC6": "Configuration",
}
"""What the hundreds of the codes are about."""


def page(code: Code, terminal: Terminal = PLAIN) -> str:
    """The manual page of a code, without a newline at the end.

    Prose is wrapped to the width, paragraph by paragraph; the example stands as it was written, whatever its width.
    """
    width = terminal.width
    head = f"{terminal.paint(code.id, 'bold')} {terminal.paint(code.name, 'bold', 'cyan')}"
    sections = [
        f"{head} ({terminal.paint(code.severity, _COLOR[code.severity])})\n" + "\n".join(wrap(code.title, width)),
        _prose(code.meaning, width),
        _section("Example", _example(code.example), terminal),
        _section("Fix", _prose(code.fix, width - len(_INDENT)), terminal),
        _section("Source", _prose(code.source, width - len(_INDENT)), terminal),
    ]
    return "\n\n".join(section for section in sections if section)


def index(terminal: Terminal = PLAIN, codes: Iterable[Code] | None = None) -> str:
    """The list of the codes, by default of all of them, under the headings of their hundreds."""
    if codes is None:
        from archcalc.diagnostics.catalogue import all_codes

        codes = all_codes()
    width = terminal.width
    listed = sorted(codes)
    name_width = max((len(code.name) for code in listed), default=0)
    beside = len("AC301  ") + name_width + len("  warning  ")
    groups: dict[str, list[str]] = {}
    for code in listed:
        rows = groups.setdefault(code.id[:3], [])
        number = terminal.paint(code.id, "bold")
        severity = terminal.paint(code.severity, _COLOR[code.severity])
        if width - beside >= _COMFORTABLE:
            first, *rest = wrap(code.title, width - beside)
            pad, gap = " " * (name_width - len(code.name)), " " * (len("warning") - len(code.severity))
            rows.append(f"{number}  {code.name}{pad}  {severity}{gap}  {first}".rstrip())
            rows.extend(" " * beside + line for line in rest)
        else:
            rows.append(f"{number}  {code.name} ({severity})")
            rows.extend(" " * 7 + line for line in wrap(code.title, width - 7))
    return "\n\n".join(
        "\n".join([terminal.paint(RANGES.get(hundred, hundred), "bold"), *rows]) for hundred, rows in groups.items()
    )


def _section(title: str, body: str, terminal: Terminal) -> str:
    if not body:
        return ""
    lines = [_INDENT + line if line else "" for line in body.split("\n")]
    return "\n".join([terminal.paint(title, "bold"), *lines])


def _prose(text: str, width: int) -> str:
    """Paragraphs, wrapped; a line end of the source counts as a space, but a list item ("- ", "* ") begins a line."""
    paragraphs: list[str] = []
    items: list[list[str]] = [[]]
    for line in [*text.strip().split("\n"), ""]:
        words = line.split()
        if not words:
            wrapped = [row for item in items for row in _item(" ".join(item), width)]
            if wrapped:
                paragraphs.append("\n".join(wrapped))
            items = [[]]
        elif words[0] in ("-", "*") and len(words) > 1:
            items.append(words)
        else:
            items[-1].extend(words)
    return "\n\n".join(paragraphs)


def _item(text: str, width: int) -> list[str]:
    if text[:2] not in ("- ", "* "):
        return wrap(text, width) if text else []
    first, *rest = wrap(text[2:], max(width - 2, 2))
    return [text[:2] + first, *("  " + row for row in rest)]


def _example(text: str) -> str:
    from textwrap import dedent

    return "\n".join(line.rstrip() for line in dedent(text).strip("\n").split("\n")).rstrip()
