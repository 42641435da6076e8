"""Plain text as Markdown: what Markdown would obey stands for itself, and code between backticks stays code."""

from __future__ import annotations

import re
from collections.abc import Iterable

_CODE = re.compile(r"(`[^`\n]+`)")
_SPECIAL = re.compile(r"([\\*_<|])")


def escaped(text: str) -> str:
    r"""A line of text.

    >>> print(escaped("(C, *N), as `a * b`"))
    (C, \*N), as `a * b`
    """
    return "".join(part if part.startswith("`") else _SPECIAL.sub(r"\\\1", part) for part in _CODE.split(text))


def cell(text: str) -> str:
    """A cell of a table, in which also code must not hold a bar."""
    return "".join(
        part.replace("|", r"\|") if part.startswith("`") else _SPECIAL.sub(r"\\\1", part) for part in _CODE.split(text)
    )


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def fenced(language: str, text: str) -> str:
    """A block of code."""
    return f"```{language}\n{text.strip(chr(10))}\n```\n"


def paragraphs(text: str) -> str:
    """Prose with list items and indented examples, as docstrings and the pages of codes have it."""
    found = []
    for part in re.split(r"\n\s*\n", text.strip()):
        lines = part.split("\n")
        if lines[0].startswith(">>> "):
            found.append(fenced("python", part).rstrip())
        elif all(line.startswith("    ") for line in lines):
            found.append(fenced("text", "\n".join(line[4:] for line in lines)).rstrip())
        else:
            found.append(
                "\n".join(escaped(line.strip()) if line[:2] != "- " else f"- {escaped(line[2:])}" for line in lines)
            )
    return "\n\n".join(found) + "\n"
