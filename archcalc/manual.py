"""The manual of the language: the pages under docs/language, of which `archcalc explain rounding` prints a section.

A page is Markdown, of which a section may hold paragraphs, lists, tables and code. A section is headed by its word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from archcalc.terminal import PLAIN, Terminal, display_width, wrap

PAGES = ("file", "steps", "maps", "values", "windows", "claims")
"""The pages in the order in which they are read."""
_INDENT = "    "
_NARROW = 12
"""Cells that the last column of a table has at the least."""
_FENCE = re.compile(r"^```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"^<!-- .* -->\n?", re.MULTILINE)
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")


class Section(NamedTuple):
    """What the manual says about one word of the language."""

    word: str
    page: str
    """The title of the page that it is on."""
    text: str
    """Markdown, without the heading."""


@cache
def sections() -> dict[str, Section]:
    """All sections by their words, in the order of the manual.

    >>> sections()["rounding"].page
    'The file'
    """
    return {section.word: section for page in PAGES for section in _sections(_read(page))}


def section_page(word: str, terminal: Terminal = PLAIN) -> str:
    """A section for a terminal. Raises: KeyError for a word that has none.

    >>> print(section_page("len"))
    len (Values)
    <BLANKLINE>
    `len(list)`: how many entries a list has.
    """
    section = sections()[word]
    head = f"{terminal.paint(word, 'bold', 'cyan')} ({section.page})"
    return "\n\n".join([head, *_blocks(section.text, terminal)])


def section_index(terminal: Terminal = PLAIN) -> str:
    """The words by page."""
    pages: dict[str, list[str]] = {}
    for section in sections().values():
        pages.setdefault(section.page, []).append(section.word)
    return "\n\n".join(
        "\n".join([terminal.paint(page, "bold"), *wrap("  " + ", ".join(words), terminal.width)])
        for page, words in pages.items()
    )


def _read(page: str) -> str:
    here = Path(__file__).resolve().parent
    # In the package as it is installed, or in a checkout.
    folder = next(folder for folder in (here / "language", here.parent / "docs" / "language") if folder.is_dir())
    return (folder / f"{page}.md").read_text(encoding="utf-8")


def _sections(page: str) -> Iterator[Section]:
    opening, *rest = re.split(r"^## ", page, flags=re.MULTILINE)
    title = opening.removeprefix("# ").partition("\n")[0]
    for part in rest:
        word, _, text = part.partition("\n")
        yield Section(word.strip(), title, _COMMENT.sub("", text).strip())


def _blocks(text: str, terminal: Terminal) -> Iterator[str]:
    """The parts of a section as they are shown: code indented, tables in columns, prose wrapped."""
    for index, part in enumerate(_FENCE.split(text)):
        if index % 2:
            yield "\n".join((_INDENT + line).rstrip() for line in part.rstrip("\n").split("\n"))
            continue
        for paragraph in part.strip().split("\n\n") if part.strip() else ():
            if paragraph.startswith("|"):
                yield _table(paragraph, terminal)
            else:
                yield "\n".join(row for line in paragraph.split("\n") for row in _prose(_plain(line), terminal.width))


def _plain(text: str) -> str:
    """Markdown without the addresses of its links."""
    return _LINK.sub(r"\1", text)


def _prose(line: str, width: int) -> list[str]:
    if not line.startswith("- "):
        return wrap(line, width)
    first, *rest = wrap(line[2:], max(width - 2, 2))
    return [f"- {first}", *(f"  {row}" for row in rest)]


def _table(text: str, terminal: Terminal) -> str:
    """A table of Markdown in columns; the last one is wrapped, and goes below the others where it has no room."""
    rows = [
        [_plain(cell.strip()).replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in text.split("\n")
    ]
    head, body = rows[0], rows[2:]
    widths = [max(display_width(row[column]) for row in (head, *body)) for column in range(len(head) - 1)]
    beside = 2 + sum(widths) + 2 * len(widths)
    is_narrow = terminal.width - beside < _NARROW
    lines = []
    for row in (head, *body):
        cells = [cell + " " * (width - display_width(cell)) for cell, width in zip(row, widths, strict=False)]
        first, *rest = wrap(row[-1], max(terminal.width - (4 if is_narrow else beside), _NARROW))
        start = "  " + "  ".join(cells)
        if is_narrow:
            lines.extend([*wrap(start.rstrip(), terminal.width), *(f"    {line}" for line in (first, *rest))])
        else:
            lines.extend([f"{start}  {first}".rstrip(), *(" " * beside + line for line in rest)])
        if row is head:
            lines = [terminal.paint(line, "bold") for line in lines]
    return "\n".join(lines)
