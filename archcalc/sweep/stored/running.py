"""The pieces of a folder that are missing, done by any executor: a few at a time, so that none fills its memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import closing
from itertools import islice
from queue import SimpleQueue
from threading import Event, Thread
from typing import NamedTuple

from archcalc.sweep.stored.folder import Folder
from archcalc.sweep.stored.piece import PieceFailed, Summary, piece
from archcalc.sweep.stored.table import Written

WINDOW = 4
"""Pieces in flight for each worker: nobody waits for work, and a scheduler has little to remember."""
LEAST = 8
"""Pieces in flight at least: a cluster may begin without any worker."""
PAUSE = 0.2
"""Seconds after which it is looked whether that is enough."""


class Unfinished(Exception):
    """Not all pieces of a folder could be done; those that are done stay."""


class Work(NamedTuple):
    """What there is to do in a folder: what was found before, and the numbers of the missing pieces."""

    folder: Folder
    had: Written
    missing: tuple[int, ...]


def work_in(folder: Folder) -> Work:
    """Look what is done already."""
    had, missing = Written(), []
    for number in range(folder.pieces):
        found = folder.done(number)
        if found is None:
            missing.append(number)
        else:
            had = had.plus(found)
    return Work(folder, had, tuple(missing))


def finish(work: Work, executor: Executor | None = None, watch: Callable[[int], None] = lambda done: None) -> Written:
    """Do the missing pieces, here or by an executor; `watch` is told how many designs were evaluated, piece by piece.

    Raises: Unfinished, which says how to go on.
    """
    tally = work.had
    is_complete = False
    try:
        with closing(_here(work) if executor is None else _elsewhere(work, executor)) as told:
            for found in told:
                tally = tally.plus(found.tally)
                watch(found.tally.points)
        is_complete = True
    except PieceFailed as error:
        raise Unfinished(f"{error}; {_stay(work)}") from None
    except (BrokenExecutor, CancelledError) as error:
        raise Unfinished(_lost(work, error)) from None
    except Exception as error:
        # Dask has exceptions of its own for workers and schedulers that are gone.
        if not type(error).__module__.startswith("distributed."):
            raise
        raise Unfinished(_lost(work, error)) from None
    finally:
        work.folder.tidy(is_complete=is_complete)
    return tally


def _lost(work: Work, error: BaseException) -> str:
    reason = f" ({str(error).splitlines()[0]})" if str(error) else ""
    what = f"a worker ended before its piece was done: it was killed, or had too little memory{reason}"
    return f"{what}; {_stay(work)}"


def _stay(work: Work) -> str:
    # Some may be done of which nobody could tell any more.
    left = len(work_in(work.folder).missing)
    count = work.folder.pieces
    told = f"{count - left:,} of {count:,} pieces are done and stay in {work.folder.path}"
    return f"{told}; the same once more does the others"


def _here(work: Work) -> Generator[Summary, None, None]:
    for number in work.missing:
        yield piece(str(work.folder.question_file), number, str(work.folder.path))


def _elsewhere(work: Work, executor: Executor) -> Generator[Summary, None, None]:
    """What the pieces tell, as they are done.

    A thread gives them to the executor. Ctrl-C breaks into the main thread wherever that is, and an executor that is
    broken into while it holds a lock never ends.
    """
    told: SimpleQueue[Summary | BaseException | None] = SimpleQueue()
    enough = Event()
    giving = Thread(target=_give, args=(work, executor, told, enough))
    giving.start()
    try:
        while (found := told.get()) is not None:
            if isinstance(found, BaseException):
                raise found
            yield found
    finally:
        enough.set()
        giving.join()


def _give(work: Work, executor: Executor, told: SimpleQueue[Summary | BaseException | None], enough: Event) -> None:
    """Hand out pieces until there is none left, or until that is enough; what goes wrong is told, too."""
    waiting = iter(work.missing)
    pending: dict[Future[Summary], int] = {}
    try:
        while not enough.is_set():
            for number in islice(waiting, max(0, _room(executor) - len(pending))):
                future = executor.submit(piece, str(work.folder.question_file), number, str(work.folder.path))
                pending[future] = number
            if not pending:
                break
            for one in wait(pending, timeout=PAUSE, return_when=FIRST_COMPLETED).done:
                told.put(_told(one, pending.pop(one), work.folder))
    except BaseException as error:
        told.put(error)
    finally:
        for one in pending:
            one.cancel()
        told.put(None)


def _told(future: Future[Summary], number: int, folder: Folder) -> Summary:
    """What a piece has told; if its worker could not tell it any more, what its file says."""
    try:
        return future.result()
    except PieceFailed:
        raise
    except (Exception, CancelledError):
        found = folder.done(number)
        if found is None:
            raise
        return Summary(number, found)


def _room(executor: Executor) -> int:
    """How many pieces may be in flight. Of Dask it is asked again and again: its clusters grow and shrink."""
    client = getattr(executor, "_client", None)
    if client is not None:
        workers: int = sum(client.nthreads().values())
    else:
        workers = getattr(executor, "_max_workers", None) or os.cpu_count() or 1
    return max(WINDOW * workers, LEAST)
