"""Outcomes: what a check has found about one network among many, small enough to keep those of a thousand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from archcalc.checking import Checked
from archcalc.diagnostics.model import Diagnostic
from archcalc.report.columns import Cell, Column, totals
from archcalc.report.explaining import explained
from archcalc.source import SourceFile
from archcalc.tally import is_stated

if TYPE_CHECKING:
    from archcalc.repair import Repair


class Outcome(NamedTuple):
    """What lists of networks and reports about them say of one."""

    name: str
    variant: str | None
    file: SourceFile
    """The text that its findings are about."""
    ok: bool
    diagnostics: tuple[Diagnostic, ...]
    counts: tuple[Cell, ...]
    """The totals, in the order of the columns that were asked for."""
    is_stated: bool
    """Whether opaque steps state some of it."""
    layers: int
    repaired: tuple[Diagnostic, ...] | None = None
    """The diagnostics with repairs of the errors as their help; None where repairs were not searched."""

    @property
    def told(self) -> tuple[Diagnostic, ...]:
        """The diagnostics with all that is known about their repair."""
        return self.diagnostics if self.repaired is None else self.repaired

    @property
    def address(self) -> str:
        """File and variant, as a command takes them."""
        return self.file.name if self.variant is None else f"{self.file.name}:{self.variant}"


def outcome(report: Checked, columns: Sequence[Column], repairs: Sequence[Repair] | None = None) -> Outcome:
    """The outcome of a check, with the repairs that were searched; `columns` say something of whole networks."""
    return Outcome(
        report.name,
        report.variant,
        report.file,
        report.ok,
        tuple(report.diagnostics),
        tuple([totals(report, column) for column in columns]),
        any(map(is_stated, report.graph.nodes)),
        len(report.graph.nodes),
        None if repairs is None else tuple(explained(report, repairs)),
    )
