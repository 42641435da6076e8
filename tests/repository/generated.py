"""Files and sections of documents that programs write; `python tests/regenerate.py` renews them all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]


class GeneratedFile(NamedTuple):
    """A file that is written as a whole. `path` is relative to the root of the repository."""

    path: str
    write: Callable[[], str]

    @property
    def name(self) -> str:
        """What a message calls it."""
        return self.path

    def renewed(self, _stored: str) -> str:
        """The text of today, whatever is stored."""
        return self.write()


class Section(NamedTuple):
    """A stretch of a document between `<!-- marker: generated -->` and `<!-- /marker -->`, on lines of their own."""

    path: str
    marker: str
    write: Callable[[], str]

    @property
    def name(self) -> str:
        """What a message calls it."""
        return f"{self.path}, {self.marker}"

    def renewed(self, stored: str) -> str:
        """The document with this section as it is today. Raises: ValueError if the document has no place for it."""
        start, end = f"<!-- {self.marker}: generated -->\n", f"<!-- /{self.marker} -->\n"
        if stored.count(start) != 1 or stored.count(end) != 1:
            raise ValueError(f"{self.path} needs {start.strip()} and {end.strip()} once, each on a line of its own")
        before, _, rest = stored.partition(start)
        _, _, after = rest.partition(end)
        return f"{before}{start}{self.write()}{end}{after}"


Generated = GeneratedFile | Section


def stored(one: Generated) -> str:
    """The file as it is in the repository."""
    return (ROOT / one.path).read_text(encoding="utf-8")


def is_current(one: Generated) -> bool:
    """Whether writing it again would change nothing."""
    text = stored(one)
    return one.renewed(text) == text


def renew(one: Generated) -> bool:
    """Write it; returns whether that changed it."""
    text = stored(one)
    today = one.renewed(text)
    (ROOT / one.path).write_text(today, encoding="utf-8", newline="\n")
    return today != text
