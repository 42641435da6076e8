"""Reports for a terminal: heading, table, expectations, conditions, diagnostics, and one line for many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archcalc.checking import Checked, Sizes
from archcalc.diagnostics.model import Diagnostic
from archcalc.diagnostics.render import NARROWEST, count_severities, render, render_summary
from archcalc.expectations import Verdict
from archcalc.expectations.judge import about, computed, grouped, wanted
from archcalc.layers.base import factor
from archcalc.report.sizes import legal_line
from archcalc.report.table import lines
from archcalc.terminal import Style, display_width, paint, visible, wrap

if TYPE_CHECKING:
    from archcalc.api.report import Report

MARKS: dict[str, tuple[str, Style]] = {
    "holds": ("ok", "green"),
    "fails": ("FAILS", "red"),
    "explained": ("explained", "cyan"),
    "surprise": ("FAILS", "red"),
    "undecided": ("open", "yellow"),
    "unknown": ("unknown", "yellow"),
}
"""What became of a claim, in a word."""
SURPRISE = "declared not to hold, and holds"


def full(
    report: Report,
    *,
    width: int = 80,
    depth: int | None = None,
    color: bool = False,
    encoding: str = "utf-8",
    receptive_field: bool = False,
) -> str:
    """Everything about one network, in lines of at most `width` cells (at least 40)."""
    width = max(width, NARROWEST)
    parts: list[str] = []
    if report.graph.inputs and (report.graph.nodes or report.complete):
        parts.append(heading(report, width=width, color=color, encoding=encoding))
        rows = lines(report, width=width, depth=depth, color=color, encoding=encoding, with_fields=receptive_field)
        parts.append("\n".join(rows))
        extra = "\n".join(_below_the_table(report, width, encoding))
        if extra:
            parts.append(extra)
    if report.verdicts:
        parts.append("\n".join(_verdict(verdict, width, color, encoding) for verdict in report.verdicts))
    parts.extend(diagnostics(report, report.explained, width=width, color=color, encoding=encoding))
    parts.append(closing(report, color=color))
    return "\n\n".join(parts)


def heading(report: Checked, *, width: int, color: bool, encoding: str) -> str:
    """Name, variant, shapes that enter and leave, and the source."""
    title = visible(report.title, encoding)
    way = visible(f"{flow(report.inputs)} → {flow(report.outputs)}", encoding)
    if display_width(title) + 2 + display_width(way) <= width:
        parts = [f"{paint(title, 'bold', color=color)}  {way}"]
    else:
        parts = [paint(line, "bold", color=color) for line in wrap(title, width)] + wrap(way, width)
    if report.source is not None:
        parts.extend(paint(line, "dim", color=color) for line in wrap(visible(report.source, encoding), width))
    return "\n".join(parts)


def flow(sizes: dict[str, Sizes | None]) -> str:
    """The shapes that enter or leave, by name where there are several."""
    if not sizes:
        return "?"
    shapes = {name: "×".join(map(factor, value)) if value is not None else "?" for name, value in sizes.items()}
    if len(shapes) == 1:
        return next(iter(shapes.values()))
    return ", ".join(f"{name} {shape}" for name, shape in shapes.items())


def _below_the_table(report: Checked, width: int, encoding: str) -> list[str]:
    """What the columns cannot hold: frozen parameters, buffers, closed forms that were cut."""
    totals = report.totals
    found: list[str] = []
    if not report.complete:
        found.append("the totals are unknown because of the errors below")
    else:
        if totals.frozen != 0:
            found.append(f"and {grouped(totals.frozen)} frozen parameters (in parentheses above)")
        for name, value in (("parameters", totals.parameters), ("multiplications", totals.multiplications)):
            if not isinstance(value, int):
                found.append(f"{name} = {value}")
    if (legal := legal_line(report)) is not None:
        found.append(legal)
    return [line for text in found for line in wrap(visible(text, encoding), width)]


def _verdict(verdict: Verdict, width: int, color: bool, encoding: str) -> str:
    word, style = MARKS[verdict.state]
    text = f"{about(verdict)}: {wanted(verdict)}"
    if verdict.state == "holds" and verdict.how in ("rounded", "truncated"):
        text += f", {verdict.how} from {computed(verdict)}"
    elif verdict.how == "in the range":
        text += f", and {computed(verdict)} is in it"
    elif verdict.state == "surprise":
        text += f", {SURPRISE}"
    elif verdict.state not in ("holds", "unknown"):
        text += f", computed {computed(verdict)}"
    if verdict.source:
        text += f" ({verdict.source})"
    told = wrap(visible(text, encoding), width - 11)
    return f"{paint(f'{word:>9}', style, color=color)}  " + ("\n" + " " * 11).join(told)


def diagnostics(
    report: Checked, found: list[Diagnostic], *, width: int, color: bool, encoding: str = "utf-8"
) -> list[str]:
    """Diagnostics as text, in the order of the source."""
    return [
        render(
            diagnostic,
            report.file.name,
            report.file.line,
            width=width,
            color=color,
            encoding=encoding,
        )
        for diagnostic in found
    ]


def closing(report: Checked, *, color: bool) -> str:
    """The verdict in one line."""
    counts = count_severities(report.diagnostics)
    summary = render_summary(counts, color=color)
    state = paint("ok", "green", "bold", color=color) if report.ok else paint("not ok", "red", "bold", color=color)
    return f"{state}: {summary}"


def one_line(report: Checked, name_width: int, *, width: int, color: bool, encoding: str = "utf-8") -> str:
    """A network among many: its state, its size, and what was found. Numbers that do not fit are left out."""
    state = paint("ok   ", "green", color=color) if report.ok else paint("FAILS", "red", "bold", color=color)
    name = visible(_address(report), encoding)
    name += " " * (name_width - display_width(name))
    found = count_severities(report.diagnostics)
    remarks = [
        f"{count} {severity}{'s' if count > 1 else ''}"
        for severity, count in found.items()
        if count and severity != "note"
    ]
    parts = [name]
    room = width - 7 - display_width(name)
    for value, cells in ((report.totals.parameters, 13), (report.totals.multiplications, 17)):
        if room >= cells + 1:
            text = "?" if value is None else grouped(value) if isinstance(value, int) else "closed form"
            parts.append(f"{text:>{cells}}")
            room -= cells + 1
    told = ", ".join(remarks)
    if told and room >= len(told) + 2:
        parts.append(f" {told}")
    return f"{state}  {' '.join(parts)}".rstrip()


def address_width(reports: Sequence[Checked], encoding: str = "utf-8") -> int:
    """Room for the longest name in `one_line`."""
    return max((display_width(visible(_address(report), encoding)) for report in reports), default=0)


def _address(report: Checked) -> str:
    return f"{report.file.name}:{report.variant}" if report.variant else report.file.name
