"""A verification for a terminal: heading, table, runs, diagnostics; and one line for many networks."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.diagnostics.model import errors
from archcalc.diagnostics.severities import count_severities, render_summary
from archcalc.dims.figures import grouped
from archcalc.report.text import COUNTED, address_width, diagnostics, head_line, heading, line_of
from archcalc.terminal import NARROWEST, PLAIN, Style, Terminal, visible, wrap
from archcalc.verify.against import Against
from archcalc.verify.table import lines
from archcalc.verify.verification import Case, Verification

_MARKS: dict[bool | None, tuple[str, Style]] = {True: ("ok", "green"), False: ("FAILS", "red"), None: ("-", "yellow")}


def full(found: Verification, terminal: Terminal = PLAIN, *, depth: int | None = None) -> str:
    """Everything about one network, in lines that fit a terminal of at least 40 cells."""
    terminal = terminal.at_least(NARROWEST)
    parts: list[str] = []
    if found.rows:
        parts.append(heading(found.report, terminal))
        parts.append("\n".join(lines(found, terminal, depth=depth)))
    if found.cases:
        parts.append("\n".join(_case(case, terminal) for case in found.cases))
    parts.extend(diagnostics(found.report.file, found.diagnostics, terminal))
    parts.append(closing(found, terminal))
    return "\n\n".join(parts)


def against(found: Against, terminal: Terminal = PLAIN) -> str:
    """A spec beside what it describes: a line for everything that was compared, and the verdict."""
    terminal = terminal.at_least(NARROWEST)
    lines = [f"{visible(found.name)} beside {visible(found.source)}", ""]
    for verdict in found.verdicts():
        word, style = _MARKS[verdict.ok]
        told = terminal.wrapped(visible(verdict.text), less=8)
        lines.append(f"{terminal.paint(f'{word:>6}', style)}  " + ("\n" + " " * 8).join(told))
    state = terminal.paint("ok", "green", "bold") if found.ok else terminal.paint("not ok", "red", "bold")
    said = "the spec is this network" if found.ok else "the spec is another network"
    return "\n".join([*lines, "", f"{state}: {said}"])


def closing(found: Verification, terminal: Terminal) -> str:
    """The verdict in one line, or in as many as the width takes."""
    version = f" with PyTorch {visible(found.torch_version)}" if found.torch_version else ""
    counts = count_severities(found.diagnostics)
    if not found.ok:
        color: Style = "red" if found.verdict == "not ok" else "yellow"
        state, summary = terminal.paint(found.verdict, color, "bold"), render_summary(counts, color=terminal.color)
        return f"{state}{version}: {summary}"
    agree = f"all {len(found.rows)} layers agree" if len(found.rows) != 1 else "the layer agrees"
    notes = f"; {render_summary(counts)}" if any(counts.values()) else ""
    first, *rest = wrap(f"ok{version}: {agree}{notes}", terminal.width)
    return "\n".join([terminal.paint("ok", "green", "bold") + first.removeprefix("ok"), *rest])


def _case(case: Case, terminal: Terminal) -> str:
    word, style = _MARKS[case.ok]
    at = ", ".join(f"{name} = {value}" for name, value in case.sizes.items())
    what = {
        "meta": case.told if case.ok else f"on shapes alone: {case.told}",
        "cpu": case.told if case.ok is not None else f"not run on the processor: {case.told}",
        "block": case.told,
        "legal": f"{at} is legal: {case.told}",
        "illegal": f"{at} is illegal: {case.told}",
        "other": f"no other sizes: {case.told}",
    }[case.sort]
    if case.sort in ("meta", "cpu") and at:
        what = f"{at}: {what}"
    lines = terminal.wrapped(what, less=8)
    return f"{terminal.paint(f'{word:>6}', style)}  " + ("\n" + " " * 8).join(lines)


def blocks(found: list[Verification], terminal: Terminal) -> Iterator[str]:
    """Of several networks the errors of each, a line for every one, and how many agree."""
    terminal = terminal.at_least(NARROWEST)
    for one in found:
        for text in diagnostics(one.report.file, errors(one.diagnostics), terminal):
            yield f"{text}\n   = in {terminal.visible(one.report.address)}\n"
    room = address_width((one.report for one in found), terminal)
    yield head_line(room, terminal)
    for one in found:
        yield one_line(one, room, terminal)
    good = sum(one.ok for one in found)
    open_ = sum(one.verdict == "not decided" for one in found)
    undecided = f"; {open_} {'is' if open_ == 1 else 'are'} not decided" if open_ else ""
    yield f"{good} of {len(found)} networks agree with PyTorch{undecided}"


def one_line(found: Verification, name_width: int, terminal: Terminal = PLAIN) -> str:
    """A network among many: its state, its size, the runs, and what was found. What does not fit is left out."""
    totals = found.report.totals
    runs = sum(case.ok is not None for case in found.cases)
    wrong = len(errors(found.diagnostics))
    remark = f"{wrong} error{'s' if wrong > 1 else ''}" if wrong else f"{runs} runs"
    if found.verdict == "not decided":
        remark = "not decided"
    counts = {
        column: grouped(value) if isinstance(value, int) else "?"
        for column, value in zip(COUNTED, (totals.parameters, totals.multiplications), strict=True)
    }
    return line_of(found.report, name_width, terminal, counts, remark, ok=found.ok)
