"""Starts the process that runs PyTorch, asks it, and loses patience with it."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from archcalc.verify.job import Failed, Ran, Request, answer

START_SECONDS = 120.0
"""A cold disk can take this long to load PyTorch."""
CLOCK = 20.0
"""How much longer than its processor time a run may take by the clock; the process watches itself long before that."""
DEATH_SECONDS = 5.0
"""A process that closed its output has this long to tell how it ended."""
ANSWER_LIMIT = 256 * 1024 * 1024
"""No honest answer has more characters."""
CHILD = Path(__file__).with_name("child.py")


class NoTorch(Exception):
    """PyTorch is missing, or cannot be imported; the message says why."""


class Runner:
    """A process with PyTorch. It is started at once and loads while others work; the first question waits for it.

    Generated modules are written to a temporary folder, which goes when the runner is closed.
    """

    def __init__(self) -> None:
        # Nothing that the child leaves behind there is worth an exception.
        self._folder = tempfile.TemporaryDirectory(prefix="archcalc-", ignore_cleanup_errors=True)
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._answers: queue.Queue[str | None] = queue.Queue()
        self._modules = 0
        self.torch_version: str | None = None
        self._start()

    def __enter__(self) -> Runner:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()
        self._folder.cleanup()

    def written(self, text: str) -> tuple[str, str]:
        """A module with this text: its path and its name."""
        self._modules += 1
        name = f"archcalc_network_{self._modules}"
        path = Path(self._folder.name) / f"{name}.py"
        path.write_text(text, encoding="utf-8")
        return str(path), name

    def ask(self, request: Request, seconds: float) -> Ran | Failed:
        """The outcome of a run, which has so many seconds of processor time.

        A process that dies, takes longer or stands still is replaced. Raises: NoTorch.
        """
        process = self._ready()
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps({**request.to_json(), "seconds": seconds}) + "\n")
            process.stdin.flush()
            line = self._answers.get(timeout=seconds * CLOCK)
        except queue.Empty:
            self._end()
            return Failed("time", "Timeout", f"it was stopped after {seconds * CLOCK:g} seconds by the clock")
        except BrokenPipeError:
            line = None
        if line is None:
            code = self._end(patience=DEATH_SECONDS)
            return Failed("process", "ProcessDied", f"the process ended with code {code}")
        try:
            found = answer(json.loads(line))
            if isinstance(found, Failed) and found.stage == "time":
                self._end(patience=DEATH_SECONDS)
            return found
        except (ValueError, KeyError, TypeError):
            self._end()
            return Failed("process", "ProcessDied", "what came back is no answer")

    def _ready(self) -> subprocess.Popen[str]:
        if self._process is None:
            self._start()
            self.torch_version = None
        assert self._process is not None
        if self.torch_version is None:
            try:
                line = self._answers.get(timeout=START_SECONDS)
            except queue.Empty:
                self._end()
                raise NoTorch(f"importing torch took more than {START_SECONDS:g} seconds") from None
            hello = json.loads(line) if line else {"torch": None, "error": "the process", "message": "ended at once"}
            if hello["torch"] is None:
                self._end()
                raise NoTorch(f"{hello['error']}: {hello['message']}")
            self.torch_version = str(hello["torch"])
        return self._process

    def _start(self) -> None:
        # -P keeps the folder of the program out of the search path: a torch.py or random.py there must not count.
        self._process = subprocess.Popen(  # noqa: S603 (our own program)
            [sys.executable, "-P", str(CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder.name,
            env=_environment(),
            encoding="utf-8",
        )
        self._answers = queue.Queue()
        assert self._process.stdout is not None
        self._reader = threading.Thread(target=_read, args=(self._process.stdout, self._answers), daemon=True)
        self._reader.start()

    def _end(self, patience: float = 0.0) -> int | None:
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


def _read(stream: IO[str], answers: queue.Queue[str | None]) -> None:
    """Lines as they come, and None when there are no more."""
    try:
        while line := stream.readline(ANSWER_LIMIT):
            answers.put(line)
    except UnicodeDecodeError:
        answers.put("")  # No answer is empty, so the reader of answers rejects this one.
    answers.put(None)


def _environment() -> dict[str, str]:
    """Ours; the folders of PYTHONPATH stay what they were although the process runs elsewhere."""
    found: dict[str, Any] = dict(os.environ)
    if path := found.get("PYTHONPATH"):
        found["PYTHONPATH"] = os.pathsep.join(os.path.abspath(part) for part in path.split(os.pathsep) if part)
    return found
