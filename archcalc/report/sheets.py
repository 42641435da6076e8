"""A table as somebody takes it elsewhere: the layers of one network, or the totals of several, before it is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from archcalc.checking import Checked
from archcalc.report.columns import DEFAULT, Aside, Cell, Column
from archcalc.report.columns import of_networks as columns_of_networks
from archcalc.report.outcome import Outcome
from archcalc.report.stated import told
from archcalc.report.table import flat, table

NETWORK = Column("network", "network")
STATE = Column("check", "check")

ASIDE = "in parentheses: frozen parameters, which the total leaves out"


class Line(NamedTuple):
    """One line: its cells in the order of the columns, or a note; `indent` says in how many scopes its layer stands."""

    cells: tuple[Cell, ...]
    indent: int = 0
    is_scope: bool = False
    codes: tuple[str, ...] = ()
    note: str = ""


class Sheet(NamedTuple):
    """A table with its columns; the total, if there is one, is set apart."""

    title: str
    columns: tuple[Column, ...]
    lines: list[Line]
    total: Line | None = None
    author: str = ""
    """How much of the counts is stated, not computed."""

    @property
    def notes(self) -> list[str]:
        """What there is to say about its counts."""
        has_asides = any(isinstance(cell, Aside) for line in self.lines for cell in line.cells)
        return [*([ASIDE] if has_asides else []), *([self.author] if self.author else [])]


def of_layers(
    report: Checked, columns: Sequence[Column] = DEFAULT, depth: int | None = None, *, fold: bool = True
) -> Sheet:
    """The layers of a network as people read them: by scopes, with equal neighbours in one line."""
    found = table(report, depth, columns, fold=fold, abbreviated=False)
    lines = [
        Line(
            () if row.note else tuple([row.cells[column] for column in columns]),
            row.indent,
            row.is_scope,
            row.codes,
            row.note,
        )
        for row in found.rows
    ]
    total = found.total and Line(tuple([found.total.cells.get(column, "") for column in columns]))
    return Sheet(report.title, found.columns, lines, total, told(report.graph.nodes))


def of_every_layer(report: Checked, columns: Sequence[Column] = DEFAULT) -> Sheet:
    """The layers of a network as programs read them: a line for each, with its whole name."""
    lines = [Line(tuple([row.cells[column] for column in columns])) for row in flat(report, columns)]
    return Sheet(report.title, tuple(columns), lines)


def of_networks(outcomes: Sequence[Outcome], columns: Sequence[Column] = DEFAULT) -> Sheet:
    """A line for each network with its totals. Raises: NoColumn for what only a layer has."""
    lines = [Line((one.address, "ok" if one.ok else "FAILS", *one.counts)) for one in outcomes]
    return Sheet("", (NETWORK, STATE, *columns_of_networks(columns)), lines)
