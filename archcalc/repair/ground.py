"""The ground of a change: the text of the file, with the repairs of its other errors made already.

A network with two errors fails after every repair of one of them: what a repair is worth shows where the others are
made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from archcalc.checking import Checked, check
from archcalc.editing import TextEdit, apply
from archcalc.network import Settings
from archcalc.program import Program
from archcalc.repair.harms import errors


class Ground(NamedTuple):
    """A text in which changes are tried: the edits that were made in it, and what a check of it finds."""

    edits: tuple[TextEdit, ...]
    program: Program
    report: Checked

    def with_edits(self, plain: Program, edits: Iterable[TextEdit]) -> Program:
        """The file `plain` read again, with these edits and those of the ground made.

        Raises: ValueError for edits that overlap.
        """
        return plain.with_text(apply(plain.file.text, dict.fromkeys([*self.edits, *edits])))


def grown(ground: Ground, plain: Program, edits: tuple[TextEdit, ...], values: Mapping[str, Any]) -> Ground | None:
    """The ground with more edits; None where they cannot be made beside those that it has."""
    try:
        program = ground.with_edits(plain, edits)
    except ValueError:
        return None
    return Ground((*ground.edits, *edits), program, check(program, Settings(dict(values))))


def errors_of(report: Checked, with_claims: bool = False, hidden: Collection[str] = ()) -> Counter[str]:
    """How many errors of every code a report has, but for those of hidden layers."""
    return Counter(found.code.id for found in errors(report, with_claims) if found.layer not in hidden)
