"""Who does the pieces of a sweep: processes of this machine, or the workers of a scheduler of Dask, by its address."""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from importlib import import_module

from archcalc.isolation import worker
from archcalc.questions.values import WrongQuestion

PROCESSES = "processes:"
SCHEDULERS = ("tcp://", "tls://")
MOST = 512
"""Processes of one machine."""
PATIENCE = 20
"""Seconds in which a scheduler has to answer."""
RETRIES = 3
"""How often a piece is tried again whose worker was lost."""


@contextmanager
def executor(on: str) -> Iterator[Executor]:
    """The executor of `processes:2`, `tcp://HOST:PORT` or `tls://HOST:PORT`.

    Raises: WrongQuestion for another text, and where no scheduler answers; ImportError without Dask.
    """
    refuse_unknown(on)
    if on.startswith(SCHEDULERS):
        with _scheduler(on) as found:
            yield found
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(int(on.removeprefix(PROCESSES)), context, worker.begin) as pool:
        yield pool


def refuse_unknown(on: str) -> None:
    """Raises: WrongQuestion for a text that names no executor."""
    count = on.removeprefix(PROCESSES) if on.startswith(PROCESSES) else ""
    is_count = count.isascii() and count.isdigit() and len(count) < 9 and 1 <= int(count) <= MOST
    if not is_count and not on.startswith(SCHEDULERS):
        raise WrongQuestion(
            f"pieces are done on processes:N (1 to {MOST}), or by a scheduler of Dask at tcp://HOST:PORT or "
            f"tls://HOST:PORT, not on {on}"
        )


@contextmanager
def _scheduler(address: str) -> Iterator[Executor]:
    try:
        distributed = import_module("distributed")
    except ImportError:
        raise ImportError(
            "a scheduler of Dask is asked by distributed: python -m pip install 'archcalc[cluster]'"
        ) from None
    with _silent("distributed", "tornado", "asyncio"):
        try:
            client = distributed.Client(address, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError, RuntimeError) as error:
            told = str(error).splitlines()
            raise WrongQuestion(
                f"no scheduler of Dask answers at {address}{': ' if told else ''}{told[0] if told else ''}"
            ) from None
        try:
            # A piece that was done before may be missing now: no answer of an earlier question is good enough.
            yield client.get_executor(retries=RETRIES, pure=False)
        finally:
            with suppress(Exception):
                client.close(timeout=5)


@contextmanager
def _silent(*libraries: str) -> Iterator[None]:
    """Whatever libraries would write to their logs about connections that are lost is said in one sentence instead."""
    logging.getLogger("tornado.application")  # It may not be there yet.
    known = logging.root.manager.loggerDict
    found = [log for name, log in known.items() if name.partition(".")[0] in libraries]
    logs = [log for log in found if isinstance(log, logging.Logger) and not log.disabled]
    for log in logs:
        log.disabled = True
    try:
        yield
    finally:
        for log in logs:
            log.disabled = False
