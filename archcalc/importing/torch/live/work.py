"""Jobs, from a source to the answers: one process builds a module once, traces it and compares code with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from archcalc.importing.failure import ImportFailure
from archcalc.importing.torch.comparison import Code
from archcalc.importing.torch.job import Job
from archcalc.importing.torch.json import read_input, to_json, trace_to_json
from archcalc.importing.torch.live.building import Built, build
from archcalc.importing.torch.live.comparing import compared
from archcalc.importing.torch.live.failures import of_anything
from archcalc.importing.torch.live.tracing import traces, trials
from archcalc.importing.torch.trials import Trials


class Work:
    """What is known of one source; whatever the user's modules do, each job has an answer.

    A job is to trace the module; with `try`, to run what was traced last at other sizes; with `code`, to compare.
    """

    def __init__(self) -> None:
        self._built: dict[str, Built] = {}
        self._trials: Trials | None = None

    def answer(self, data: dict[str, Any]) -> dict[str, Any]:
        """The answer to a job."""
        work = self._compare if "code" in data else self._try if "try" in data else self._trace
        return _answered(lambda: work(data))

    def _trace(self, data: dict[str, Any]) -> dict[str, Any]:
        job = Job.from_json(data)
        built = self._build(job)
        found = traces(built.module, job.inputs, train=job.train, sizes=job.sizes)
        found.trace.notes[:0] = built.notes
        self._trials = trials(built.module, train=job.train)
        return {"traces": to_json(found)}

    def _try(self, data: dict[str, Any]) -> dict[str, Any]:
        assert self._trials is not None
        sizes = [[read_input(one) for one in inputs] for inputs in data["try"]]
        if not data["traced"]:
            return {"refusals": self._trials.refusals(sizes)}
        found = self._trials.trace(sizes[0])
        return {"refusal": found} if isinstance(found, str) else {"trace": trace_to_json(found)}

    def _compare(self, data: dict[str, Any]) -> dict[str, Any]:
        built = self._build(Job.from_json(data))
        return {"comparison": asdict(compared(built.module, Code.from_json(data["code"]), fresh=built.is_made))}

    def _build(self, job: Job) -> Built:
        key = f"{job.source!r}"
        if key not in self._built:
            self._built[key] = build(job.source)
        return self._built[key]


def _answered(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return {"ok": True, **work()}
    except ImportFailure as failure:
        return failed(failure)
    except (Exception, SystemExit) as error:
        return failed(of_anything(error))


def failed(failure: ImportFailure) -> dict[str, Any]:
    """A failure as it is told."""
    return {
        "ok": False,
        "kind": failure.kind,
        "message": failure.message,
        "place": failure.place,
        "help": failure.help,
    }
