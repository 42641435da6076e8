"""For which of several networks repairs are searched: a search takes longer than all checks together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archcalc.api.report import Report
from archcalc.diagnostics.model import Diagnostic

if TYPE_CHECKING:
    from archcalc.repair import Repair

REPAIRED = 3
"""Failing networks for which repairs are searched, where many are checked."""


def repairs_of(reports: Sequence[Report], wanted: int | None = None) -> list[list[Repair] | None]:
    """The repairs of each network; None for those for which they are not searched."""
    chosen = _searched(reports, wanted)
    return [report.repairs if is_chosen else None for report, is_chosen in zip(reports, chosen, strict=True)]


def _searched(reports: Sequence[Report], wanted: int | None = None) -> list[bool]:
    """Whether repairs are searched, for each report.

    The variants of a file often fail alike. They are searched for a few networks that have an error which none before
    them has; for as many as `wanted`, these first, where that is said.
    """
    known: set[tuple[str, Diagnostic]] = set()
    fresh: list[int] = []
    alike: list[int] = []
    for index, report in enumerate(reports):
        errors = {(report.file.name, error) for error in report.diagnostics if error.severity == "error"}
        if errors:
            (alike if errors <= known else fresh).append(index)
        known |= errors
    chosen = set(fresh[:REPAIRED] if wanted is None else [*fresh, *alike][:wanted])
    return [index in chosen for index in range(len(reports))]
