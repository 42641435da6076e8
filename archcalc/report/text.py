"""Reports for a terminal: heading, table, expectations, conditions, diagnostics, and one line for many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from archcalc.checking import Checked, KnownSizes
from archcalc.diagnostics.model import Diagnostic
from archcalc.diagnostics.severities import count_severities, render_summary
from archcalc.dims.figures import grouped
from archcalc.report import claims
from archcalc.report.columns import DEFAULT, MULTIPLICATIONS, PARAMETERS, Aside, Cell, Column, shape_text
from archcalc.report.explaining import explained
from archcalc.report.grid import lines
from archcalc.report.sizes import legal_line
from archcalc.report.stated import told as told_of_authors
from archcalc.source import SourceFile
from archcalc.tally import active
from archcalc.terminal import NARROWEST, PLAIN, Terminal, display_width, wrap

if TYPE_CHECKING:
    from archcalc.repair import Repair
    from archcalc.report.outcome import Outcome


COUNTED = (PARAMETERS, MULTIPLICATIONS)
"""What a line says of a network among many, unless somebody asks for other columns."""


def full(
    report: Checked,
    terminal: Terminal = PLAIN,
    *,
    repairs: Sequence[Repair] | None,
    depth: int | None = None,
    columns: Sequence[Column] = DEFAULT,
    fold: bool = True,
) -> str:
    """Everything about one network, in lines that fit a terminal of at least 40 cells.

    `repairs` are those of its errors; None says that nobody has searched for them.
    """
    terminal = terminal.at_least(NARROWEST)
    parts: list[str] = []
    if report.graph.inputs and (report.graph.nodes or report.complete):
        parts.append(heading(report, terminal))
        parts.append("\n".join(lines(report, terminal, depth=depth, columns=columns, fold=fold)))
        extra = "\n".join(_below_the_table(report, terminal))
        if extra:
            parts.append(extra)
    if claimed := claims.lines(report.verdicts, terminal):
        parts.append("\n".join(claimed))
    parts.extend(diagnostics(report.file, claims.beside(explained(report, repairs)), terminal))
    if repairs is None and not report.ok:
        parts.append("no repairs were searched")
    parts.append(closing(report, terminal))
    return "\n\n".join(parts)


def heading(report: Checked, terminal: Terminal) -> str:
    """Name, variant, shapes that enter and leave, and the source."""
    title = terminal.visible(report.title)
    way = terminal.visible(f"{flow(report.inputs)} → {flow(report.outputs)}")
    if display_width(title) + 2 + display_width(way) <= terminal.width:
        parts = [f"{terminal.paint(title, 'bold')}  {way}"]
    else:
        parts = [terminal.paint(line, "bold") for line in wrap(title, terminal.width)] + wrap(way, terminal.width)
    if report.source is not None:
        parts.extend(terminal.paint(line, "dim") for line in terminal.wrapped(report.source))
    return "\n".join(parts)


def flow(sizes: dict[str, KnownSizes | None]) -> str:
    """The shapes that enter or leave, by name where there are several."""
    if not sizes:
        return "?"
    shapes = {name: shape_text(value) for name, value in sizes.items()}
    if len(shapes) == 1:
        return next(iter(shapes.values()))
    return ", ".join(f"{name} {shape}" for name, shape in shapes.items())


def _below_the_table(report: Checked, terminal: Terminal) -> list[str]:
    """What the columns cannot hold: frozen parameters, buffers, closed forms that were cut."""
    totals = report.totals
    found: list[str] = []
    if report.complete:
        if totals.frozen != 0:
            found.append(f"and {grouped(totals.frozen)} frozen parameters (in parentheses above)")
        if author := told_of_authors(report.graph.nodes):
            found.append(author)
        if (used := active(report.graph.nodes)) != totals.parameters:
            found.append(f"of which {grouped(used)} parameters are active for a token")
        for name, value in (("parameters", totals.parameters), ("multiplications", totals.multiplications)):
            if not isinstance(value, int):
                found.append(f"{name} = {value}")
    if (legal := legal_line(report)) is not None:
        found.append(legal)
    return [line for text in found for line in terminal.wrapped(text)]


def diagnostics(file: SourceFile, found: list[Diagnostic], terminal: Terminal) -> list[str]:
    """Diagnostics as text, in the order of the source."""
    if not found:
        return []
    from archcalc.diagnostics.render import render

    return [render(diagnostic, file.name, file.line, terminal) for diagnostic in found]


def closing(report: Checked, terminal: Terminal) -> str:
    """The verdict in one line."""
    counts = count_severities(claims.beside(report.diagnostics))
    summary = render_summary(counts, color=terminal.color)
    if known := sum(verdict.state == "explained" for verdict in report.verdicts):
        told = f"{known:,} claim{'s' if known > 1 else ''} explained"
        summary = f"{summary}, {told}" if any(counts.values()) else told
    state = terminal.paint("ok", "green", "bold") if report.ok else terminal.paint("not ok", "red", "bold")
    return f"{state}: {summary}"


def one_line(found: Outcome, name_width: int, terminal: Terminal = PLAIN, columns: Sequence[Column] = COUNTED) -> str:
    """A network among many: its state, its size, and what was found. Numbers that do not fit are left out."""
    remarks = [
        f"{count} {severity}{'s' if count > 1 else ''}"
        for severity, count in count_severities(found.diagnostics).items()
        if count and severity != "note"
    ]
    if found.is_stated:
        remarks.append("partly stated")
    counts = {column: _total_text(count) for column, count in zip(columns, found.counts, strict=True)}
    return line_of(found, name_width, terminal, counts, ", ".join(remarks), ok=found.ok)


def _total_text(total: Cell) -> str:
    if isinstance(total, Aside):
        return f"({_total_text(total.value)})"
    return "?" if total is None else grouped(total) if isinstance(total, int) else "closed form"


def line_of(
    found: Checked | Outcome, name_width: int, terminal: Terminal, counts: Mapping[Column, str], told: str, *, ok: bool
) -> str:
    """The state and the address of a network, its counts, and what is told about it."""
    state = terminal.paint("ok   ", "green") if ok else terminal.paint("FAILS", "red", "bold")
    text, room = _beside(terminal.visible(found.address), name_width, counts, terminal)
    return f"{state}  {text}{f'  {told}' if told and room >= len(told) + 2 else ''}".rstrip()


def head_line(name_width: int, terminal: Terminal = PLAIN, columns: Sequence[Column] = COUNTED) -> str:
    """What stands over the lines of networks."""
    text, _ = _beside("network", name_width, {column: column.heading for column in columns}, terminal)
    return terminal.paint(" " * 7 + text, "bold")


def _beside(name: str, name_width: int, counts: Mapping[Column, str], terminal: Terminal) -> tuple[str, int]:
    """A name and its counts, as far as there is room for them, and the room that is left."""
    parts = [name + " " * (name_width - display_width(name))]
    room = terminal.width - 7 - name_width
    for column, text in counts.items():
        cells = 13 if column is PARAMETERS else 17
        if room >= cells + 1:
            parts.append(f"{text:>{cells}}")
            room -= cells + 1
    return " ".join(parts), room


def address_width(found: Iterable[Checked | Outcome], terminal: Terminal = PLAIN) -> int:
    """Room for the longest name in `one_line`, and for what stands over them."""
    return max([len("network"), *(display_width(terminal.visible(one.address)) for one in found)])
