"""Reports as JSON data: integers where the answer is one, closed forms as text where symbols remain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from archcalc.checking import Checked, KnownSizes
from archcalc.diagnostics.render import as_json
from archcalc.expectations import Verdict
from archcalc.expressions.values import Value
from archcalc.program import InvalidSpec
from archcalc.report.columns import Cell, Column, counted
from archcalc.report.columns import totals as total_of
from archcalc.report.explaining import explained
from archcalc.report.layers import LayerReport
from archcalc.report.layers import layers as layers_of
from archcalc.report.receptive import of_layer, of_merge, seen
from archcalc.report.stated import to_json
from archcalc.tally import Count

if TYPE_CHECKING:
    from archcalc.repair import Repair


def network(
    report: Checked,
    *,
    repairs: Sequence[Repair] | None,
    receptive_field: bool = False,
    conventions: Sequence[Column] = (),
) -> dict[str, Any]:
    """One network: the entry of `specs` in the output of `archcalc check --format json`.

    `repairs` are those of its errors. Where nobody has searched for them, the entry says null instead of a list.
    With columns of `conventions`, each layer and the totals say what these count. Raises: NoCount.
    """
    totals = report.totals
    layers = [_layer(layer) for layer in layers_of(report)]
    misaligned: dict[str, Any] = {}
    if receptive_field:
        for node, data in zip(report.graph.nodes, layers, strict=True):
            data.update(of_layer(seen(report.receptive, node.outputs[0])))
        misaligned = {"misaligned": [of_merge(merge) for merge in report.misaligned]}
    by_convention: dict[str, Any] = {}
    if conventions:
        for node, data in zip(report.graph.nodes, layers, strict=True):
            data["by_convention"] = {one.name: _cell(counted(one, [node])) for one in conventions}
        by_convention = {"by_convention": {one.name: _cell(total_of(report, one)) for one in conventions}}
    diagnostics = explained(report, repairs)
    return {
        "name": report.name,
        "variant": report.variant,
        "file": report.file.name,
        "ok": report.ok,
        "complete": report.complete,
        "inputs": {name: _sizes(sizes) for name, sizes in report.inputs.items()},
        "outputs": {name: _sizes(sizes) for name, sizes in report.outputs.items()},
        "totals": {
            "parameters": _number(totals.parameters),
            "frozen": _number(totals.frozen),
            "buffers": _number(totals.buffers),
            "multiplications": _number(totals.multiplications),
            **by_convention,
        },
        **to_json(report.graph.nodes),
        "layers": layers,
        **misaligned,
        "legal_sizes": _legal(report),
        "conditions": [
            {"layer": layer, "condition": str(requirement.condition), "reason": requirement.reason}
            for layer, requirement in report.conditions
        ],
        "expectations": [_claim(verdict) for verdict in report.verdicts],
        "diagnostics": [as_json(diagnostic, report.file.name) for diagnostic in diagnostics],
        "repairs": None if repairs is None and not report.ok else [repair.to_json() for repair in repairs or ()],
    }


def _claim(verdict: Verdict) -> dict[str, Any]:
    data: dict[str, Any] = {
        "quantity": verdict.quantity,
        "of": verdict.of,
        "relative_to": verdict.relative_to,
        "at": verdict.at or None,
        "counting": verdict.counting,
        "expected": int(verdict.expected) if verdict.expected.isdecimal() else verdict.expected,
        "stated": _value(verdict.stated),
        "actual": _value(verdict.actual),
        "state": verdict.state,
        "how": verdict.how or None,
        "remark": verdict.remark or None,
        "source": verdict.source,
        "because": verdict.because,
        "line": verdict.span.line,
    }
    if verdict.file:
        data["file"] = verdict.file
    if verdict.by_authors != 0:
        data["by_authors"] = _value(verdict.by_authors)
    return data


def _layer(layer: LayerReport) -> dict[str, Any]:
    data: dict[str, Any] = {
        "name": layer.name,
        "kind": layer.kind,
        "path": list(layer.path),
        "line": layer.line,
        "input": [_sizes(sizes) for sizes in layer.input],
        "output": _sizes(layer.output),
        "parameters": _number(layer.parameters),
        "frozen": _number(layer.frozen),
        "buffers": _number(layer.buffers),
        "multiplications": _number(layer.multiplications),
    }
    if len(layer.outputs) > 1:
        data["outputs"] = [_sizes(sizes) for sizes in layer.outputs]
    if layer.fractions:
        data["fractions"] = [{"axis": axis, "value": str(value)} for axis, value in layer.fractions]
    if layer.shares:
        data["shares"] = layer.shares
    return data


def _number(value: Count) -> int | str | None:
    return value if value is None or isinstance(value, int) else str(value)


def _cell(cell: Cell) -> int | str | None:
    """What a column that adds up says: a number, a closed form, or what an error keeps unknown."""
    return cell if cell is None or isinstance(cell, int) else str(cell)


def _value(value: Value) -> int | str | list[int | str | None] | None:
    return _sizes(value) if isinstance(value, tuple) else _number(value)


def _legal(report: Checked) -> dict[str, Any] | None:
    """For which sizes it is legal; None for a network without symbols, and where errors that are no sizes' keep it."""
    if not report.symbols:
        return None
    try:
        legal = report.legal_sizes
    except InvalidSpec:
        return None
    return legal.to_json() if legal.never is None else None


def _sizes(sizes: KnownSizes | None) -> list[int | str | None] | None:
    return None if sizes is None else [_number(size) for size in sizes]
