"""Errors of a network in which numbers are open: which of them it has whatever these numbers are."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.diagnostics.codes import graph, language
from archcalc.diagnostics.model import Diagnostic
from archcalc.questions.errors import are_definite

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
