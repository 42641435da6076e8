"""The rows of an estimate: layers, or blocks down to a depth, those that take most time first."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from archcalc.report.tree import Branch, tree
from archcalc.roofline.model import Bound, Estimate, LayerEstimate, bound_of, nodes_of, total_seconds, total_work
from archcalc.roofline.work import NOTHING, LayerWork

MOST_ROWS = 15
"""What takes less time than so many rows is one row more."""


class Row(NamedTuple):
    """A layer, a block, or several of them together."""

    label: str
    kind: str
    work: LayerWork
    seconds: Fraction
    bound: Bound


def rows(found: Estimate, depth: int | None = None, most: int | None = MOST_ROWS) -> list[Row]:
    """The rows with most time, and one for all others; without a depth they are layers."""
    nodes = nodes_of(found)
    estimates = {id(node): one for node, one in zip(nodes, found.layers, strict=True)}
    all_rows = [
        _row(label, _kind(branch), [estimates[id(node)] for node in branch.nodes])
        for label, branch in _parts(tree(list(nodes)), depth, "")
    ]
    ordered = sorted(all_rows, key=lambda row: row.seconds, reverse=True)
    # One row is no longer than the line that would tell of it.
    is_cut = most is not None and len(ordered) > most + 1
    shown = [row for row in (ordered[:most] if is_cut else ordered) if row.seconds]
    others = ordered[len(shown) :]
    if others:
        shown.append(_together(others))
    return shown


def _parts(scope: Branch, depth: int | None, prefix: str) -> Iterator[tuple[str, Branch]]:
    """The branches down to a depth, each with its whole name."""
    for branch in scope.children:
        label = f"{prefix}{branch.label}"
        if branch.children and depth != 1:
            yield from _parts(branch, None if depth is None else depth - 1, f"{label}.")
        else:
            yield label, branch


def _kind(branch: Branch) -> str:
    """The kind of its layers, or the block that is called, and how many of them one row stands for."""
    is_layer = branch.node is not None
    several = len(branch.nodes) if is_layer else branch.times
    return (f"{several} × " if several > 1 else "") + (branch.kind or ("" if is_layer else "group"))


def _row(label: str, kind: str, layers: list[LayerEstimate]) -> Row:
    return Row(label, kind, total_work(layers), total_seconds(layers), bound_of(layers))


def _together(others: list[Row]) -> Row:
    total = NOTHING
    for one in others:
        total = total.plus(one.work)
    times: dict[Bound, Fraction] = {"compute": Fraction(0), "memory": Fraction(0), "": Fraction(0)}
    for one in others:
        times[one.bound] += one.seconds
    seconds = sum((one.seconds for one in others), start=Fraction(0))
    bound: Bound = "" if not seconds else "compute" if times["compute"] >= times["memory"] else "memory"
    return Row(f"{len(others)} {'more' if seconds else 'without time'}", "", total, seconds, bound)
