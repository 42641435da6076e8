"""Columns of text side by side: how wide each is, and how they give way where a terminal is narrow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from archcalc.checking import Checked
from archcalc.collector import paused
from archcalc.dims import Polynomial
from archcalc.report.columns import (
    DEFAULT,
    KIND,
    LAYER,
    MULTIPLICATIONS,
    OUTPUT,
    PARAMETERS,
    WITH_FIELDS,
    Aside,
    Column,
)
from archcalc.report.receptive import below
from archcalc.report.table import Row, table
from archcalc.terminal import PLAIN, Terminal, display_width

NARROW = 64
"""A table with less room than this has short headings."""
GAP = 2
"""Cells between two columns."""

Key = TypeVar("Key")

GONE = -1
"""Instead of a width: the column is dropped, whatever it holds."""

GIVING_WAY = (
    (MULTIPLICATIONS, 0),
    (PARAMETERS, 0),
    (OUTPUT, 12),
    (LAYER, 12),
    (KIND, 8),
    (KIND, 0),
    (LAYER, 6),
    (OUTPUT, 5),
    (OUTPUT, 0),
)
"""How columns give way where a table is too wide, step by step: the width that each keeps, and 0 drops it.

A column of numbers keeps the width of its widest number: closed forms are cut, numbers never.
"""
GIVING_WAY_TO_FIELDS = (*GIVING_WAY[:4], (MULTIPLICATIONS, GONE), (PARAMETERS, GONE), *GIVING_WAY[4:])
"""The same where receptive fields were asked for: counts make room for them."""


def giving_way(columns: Sequence[Column]) -> Iterable[tuple[Column, int]]:
    """How columns give way. Of those that somebody has asked for, none is dropped."""
    if columns == DEFAULT:
        return GIVING_WAY
    if columns == WITH_FIELDS:
        return GIVING_WAY_TO_FIELDS
    cut = [(column, 1) for column in reversed(columns) if column.holds_numbers]
    return [*cut, *((column, width) for width in (12, 6) for column in reversed(columns) if not column.holds_numbers)]


@paused()
def lines(
    report: Checked,
    terminal: Terminal = PLAIN,
    *,
    depth: int | None = None,
    columns: Sequence[Column] = DEFAULT,
    fold: bool = True,
) -> list[str]:
    """The table as lines no wider than the terminal, unless the numbers alone are wider."""
    found = table(report, depth, columns, fold=fold)
    rows = [row for row in (*found.rows, found.total) if row is not None]
    headings = [column.brief if terminal.width < NARROW else column.heading for column in found.columns]
    texts = [[terminal.visible(text) for text in row.texts(found.columns)] if not row.note else [] for row in rows]
    cells = {
        column: _Cells(
            [headings[index], *(row[index] for row in texts if row)],
            [False, *(_may_be_cut(row, column) for row in rows if not row.note)],
        )
        for index, column in enumerate(found.columns)
    }
    widest = {column: own.widest() for column, own in cells.items()}
    never_cut = {column: own.widest_number() if column.holds_numbers else 0 for column, own in cells.items()}
    widths = fitted(widest, giving_way(found.columns), terminal.width, never_cut)
    places = [(index, column) for index, column in enumerate(found.columns) if column in widths]
    ellipsis = terminal.visible("…")

    def line(texts: Sequence[str]) -> str:
        return (
            (" " * GAP)
            .join(cell(texts[index], widths[column], ellipsis, right=column.holds_numbers) for index, column in places)
            .rstrip()
        )

    rule = terminal.paint(terminal.visible("─") * taken(widths), "dim")
    out = [terminal.paint(line(headings), "bold"), rule]
    for row, own in zip(rows, texts, strict=True):
        if row is found.total:
            out.append(rule)
        text = line(own) if own else "  " * row.indent + row.note
        out.append(terminal.paint(text, "bold") if row.is_scope or row is found.total else text)
    if found.abbreviations.names:
        out.extend(["", *terminal.wrapped("where " + ", ".join(found.abbreviations.legend()))])
    if any(column.of_field for column in found.columns):
        notes = below(report.receptive, [row.seen for row in found.rows if not row.note])
        out.extend(["", *(line for note in notes for line in terminal.wrapped(note))])
    return out


def _may_be_cut(row: Row, column: Column) -> bool:
    """Whether its text in a column of numbers is a closed form and not a number."""
    found = row.cells.get(column)
    return isinstance(found.value if isinstance(found, Aside) else found, Polynomial)


class _Cells(NamedTuple):
    """The texts of a column from its heading to the total, and which of them are closed forms."""

    texts: list[str]
    may_be_cut: list[bool]

    def widest(self) -> int:
        return max(map(display_width, set(self.texts)))

    def widest_number(self) -> int:
        """The widest text that is never cut."""
        return max(
            display_width(text) for text, is_form in zip(self.texts, self.may_be_cut, strict=True) if not is_form
        )


def fitted(
    widest: Mapping[Key, int], giving_way: Iterable[tuple[Key, int]], width: int, never_cut: Mapping[Key, int]
) -> dict[Key, int]:
    """The columns that are shown, and their widths: of the `widest` texts, those of `never_cut` are kept whole."""
    widths = dict(widest)
    for column, kept in giving_way:
        excess = taken(widths) - width
        if excess <= 0:
            break
        least = 0 if kept == GONE else max(kept, never_cut.get(column, 0))
        if least == 0:
            widths.pop(column, None)
        elif column in widths:
            widths[column] = max(min(least, widths[column]), widths[column] - excess)
    return widths


def taken(widths: Mapping[Key, int]) -> int:
    """The width of a whole line."""
    return sum(widths.values()) + GAP * (len(widths) - 1)


def cell(text: str, width: int, ellipsis: str, *, right: bool) -> str:
    """A text in a column of a width, cut if it is wider."""
    used = display_width(text)
    if used > width:
        kept = ""
        for character in text:
            if display_width(kept + character) > width - display_width(ellipsis):
                break
            kept += character
        text = kept + ellipsis
        used = display_width(text)
    padding = " " * (width - used)
    return padding + text if right else text + padding
