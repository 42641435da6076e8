"""What a page of the documentation shows: the files, commands and Python that stand in its fenced blocks.

A `yaml`, `json`, `toml` or `py` block is a file, called as its `title` says, or as the next command calls what it
reads.
A `console` block holds commands behind `$`, each with what it prints. A `python` block is a dialogue with Python.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FILES = ("yaml", "json", "py", "toml")
_BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TITLE = re.compile(r'title="([^"]+)"')
_COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


class Block(NamedTuple):
    """A fenced block: its language, the name of its file if it has one, its text, and where the text begins."""

    language: str
    title: str
    text: str
    start: int


class Command(NamedTuple):
    """A command that a page shows: what is typed, what it prints, and where that stands on the page."""

    line: str
    output: str
    start: int

    @property
    def words(self) -> list[str]:
        """The command as the shell reads it."""
        return shlex.split(self.line)


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page, in their order."""
    found = []
    for match in _BLOCK.finditer(text):
        language, options, body = match.groups()
        title = _TITLE.search(options)
        found.append(Block(language, title.group(1) if title else "", body, match.start(3)))
    return found


def commands(block: Block) -> Iterator[Command]:
    """The commands of a console block."""
    for match in _COMMAND.finditer(block.text):
        yield Command(match.group(1), match.group(2), block.start + match.start(2))


def read_by(command: Command) -> str | None:
    """The name of the first file of the working folder that a command reads, without its variant."""
    for word in command.words[1:]:
        name = word.rpartition(":")[0] or word
        for candidate in (word, name):
            if candidate.endswith((".yaml", ".json")) and "/" not in candidate and not word.startswith("-"):
                return candidate
    return None
