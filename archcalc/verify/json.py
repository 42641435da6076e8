"""Verifications as JSON data."""

from __future__ import annotations

from typing import Any

from archcalc.diagnostics.render import as_json
from archcalc.tally import Counts
from archcalc.verify.against import Against
from archcalc.verify.compare import Side
from archcalc.verify.verification import Verification


def network(found: Verification) -> dict[str, Any]:
    """One network: the entry of `specs` in the output of `archcalc verify --format json`."""
    report = found.report
    here, torch = found.totals
    return {
        "name": report.name,
        "variant": report.variant,
        "file": report.file.name,
        "ok": found.ok,
        "verdict": found.verdict,
        "torch_version": found.torch_version,
        "totals": _counts(here) if found.rows else None,
        "torch_totals": _counts(torch) if found.rows else None,
        "layers": [
            {
                "name": row.node.name,
                "kind": row.node.kind,
                "path": [*row.node.module.path, row.node.label],
                "line": row.node.span.line,
                "agrees": row.agrees,
                **_side(row.here),
                "torch": _side(row.torch),
            }
            for row in found.rows
        ],
        "runs": [{"sort": case.sort, "sizes": case.sizes, "ok": case.ok, "told": case.told} for case in found.cases],
        "diagnostics": [as_json(diagnostic, report.file.name) for diagnostic in found.diagnostics],
    }


def _counts(counts: Counts[int | None]) -> dict[str, int | None]:
    return counts._asdict()


def _side(side: Side) -> dict[str, Any]:
    """One side's view of a layer; `output` is the first of its outputs, without the batch."""
    outputs = None if side.outputs is None else [list(sizes) for sizes in side.outputs]
    data: dict[str, Any] = {
        "output": outputs[0] if outputs else None,
        "parameters": side.parameters,
        "frozen": side.frozen,
        "buffers": side.buffers,
        "multiplications": side.multiplications,
    }
    if outputs is not None and len(outputs) > 1:
        data["outputs"] = outputs
    return data


def against(found: Against) -> dict[str, Any]:
    """A spec beside what it describes: the entry of `archcalc verify --against SOURCE --format json`."""
    tensors = found.tensors
    return {
        "name": found.name,
        "against": found.source,
        "ok": found.ok,
        "tensors": None
        if tensors is None
        else {
            "same": tensors.same,
            "missing": {name: list(sizes) for name, sizes in tensors.missing.items()},
            "surplus": {name: list(sizes) for name, sizes in tensors.surplus.items()},
            "reshaped": {name: [list(one), list(two)] for name, (one, two) in tensors.reshaped.items()},
            "renamed": tensors.renamed,
        },
        "parameters": list(found.parameters),
        "multiplications": list(found.multiplications),
        "layers": [{"here": list(one.here), "there": list(one.there)} for one in found.differences],
        "outputs": None
        if found.comparison is None
        else {
            "agree": found.comparison.agrees,
            "equal_bits": found.comparison.is_equal,
            "at": [one.at for one in found.comparison.outcomes],
            "told": str(found.comparison),
        },
    }
