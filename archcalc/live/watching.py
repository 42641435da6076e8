"""Notices that a file has another text, however it was saved."""

from __future__ import annotations

import os
from pathlib import Path

PAUSE = 0.05
"""Seconds between two looks."""


class Watched:
    """A file and the text that was last read from it.

    Editors write into a file, or put another one in its place; for a moment there may be none. Each look costs one
    question to the system while nothing changes.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.data: bytes | None = None
        self._seen: tuple[int, int, int] | None = None

    def look(self) -> bool:
        """Whether the text is another one than at the last look; `data` is the new one."""
        try:
            now = os.stat(self.path)
        except OSError:
            return False
        seen = now.st_ino, now.st_size, now.st_mtime_ns
        if seen == self._seen:
            return False
        try:
            data = self.path.read_bytes()
        except OSError:
            return False
        # What was written between the two questions is seen at the next look.
        self._seen = seen
        changed = data != self.data
        self.data = data
        return changed
