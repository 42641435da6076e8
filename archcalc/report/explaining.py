"""The diagnostics of a report, with the repairs of its errors as their help."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from archcalc.checking import Checked
from archcalc.diagnostics.model import Diagnostic

if TYPE_CHECKING:
    from archcalc.repair import Repair


def explained(report: Checked, repairs: Sequence[Repair] | None) -> list[Diagnostic]:
    """The diagnostics, those that can be repaired with the repairs as their help."""
    if repairs is None or report.ok:
        return report.diagnostics
    # Most networks have no errors, and what repairs them takes a while to load.
    from archcalc.repair import explained

    return explained(report, repairs)


def with_repairs(report: Checked, repairs: Sequence[Repair], others: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Diagnostics of a command, those of the report with repairs as their help."""
    told = dict(zip(report.diagnostics, explained(report, repairs), strict=True))
    return [told.get(one, one) for one in others]
