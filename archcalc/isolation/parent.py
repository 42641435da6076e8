"""Starts a process, asks it, and loses patience with it."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, NamedTuple

DEATH_SECONDS = 5.0
"""A process that closed its output has this long to tell how it ended."""
ANSWER_LIMIT = 256 * 1024 * 1024
"""No honest answer has more characters."""


class Lost(NamedTuple):
    """A process that gave no answer: it took too long, ended, or said what is no answer. `code` is how it ended."""

    reason: Literal["time", "ended", "nonsense"]
    code: int | None = None


class Worker:
    """A process that runs a program of Python. It is started at once and loads while others work.

    `folder` is where it runs: a temporary one, which goes when the worker is closed, unless one is given.
    """

    def __init__(self, program: Path, folder: str | None = None, variables: Mapping[str, str] | None = None) -> None:
        self._program = program
        # Nothing that the process leaves behind there is worth an exception.
        self._temporary = tempfile.TemporaryDirectory(prefix="archcalc-", ignore_cleanup_errors=True)
        self._folder = folder
        self._variables = dict(variables or {})
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._answers: queue.Queue[str | None] = queue.Queue()
        self.start()

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
        self._temporary.cleanup()

    @property
    def temporary(self) -> Path:
        """A folder that goes when the worker is closed."""
        return Path(self._temporary.name)

    @property
    def is_running(self) -> bool:
        """Whether there is a process to be asked."""
        return self._process is not None

    def ask(self, question: Mapping[str, Any], seconds: float) -> dict[str, Any] | Lost:
        """The answer to a question, within so many seconds by the clock. A process that is lost has ended."""
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return Lost("ended", self.finish())
        return self.hear(seconds)

    def hear(self, seconds: float) -> dict[str, Any] | Lost:
        """What the process says next, within so many seconds by the clock."""
        try:
            line = self._answers.get(timeout=seconds)
        except queue.Empty:
            self.end()
            return Lost("time")
        if line is None:
            return Lost("ended", self.finish())
        try:
            answer = json.loads(line)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            self.end()
            return Lost("nonsense")
        return answer

    def start(self) -> None:
        """Start the process anew."""
        # -P keeps the folder of the program out of the search path: a torch.py or random.py there must not count.
        self._process = subprocess.Popen(  # noqa: S603 (our own program)
            [sys.executable, "-P", str(self._program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder or self._temporary.name,
            env=self._environment(),
            encoding="utf-8",
        )
        self._answers = queue.Queue()
        assert self._process.stdout is not None
        self._reader = threading.Thread(target=_read, args=(self._process.stdout, self._answers), daemon=True)
        self._reader.start()

    def end(self, patience: float = 0.0) -> int | None:
        """Stop the process, if it does not end by itself; returns its code."""
        process, self._process = self._process, None
        if process is None:
            return None
        try:
            code = process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        if self._reader is not None:
            self._reader.join()
        for stream in (process.stdin, process.stdout):
            try:
                if stream is not None:
                    stream.close()
            except BrokenPipeError:
                continue  # What was not sent is not missed.
        return code

    def finish(self) -> int | None:
        """Wait until the process ends by itself, but not for long; returns its code."""
        return self.end(patience=DEATH_SECONDS)

    def _environment(self) -> dict[str, str]:
        """Ours; the folders of PYTHONPATH stay what they were although the process runs elsewhere."""
        found = {**os.environ, **self._variables}
        if path := found.get("PYTHONPATH"):
            found["PYTHONPATH"] = os.pathsep.join(os.path.abspath(part) for part in path.split(os.pathsep) if part)
        return found


def _read(stream: IO[str], answers: queue.Queue[str | None]) -> None:
    """Lines as they come, and None when there are no more."""
    try:
        while line := stream.readline(ANSWER_LIMIT):
            answers.put(line)
    except UnicodeDecodeError:
        answers.put("")  # No answer is empty, so the reader of answers rejects this one.
    answers.put(None)
