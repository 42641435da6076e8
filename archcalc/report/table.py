"""The table of layers as data: rows named by scope, with a cell for every column; numbers add up to the last row.

Where there are errors, the table stops at the culprits: what only waits for them is counted and not listed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from archcalc.checking import Checked
from archcalc.diagnostics.model import Span, errors
from archcalc.dims import Dim, is_known
from archcalc.dims.figures import grouped
from archcalc.layers.shape import Shape
from archcalc.report.abbreviations import Abbreviations
from archcalc.report.columns import DEFAULT, KIND, LAYER, OUTPUT, Aside, Cell, Column, shape_text, totals
from archcalc.report.receptive import Seen, seen_by
from archcalc.report.tree import Branch, leaf, levels, rows_at, tree

MAX_ROWS = 48
"""If no depth is asked for, the table goes as deep as it stays on about one page."""
MAX_ROWS_WITH_ERRORS = 13
"""The same where errors have to be read below it. Of a network without scopes, its first layers are only counted."""
SHOWN_UNKNOWN = 3
"""Up to this many rows in a row that wait for a culprit are listed; more are counted."""
MAX_OUTPUTS = 4
"""Shapes of a group with several outputs that are shown."""
MAX_CULPRITS = 8
"""Rows of layers with errors that are shown; the errors themselves stand below the table."""


class Row(NamedTuple):
    """One line: its indent and its cells by column. A scope whose inside is shown has no counts of its own.

    Of a `note`, this is all that the line says.
    """

    indent: int
    cells: Mapping[Column, Cell]
    is_scope: bool = False
    codes: tuple[str, ...] = ()
    """The codes of its errors, if it is a culprit."""
    seen: Seen = None
    """What its output sees of the input; of neighbours in one row, that of the last one."""
    note: str = ""

    @property
    def label(self) -> str:
        """Its name, indented."""
        return "  " * self.indent + str(self.cells[LAYER])

    @property
    def is_clear(self) -> bool:
        """Whether it shows all sizes of an output, and no error."""
        sizes = None if self.note or self.codes else self.cells[OUTPUT]
        return isinstance(sizes, tuple) and all(map(is_known, sizes))

    def texts(self, columns: Sequence[Column] = DEFAULT) -> tuple[str, ...]:
        """Its texts for columns."""
        return tuple([self.text(column) for column in columns])

    def text(self, column: Column) -> str:
        """Its text for a column."""
        if column is LAYER:
            return self.label
        text = cell_text(self.cells.get(column, ""))
        return f"{text} <- {', '.join(self.codes)}" if column is OUTPUT and self.codes else text

    def values(self) -> Iterator[Dim]:
        """The sizes and counts that it shows."""
        for cell in self.cells.values():
            if isinstance(cell, Aside):
                yield cell.value
            elif isinstance(cell, tuple):
                yield from cell
            elif cell is not None and not isinstance(cell, str):
                yield cell

    def shortened(self, abbreviations: Abbreviations) -> Row:
        """The same row, with long sizes abbreviated."""
        return self._replace(cells={column: _short(cell, abbreviations) for column, cell in self.cells.items()})


def _short(cell: Cell, abbreviations: Abbreviations) -> Cell:
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, Aside):
        return Aside(abbreviations.short(cell.value))
    return tuple([abbreviations.short(size) for size in cell]) if isinstance(cell, tuple) else abbreviations.short(cell)


def cell_text(cell: Cell) -> str:
    """A cell for people; nothing is a dash, as most layers of a network cost nothing."""
    if cell is None:
        return "?"
    if isinstance(cell, str):
        return cell
    if isinstance(cell, Aside):
        return f"({grouped(cell.value)})"
    if isinstance(cell, tuple):
        return shape_text(cell)
    return "-" if cell == 0 else grouped(cell)


class Table(NamedTuple):
    """The rows of a table, and the abbreviations that stand for long sizes in them."""

    columns: tuple[Column, ...]
    rows: list[Row]
    total: Row | None
    """None where errors keep the totals unknown."""
    abbreviations: Abbreviations


def table(
    report: Checked,
    depth: int | None = None,
    columns: Sequence[Column] = DEFAULT,
    *,
    fold: bool = True,
    abbreviated: bool = True,
) -> Table:
    """The rows of a report down to a depth of scopes, and the row of totals.

    Without a depth it is that of about a page; without folds it is the whole depth.
    """
    root = tree(report.graph.nodes, "unnamed" if fold else "none")
    rows = _Rows(report, tuple(columns)).down_to(root, depth if depth or fold else levels(root))
    total = _total(report, columns) if report.complete else None
    shown = [*rows, total] if total else rows
    # Layers come before the scopes around them, so that abbreviations follow the order of computation.
    ordered = sorted(shown, key=lambda row: row.is_scope) if abbreviated else []
    abbreviations = Abbreviations((value for row in ordered for value in row.values()), report.symbols)
    rows = [row.shortened(abbreviations) for row in rows]
    return Table(tuple(columns), rows, total and total.shortened(abbreviations), abbreviations)


def flat(report: Checked, columns: Sequence[Column] = DEFAULT) -> list[Row]:
    """A row for every layer, whatever scopes it stands in, each behind what it reads."""
    rows = _Rows(report, tuple(columns))
    found = [(node.name, rows.row(leaf(node), 1, 0)) for node in report.graph.nodes]
    return [row._replace(cells={**row.cells, LAYER: name}) for name, row in found]


def depth_of_a_page(root: Branch) -> int:
    """The largest depth at which the table of a tree stays on about one page."""
    return next((depth for depth in range(levels(root), 1, -1) if rows_at(root, depth) <= MAX_ROWS + 1), 1)


def _total(report: Checked, columns: Sequence[Column]) -> Row:
    cells = {column: totals(report, column) for column in columns}
    return Row(0, {**cells, LAYER: "total", KIND: _layers(len(report.graph.nodes))})


def _layers(count: int) -> str:
    return f"{count} layer{'' if count == 1 else 's'}"


@dataclass
class _Rows:
    """The rows of one report."""

    report: Checked
    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        self.codes = {} if self.report.complete else culprits(self.report)

    def down_to(self, root: Branch, depth: int | None) -> list[Row]:
        """The rows of a depth, or of the largest that stays on a page."""
        if self.report.complete:
            depth = depth_of_a_page(root) if depth is None else depth
            return [row for child in root.children for row in self._below(child, depth, 0)]
        if depth is not None:
            return self._up_to_the_culprits(root, depth)
        for depth in range(levels(root), 0, -1):
            rows = self._up_to_the_culprits(root, depth)
            if len(rows) <= MAX_ROWS_WITH_ERRORS:
                return rows
        return self._nearest(rows)

    def _nearest(self, rows: list[Row]) -> list[Row]:
        """The rows of the outermost scopes without the first of those that lead to the first culprit."""
        leading = next((index for index, row in enumerate(rows) if not row.is_clear), len(rows))
        left_out = min(len(rows) - MAX_ROWS_WITH_ERRORS, leading - 1)
        if left_out < 2:
            return rows
        return [Row(0, {}, note=f"{left_out:,} rows come before these"), *rows[left_out:]]

    def _up_to_the_culprits(self, root: Branch, depth: int) -> list[Row]:
        rows: list[Row] = []
        waiting: list[Row] = []
        layers = 0
        for branch, level, indent in self._parts(root, depth, 0):
            if level > 0:
                rows += _told(waiting, layers)
                waiting, layers = [], 0
                rows.append(self.row(branch, level, indent))
            else:
                # Of many that wait only their number is told.
                waiting += islice(self._below(branch, depth - indent, indent), SHOWN_UNKNOWN + 1 - len(waiting))
                layers += len(branch.nodes)
        rows += _told(waiting, layers)
        if all(row.is_clear for row in rows):
            rows.append(Row(0, {}, note="the rest is unknown because of the errors below"))
        return rows

    def _parts(self, scope: Branch, depth: int, indent: int) -> Iterator[tuple[Branch, int, int]]:
        """The branches of a scope down to a depth, and 0 for the depth of one that only waits for a culprit."""
        for branch in scope.children:
            if self._waits(branch):
                yield branch, 0, indent
                continue
            yield branch, depth, indent
            if depth > 1:
                yield from self._parts(branch, depth - 1, indent + 1)

    def _waits(self, branch: Branch) -> bool:
        """Whether all of it is unknown, and something else is to blame."""
        return not any(node.name in self.codes or node.outputs[0].shape is not None for node in branch.nodes)

    def _below(self, branch: Branch, depth: int, indent: int) -> Iterator[Row]:
        """The row of a branch, and down to a depth those of its inside."""
        row = self.row(branch, depth, indent)
        yield row
        if row.is_scope:
            for child in branch.children:
                yield from self._below(child, depth - 1, indent + 1)

    def row(self, branch: Branch, depth: int, indent: int) -> Row:
        """The row of a branch, which stands in so many scopes; its inside is shown if more than one level is left."""
        is_scope = bool(branch.children) and depth > 1
        times = f"{branch.times} × " if branch.times > 1 else ""
        cells: dict[Column, Cell] = {
            LAYER: branch.label,
            KIND: times + (branch.kind or ("group" if branch.node is None else "")),
            OUTPUT: _sizes(branch.output),
        }
        needs_fields = any(column.of_field for column in self.columns)
        seen = seen_by(self.report.receptive, branch, indent) if needs_fields else None
        for column in self.columns:
            if column.of_branch is not None:
                cells[column] = column.of_branch(branch)
            elif column.of_field is not None:
                cells[column] = column.of_field(seen)
            elif column.of_nodes is not None:
                cells[column] = "" if is_scope else column.of_nodes(branch.nodes)
        blamed = () if is_scope else branch.nodes
        codes = dict.fromkeys(code for node in blamed for code in self.codes.get(node.name, ()))
        kept = {column: cell for column, cell in cells.items() if column in (LAYER, KIND, OUTPUT, *self.columns)}
        return Row(indent, kept, is_scope, tuple(codes), seen)


def _sizes(output: Any) -> Cell:
    """The sizes of a map; of a list of maps all of them, as a text."""
    if output is None or isinstance(output, Shape):
        return None if output is None else output.sizes
    shown = ", ".join(shape_text(shape.sizes) for shape in output[:MAX_OUTPUTS])
    return shown if len(output) <= MAX_OUTPUTS else f"{shown} and {len(output) - MAX_OUTPUTS} more"


def _told(waiting: list[Row], layers: int) -> list[Row]:
    """A few rows that wait for a culprit as they are; how many layers it is where there are more."""
    if len(waiting) <= SHOWN_UNKNOWN:
        return waiting
    return [Row(waiting[0].indent, {}, note=f"{_layers(layers).replace(' ', ' more ')} are unknown")]


def culprits(report: Checked) -> dict[str, tuple[str, ...]]:
    """The layers with errors by name, the first of them, each with the codes of its errors."""
    wrong = errors(report.network.diagnostics) if report.network else []
    by_layer: dict[str, dict[str, None]] = {}
    for error in wrong:
        if error.layer is not None:
            by_layer.setdefault(error.layer, {})[error.code.id] = None
    found: dict[str, tuple[str, ...]] = {}
    for node in report.graph.nodes:
        codes = by_layer.get(node.name, {})
        if not codes and node.outputs[0].shape is None and all(value.shape is not None for value in node.inputs):
            # Nothing in front of it is to blame: the mistake stands in its text.
            codes = dict.fromkeys(error.code.id for error in wrong if _is_inside(error.span, node.span))
            found[node.name] = tuple(codes)
        elif codes:
            found[node.name] = tuple(codes)
    return dict(list(found.items())[:MAX_CULPRITS])


def _is_inside(inner: Span | None, outer: Span) -> bool:
    return inner is not None and outer[:2] <= inner[:2] and inner[2:] <= outer[2:]
