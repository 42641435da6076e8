"""A network in which numbers are open: what it has, and has not, whatever these numbers are."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.diagnostics.codes import graph, language
from archcalc.diagnostics.codes.claims import NO_RECEPTIVE_FIELD, NO_SUCH_SIZE, UNKNOWN_TARGET
from archcalc.diagnostics.model import Diagnostic
from archcalc.questions.constraints import Quantity
from archcalc.questions.errors import are_definite
from archcalc.questions.measuring import NoSuchTarget, NotMeasured

_OF_FORM = frozenset(
    {
        language.LOOP_LENGTHS,
        graph.UNKNOWN_MAP,
        graph.DUPLICATE_NAME,
        graph.NOT_A_MAP,
        graph.EMPTY_BRANCH,
        graph.NOTHING_HERE,
        graph.LIST_OF_MAPS,
    }
)
"""Mistakes of names, maps and lists: a network that unfolds as far as them has them at all numbers."""


def are_whatever(errors: Sequence[Diagnostic]) -> bool:
    """Whether a network in which numbers are open has errors whatever these are."""
    others = [one for one in errors if one.code not in _OF_FORM]
    return bool(errors) and (not others or are_definite(others))


def may_depend(error: NotMeasured, quantities: Sequence[Quantity]) -> bool:
    """Whether numbers may decide that something is not measured. Which layers, outputs and axes there are, they do not.

    Sizes of several layers that differ in general may be alike at some numbers.
    """
    if isinstance(error, NoSuchTarget) or error.code in (NO_SUCH_SIZE, NO_RECEPTIVE_FIELD):
        return False
    return error.code is not UNKNOWN_TARGET or any(one.selectors for one in quantities)
