"""A difference for a terminal: what the networks cost, which layers differ, which sizes are legal, what is claimed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archcalc.comparison.amounts import AmountChange
from archcalc.comparison.compared import Compared
from archcalc.comparison.limits import LimitVerdict
from archcalc.comparison.rows import Line, cut, follow_line, lines, summary
from archcalc.comparison.told import amount_rows, claim_lines, legal_lines, limit_line, output_lines, trouble_lines
from archcalc.comparison.words import amount_text, difference_text, is_form, share
from archcalc.report.grid import cell, fitted, taken
from archcalc.terminal import NARROWEST, Style, Terminal, display_width, wrap

COLORS: dict[str, Style] = {"+": "green", "-": "red", "~": "yellow", "?": "yellow", "=": "cyan", "^": "cyan"}
HEADS = ("", "before", "after", "change", "")
MOST_NAME = 36
"""Cells of a name in front of what has become of it; longer ones have a line of their own."""


def full(difference: Compared, terminal: Terminal, *, fold: bool = True, limits: Sequence[LimitVerdict] = ()) -> str:
    """All that differs, in lines that fit a terminal of at least 40 cells."""
    terminal = terminal.at_least(NARROWEST)
    parts = [_heading(difference, terminal)]
    parts += ["\n".join(terminal.wrapped(line)) for line in trouble_lines(difference)]
    if difference.is_empty:
        parts.append("no difference")
    else:
        parts.append("\n".join(_table(amount_rows(difference), terminal)))
        if found := "\n".join(_layers(difference, terminal, fold=fold)):
            parts.append(found)
        others = [*output_lines(difference), *legal_lines(difference), *claim_lines(difference)]
        if others:
            parts.append("\n".join(part for line in others for part in _signed(line, terminal)))
        parts.append("\n".join(terminal.wrapped(summary(difference))))
    if limits:
        parts.append("\n".join(part for one in limits for part in _limit(one, terminal)))
    return "\n\n".join(parts)


def one_line(difference: Compared, terminal: Terminal) -> str:
    """A difference among several: the second network, and what was added to its counts."""
    name = terminal.visible(difference.after.address)
    if difference.is_empty:
        return f"{name}: no difference"
    told = [
        f"{amount.quantity} {difference_text(amount)}" + (f" ({share(amount)})" if share(amount) else "")
        for amount in amount_rows(difference)[:2]
    ]
    return f"{name}: {', '.join([*map(terminal.visible, told), summary(difference)])}"


def _heading(difference: Compared, terminal: Terminal) -> str:
    sides = [terminal.visible(side.address) for side in (difference.before, difference.after)]
    arrow = terminal.visible("→")
    return "\n".join(terminal.paint(line, "bold") for line in wrap(f"{sides[0]} {arrow} {sides[1]}", terminal.width))


def _table(amounts: Sequence[AmountChange], terminal: Terminal) -> list[str]:
    rows = [
        [
            amount.quantity.replace("_", " "),
            amount_text(amount.before),
            amount_text(amount.after),
            difference_text(amount),
            share(amount),
        ]
        for amount in amounts
    ]
    texts = [list(HEADS), *([terminal.visible(text) for text in row] for row in rows)]
    columns = range(len(HEADS))
    widest = {column: max(display_width(row[column]) for row in texts) for column in columns}
    plain = [row for row, amount in zip(texts[1:], amounts, strict=True) if not _has_form(amount)]
    never = {column: max([0, *(display_width(row[column]) for row in plain)]) for column in columns}
    ways = [(1, 12), (2, 12), (3, 12), (4, 0), (1, 0), (2, 6), (3, 6)]
    widths = fitted(widest, ways if any(map(_has_form, amounts)) else [(4, 0), (1, -1)], terminal.width, never)
    ellipsis = terminal.visible("…")
    out = []
    for number, row in enumerate(texts):
        cells = [cell(row[column], width, ellipsis, right=column > 0) for column, width in widths.items()]
        line = "  ".join(cells).rstrip()
        out.append(terminal.paint(line, "bold") if number == 0 else line)
    out.insert(1, terminal.paint(terminal.visible("─") * taken(widths), "dim"))
    for amount in amounts:
        if is_form(amount.difference):
            whole = f"{amount_text(amount.before)} → {amount_text(amount.after)}: {difference_text(amount)}"
            first, *rest = terminal.wrapped(f"{amount.quantity.replace('_', ' ')}: {whole}", less=4)
            out += [first, *(f"    {line}" for line in rest)]
    return out


def _has_form(amount: AmountChange) -> bool:
    return any(map(is_form, (amount.before, amount.after, amount.difference)))


def _layers(difference: Compared, terminal: Terminal, *, fold: bool) -> Iterator[str]:
    found = lines(difference, fold=fold)
    shown, left = cut(found) if fold else (found, 0)
    names = [display_width(terminal.visible(line.name)) for line in shown]
    width = max([name for name in names if name <= min(MOST_NAME, terminal.width // 3)], default=0)
    for line in shown:
        yield from _layer(line, width, terminal)
    if left:
        yield f"  and {left:,} more lines; --no-fold has them all"
    if fold and (told := follow_line(difference)):
        yield from (f"  {line}" for line in terminal.wrapped(told, less=2))


def _layer(line: Line, width: int, terminal: Terminal) -> Iterator[str]:
    """The sign, the name, and what has become of it; beside a long name on lines of its own."""
    name = terminal.visible(line.name)
    sign = terminal.paint(line.sign, COLORS[line.sign]) if line.sign in COLORS else line.sign
    if display_width(name) > width:
        first, *rest = wrap(name, terminal.width - 2)
        yield f"{sign} {first}"
        yield from (f"  {part}" for part in rest)
        yield from (f"      {part}" for part in terminal.wrapped(line.what, less=6))
        return
    first, *rest = terminal.wrapped(line.what, less=width + 4)
    yield f"{sign} {cell(name, width, '', right=False)}  {first}".rstrip()
    yield from (f"{' ' * (width + 4)}{part}" for part in rest)


def _signed(line: Line, terminal: Terminal) -> Iterator[str]:
    """A line that is about no layer."""
    sign = terminal.paint(line.sign, COLORS[line.sign]) if line.sign in COLORS else line.sign
    first, *rest = terminal.wrapped(f"{line.name}: {line.what}", less=2)
    yield f"{sign} {first}"
    yield from (f"    {part}" for part in rest)


def _limit(verdict: LimitVerdict, terminal: Terminal) -> list[str]:
    word = {"kept": "ok", "broken": "FAILS", "undecided": "open"}[verdict.state]
    styles: dict[str, Style] = {"kept": "green", "broken": "red", "undecided": "yellow"}
    first, *rest = terminal.wrapped(limit_line(verdict), less=7)
    return [f"{terminal.paint(f'{word:>5}', styles[verdict.state])}  {first}", *(f"       {part}" for part in rest)]
