"""What keeps a command from its end: a mistake of archcalc, and Ctrl-C, wherever it strikes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from archcalc.terminal import visible

TRACEBACK = "ARCHCALC_TRACEBACK"
"""The variable of the environment that asks for tracebacks."""
INTERNAL = 3
"""The exit code of a mistake of archcalc: 1 means that a network has errors."""
INTERRUPTED = 130
"""What shells report of a program that Ctrl-C has ended: 128 and the number of the signal."""

_LONGEST = 300


def internal_error(error: Exception, arguments: Sequence[str]) -> str:
    """One line with what a report needs: the error, the version and the command. With a traceback if asked for.

    >>> print(internal_error(ValueError("no value for M"), ["export", "net.yaml"]))
    archcalc: internal error: ValueError: no value for M (a mistake of archcalc 0.1.0; please report it with the file, \
this command, archcalc export net.yaml, and the traceback that ARCHCALC_TRACEBACK=1 prints)
    """
    import shlex

    from archcalc import __version__

    what = visible(f"{type(error).__name__}: {error}".rstrip(": "))
    if len(what) > _LONGEST:
        what = what[: _LONGEST - 3] + "..."
    line = (
        f"archcalc: internal error: {what} (a mistake of archcalc {__version__}; please report it with the file, "
        f"this command, {visible(shlex.join(['archcalc', *arguments]))}, and the traceback that {TRACEBACK}=1 prints)"
    )
    return f"{_traceback(error)}{line}" if os.environ.get(TRACEBACK, "0") not in ("", "0") else line


def _traceback(error: Exception) -> str:
    import traceback

    return "".join(traceback.format_exception(error))


class Interrupts:
    """Whether Ctrl-C struck where Python only prints and forgets an exception: in a finalizer, in a callback."""

    forgotten = False

    @contextmanager
    def kept(self) -> Iterator[None]:
        """An interrupt that Python would forget comes again, at the next line of the function that it was kept from.

        A program that spends nearly all its time in callbacks would hardly ever be struck by a second signal.
        """
        before = sys.unraisablehook

        def hook(lost: sys.UnraisableHookArgs) -> None:
            if lost.exc_type is not KeyboardInterrupt:
                before(lost)
                return
            self.forgotten = True
            _interrupt(sys._getframe(1))

        sys.unraisablehook = hook
        try:
            yield
        finally:
            sys.unraisablehook = before


def _interrupt(frame: FrameType) -> None:
    """Raise KeyboardInterrupt at the next line of a function that is running, or at its end."""

    def strike(_: FrameType, __: str, ___: object) -> NoReturn:
        raise KeyboardInterrupt  # Python stops tracing when a tracer raises.

    frame.f_trace = strike
    sys.settrace(lambda *_: None)
