"""The reports of several networks on a terminal: the errors, each once, and a line for every network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archcalc.api.report import Report
from archcalc.diagnostics.model import Diagnostic
from archcalc.diagnostics.render import NARROWEST
from archcalc.report.text import address_width, diagnostics, one_line
from archcalc.terminal import Terminal, wrap

REPAIRED = 3
"""Failing networks for which repairs are searched, where many are checked: it takes longer than all checks."""


def searched(reports: Sequence[Report], wanted: int | None = None) -> list[bool]:
    """Whether repairs are searched, for each report.

    The variants of a file often fail alike. They are searched for a few networks that have an error which none before
    them has; for as many as `wanted`, these first, where that is said.
    """
    known: set[tuple[str, Diagnostic]] = set()
    fresh: list[int] = []
    alike: list[int] = []
    for index, report in enumerate(reports):
        errors = {(report.file.name, error) for error in _errors(report)}
        if errors:
            (alike if errors <= known else fresh).append(index)
        known |= errors
    chosen = set(fresh[:REPAIRED] if wanted is None else [*fresh, *alike][:wanted])
    return [index in chosen for index in range(len(reports))]


def blocks(reports: Sequence[Report], terminal: Terminal, wanted: int | None = None) -> Iterator[str]:
    """The errors, each once however many variants of a file have it; a line for every network; how many are ok.

    Repairs are searched for some of the failing networks (`searched`); where that leaves out errors, a line says so.
    """
    terminal = terminal.at_least(NARROWEST)
    yield from _told_errors(reports, searched(reports, wanted), terminal)
    room = address_width(reports, terminal)
    for report in reports:
        yield one_line(report, room, terminal)
    good = sum(report.ok for report in reports)
    yield f"{good} of {len(reports)} networks are ok"


def _told_errors(reports: Sequence[Report], is_searched: Sequence[bool], terminal: Terminal) -> Iterator[str]:
    found_in: dict[str, list[str]] = {}
    told: dict[str, str] = {}
    is_complete = True
    for report, may_search in zip(reports, is_searched, strict=True):
        plain = diagnostics(report, _errors(report), terminal)
        texts = plain
        if not told.keys() >= set(plain):
            is_complete = is_complete and may_search
            if may_search:
                texts = diagnostics(report, [one for one in report.explained if one.severity == "error"], terminal)
        for block, text in zip(plain, texts, strict=True):
            told.setdefault(block, text)
            found_in.setdefault(block, []).append(report.variant or "")
    for block, variants in found_in.items():
        yield "\n".join([told[block], *_where(variants, terminal), ""])
    if not is_complete:
        failing = sum(not report.ok for report in reports)
        text = f"repairs were searched for {sum(is_searched)} of {failing} failing networks"
        yield "\n".join([*wrap(f"{text}; --repairs {failing} searches for all", terminal.width), ""])


def _errors(report: Report) -> list[Diagnostic]:
    return [one for one in report.diagnostics if one.severity == "error"]


def _where(variants: list[str], terminal: Terminal) -> list[str]:
    """The variants that have an error; nothing for a file without variants."""
    if not any(variants):
        return []
    text = f"in {'variants' if len(variants) > 1 else 'variant'} {', '.join(variants)}"
    first, *rest = wrap(text, terminal.width - 5)
    return [f"   = {first}", *(f"     {line}" for line in rest)]
