"""For which of several networks repairs are searched: a search takes longer than all checks together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archcalc.api.report import Report
from archcalc.batch.piece import choice

if TYPE_CHECKING:
    from archcalc.repair import Repair


def repairs_of(reports: Sequence[Report], wanted: int | None = None) -> list[list[Repair] | None]:
    """The repairs of each network; None for those for which they are not searched.

    Several share the work that one would cost alone, unless so many are `wanted`: who checks a file waits for all.
    """
    chosen = choice(reports, wanted)
    if wanted is not None or sum(chosen) <= 1:
        return [report.repairs if is_chosen else None for report, is_chosen in zip(reports, chosen, strict=True)]
    from archcalc.repair import MOST_WORK, repairs

    share = MOST_WORK // sum(chosen)

    def found(report: Report) -> list[Repair]:
        if report.settings.symbolic:
            return []
        return repairs(report.program, report.settings.overrides, report, share)

    return [found(report) if is_chosen else None for report, is_chosen in zip(reports, chosen, strict=True)]
