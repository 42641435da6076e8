"""Nested groups: the scopes of a network as groups with names, each written out where it stands."""

from __future__ import annotations

from archcalc.importing.structure.lines import GROUP, Line
from archcalc.importing.structure.numbering import number


def number_groups(lines: list[Line]) -> None:
    """Drop the labels that archcalc gives by itself, in these lines and in the groups among them."""
    number([lines])
    for line in lines:
        for part in line.parts:
            (number_groups if line.kind == GROUP else _within_branch)(part)


def _within_branch(lines: list[Line]) -> None:
    """Lines of a branch are numbered with those around the merge; groups in it have numbers of their own."""
    for line in lines:
        for part in line.parts:
            (number_groups if line.kind == GROUP else _within_branch)(part)
