"""Reports in a notebook: the table of layers, the expectations and what was found, as one piece of HTML.

There is no script in it and nothing to load, so that it also shows where a stored notebook is only displayed. Every
name and text of a spec is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from archcalc.checking import Checked
from archcalc.diagnostics.severities import count_severities
from archcalc.dims.figures import grouped
from archcalc.expectations import Verdict
from archcalc.expectations.verdict import SURPRISE, about, computed, with_value
from archcalc.report.claims import MARKS, beside
from archcalc.report.columns import DEFAULT
from archcalc.report.explaining import explained
from archcalc.report.sizes import legal_line
from archcalc.report.stated import told
from archcalc.report.table import Row, table
from archcalc.report.text import diagnostics, flow
from archcalc.terminal import Terminal, visible

if TYPE_CHECKING:
    from archcalc.repair import Repair

WIDTH = 100
"""Cells in a line of an excerpt from the source."""

COLOR = {"holds": "#1a7f37", "explained": "#0969da", "fails": "#cf222e", "surprise": "#cf222e"}
"""Readable on a light and on a dark page; what is open or unknown is `OPEN`."""
OPEN = "#9a6700"

_TEXT = "text-align:left;padding:2px 8px"
_SOURCE = "font-family:monospace;white-space:pre;overflow-x:auto"
_COUNT = "text-align:right;padding:2px 8px;font-variant-numeric:tabular-nums"


def fragment(report: Checked, repairs: Sequence[Repair]) -> str:
    """A report for a notebook, with the repairs of its errors."""
    parts = [_heading(report)]
    if report.graph.nodes:
        parts.append(_layers(report))
        if author := told(report.graph.nodes):
            parts.append(f"<div>{text(author)}</div>")
        if (legal := legal_line(report)) is not None:
            parts.append(f"<div>{text(legal)}</div>")
    if report.verdicts:
        parts.append(verdicts(report.verdicts))
    parts.extend(_found(report, repairs))
    return f'<div class="archcalc">{"".join(parts)}</div>'


def text(value: str) -> str:
    """Text of a spec, fit for HTML."""
    return escape(visible(value))


def _heading(report: Checked) -> str:
    title = f"<b>{text(report.title)}</b> &nbsp; {text(f'{flow(report.inputs)} → {flow(report.outputs)}')}"
    source = f"<br><small>{text(report.source)}</small>" if report.source else ""
    return f"<div>{title}{source}</div>"


def grid(head: Iterable[str], rows: Iterable[Iterable[str]], *, counts: int = 0, last_is_total: bool = False) -> str:
    """A table of cells that are HTML; the last `counts` columns hold numbers."""
    head = list(head)
    styles = [_TEXT] * (len(head) - counts) + [_COUNT] * counts
    lines = [[f'<td style="{style}">{cell}</td>' for style, cell in zip(styles, row, strict=True)] for row in rows]
    if last_is_total and lines:
        lines[-1] = [line.replace("<td", "<th").replace("</td>", "</th>") for line in lines[-1]]
    top = "".join(f'<th style="{style}">{cell}</th>' for style, cell in zip(styles, head, strict=True))
    body = "".join(f"<tr>{''.join(line)}</tr>" for line in lines)
    return f'<table style="margin:6px 0"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'


def _layers(report: Checked) -> str:
    found = table(report)
    rows = [_cells(row) for row in (*found.rows, found.total) if row is not None]
    legend = (
        f"<small>where {text(', '.join(found.abbreviations.legend()))}</small>" if found.abbreviations.names else ""
    )
    head = [text(column.heading) for column in found.columns]
    return grid(head, rows, counts=2, last_is_total=found.total is not None) + legend


def _cells(row: Row) -> list[str]:
    indent = "&emsp;" * row.indent
    if row.note:
        return [f"{indent}{text(row.note)}", *[""] * (len(DEFAULT) - 1)]
    label, *others = (text(cell) for cell in row.texts())
    label = f"{indent}{label.lstrip(' ')}"
    return [f"<b>{label}</b>" if row.is_scope else label, *others]


def overview(reports: Iterable[Checked]) -> str:
    """The variants of a file, one to a row."""
    rows = []
    for report in reports:
        states = [verdict.state for verdict in report.verdicts]
        held = [f"{states.count('holds')} hold"] if "holds" in states else []
        held += [f"{states.count('explained')} explained"] if "explained" in states else []
        counts = (report.totals.parameters, report.totals.multiplications)
        rows.append(
            [
                text(report.variant or report.name),
                text(f"{flow(report.inputs)} → {flow(report.outputs)}"),
                f'<b style="color:{COLOR["holds" if report.ok else "fails"]}">{"ok" if report.ok else "FAILS"}</b>',
                ", ".join(held),
                *("?" if count is None else text(grouped(count)) for count in counts),
            ]
        )
    return grid(("variant", "shape", "check", "claims", "parameters", "multiplications"), rows, counts=2)


def verdicts(found: Iterable[Verdict]) -> str:
    """What became of the expectations, one to a row."""
    return grid(("claim", "stated", "computed", "verdict", "source"), [_verdict(verdict) for verdict in found])


def _verdict(verdict: Verdict) -> list[str]:
    word = MARKS[verdict.state][0]
    state = f'<b style="color:{COLOR.get(verdict.state, OPEN)}">{word}</b> {text(_remark(verdict))}'
    return [
        text(about(verdict)),
        text(with_value(verdict)),
        "?" if verdict.actual is None else text(computed(verdict)),
        state.rstrip(),
        text(verdict.source or ""),
    ]


def _remark(verdict: Verdict) -> str:
    if verdict.state == "surprise":
        return SURPRISE
    if verdict.because and verdict.state == "explained":
        return verdict.because
    return verdict.remark or ("" if verdict.how == "exactly" else verdict.how)


def _found(report: Checked, repairs: Sequence[Repair]) -> Iterable[str]:
    """Errors are open; what is only worth knowing is folded. Explained claims stand in the table of claims."""
    shown = beside(explained(report, repairs))
    for severity, count in count_severities(shown).items():
        if count == 0:
            continue
        those = [found for found in shown if found.severity == severity]
        blocks = "\n\n".join(diagnostics(report.file, those, Terminal(WIDTH)))
        summary = f"{count} {severity}{'s' if count > 1 else ''}"
        is_open = " open" if severity == "error" else ""
        excerpts = f'<pre style="{_SOURCE}">{escape(blocks)}</pre>'
        yield f"<details{is_open}><summary>{summary}</summary>{excerpts}</details>"
