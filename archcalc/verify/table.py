"""The table of agreement: layers by scope, repeated ones folded, and a second line wherever PyTorch differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from archcalc.dims.figures import grouped
from archcalc.layers.shape import Shape
from archcalc.report.grid import GAP, NARROW, cell, fitted, taken
from archcalc.report.table import depth_of_a_page
from archcalc.report.tree import Branch, tree
from archcalc.terminal import PLAIN, Style, Terminal, display_width
from archcalc.verify.compare import Row, Side
from archcalc.verify.verification import Verification

HEADINGS = ("layer", "kind", "output", "parameters", "multiplications", "PyTorch")
BRIEF = ("layer", "kind", "output", "params", "mults", "PyTorch")
LAYER, KIND, OUTPUT, PARAMETERS, MULTIPLICATIONS, VERDICT = range(6)
COUNTS = (PARAMETERS, MULTIPLICATIONS)
GIVING_WAY = (
    (KIND, 8),
    (LAYER, 16),
    (OUTPUT, 12),
    (KIND, 0),
    (LAYER, 10),
    (OUTPUT, 0),
    (MULTIPLICATIONS, 0),
    (LAYER, 6),
    (PARAMETERS, 0),
)
"""How columns give way where a table is too wide: the width that each keeps, and 0 drops it. Counts are never cut."""

Cells = tuple[str, ...]


class Line(NamedTuple):
    """A line of the table: its cells, and what kind of line it is."""

    cells: Cells
    style: Style | None = None


def lines(found: Verification, terminal: Terminal = PLAIN, *, depth: int | None = None) -> list[str]:
    """The table as lines no wider than the terminal, as far as that is possible."""
    rows = [Line(BRIEF if terminal.width < NARROW else HEADINGS, "bold"), *_rows(found, depth)]
    here, torch = found.totals
    layers = f"{len(found.rows)} layer{'' if len(found.rows) == 1 else 's'}"
    same = here == torch
    rows.append(Line(("total", layers, "", _count(here.parameters), _count(here.multiplications), _mark(same)), "bold"))
    rows.append(Line(("PyTorch", "", "", _count(torch.parameters), _count(torch.multiplications), ""), "bold"))
    texts = [Line(tuple(terminal.visible(cell) for cell in row.cells), row.style) for row in rows]
    widest = {column: max(display_width(row.cells[column]) for row in texts) for column in range(len(HEADINGS))}
    widths = fitted(widest, GIVING_WAY, terminal.width, {})
    rule = terminal.paint(terminal.visible("─") * taken(widths), "dim")
    out: list[str] = []
    for index, row in enumerate(texts):
        if index in (1, len(texts) - 2):
            out.append(rule)
        cells = [
            cell(row.cells[column], room, terminal.visible("…"), right=column in COUNTS)
            for column, room in widths.items()
        ]
        line = (" " * GAP).join(cells).rstrip()
        out.append(terminal.paint(line, row.style) if row.style else line)
    return out


def _rows(found: Verification, depth: int | None) -> Iterator[Line]:
    root = tree([row.node for row in found.rows])
    by_name = {row.node.name: row for row in found.rows}
    depth = depth_of_a_page(root) if depth is None else depth
    for child in root.children:
        yield from _branch(child, by_name, depth, 0)


def _branch(branch: Branch, by_name: dict[str, Row], depth: int, indent: int) -> Iterator[Line]:
    label = "  " * indent + branch.label
    kind = (f"{branch.times} × " if branch.times > 1 else "") + (
        branch.kind or ("group" if branch.node is None else "")
    )
    rows = [by_name[node.name] for node in branch.nodes]
    agrees = all(row.agrees for row in rows)
    if branch.children and depth > 1:
        yield Line((label, kind, _given(branch.output), "", "", _mark(agrees)), "bold")
        for child in branch.children:
            yield from _branch(child, by_name, depth - 1, indent + 1)
        return
    here, there = [row.here for row in rows], [row.torch for row in rows]
    yield Line((label, kind, _shape(here[-1]), *_sums(here), _mark(agrees)))
    if not agrees:
        # Where the layers of a folded row differ, the first that does tells the shape.
        first = next(row for row in rows if not row.agrees)
        yield Line(("  " * (indent + 1) + "in PyTorch", "", _shape(first.torch), *_sums(there), ""), "red")


def _given(output: Any) -> str:
    """What a scope gives: a map, or a list of them."""
    if output is None:
        return "?"
    shapes = output if not isinstance(output, Shape) else (output,)
    return ", ".join("×".join(map(str, shape.sizes)) for shape in shapes)


def _sums(sides: list[Side]) -> tuple[str, str]:
    parameters = sum(side.parameters for side in sides)
    frozen = sum(side.frozen for side in sides)
    products = [side.multiplications for side in sides]
    total = None if any(value is None for value in products) else sum(value for value in products if value)
    return (f"({_count(frozen)})" if frozen and not parameters else _count(parameters)), _count(total)


def _shape(side: Side) -> str:
    if side.outputs is None:
        return "-"
    return "×".join(map(str, side.outputs[0])) if side.outputs else "?"


def _count(value: int | None) -> str:
    return "?" if value is None else "-" if value == 0 else grouped(value)


def _mark(agrees: bool) -> str:
    return "agrees" if agrees else "differs"
