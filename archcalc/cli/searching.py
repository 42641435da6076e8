"""For which of several networks repairs are searched: a search takes longer than all checks together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archcalc.api.report import Report
from archcalc.batch.piece import choice

if TYPE_CHECKING:
    from archcalc.repair import Repair


def repairs_of(reports: Sequence[Report], wanted: int | None = None) -> list[list[Repair] | None]:
    """The repairs of each network; None for those for which they are not searched."""
    chosen = choice(reports, wanted)
    return [report.repairs if is_chosen else None for report, is_chosen in zip(reports, chosen, strict=True)]
