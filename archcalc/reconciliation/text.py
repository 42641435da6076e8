"""An account as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from archcalc.conventions import CountPart, ReconciledCount
from archcalc.dims.figures import grouped
from archcalc.reconciliation.observed import NumberGuess, NumberSource, ObservedNumber
from archcalc.reconciliation.omitted import OmittedConvention
from archcalc.reconciliation.parameters import ParameterCount
from archcalc.terminal import NARROWEST, PLAIN, Terminal, display_width, wrap


def text(
    operations: Sequence[ReconciledCount],
    parameters: Sequence[ParameterCount],
    observed: ObservedNumber | None,
    omitted: Sequence[OmittedConvention] = (),
    terminal: Terminal = PLAIN,
) -> str:
    """The account: first who counts what was seen, then every convention with the terms of its difference."""
    blocks = [_observed(observed)] if observed is not None else []
    blocks += [_operations(operations, omitted), _parameters(parameters)]
    lines = [line for block in blocks for row in block for line in _wrapped(*row, terminal)]
    return "\n".join(lines)


def _wrapped(lead: str, words: str, terminal: Terminal) -> Iterator[str]:
    """A line, and those that it goes on in, below what stands behind its lead."""
    indent = display_width(lead)
    for index, part in enumerate(wrap(terminal.visible(words), max(NARROWEST // 2, terminal.width - indent))):
        yield f"{' ' * indent if index else terminal.visible(lead)}{part}".rstrip()


Row = tuple[str, str]
"""What stands in front of a line, and what may go on in the next one."""


def observed_lines(found: ObservedNumber) -> list[str]:
    """Who counts a number that was seen: a heading, and a line for each."""
    if found.sources:
        return [f"{found.text} is", *(f"  {_source(one)}" for one in found.sources)]
    if found.guesses:
        return [f"nobody counts {found.text}; it would be", *(f"  {_guess(one)}" for one in found.guesses)]
    return [f"nobody counts {found.text}, with one term more or less either"]


def _observed(found: ObservedNumber) -> list[Row]:
    lines = observed_lines(found)
    return [*((" " * (len(line) - len(line.lstrip())), line.lstrip()) for line in lines), ("", "")]


def _source(one: NumberSource) -> str:
    how = "" if one.how == "exactly" else f", {one.how}"
    what = "the parameters, " if one.what == "parameters" else ""
    return f"{what}{one.text}: {grouped(one.value)}{how}"


def _guess(one: NumberGuess) -> str:
    return f"{one.name} {'with' if one.sign > 0 else 'without'} {part_text(one.part)}: {grouped(one.value)}"


def _operations(operations: Sequence[ReconciledCount], omitted: Sequence[OmittedConvention]) -> list[Row]:
    """Each convention with its total and the terms by which it differs, largest first; behind them those left out."""
    groups = alike(operations)
    named = [*(one.convention for one, _ in groups), *(one.convention for one in omitted)]
    width = max(len(one.name) for one in named)
    digits = max(len(grouped(one.total)) for one, _ in groups)
    rows: list[Row] = []
    for one, others in groups:
        lead = f"{one.convention.name:<{width}}  {grouped(one.total):>{digits}}  "
        rows.append((lead, summary(one) + (f"; also {', '.join(others)}" if others else "")))
        for part in sorted_parts(one):
            rows.append((f"{'':<{width}}  {signed(part.amount):>{digits}}  ", part_text(part)))
    rows += [(f"{one.convention.name:<{width}}  {'-':>{digits}}  ", omitted_text(one)) for one in omitted]
    return [*rows, ("", "")]


def alike(operations: Sequence[ReconciledCount]) -> list[tuple[ReconciledCount, list[str]]]:
    """The conventions, each with the names of those behind it that count just as it does."""
    groups: dict[tuple[object, ...], tuple[ReconciledCount, list[str]]] = {}
    for one in operations:
        told = one.convention.unit, one.total, one.parts
        if told in groups:
            groups[told][1].append(one.convention.name)
        else:
            groups[told] = one, []
    return list(groups.values())


def summary(one: ReconciledCount) -> str:
    """Whose count it is, and what one of it is."""
    unit = "" if one.convention.unit == "multiply-adds" else ", 2 for each product"
    return f"{one.convention.title}{unit}"


def omitted_text(one: OmittedConvention) -> str:
    """Why a convention is left out, and what gives it a count."""
    return f"left out: {one.reason}" + "".join(f"; {help}" for help in one.help)


def part_text(part: CountPart) -> str:
    """A term with the layers that it is of, and the fault that it shows."""
    layers = f"{part.layers} layer{'' if part.layers == 1 else 's'}"
    fault = f" (a fault: {part.fault.about})" if part.fault is not None else ""
    return f"{part.text}: {', '.join(part.kinds)}, {layers}{fault}"


def _parameters(parameters: Sequence[ParameterCount]) -> list[Row]:
    width = max(len(one.name) for one in parameters)
    digits = max(len(grouped(one.value)) for one in parameters)
    rows = [(f"  {one.name:<{width}}  {grouped(one.value):>{digits}}  ", one.about) for one in parameters]
    return [("", "parameters"), *rows]


def sorted_parts(one: ReconciledCount) -> list[CountPart]:
    """The terms of a difference, largest first; closed forms stand behind numbers."""
    return sorted(one.parts, key=_size, reverse=True)


def _size(part: CountPart) -> Any:
    return abs(part.amount) if isinstance(part.amount, int) else 0


def signed(amount: Any) -> str:
    """A difference with its sign, which a closed form has in front of its first term.

    >>> signed(5_000), signed(-12)
    ('+5,000', '-12')
    """
    text = grouped(amount)
    return text if text.startswith("-") else f"+{text}"
