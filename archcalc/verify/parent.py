"""The process that runs generated modules: what is sent there, and what comes back."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from archcalc.isolation.parent import Lost, Worker
from archcalc.verify.job import Failed, Ran, Request, answer

START_SECONDS = 120.0
"""A cold disk can take this long to load PyTorch."""
CLOCK = 20.0
"""How much longer than its processor time a run may take by the clock; the process watches itself long before that."""
CHILD = Path(__file__).with_name("child.py")


class NoTorch(Exception):
    """PyTorch is missing, or cannot be imported; the message says why."""


class Runner:
    """A process with PyTorch. It is started at once and loads while others work; the first question waits for it.

    Generated modules are written to a temporary folder, which goes when the runner is closed.
    """

    def __init__(self) -> None:
        self._worker = Worker(CHILD)
        self._modules = 0
        self.torch_version: str | None = None

    def __enter__(self) -> Runner:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._worker.__exit__(kind, error, trace)

    def written(self, text: str) -> tuple[str, str]:
        """A module with this text: its path and its name."""
        self._modules += 1
        name = f"archcalc_network_{self._modules}"
        path = self._worker.temporary / f"{name}.py"
        path.write_text(text, encoding="utf-8")
        return str(path), name

    def ask(self, request: Request, seconds: float) -> Ran | Failed:
        """The outcome of a run, which has so many seconds of processor time.

        A process that dies, takes longer or stands still is replaced. Raises: NoTorch.
        """
        self._wait_for_torch()
        told = self._worker.ask({**request.to_json(), "seconds": seconds}, seconds * CLOCK)
        if isinstance(told, Lost):
            return _lost(told, seconds * CLOCK)
        try:
            found = answer(told)
        except (ValueError, KeyError, TypeError):
            self._worker.end()
            return _lost(Lost("nonsense"), seconds)
        if isinstance(found, Failed) and found.stage == "time":
            self._worker.finish()
        return found

    def _wait_for_torch(self) -> None:
        if not self._worker.is_running:
            self._worker.start()
            self.torch_version = None
        if self.torch_version is None:
            hello = self._worker.hear(START_SECONDS)
            if isinstance(hello, Lost):
                took_long = f"importing torch took more than {START_SECONDS:g} seconds"
                raise NoTorch(took_long if hello.reason == "time" else "the process: ended at once")
            if hello["torch"] is None:
                self._worker.end()
                raise NoTorch(f"{hello['error']}: {hello['message']}")
            self.torch_version = str(hello["torch"])


def _lost(lost: Lost, seconds: float) -> Failed:
    if lost.reason == "time":
        return Failed("time", "Timeout", f"it was stopped after {seconds:g} seconds by the clock")
    if lost.reason == "nonsense":
        return Failed("process", "ProcessDied", "what came back is no answer")
    return Failed("process", "ProcessDied", f"the process ended with code {lost.code}")
