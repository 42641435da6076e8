"""The table of layers: names indented by scope, shapes, counts; numbers add up to the last row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from archcalc.checking import Checked, Sizes
from archcalc.dims import Dim, Polynomial
from archcalc.dims.figures import grouped
from archcalc.layers.shape import factor
from archcalc.receptive import ReceptiveFields
from archcalc.report.abbreviations import Abbreviations
from archcalc.report.receptive import Seen, below, field_cells, seen_by
from archcalc.report.tree import Branch, levels, rows_at, tree
from archcalc.terminal import PLAIN, Terminal, display_width

MAX_ROWS = 48
"""If no depth is asked for, the table goes as deep as it stays on about one page."""
NARROW = 64
"""A table with less room than this has short headings."""
GAP = 2
"""Cells between two columns."""

Key = TypeVar("Key")


class Column(NamedTuple):
    """A column: its heading, its heading where there is little room, and whether it holds numbers."""

    name: str
    brief: str
    holds_numbers: bool = False


LAYER = Column("layer", "layer")
KIND = Column("kind", "kind")
OUTPUT = Column("output", "output")
PARAMETERS = Column("parameters", "params", True)
MULTIPLICATIONS = Column("multiplications", "mults", True)
COLUMNS = (LAYER, KIND, OUTPUT, PARAMETERS, MULTIPLICATIONS)

FIELD = Column("field", "field", True)
JUMP = Column("jump", "jump", True)
CENTRE = Column("centre", "centre", True)
FIELDS = (FIELD, JUMP, CENTRE)
COLUMNS_WITH_FIELDS = (LAYER, KIND, OUTPUT, *FIELDS, PARAMETERS, MULTIPLICATIONS)

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


class Row(NamedTuple):
    """One line. What an error keeps unknown is None; a scope whose inside is shown has no counts of its own."""

    label: str
    kind: str
    output: Sizes | None
    parameters: Dim | None
    multiplications: Dim | None
    is_scope: bool = False
    is_frozen: bool = False
    """Whether `parameters` are frozen ones, which the column does not add up."""
    field: Seen = None
    """What its output sees of the input; of neighbours in one row, that of the last one."""

    @property
    def cells(self) -> tuple[str, str, str, str, str]:
        """Its texts for the columns."""
        output = "?" if self.output is None else "×".join(map(factor, self.output))
        if self.is_scope:
            return self.label, self.kind, output, "", ""
        parameters = _count(self.parameters)
        if self.is_frozen:
            parameters = f"({parameters})"
        return self.label, self.kind, output, parameters, _count(self.multiplications)

    def values(self) -> Iterator[Dim]:
        """The sizes and counts that it shows."""
        yield from self.output or ()
        if not self.is_scope:
            yield from (value for value in (self.parameters, self.multiplications) if value is not None)

    def shortened(self, abbreviations: Abbreviations) -> Row:
        """The same row, with long sizes abbreviated."""
        return self._replace(
            output=None if self.output is None else tuple([abbreviations.short(size) for size in self.output]),
            parameters=None if self.parameters is None else abbreviations.short(self.parameters),
            multiplications=None if self.multiplications is None else abbreviations.short(self.multiplications),
        )

    def may_be_cut(self, column: Column) -> bool:
        """Whether its text in a column of numbers is a closed form and not a number."""
        counts = {PARAMETERS: self.parameters, MULTIPLICATIONS: self.multiplications}
        return isinstance(counts.get(column), Polynomial)


def _count(value: Dim | None) -> str:
    """A count in a cell; nothing is a dash, as most layers of a network cost nothing."""
    if value is None:
        return "?"
    return "-" if value == 0 else grouped(value)


class Table(NamedTuple):
    """The rows of a table, and the abbreviations that stand for long sizes in them."""

    rows: list[Row]
    total: Row
    abbreviations: Abbreviations


def table(report: Checked, depth: int | None, *, with_fields: bool = False) -> Table:
    """The rows of a report down to a depth of scopes, and the row of totals."""
    root = tree(report.graph.nodes)
    depth = depth_of_a_page(root) if depth is None else depth
    fields = report.receptive if with_fields else None
    rows = [row for child in root.children for row in _rows(child, depth, 0, fields)]
    layers = f"{len(report.graph.nodes)} layer{'' if len(report.graph.nodes) == 1 else 's'}"
    total = Row("total", layers, (), report.totals.parameters, report.totals.multiplications)
    # Layers come before the scopes around them, so that abbreviations follow the order of computation.
    ordered = sorted([*rows, total], key=lambda row: row.is_scope)
    abbreviations = Abbreviations((value for row in ordered for value in row.values()), report.symbols)
    return Table([row.shortened(abbreviations) for row in rows], total.shortened(abbreviations), abbreviations)


def depth_of_a_page(root: Branch) -> int:
    """The largest depth at which the table of a tree stays on about one page."""
    return next((depth for depth in range(levels(root), 1, -1) if rows_at(root, depth) <= MAX_ROWS + 1), 1)


def _rows(branch: Branch, depth: int, indent: int, fields: ReceptiveFields | None) -> Iterator[Row]:
    label = "  " * indent + branch.own_label
    times = f"{branch.times} × " if branch.times > 1 else ""
    kind = times + (branch.kind or ("group" if branch.node is None else ""))
    output = branch.output.sizes if branch.output is not None else None
    field = seen_by(fields, branch, indent) if fields else None
    if branch.children and depth > 1:
        yield Row(label, kind, output, None, None, is_scope=True, field=field)
        for child in branch.children:
            yield from _rows(child, depth - 1, indent + 1, fields)
        return
    totals = branch.totals
    is_frozen = totals.parameters == 0 and totals.frozen != 0
    parameters = totals.frozen if is_frozen else totals.parameters
    yield Row(label, kind, output, parameters, totals.multiplications, is_frozen=is_frozen, field=field)


def lines(
    report: Checked, terminal: Terminal = PLAIN, *, depth: int | None = None, with_fields: bool = False
) -> list[str]:
    """The table as lines no wider than the terminal, unless the numbers alone are wider."""
    width = terminal.width
    found = table(report, depth, with_fields=with_fields)
    rows = [*found.rows, found.total]
    texts_of = [dict(zip(COLUMNS, row.cells, strict=True)) for row in rows]
    if with_fields:
        for row, own in zip(found.rows, texts_of, strict=False):
            own.update(zip(FIELDS, field_cells(row.field), strict=True))
    columns = [
        _Cells(
            column,
            [
                terminal.visible(text)
                for text in (
                    column.brief if width < NARROW else column.name,
                    *(own.get(column, "") for own in texts_of),
                )
            ],
            [False, *(column.holds_numbers and row.may_be_cut(column) for row in rows)],
        )
        for column in (COLUMNS_WITH_FIELDS if with_fields else COLUMNS)
    ]
    widest = {cells.column: cells.widest() for cells in columns}
    never_cut = {cells.column: cells.widest_number() for cells in columns}
    widths = fitted(widest, GIVING_WAY_TO_FIELDS if with_fields else GIVING_WAY, width, never_cut)
    columns = [cells for cells in columns if cells.column in widths]
    ellipsis = terminal.visible("…")
    rule = terminal.paint(terminal.visible("─") * taken(widths), "dim")
    out: list[str] = []
    for index in range(len(rows) + 1):
        if index in (1, len(rows)):
            out.append(rule)
        texts = [
            cell(cells.texts[index], widths[cells.column], ellipsis, right=cells.column.holds_numbers)
            for cells in columns
        ]
        line = (" " * GAP).join(texts).rstrip()
        is_bold = index in (0, len(rows)) or rows[index - 1].is_scope
        out.append(terminal.paint(line, "bold") if is_bold else line)
    if found.abbreviations.names:
        out.extend(["", *terminal.wrapped("where " + ", ".join(found.abbreviations.legend()))])
    if with_fields:
        notes = below(report.receptive, [row.field for row in found.rows])
        out.extend(["", *(line for note in notes for line in terminal.wrapped(note))])
    return out


class _Cells(NamedTuple):
    """The texts of a column from its heading to the total, and which of them are closed forms."""

    column: Column
    texts: list[str]
    may_be_cut: list[bool]

    def widest(self) -> int:
        return max(map(display_width, self.texts))

    def widest_number(self) -> int:
        """The widest text that is never cut."""
        if not self.column.holds_numbers:
            return 0
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
