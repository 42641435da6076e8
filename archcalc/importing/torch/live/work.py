"""A job, from its source to the answer."""

from __future__ import annotations

from typing import Any

from archcalc.importing.failure import ImportFailure
from archcalc.importing.torch.job import Job
from archcalc.importing.torch.json import to_json
from archcalc.importing.torch.live.building import build
from archcalc.importing.torch.live.failures import of_anything
from archcalc.importing.torch.live.tracing import traces


def answer(data: dict[str, Any]) -> dict[str, Any]:
    """The answer to a job, whatever the user's modules do."""
    job = Job.from_json(data)
    try:
        built = build(job.source)
        found = traces(built.module, job.inputs, train=job.train, sizes=job.sizes)
    except ImportFailure as failure:
        return failed(failure)
    except (Exception, SystemExit) as error:
        return failed(of_anything(error))
    found.trace.notes[:0] = built.notes
    return {"ok": True, "traces": to_json(found)}


def failed(failure: ImportFailure) -> dict[str, Any]:
    """A failure as it is told."""
    return {
        "ok": False,
        "kind": failure.kind,
        "message": failure.message,
        "place": failure.place,
        "help": failure.help,
    }
