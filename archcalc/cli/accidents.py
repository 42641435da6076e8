"""What keeps a command from its end: a mistake of archcalc, and Ctrl-C, wherever it strikes."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from archcalc.terminal import visible

TRACEBACK = "ARCHCALC_TRACEBACK"
"""The variable of the environment that asks for tracebacks."""
INTERNAL = 3
"""The exit code of a mistake of archcalc: 1 means that a network has errors."""
INTERRUPTED = 130
"""What shells report of a program that Ctrl-C has ended: 128 and the number of the signal."""

_LONGEST = 300
_SOON = 0.02
"""Seconds."""


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
        """Interrupts that Python would forget come again a moment later, until one strikes the program itself.

        Where there are no timers, as on Windows, the command comes to its end before it counts as interrupted.
        """
        before = sys.unraisablehook

        def hook(lost: sys.UnraisableHookArgs) -> None:
            if lost.exc_type is not KeyboardInterrupt:
                before(lost)
                return
            if self.forgotten:
                return
            self.forgotten = True
            if hasattr(signal, "setitimer"):
                # Whatever is raised in here is forgotten as well, so the timer goes on until it is stopped.
                signal.signal(signal.SIGALRM, signal.default_int_handler)
                signal.setitimer(signal.ITIMER_REAL, _SOON, _SOON)

        sys.unraisablehook = hook
        try:
            yield
        finally:
            if self.forgotten and hasattr(signal, "setitimer"):
                signal.setitimer(signal.ITIMER_REAL, 0)
                signal.signal(signal.SIGALRM, signal.SIG_DFL)
            sys.unraisablehook = before
