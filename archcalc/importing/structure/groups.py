"""Nested groups: the scopes of a network as groups with names, each written out where it stands."""

from __future__ import annotations

from archcalc.importing.structure.lines import GROUP, Line, walk
from archcalc.importing.structure.numbering import number


def number_all(bodies: list[list[Line]]) -> None:
    """Drop the labels that archcalc gives by itself, in these bodies and in the groups in them.

    The bodies are those of one class; groups of one name in them are numbered alike.
    """
    number(bodies)
    groups: dict[str, list[list[Line]]] = {}
    for lines in bodies:
        for line in walk(lines):
            if line.kind == GROUP and line.label is not None:
                groups.setdefault(line.label, []).append(line.body)
    for each in groups.values():
        number_all(each)
