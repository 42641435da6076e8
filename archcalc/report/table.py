"""The table of layers: names indented by scope, shapes, counts; numbers add up to the last row."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.dims import Dim
from archcalc.layers.base import Shape, factor
from archcalc.report.letters import Letters
from archcalc.report.model import Report
from archcalc.report.tree import Branch, levels, rows_at, tree
from archcalc.terminal import display_width, paint, visible, wrap

NARROW = 64
MAX_ROWS = 48
"""Without a wish for a depth, the table goes as deep as it stays on about one page."""


class Row(NamedTuple):
    """One line: texts for the columns, and how it is set."""

    cells: tuple[str, str, str, str, str]
    is_scope: bool = False


HEADER = Row(("layer", "kind", "output", "parameters", "multiplications"))


class Table(NamedTuple):
    """The rows of a table, and the letters that stand for long sizes in them."""

    rows: list[Row]
    total: Row
    letters: Letters


def table(report: Report, depth: int | None) -> Table:
    """The rows of a report down to a depth of scopes, and the row of totals."""
    root = tree(report.graph.nodes)
    letters = Letters(
        size for node in report.graph.nodes for out in node.outputs if out.shape for size in out.shape.sizes
    )
    if depth is None:
        deepest = levels(root)
        depth = next((d for d in range(deepest, 1, -1) if rows_at(root, d) <= MAX_ROWS + 1), 1)
    found: list[Row] = []
    for child in root.children:
        _add(child, depth, 0, found, letters)
    totals = report.totals
    parameters = number(letters.short(totals.parameters)) if report.complete else "?"
    multiplications = number(letters.short(totals.multiplications)) if report.complete else "?"
    layers = f"{len(report)} layer{'' if len(report) == 1 else 's'}"
    return Table(found, Row(("total", layers, "", parameters, multiplications)), letters)


def _add(branch: Branch, depth: int, indent: int, found: list[Row], letters: Letters) -> None:
    label = "  " * indent + branch.label
    times = f"{branch.times} × " if branch.times > 1 else ""
    kind = times + (branch.kind or ("group" if branch.node is None else ""))
    output = written(branch.output, letters)
    open_ = bool(branch.children) and depth > 1
    if branch.node is not None and branch.label == branch.kind:
        label = "  " * indent
    if open_:
        found.append(Row((label, kind, output, "", ""), is_scope=True))
        for child in branch.children:
            _add(child, depth - 1, indent + 1, found, letters)
        return
    totals = branch.totals
    frozen = totals.parameters == 0 and totals.frozen != 0
    parameters = f"({number(totals.frozen)})" if frozen else number(letters.short(totals.parameters))
    if any(node.facts is None or node.facts.outputs is None for node in branch.nodes):
        found.append(Row((label, kind, output, "?", "?")))
        return
    found.append(Row((label, kind, output, parameters, number(letters.short(totals.multiplications)))))


def written(shape: Shape | None, letters: Letters) -> str:
    """A shape in a cell."""
    return "?" if shape is None else "×".join(factor(letters.short(size)) for size in shape.sizes)


def number(value: Dim) -> str:
    """A count in a cell; nothing is a dash, as most layers of a network cost nothing."""
    if isinstance(value, int):
        return f"{value:,}" if value else "-"
    return str(value)


def lines(report: Report, *, width: int, depth: int | None, color: bool, encoding: str = "utf-8") -> list[str]:
    """The table as lines no wider than `width` (at least 50)."""
    found = table(report, depth)
    everything = [HEADER, *found.rows, found.total]
    texts = [[visible(cell, encoding) for cell in row.cells] for row in everything]
    if width < NARROW:
        texts[0] = ["layer", "kind", "output", "params", "mults"]
    columns = _fitted(texts, width)
    out: list[str] = []
    line_width = sum(columns.values()) + 2 * (len(columns) - 1)
    rule = paint(("─" if encoding_has_lines(encoding) else "-") * line_width, "dim", color=color)
    for index, (row, cells) in enumerate(zip(everything, texts, strict=True)):
        if index in (1, len(everything) - 1):
            out.append(rule)
        line = "  ".join(_cell(cells[column], room, right=column > 2) for column, room in columns.items()).rstrip()
        is_bold = index in (0, len(everything) - 1) or row.is_scope
        out.append(paint(line, "bold", color=color) if is_bold else line)
    if found.letters.names:
        out.extend(["", *wrap("where " + ", ".join(found.letters.legend()), max(width, 50))])
    return out


def encoding_has_lines(encoding: str) -> bool:
    """Whether a terminal's encoding has box characters."""
    try:
        "─×…".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _fitted(texts: list[list[str]], width: int) -> dict[int, int]:
    """The columns that are shown and their widths.

    Closed forms give way first, then shapes, names and kinds; a number is never cut, so a narrow terminal loses the
    kinds instead.
    """
    widths = {column: max(display_width(cells[column]) for cells in texts) for column in range(5)}
    rounds = (((4, 3, 2, 0, 1), {0: 12, 1: 8, 2: 12}), ((1, 0, 2), {0: 6, 1: 0, 2: 5}), ((2,), {2: 0}))
    for order, least in rounds:
        for column in order:
            excess = sum(widths.values()) + 2 * (len(widths) - 1) - width
            if excess <= 0 or column not in widths:
                continue
            if column in least:
                floor = min(least[column], widths[column])
            else:
                floor = max(display_width(cells[column]) for cells in texts if _is_plain(cells[column]))
            if floor == 0:
                del widths[column]
            else:
                widths[column] = max(floor, widths[column] - excess)
    return widths


def _is_plain(cell: str) -> bool:
    """Whether a cell holds a number or a heading, not a closed form."""
    return not any(character in cell for character in "*+/ ")


def _cell(text: str, width: int, *, right: bool) -> str:
    used = display_width(text)
    if used > width:
        kept = ""
        for character in text:
            if display_width(kept + character) > width - 1:
                break
            kept += character
        text = kept + "…"
        used = display_width(text)
    padding = " " * (width - used)
    return padding + text if right else text + padding
