"""An account as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archcalc.conventions import Part, Reconciled
from archcalc.dims.figures import grouped
from archcalc.reconciliation.account import Account
from archcalc.reconciliation.observed import Guess, Observed, Source
from archcalc.terminal import PLAIN, Terminal


def text(account: Account, terminal: Terminal = PLAIN) -> str:
    """The account: first who counts what was seen, then every convention with the terms of its difference."""
    blocks = [*_observed(account.observed)] if account.observed is not None else []
    blocks += [_operations(account), _parameters(account)]
    lines = [line for block in blocks for line in [*block, ""]]
    return "\n".join(terminal.visible(line.rstrip()) for line in lines[:-1])


def _observed(found: Observed) -> Iterator[list[str]]:
    if found.sources:
        yield [f"{found.text} is", *(f"  {_source(one)}" for one in found.sources)]
    elif found.guesses:
        yield [f"nobody counts {found.text}; it would be", *(f"  {_guess(one)}" for one in found.guesses)]
    else:
        yield [f"nobody counts {found.text}, with one term more or less either"]


def _source(one: Source) -> str:
    how = "" if one.how == "exactly" else f", {one.how}"
    what = "the parameters, " if one.what == "parameters" else ""
    return f"{what}{one.text}: {grouped(one.value)}{how}"


def _guess(one: Guess) -> str:
    return f"{one.name} {'with' if one.sign > 0 else 'without'} {_part(one.part)}: {grouped(one.value)}"


def _operations(account: Account) -> list[str]:
    """Each convention with its total and the terms by which it differs, largest first."""
    width = max(len(one.convention.name) for one in account.operations)
    digits = max(len(grouped(one.total)) for one in account.operations)
    lines: list[str] = []
    for one in account.operations:
        lines.append(f"{one.convention.name:<{width}}  {grouped(one.total):>{digits}}  {_summary(one)}")
        for part in sorted(one.parts, key=_size, reverse=True):
            lines.append(f"{'':<{width}}  {signed(part.amount):>{digits}}  {_part(part)}")
    return lines


def _summary(one: Reconciled) -> str:
    unit = "" if one.convention.unit == "multiply-adds" else ", 2 for each product"
    return f"{one.convention.title}{unit}"


def _part(part: Part) -> str:
    layers = f"{part.layers} layer{'' if part.layers == 1 else 's'}"
    fault = f" (a fault: {part.fault.about})" if part.fault is not None else ""
    return f"{part.text}: {', '.join(part.kinds)}, {layers}{fault}"


def _parameters(account: Account) -> list[str]:
    width = max(len(one.name) for one in account.parameters)
    digits = max(len(grouped(one.value)) for one in account.parameters)
    rows = [f"  {one.name:<{width}}  {grouped(one.value):>{digits}}  {one.about}" for one in account.parameters]
    return ["parameters", *rows]


def _size(part: Part) -> Any:
    return abs(part.amount) if isinstance(part.amount, int) else 0


def signed(amount: Any) -> str:
    """A difference with its sign."""
    if isinstance(amount, int):
        return f"{'+' if amount >= 0 else '-'}{grouped(abs(amount))}"
    return f"+{grouped(amount)}"
