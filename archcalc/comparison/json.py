"""A difference as JSON data: integers where they are known, closed forms and fractions as text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from archcalc.checking import Checked, KnownSizes
from archcalc.comparison.amounts import AmountChange
from archcalc.comparison.claims import ClaimChange
from archcalc.comparison.compared import Compared
from archcalc.comparison.entries import ComparedLayer
from archcalc.comparison.layers import Change, LayerChange
from archcalc.comparison.limits import LimitVerdict
from archcalc.comparison.words import percent
from archcalc.dims.figures import number_text
from archcalc.expectations import Verdict
from archcalc.quantities import QUANTITIES


def as_json(difference: Compared, limits: Iterable[LimitVerdict] = ()) -> dict[str, Any]:
    """A pair of networks: the entry of `specs` in the output of `archcalc diff --format json`."""
    legal = difference.legal_sizes
    return {
        "before": _side(difference.before),
        "after": _side(difference.after),
        "same": difference.is_empty,
        "quantities": [_amount(amount) for amount in difference.amounts],
        "outputs": [
            {"name": one.name, "before": _sizes(one.before), "after": _sizes(one.after)} for one in difference.outputs
        ],
        "written_by": [
            {"output": name, "before": before, "after": after} for name, before, after in difference.outputs_read
        ],
        "counts": difference.counts,
        "layers": [_layer(change) for change in difference.changes],
        "legal_sizes": {
            "same": legal.is_same,
            "before": legal.before and legal.before.text(),
            "after": legal.after and legal.after.text(),
            "lost": legal.lost or None,
            "gained": legal.gained or None,
        },
        "expectations": [_claim(claim) for claim in difference.claims],
        "limits": [_limit(one) for one in limits],
    }


def _side(checked: Checked) -> dict[str, Any]:
    return {
        "name": checked.name,
        "variant": checked.variant,
        "file": checked.file.name,
        "ok": checked.ok,
        "complete": checked.complete,
        "errors": sum(found.severity == "error" for found in checked.diagnostics),
    }


def _amount(amount: AmountChange) -> dict[str, Any]:
    share = percent(amount)
    return {
        "quantity": amount.quantity,
        "unit": QUANTITIES[amount.quantity].unit or None,
        "same": amount.is_same,
        "before": value(amount.before),
        "after": value(amount.after),
        "difference": value(amount.difference),
        "percent": None if share is None else round(float(share), 6),
    }


def _layer(change: LayerChange) -> dict[str, Any]:
    """What has become of a layer. Of one that was added or removed, everything; of others, what differs."""
    data: dict[str, Any] = {
        "state": change.state,
        "name": change.layer.name,
        "kind": change.layer.kind,
        "before": _place(change.before),
        "after": _place(change.after),
    }
    if change.before is None or change.after is None:
        return {**data, "layer": _whole(change.layer, change)}
    data |= {"renamed": change.is_renamed, "moved": change.is_moved, "rewired": change.is_rewired}
    data["fields"] = {one.what: _both(one) for one in change.fields}
    data["reads"] = None if change.reads is None else _both(change.reads)
    data["effects"] = {one.what: _both(one) for one in change.effects}
    return data


def _place(entry: ComparedLayer | None) -> dict[str, Any] | None:
    return None if entry is None else {"name": entry.name, "kind": entry.kind, "place": entry.place}


def _whole(entry: ComparedLayer, change: LayerChange) -> dict[str, Any]:
    return {
        "fields": {name: value(found) for name, found in entry.fields},
        "reads": None
        if change.reads is None
        else value(change.reads.after if change.before is None else change.reads.before),
        "inputs": value(entry.inputs),
        "outputs": value(entry.outputs),
        "parameters": value(entry.parameters),
        "frozen": value(entry.frozen),
        "buffers": value(entry.buffers),
        "multiplications": value(entry.multiplications),
        "receptive_field": value(entry.receptive_field),
    }


def _both(change: Change) -> dict[str, Any]:
    return {"before": value(change.before), "after": value(change.after)}


def value(found: Any) -> Any:
    """A value as JSON has it, exactly: closed forms and fractions are text."""
    if found is None or isinstance(found, (bool, int, float, str)):
        return found
    if isinstance(found, (tuple, list)):
        return [value(one) for one in found]
    return number_text(found)


def _sizes(sizes: KnownSizes | None) -> Any:
    return value(sizes)


def _claim(claim: ClaimChange) -> dict[str, Any]:
    verdict = claim.verdict
    return {
        "quantity": verdict.quantity,
        "of": verdict.of,
        "relative_to": verdict.relative_to,
        "at": verdict.at or None,
        "counting": verdict.counting,
        "source": verdict.source,
        "before": _verdict(claim.before),
        "after": _verdict(claim.after),
    }


def _verdict(verdict: Verdict | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    return {"expected": verdict.expected, "actual": value(verdict.actual), "state": verdict.state}


def _limit(one: LimitVerdict) -> dict[str, Any]:
    return {
        "limit": one.limit.text,
        "quantity": one.limit.quantity,
        "state": one.state,
        "before": value(one.before),
        "after": value(one.after),
        "reason": one.reason or None,
    }
