"""A batch: its files in their order, those that are known from the cache, the others by as many processes as wanted."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import NamedTuple

from archcalc.batch.cache import Cache
from archcalc.batch.codec import Damaged, Unwritable, read, written
from archcalc.batch.keys import key
from archcalc.batch.piece import Piece, Question, Task, piece_of
from archcalc.isolation import worker
from archcalc.source import SIZE_LIMIT, decode
from archcalc.terminal import visible

_TOGETHER = 4
"""Files that a process is given at a time."""
_AHEAD = 4
"""How many such shares for each process are given out before the first answer is taken."""


class Lost(Exception):
    """A process has ended before it answered: somebody, or a system without memory, has killed it."""


class Batch(NamedTuple):
    """How files are checked."""

    question: Question
    cache: Cache | None = None
    jobs: int = 1

    def pieces(self, tasks: Sequence[Task], done: Callable[[str], None] = lambda _: None) -> list[Piece]:
        """What is found about each file, in their order; `done` is told the name of each when it is.

        Raises: Lost.
        """
        found: list[Piece | None] = []
        for task in tasks:
            found.append(self._known(task))
            if found[-1] is not None:
                done(task.name)
        left = [task for task, piece in zip(tasks, found, strict=True) if piece is None]
        answers = iter(self._answers(left, done))
        pieces = [next(answers) if piece is None else piece for piece in found]
        if self.cache is not None:
            self.cache.tidy()
        return pieces

    def _known(self, task: Task) -> Piece | None:
        """What the cache knows about a file as it is now."""
        data = _contents(task) if self.cache is not None else None
        if self.cache is None or not isinstance(data, bytes):
            return None
        text = self.cache.get(key(task, self.question, data))
        if text is None:
            return None
        file, _ = decode(task.name, data)
        try:
            return read(text, file) if file is not None else None
        except Damaged:
            return None

    def _answers(self, tasks: Sequence[Task], done: Callable[[str], None]) -> Iterator[Piece]:
        """The answers that are worked out now, in the order of the files; each is kept."""
        answers = self._here(tasks) if self.jobs == 1 or len(tasks) == 1 else self._elsewhere(tasks)
        for task, (name, piece) in zip(tasks, answers, strict=True):
            if self.cache is not None and name:
                self._keep(name, piece)
            done(task.name)
            yield piece

    def _keep(self, name: str, piece: Piece) -> None:
        assert self.cache is not None
        try:
            self.cache.put(name, written(piece, self.question))
        except Unwritable:
            return  # It is worked out each time.

    def _here(self, tasks: Sequence[Task]) -> Iterator[tuple[str, Piece]]:
        return (_answer(task, self.question) for task in tasks)

    def _elsewhere(self, tasks: Sequence[Task]) -> Iterator[tuple[str, Piece]]:
        """In other processes. They end with us, whatever ends us. Raises: Lost."""
        shares = [tasks[start : start + _TOGETHER] for start in range(0, len(tasks), _TOGETHER)]
        context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
        executor = ProcessPoolExecutor(min(self.jobs, len(shares)), context, worker.begin)
        waiting: deque[Future[list[tuple[str, Piece]]]] = deque()
        is_over = False
        try:
            for share in shares:
                waiting.append(executor.submit(_answers, share, self.question))
                if len(waiting) > _AHEAD * self.jobs:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
            is_over = True
        except BrokenProcessPool:
            raise Lost from None
        finally:
            if not is_over:
                for process in multiprocessing.active_children():
                    process.terminate()
            executor.shutdown(wait=is_over, cancel_futures=True)


def _answers(tasks: Sequence[Task], question: Question) -> list[tuple[str, Piece]]:
    return [_answer(task, question) for task in tasks]


def _answer(task: Task, question: Question) -> tuple[str, Piece]:
    """What is found about a file as it is now, and the key for it."""
    data = _contents(task)
    if not isinstance(data, bytes):
        return "", Piece(True, problems=(data,))
    return key(task, question, data), piece_of(data, task, question)


def _contents(task: Task) -> bytes | str:
    """The bytes of a file, or why it cannot be read."""
    try:
        with Path(task.path).open("rb") as file:
            return file.read(SIZE_LIMIT + 1)
    except OSError as error:
        return f"cannot read {visible(task.name)}: {error.strerror or os.strerror(error.errno or 0)}"
