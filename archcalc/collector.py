"""Python's garbage collector, put off while large structures grow."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """No collection inside.

    Reading and unfolding make hundreds of thousands of objects that all stay. The collector would search them again
    and again, for a third of the time and more.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
