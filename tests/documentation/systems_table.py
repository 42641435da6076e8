"""The table of systems, from the catalogue itself."""

from __future__ import annotations

from functools import cache

import archcalc
from archcalc.catalogue import SHELVES, on_shelf


def reports(name: str) -> list[archcalc.Report]:
    """The checked networks of a file."""
    spec = archcalc.load(name)
    return [spec.choose(variant).check() for variant in spec.variants] or [spec.check()]


def between(values: list[object]) -> str:
    """The smallest and the largest count; closed forms are not compared."""
    numbers = [value for value in values if isinstance(value, int)]
    if not numbers:
        return "closed form"
    low, high = min(numbers), max(numbers)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


@cache
def row(name: str) -> str:
    """A system: its file, its networks, its counts, and what became of its claims."""
    found = reports(name)
    assert all(report.ok for report in found), name
    networks = ", ".join(f"`{report.variant}`" for report in found if report.variant) or "one network"
    states = [verdict.state for report in found for verdict in report.verdicts]
    claims = f"{states.count('holds')} hold" + (
        f", {states.count('explained')} explained" if "explained" in states else ""
    )
    cells = (
        f"{found[0].name}",
        f"`{name}`",
        networks,
        between([report.totals.parameters for report in found]),
        between([report.totals.multiplications for report in found]),
        claims,
    )
    return f"| {' | '.join(cells)} |"


def table() -> str:
    """A table for each shelf of the catalogue, as Markdown."""
    return "\n".join(f"## {title}\n\n{_shelf(folder)}" for folder, title in SHELVES.items())


def _shelf(folder: str) -> str:
    head = "| system | name | variants | parameters | multiplications | claims |\n|---|---|---|---|---|---|\n"
    return head + "".join(f"{row(path.stem)}\n" for path in on_shelf(folder))
