"""How much an expression may ask for, so that no text can occupy the machine."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any, TypeVar

MAX_BITS = 3400
"""About 1,000 decimal digits: what arithmetic may produce."""
MAX_SIZE_BITS = 332
"""About 100 decimal digits: a size or a count that a layer gets. Products of all sizes can still be printed."""
MAX_PRODUCT_BITS = 13_000
"""Below the 4,300 digits that Python is willing to print."""
MAX_ENTRIES = 200_000
"""Entries of one list, those of the lists inside it included."""
MAX_SYMBOL_TERMS = 10_000
"""Terms that the result of an operation with symbols may have."""
MAX_EFFORT = 20_000_000
"""Entries of all lists that are made, compared or handed to layers in one unfolding."""

_FRAMES = 40_000

_Answer = TypeVar("_Answer")


class _RecursionLimit:
    """The recursion limit of the process, raised while a thread needs it, and then as the host wants it again.

    Threads overlap: the first one in remembers the limit that it finds, and the last one out restores it. A limit that
    somebody else sets meanwhile is what is found, or is left alone.
    """

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        # A signal handler may ask while its own thread holds the lock.
        self._lock = threading.RLock()
        self._inside: dict[int, int] = {}
        """How often each thread is inside."""
        self._found = 0
        self._raised: int | None = None

    def enter(self, thread: int) -> None:
        """Make room for a thread."""
        with self._lock:
            limit = sys.getrecursionlimit()
            if limit != self._raised:
                self._found, self._raised = limit, max(limit, _FRAMES)
                sys.setrecursionlimit(self._raised)
            self._inside[thread] = self._inside.get(thread, 0) + 1

    def leave(self, thread: int) -> None:
        """A thread needs no room any more."""
        with self._lock:
            times = self._inside.pop(thread)
            if times > 1:
                self._inside[thread] = times - 1
            elif not self._inside:
                self._restore()

    def _restore(self) -> None:
        if sys.getrecursionlimit() == self._raised:
            try:
                sys.setrecursionlimit(self._found)
            except RecursionError:
                # The host itself calls from deeper than its limit, as another thread let it. The next one out restores.
                return
        self._raised = None

    def after_fork(self) -> None:
        """In a child process, other threads are gone without having left, and perhaps with the lock."""
        thread = threading.get_ident()
        inside, found, raised = self._inside.get(thread), self._found, self._raised
        self._forget()
        self._found, self._raised = found, raised
        if inside:
            self._inside[thread] = inside
        elif raised is not None:
            self._restore()


_RECURSION_LIMIT = _RecursionLimit()
if sys.platform != "win32":
    os.register_at_fork(after_in_child=_RECURSION_LIMIT.after_fork)


@contextmanager
def deep_calls() -> Iterator[None]:
    """Room for the calls that nested steps, lets and expressions need at their own limits.

    130 steps inside each other, 40 definitions inside each other and 300 parts of each expression are some 26,000
    calls; calls between Python functions do not use the machine's stack. Threads may overlap.
    """
    thread = threading.get_ident()
    _RECURSION_LIMIT.enter(thread)
    try:
        yield
    finally:
        _RECURSION_LIMIT.leave(thread)


def with_room(work: Callable[[], _Answer]) -> _Answer:
    """What some work gives; if the recursion limit is too low for it, it begins anew with room for deep calls.

    The limit belongs to the whole process, and is left alone for networks that people write: ResNet-152 takes 70 calls.
    """
    try:
        return work()
    except RecursionError:
        pass  # It begins anew outside of the handler, so that an error of it stands alone.
    with deep_calls():
        return work()


def entries(value: Any) -> int:
    """Entries of a list and of the lists inside it, counted until there are too many; a single value has none.

    >>> entries(3), entries((1, (2, 3)))
    (0, 4)
    """
    if value.__class__ is not tuple:
        return 0
    count = 0
    waiting = [value]
    while waiting and count <= MAX_ENTRIES:
        inner = waiting.pop()
        count += len(inner)
        waiting.extend([item for item in inner if item.__class__ is tuple])
    return count


def is_long(value: Any) -> bool:
    """Whether a number has more than 1,000 digits."""
    if value.__class__ is int:
        return bool(value.bit_length() > MAX_BITS)
    if value.__class__ is Fraction:
        return bool(value.denominator.bit_length() + value.numerator.bit_length() > MAX_BITS)
    return False


def is_beyond(value: Any) -> bool:
    """Whether a layer cannot take a value: a number of more than 100 digits, or a list with a product of thousands.

    A fraction is two numbers.

    >>> is_beyond(10**99), is_beyond(10**300), is_beyond(Fraction(1, 10**300)), is_beyond((64,) * 10_000)
    (False, True, True, True)
    """
    if value.__class__ is int:
        return bool(value.bit_length() > MAX_SIZE_BITS)
    if value.__class__ is Fraction:
        # So each of them is a float, too: code, pictures and ranks need one.
        return is_beyond(value.numerator) or is_beyond(value.denominator)
    if value.__class__ is tuple:
        whole = [item.bit_length() for item in value if item.__class__ is int]
        return sum(whole) > MAX_PRODUCT_BITS or any(is_beyond(item) for item in value)
    return False
