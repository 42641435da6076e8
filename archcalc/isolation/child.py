"""What a program does to be asked in lines of JSON, and to end when it takes too much. It needs nothing of archcalc."""

from __future__ import annotations

import importlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

CHECK_SECONDS = 0.1
STANDSTILL = 0.001
"""A run that gets less than this share of a processor does nothing, however busy the machine is."""
OUT_OF_MEMORY = "can't allocate memory"
"""What PyTorch says of it."""


def set_aside() -> tuple[TextIO, TextIO]:
    """Private copies of standard input and output; what everybody else finds in their place is empty."""
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    return requests, answers


def bound_memory(most: int) -> None:
    """Runs get no more memory than these bytes besides what is taken now, where the system can refuse it."""
    if sys.platform != "linux":
        return
    resource: Any = importlib.import_module("resource")
    status = Path("/proc/self/status").read_text(encoding="ascii")
    taken = int(status.partition("VmData:")[2].split()[0]) * 1024
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = taken + most
    resource.setrlimit(resource.RLIMIT_DATA, (wanted if hard < 0 else min(wanted, hard), hard))


@contextmanager
def watched(seconds: float, threads: int, tell: Callable[[str], None]) -> Iterator[None]:
    """Ends the process, with a reason, when a run has used more processor time than it may, or stands still.

    A slow or a busy machine stops nothing: what counts is the time that the run itself had, without what watching it
    takes: on a slow machine that alone is more than a run that stands still.
    """
    is_done = threading.Event()

    def watch() -> None:
        start = seen = _without_watching()
        moved = time.monotonic()
        while not is_done.wait(CHECK_SECONDS):
            used, now = _without_watching(), time.monotonic()
            if used - seen > seconds * STANDSTILL:
                seen, moved = used, now
            if used - start > seconds * threads:
                reason = f"it was stopped after {seconds:g} seconds of processor time"
            elif now - moved > seconds:
                reason = f"it was stopped: it has stood still for {seconds:g} seconds"
            else:
                continue
            tell(reason)
            os._exit(0)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        is_done.set()
        watcher.join()


def _without_watching() -> float:
    """The processor time of all threads but the one that asks."""
    return time.process_time() - time.thread_time()
