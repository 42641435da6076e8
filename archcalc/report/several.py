"""The reports of several networks on a terminal: the errors, each once, and a line for every network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from archcalc.checking import Checked
from archcalc.diagnostics.model import errors
from archcalc.report.columns import DEFAULT, Column, of_networks
from archcalc.report.explaining import explained
from archcalc.report.text import address_width, diagnostics, head_line, one_line
from archcalc.terminal import NARROWEST, Terminal, wrap

if TYPE_CHECKING:
    from archcalc.repair import Repair


def blocks(
    reports: Sequence[Checked],
    repairs: Sequence[Sequence[Repair] | None],
    terminal: Terminal,
    columns: Sequence[Column] = DEFAULT,
) -> Iterator[str]:
    """The errors, each once however many variants of a file have it; a line for every network; how many are ok.

    `repairs` has those of each report, None where nobody has searched; where that leaves out errors, a line says so.
    """
    terminal = terminal.at_least(NARROWEST)
    yield from _error_blocks(reports, repairs, terminal)
    room = address_width(reports, terminal)
    columns = of_networks(columns)
    yield head_line(room, terminal, columns)
    for report in reports:
        yield one_line(report, room, terminal, columns)
    good = sum(report.ok for report in reports)
    yield f"{good} of {len(reports)} networks are ok"


def _error_blocks(
    reports: Sequence[Checked], repairs: Sequence[Sequence[Repair] | None], terminal: Terminal
) -> Iterator[str]:
    found_in: dict[str, list[str]] = {}
    texts_of: dict[str, str] = {}
    is_complete = True
    for report, found in zip(reports, repairs, strict=True):
        plain = diagnostics(report, errors(report.diagnostics), terminal)
        texts = plain
        if not texts_of.keys() >= set(plain):
            is_complete = is_complete and found is not None
            texts = diagnostics(report, errors(explained(report, found)), terminal)
        for block, text in zip(plain, texts, strict=True):
            texts_of.setdefault(block, text)
            found_in.setdefault(block, []).append(report.variant or "")
    for block, variants in found_in.items():
        yield "\n".join([texts_of[block], *_where(variants, terminal), ""])
    if not is_complete:
        failing = sum(not report.ok for report in reports)
        text = f"repairs were searched for {sum(found is not None for found in repairs)} of {failing} failing networks"
        yield "\n".join([*wrap(f"{text}; --repairs {failing} searches for all", terminal.width), ""])


def _where(variants: list[str], terminal: Terminal) -> list[str]:
    """The variants that have an error; nothing for a file without variants."""
    if not any(variants):
        return []
    named = [variant or "(none)" for variant in variants]
    text = f"in {'variants' if len(named) > 1 else 'variant'} {', '.join(named)}"
    first, *rest = wrap(text, terminal.width - 5)
    return [f"   = {first}", *(f"     {line}" for line in rest)]
