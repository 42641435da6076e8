"""A progress bar on standard error, for people who wait; nothing in pipes and logs."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from archcalc.terminal import visible


class Progress:
    """Shows how many of `total` steps are done, once the work has lasted half a second."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0
        self.started = time.monotonic()
        self.is_shown = False
        self.is_wanted = total > 1 and sys.stderr.isatty()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.is_shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def step(self, name: str, count: int = 1) -> None:
        """One more is done, or so many."""
        self.done += count
        if not self.is_wanted or time.monotonic() - self.started < 0.5:
            return
        self.is_shown = True
        filled = 24 * self.done // self.total
        bar = "#" * filled + "." * (24 - filled)
        sys.stderr.write(f"\r\x1b[K[{bar}] {self.done:,}/{self.total:,} {visible(name)[:40]}")
        sys.stderr.flush()
