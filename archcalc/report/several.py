"""The reports of several networks on a terminal: the errors, each once, and a line for every network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archcalc.diagnostics.model import errors
from archcalc.report.columns import DEFAULT, Column, of_networks
from archcalc.report.outcome import Outcome
from archcalc.report.text import address_width, diagnostics, head_line, one_line
from archcalc.terminal import NARROWEST, Terminal, wrap


def blocks(outcomes: Sequence[Outcome], terminal: Terminal, columns: Sequence[Column] = DEFAULT) -> Iterator[str]:
    """The errors, each once however many variants of a file have it; a line for every network; how many are ok.

    `columns` are those of the counts of the outcomes, and maybe others, which say nothing of whole networks. Where no
    repairs were searched for some error, a line says so.
    """
    terminal = terminal.at_least(NARROWEST)
    yield from _error_blocks(outcomes, terminal)
    room = address_width(outcomes, terminal)
    columns = of_networks(columns)
    yield head_line(room, terminal, columns)
    for one in outcomes:
        yield one_line(one, room, terminal, columns)
    good = sum(one.ok for one in outcomes)
    yield f"{good} of {len(outcomes)} networks are ok"


def _error_blocks(outcomes: Sequence[Outcome], terminal: Terminal) -> Iterator[str]:
    found_in: dict[str, list[str]] = {}
    texts_of: dict[str, str] = {}
    is_complete = True
    for one in outcomes:
        plain = diagnostics(one.file, errors(one.diagnostics), terminal)
        texts = plain
        if not texts_of.keys() >= set(plain):
            is_complete = is_complete and one.repaired is not None
            texts = diagnostics(one.file, errors(one.told), terminal)
        for block, text in zip(plain, texts, strict=True):
            texts_of.setdefault(block, text)
            found_in.setdefault(block, []).append(one.variant or "")
    for block, variants in found_in.items():
        yield "\n".join([texts_of[block], *_where(variants, terminal), ""])
    if not is_complete:
        failing = sum(not one.ok for one in outcomes)
        searched = sum(one.repaired is not None for one in outcomes)
        text = f"repairs were searched for {searched} of {failing} failing networks"
        yield "\n".join([*wrap(f"{text}; --repairs {failing} searches for all", terminal.width), ""])


def _where(variants: list[str], terminal: Terminal) -> list[str]:
    """The variants that have an error; nothing for a file without variants."""
    if not any(variants):
        return []
    named = [variant or "(none)" for variant in variants]
    text = f"in {'variants' if len(named) > 1 else 'variant'} {', '.join(named)}"
    first, *rest = wrap(text, terminal.width - 5)
    return [f"   = {first}", *(f"     {line}" for line in rest)]
