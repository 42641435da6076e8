"""What must be true of every report, whatever was checked."""

from __future__ import annotations

import json
from typing import Any
from zlib import crc32

from archcalc.api.architecture import Architecture
from archcalc.api.report import Report
from archcalc.diagnostics.model import Span
from archcalc.report.table import table
from archcalc.report.tree import Branch, levels, tree
from archcalc.tally import tally


def every_report(architecture: Architecture, **sizes: int) -> list[Report]:
    """Reports of all variants, or of the one network, with symbols as they are and without values."""
    chosen = [architecture.choose(name) for name in architecture.variants] or [architecture]
    found = [one.check(symbolic=symbolic, **sizes) for one in chosen for symbolic in (False, True)]
    for report in found:
        # A search for repairs checks dozens of changed specs; their own tests look at them more closely.
        # Which ones are taken depends on the network, not on its notation.
        if crc32("".join(sorted(found.message for found in report.diagnostics)).encode()) % 16:
            vars(report)["repairs"] = []
    return found


def sound(report: Report) -> None:
    """Assert everything that holds for every report."""
    _diagnostics_are_placed(report)
    for width in (40, 80):
        assert report.to_text(width=width).strip()
    report.to_text(color=True, depth=1)
    json.dumps(report.to_json(), allow_nan=False)
    assert repr(report)
    _totals_add_up(report)
    if report.ok:
        assert report.complete or not report.graph.nodes
        assert report.outputs
        assert all(sizes for sizes in report.outputs.values())
    for layer in report:
        assert report[layer.name] is not None
    assert len({layer.name for layer in report}) == len(report), "names are unique"


def _diagnostics_are_placed(report: Report) -> None:
    lines = report.file.lines
    for diagnostic in report.diagnostics:
        assert diagnostic.message.strip()
        assert diagnostic.message == diagnostic.message.strip()
        assert not diagnostic.message.startswith("`` of"), diagnostic.message
        for text in (diagnostic.message, diagnostic.label, *diagnostic.notes, *diagnostic.help):
            assert "object at 0x" not in text, text
        if diagnostic.code.id in ("AC101", "AC102"):
            continue  # These point into bytes that are no text.
        if diagnostic.span is not None:
            _inside(diagnostic.span, lines)
        for label in diagnostic.labels:
            _inside(label.span, lines)


def _inside(span: Span, lines: list[str]) -> None:
    assert 1 <= span.line <= span.end_line <= len(lines) + 1, (span, len(lines))
    assert span.column >= 1
    assert (span.line, span.column) <= (span.end_line, span.end_column), span
    # What is missing at the end of a line is pointed at behind it.
    if span.line <= len(lines):
        assert span.column <= len(lines[span.line - 1]) + 2, (span, lines[span.line - 1])
    if span.end_line <= len(lines):
        assert span.end_column <= len(lines[span.end_line - 1]) + 2, (span, lines[span.end_line - 1])


def _totals_add_up(report: Report) -> None:
    totals = report.totals
    if not report.complete:
        assert set(totals) == {None}
        assert any(found.severity == "error" for found in report.diagnostics)
        return
    for column in ("parameters", "frozen", "buffers", "multiplications"):
        assert sum(getattr(layer, column) for layer in report) == getattr(totals, column), column
    root = tree(report.graph.nodes)
    for depth in range(1, levels(root) + 1):
        shown = _leaves(root, depth)
        parts = [tally(branch.nodes) for branch in shown]
        assert all(sum(part[column] for part in parts) == total for column, total in enumerate(totals))
        closed = [row for row in table(report, depth).rows if row.texts()[4] or row.texts()[3]]
        assert len(closed) == len(shown)
        numbers = [row.texts()[3:] for row in closed]
        if all(isinstance(value, int) for value in totals):
            assert sum(_number(multiplications) for _, multiplications in numbers) == totals.multiplications
            plain = sum(_number(parameters) for parameters, _ in numbers if "(" not in parameters)
            assert plain == totals.parameters


def _leaves(branch: Branch, depth: int) -> list[Branch]:
    """The branches that a table of this depth writes counts for."""
    found: list[Branch] = []
    for child in branch.children:
        found.extend(_leaves(child, depth - 1) if child.children and depth > 1 else [child])
    return found


def _number(cell: str) -> int:
    return 0 if cell == "-" else int(cell.replace(",", ""))


def summary(report: Report) -> dict[str, Any]:
    """A report as data, without what depends on how the file was written."""
    data = report.to_json()
    data.pop("file")
    data.pop("name")
    for layer in data["layers"]:
        layer.pop("line")
    for verdict in data["expectations"]:
        verdict.pop("line")
    for repair in data["repairs"]:
        repair.pop("edits")
    data["diagnostics"] = sorted((found["code"], found["message"]) for found in data["diagnostics"])
    return data
