"""The reports of several networks on a terminal: the errors, each once, and a line for every network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archcalc.diagnostics.model import Diagnostic
from archcalc.diagnostics.render import NARROWEST
from archcalc.report.model import Report
from archcalc.report.text import address_width, diagnostics, one_line
from archcalc.terminal import Terminal, wrap

REPAIRED = 3
"""Failing networks for which repairs are searched, where many are checked."""


def blocks(reports: list[Report], terminal: Terminal) -> Iterator[str]:
    """The errors, each once however many variants of a file have it; a line for every network; how many are ok."""
    terminal = terminal.at_least(NARROWEST)
    yield from _errors(reports, terminal)
    room = address_width(reports, terminal)
    for report in reports:
        yield one_line(report, room, terminal)
    good = sum(report.ok for report in reports)
    yield f"{good} of {len(reports)} networks are ok"


def _errors(reports: list[Report], terminal: Terminal) -> Iterator[str]:
    found_in: dict[str, list[str]] = {}
    told: dict[str, str] = {}
    searched = 0
    for report in reports:
        plain = diagnostics(report, _only_errors(report.diagnostics), terminal)
        texts = plain
        if searched < REPAIRED and not told.keys() >= set(plain):
            searched += 1
            texts = diagnostics(report, _only_errors(report.explained), terminal)
        for block, text in zip(plain, texts, strict=True):
            told.setdefault(block, text)
            found_in.setdefault(block, []).append(report.variant or "")
    for block, variants in found_in.items():
        yield "\n".join([told[block], *_where(variants, terminal), ""])


def _only_errors(found: Sequence[Diagnostic]) -> list[Diagnostic]:
    return [one for one in found if one.severity == "error"]


def _where(variants: list[str], terminal: Terminal) -> list[str]:
    """The variants that have an error; nothing for a file without variants."""
    if not any(variants):
        return []
    text = f"in {'variants' if len(variants) > 1 else 'variant'} {', '.join(variants)}"
    first, *rest = wrap(text, terminal.width - 5)
    return [f"   = {first}", *(f"     {line}" for line in rest)]
