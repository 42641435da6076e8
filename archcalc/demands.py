"""Demands: what a project asks of its specs: which findings are told, which of them fail, and budgets.

>>> from archcalc.diagnostics.codes.language import UNUSED_NAME
>>> from archcalc.diagnostics.codes.shapes import FRACTIONAL_OUTPUT
>>> from archcalc.diagnostics.model import Diagnostic
>>> found = [Diagnostic(UNUSED_NAME, "nobody reads `c`"), Diagnostic(FRACTIONAL_OUTPUT, "7/3")]
>>> [one.code.id for one in Rules(ignore=("AC1", "AC3")).told(found)]
['AC301']
>>> [one.severity for one in Rules(grave=("AC",)).told(found)]
['error', 'error']
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from archcalc.diagnostics.model import Code, Diagnostic
from archcalc.spec.model import Claim

EVERYTHING = ("AC",)
"""What every code begins with."""


class Rules(NamedTuple):
    """Which warnings and notes are told, and which warnings fail, by codes or beginnings of codes.

    Errors are always told.
    """

    select: tuple[str, ...] = EVERYTHING
    ignore: tuple[str, ...] = ()
    """Where a code is selected and ignored, the longer beginning wins, and of equals the ignored one."""
    hidden: tuple[str, ...] = ()
    """What is not told, selected or not: the ignores of single files."""
    grave: tuple[str, ...] = ()
    """Warnings that are taken for errors."""

    def tells(self, code: Code) -> bool:
        """Whether findings with a code are told."""
        if code.severity == "error":
            return True
        return not _longest(code, self.hidden) and _longest(code, self.select) > _longest(code, self.ignore)

    def told(self, found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
        """The findings that are told, each with the severity that it has here."""
        for one in found:
            if not self.tells(one.code):
                continue
            is_grave = one.severity == "warning" and _longest(one.code, self.grave) > 0
            yield _as_error(one) if is_grave else one


def _longest(code: Code, beginnings: Iterable[str]) -> int:
    """The length of the longest beginning that a code has; 0 for none."""
    return max((len(one) for one in beginnings if code.id.startswith(one)), default=0)


def _as_error(warning: Diagnostic) -> Diagnostic:
    notes = (*warning.notes, "a warning, which `warn-as-error` makes an error")
    return warning._replace(code=warning.code._replace(severity="error"), notes=notes)


class Budget(NamedTuple):
    """Claims that specs of a project must hold, and where they are written."""

    claims: tuple[Claim, ...]
    file: str
    """The name of the file in which the claims stand."""
    of: str
    """The specs that it is about, in words: `every spec`."""
    text: str
    """What that file says, which tells budgets apart."""


class Demands(NamedTuple):
    """What a project asks of one spec."""

    rules: Rules = Rules()
    budgets: tuple[Budget, ...] = ()

    @property
    def ask_nothing(self) -> bool:
        """Whether a spec is judged by itself alone."""
        return self == NONE


NONE = Demands()
