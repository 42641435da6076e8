"""Traces of a user's module, from a process of its own: this one imports no PyTorch and runs no line of the user's."""

from __future__ import annotations

import importlib.util
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from archcalc.importing.failure import ImportFailure
from archcalc.importing.torch.comparison import Code, Comparison
from archcalc.importing.torch.inputs import Input
from archcalc.importing.torch.job import Job
from archcalc.importing.torch.json import from_json, input_to_json, trace_from_json
from archcalc.importing.torch.source import Source
from archcalc.importing.torch.trace import Trace, Traces
from archcalc.importing.torch.trials import Trials
from archcalc.isolation.parent import Lost, Worker

SECONDS = 120.0
"""Of processor time, for importing, building and tracing a module."""
COMPARING = 600.0
"""Of processor time, for running a module and its exported code at two sizes."""
MEMORY = 8 * 1024**3
"""Bytes besides what PyTorch takes itself. Tracing needs none for weights and maps."""
_START_SECONDS = 120.0
"""A cold disk can take this long to load PyTorch."""
_CLOCK = 5.0
"""How much longer than its processor time a job may take by the clock; the process watches itself before that."""
CHILD = Path(__file__).with_name("child.py")
_VARIABLES = {
    "PYTORCH_JIT": "0",  # What TorchScript compiles, nobody can follow.
    "TORCHDYNAMO_DISABLE": "1",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
}


class Session:
    """A process for one source: it traces the module and, while it is there, holds exported code to it."""

    def __init__(self, source: Source, seconds: float | None = None, memory: int = MEMORY) -> None:
        if importlib.util.find_spec("torch") is None:
            raise _no_torch("PyTorch is not installed")
        self.source = source
        self._seconds = seconds
        self._memory = memory
        self._worker = Worker(CHILD, folder=os.getcwd(), variables=_VARIABLES)
        self._is_ready = False

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._worker.__exit__(kind, error, trace)

    def traced(self, inputs: Sequence[Input] = (), *, train: bool = False, sizes: bool = True) -> Traces:
        """What the module does: as it is in use or, with `train`, in training; with `sizes`, at others as well.

        Raises: ImportFailure.
        """
        job = Job(self.source, tuple(inputs), train, sizes)
        return from_json(self._ask(job.to_json(), self._seconds or SECONDS)["traces"])

    def trials(self) -> Trials:
        """The module that was traced last at sizes that are tried; each trial may raise ImportFailure."""
        return Trials(self._tried, lambda sizes: list(self._try(sizes, traced=False)["refusals"]))

    def _tried(self, inputs: Sequence[Input]) -> Trace | str:
        answer = self._try([inputs], traced=True)
        return trace_from_json(answer["trace"]) if "trace" in answer else str(answer["refusal"])

    def _try(self, sizes: Sequence[Sequence[Input]], *, traced: bool) -> dict[str, Any]:
        job = {"try": [[input_to_json(one) for one in inputs] for inputs in sizes], "traced": traced}
        return self._ask(job, self._seconds or SECONDS)

    def compared(self, code: Code) -> Comparison:
        """Whether exported code computes what the module computes. Raises: ImportFailure."""
        job = {**Job(self.source).to_json(), "code": code.to_json()}
        return Comparison.from_json(self._ask(job, self._seconds or COMPARING)["comparison"])

    def _ask(self, job: dict[str, Any], seconds: float) -> dict[str, Any]:
        if not self._is_ready:
            hello = self._worker.hear(_START_SECONDS)
            if isinstance(hello, Lost):
                raise _no_torch("PyTorch cannot be imported: " + _how(hello, _START_SECONDS))
            if hello["torch"] is None:
                raise _no_torch(f"PyTorch cannot be imported: {hello['message']}")
            self._is_ready = True
        answer = self._worker.ask({**job, "seconds": seconds, "memory": self._memory}, seconds * _CLOCK)
        if isinstance(answer, Lost):
            kind = "time" if answer.reason == "time" else "died"
            raise _told(kind, f"the process that ran {self.source} gave no answer: {_how(answer, seconds * _CLOCK)}")
        if not answer["ok"]:
            raise _told(answer["kind"], answer["message"], answer["place"], answer["help"])
        return answer


def traced(
    source: Source,
    inputs: Sequence[Input] = (),
    *,
    train: bool = False,
    sizes: bool = True,
    seconds: float = SECONDS,
    memory: int = MEMORY,
) -> Traces:
    """What the module of a source does, from a process that ends with it. Raises: ImportFailure.

    It has so many seconds of processor time and bytes of memory.
    """
    with Session(source, seconds, memory) as session:
        return session.traced(inputs, train=train, sizes=sizes)


def _how(lost: Lost, seconds: float) -> str:
    if lost.reason == "time":
        return f"it was stopped after {seconds:g} seconds by the clock"
    if lost.reason == "nonsense":
        return "what came back is no answer"
    if lost.code is not None and lost.code < 0:
        return f"it was ended by {signal.Signals(-lost.code).name}"
    return f"it ended with code {lost.code}"


_HELP = {
    "time": "give it more time, or import a smaller network of the same class",
    "died": "run it in a Python of your own: it must not end the process",
}


def _told(kind: str, message: str, place: Any = None, help: Any = None) -> ImportFailure:
    return ImportFailure(kind, message, place=place, help=help or _HELP.get(kind))


def _no_torch(reason: str) -> ImportFailure:
    return ImportFailure("no-torch", reason, help="install it: python -m pip install 'archcalc[torch]'")
