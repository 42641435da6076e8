"""Why a network could not be read."""

from __future__ import annotations


class ImportFailure(Exception):
    """A source that could not be read: what kind of failure it is, in a sentence, where, and what to do about it.

    `kind` is a word that programs can compare (`missing-file`, `forward`, `time`, ...), `place` is `net.py:12`, the
    path of a module or the name of a node, `help` says the way out.

    >>> print(ImportFailure("missing-file", "there is no file `net.py`", help="give the path from this folder"))
    there is no file `net.py`
    help: give the path from this folder
    """

    def __init__(self, kind: str, message: str, *, place: str | None = None, help: str | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.place = place
        self.help = help

    def __str__(self) -> str:
        at = f"{self.place}: " if self.place else ""
        return f"{at}{self.message}" + (f"\nhelp: {self.help}" if self.help else "")
