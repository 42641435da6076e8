"""Tables for elsewhere: Markdown for a README, LaTeX for a paper, CSV for a spreadsheet.

What a spec calls its parts is text there too: nothing in it is markup, a command or a formula.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from io import StringIO

from archcalc.derivations import latex as tex
from archcalc.derivations import markdown as marked
from archcalc.dims import Polynomial
from archcalc.dims.bridge import latex as formula
from archcalc.report.columns import LAYER, OUTPUT, Aside, Cell, Column, shape_text
from archcalc.report.sheets import Line, Sheet
from archcalc.report.table import cell_text
from archcalc.terminal import visible

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
"""How a cell begins that a spreadsheet would compute, or take something away from."""


def markdown(sheet: Sheet) -> str:
    """A table of GitHub's Markdown."""
    rule = ["--:" if column.holds_numbers else ":--" for column in sheet.columns]
    rows = [
        [marked.escaped(column.heading) for column in sheet.columns],
        rule,
        *(_markdown_cells(line, sheet.columns) for line in sheet.lines),
    ]
    if sheet.total:
        rows.append([f"**{cell}**" if cell else "" for cell in _markdown_cells(sheet.total, sheet.columns)])
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([*lines, *(line for note in sheet.notes for line in ("", marked.escaped(note)))])


def _markdown_cells(line: Line, columns: tuple[Column, ...]) -> list[str]:
    indent = "&emsp;" * line.indent
    if line.note:
        return [f"{indent}*{marked.escaped(line.note)}*", *[""] * (len(columns) - 1)]
    cells = []
    for column, cell in zip(columns, line.cells, strict=True):
        text = marked.escaped(cell_text(cell))
        if column is LAYER:
            text = f"{indent}**{text}**" if line.is_scope else f"{indent}{text}"
        elif column is OUTPUT and line.codes:
            text += f" ← {', '.join(line.codes)}"
        cells.append(text)
    return cells


def latex(sheet: Sheet) -> str:
    """A `tabular` with the rules of booktabs."""
    places = "".join("r" if column.holds_numbers else "l" for column in sheet.columns)
    head = [_tex(column.heading) for column in sheet.columns]
    lines = [
        tex.comment(f"{sheet.title or 'networks'}: needs \\usepackage{{booktabs}}"),
        rf"\begin{{tabular}}{{{places}}}",
        r"\toprule",
        _row(head),
        r"\midrule",
        *(_row(_latex_cells(line, sheet.columns)) for line in sheet.lines),
        *([r"\midrule", _row(_latex_cells(sheet.total, sheet.columns))] if sheet.total else []),
        r"\bottomrule",
        r"\end{tabular}",
        *map(tex.comment, sheet.notes),
    ]
    return "\n".join(lines)


def _row(cells: list[str]) -> str:
    return " & ".join(cells).rstrip() + r" \\"


def _latex_cells(line: Line, columns: tuple[Column, ...]) -> list[str]:
    indent = r"\quad " * line.indent
    cells: list[str] = []
    if line.note:
        return [rf"\multicolumn{{{len(columns)}}}{{l}}{{{indent}\emph{{{_tex(line.note)}}}}}"]
    for column, cell in zip(columns, line.cells, strict=True):
        text = _latex_cell(cell)
        if column is LAYER:
            text = indent + text
        elif column is OUTPUT and line.codes:
            text += rf" $\leftarrow$ {', '.join(line.codes)}"
        # What begins so would be an option of the line break in front of it.
        cells.append(f"{{}}{text}" if text.startswith(("[", "*")) and not cells else text)
    return cells


def _latex_cell(cell: Cell) -> str:
    if isinstance(cell, Aside):
        return f"({_latex_cell(cell.value)})"
    if isinstance(cell, Polynomial):
        return f"${formula(cell)}$"
    if isinstance(cell, tuple):
        return "$" + r" \times ".join(map(_factor, cell)) + "$"
    return "--" if cell == 0 else _tex(cell_text(cell))


def _factor(size: int | Polynomial) -> str:
    is_sum = isinstance(size, Polynomial) and len(size.terms) > 1 and size.denominator == 1
    return rf"\left({formula(size)}\right)" if is_sum else formula(size)


def _tex(text: str) -> str:
    r"""Text for a document in any encoding of fonts.

    >>> print(_tex("a_1 … 5 | <b>"))
    a\_1 \dots{} 5 \textbar{} \textless{}b\textgreater{}
    """
    found = tex.escaped(text)
    for character, name in (("<", "textless"), (">", "textgreater"), ("|", "textbar"), ("…", "dots")):
        found = found.replace(character, rf"\{name}{{}}")
    return found


def comma_separated(sheet: Sheet) -> str:
    """Comma-separated values: numbers as they are, nothing where an error keeps something unknown."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(column.name for column in sheet.columns)
    for line in sheet.lines:
        writer.writerow(_values(line, sheet.columns))
    return text.getvalue().rstrip("\n")


def _values(line: Line, columns: tuple[Column, ...]) -> Iterator[str]:
    for column, cell in zip(columns, line.cells, strict=True):
        if isinstance(cell, Aside):
            # Of the parameters, which are trainable ones, there are none.
            yield "0"
        elif cell is None or (column.of_field is not None and cell in ("?", "-")):
            yield ""
        elif isinstance(cell, (str, tuple)):
            yield _inert(visible(shape_text(cell) if isinstance(cell, tuple) else cell).replace("×", "x"))
        else:
            yield _inert(str(cell))


def _inert(text: str) -> str:
    """A text that no spreadsheet takes for a formula.

    >>> _inert("=cmd()"), _inert("-0.5"), _inert("conv")
    ("'=cmd()", '-0.5', 'conv')
    """
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text


WRITERS = {"markdown": markdown, "latex": latex, "csv": comma_separated}
"""What writes a sheet, by the name of its format."""
