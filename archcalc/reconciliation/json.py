"""An account as plain data: integers where a count is one, closed forms as text where symbols remain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archcalc.conventions import CountPart, ReconciledCount
from archcalc.dims import Dim
from archcalc.reconciliation.observed import NumberGuess, NumberSource, ObservedNumber
from archcalc.reconciliation.omitted import OmittedConvention
from archcalc.reconciliation.parameters import ParameterCount


def plain(
    operations: Sequence[ReconciledCount],
    parameters: Sequence[ParameterCount],
    observed: ObservedNumber | None,
    omitted: Sequence[OmittedConvention] = (),
) -> dict[str, Any]:
    """The entry of a network in the output of `archcalc reconcile --format json`."""
    return {
        "operations": [_operations(one) for one in operations],
        "omitted": [_omitted(one) for one in omitted],
        "parameters": [{"name": one.name, "about": one.about, "value": _number(one.value)} for one in parameters],
        "observed": None if observed is None else _observed(observed),
    }


def _operations(one: ReconciledCount) -> dict[str, Any]:
    return {
        "convention": one.convention.name,
        "title": one.convention.title,
        "source": one.convention.source,
        "unit": one.convention.unit,
        "total": _number(one.total),
        "base": _number(one.base),
        "parts": [_part(part) for part in one.parts],
    }


def _omitted(one: OmittedConvention) -> dict[str, Any]:
    return {
        "convention": one.convention.name,
        "title": one.convention.title,
        "reason": one.reason,
        "help": list(one.help),
    }


def _part(part: CountPart) -> dict[str, Any]:
    return {
        "term": part.text,
        "kinds": list(part.kinds),
        "layers": part.layers,
        "amount": _number(part.amount),
        "fault": None if part.fault is None else {"name": part.fault.name, "about": part.fault.about},
    }


def _observed(found: ObservedNumber) -> dict[str, Any]:
    return {
        "text": found.text,
        "sources": [_source(one) for one in found.sources],
        "guesses": [_guess(one) for one in found.guesses],
    }


def _source(one: NumberSource) -> dict[str, Any]:
    value, factor = _number(one.value), str(one.factor)
    return {"name": one.name, "of": one.what, "factor": factor, "value": value, "how": one.how}


def _guess(one: NumberGuess) -> dict[str, Any]:
    part = {**_part(one.part), "sign": one.sign}
    return {"name": one.name, "part": part, "value": _number(one.value), "how": one.how}


def _number(value: Dim) -> int | str:
    return value if isinstance(value, int) else str(value)
