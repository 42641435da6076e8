"""Python's garbage collector, put off while large structures grow."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Pause:
    """A pause of the collector, which one thread makes; what overlaps with it has no part in its beginning and end.

    So the collector runs between two pauses, however many threads overlap, and garbage does not pile up.
    """

    def __init__(self) -> None:
        self._free = threading.Lock()
        self._thread: int | None = None
        self._collecting = False

    def begin(self) -> bool:
        """Whether the pause is this caller's, who then has to end it."""
        if not self._free.acquire(blocking=False):
            return False
        self._collecting = gc.isenabled()
        self._thread = threading.get_ident()
        gc.disable()
        return True

    def end(self) -> None:
        """The collector is as it was found; the host may have switched it on meanwhile."""
        if self._collecting:
            gc.enable()
        self._thread = None
        self._free.release()

    def after_fork(self) -> None:
        """In a child process, the pause of another thread has no end."""
        if self._thread is not None and self._thread != threading.get_ident():
            self.end()


_PAUSE = _Pause()
if sys.platform != "win32":
    os.register_at_fork(after_in_child=_PAUSE.after_fork)


@contextmanager
def paused() -> Iterator[None]:
    """No collection inside, unless another thread's pause ends meanwhile.

    Reading and unfolding make hundreds of thousands of objects that all stay. The collector would search them again
    and again, for a third of the time and more.
    """
    is_own = _PAUSE.begin()
    try:
        yield
    finally:
        if is_own:
            _PAUSE.end()
