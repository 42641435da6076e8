"""One diagnostic for one mistake, however often loops and blocks repeat it, and no more than a person reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from archcalc.diagnostics.codes.language import MORE_FINDINGS
from archcalc.diagnostics.model import Diagnostic

MAX_LISTED = 200
"""Findings of one network that are listed; the others are counted."""

_ORDER = {"error": 0, "warning": 1, "note": 2}
_SHOWN = 3


def folded(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Diagnostics in the order of the source; one place that loops or blocks run through again is reported once."""
    groups: dict[Any, list[Diagnostic]] = {}
    for diagnostic in diagnostics:
        message = diagnostic.message if diagnostic.layer is None else None
        groups.setdefault((diagnostic.code.id, diagnostic.span, message), []).append(diagnostic)
    result = [_one(group) for group in groups.values()]
    result.sort(key=lambda found: (found.span or (0, 0, 0, 0), _ORDER[found.severity]))
    return _listed(result)


def _listed(found: list[Diagnostic]) -> list[Diagnostic]:
    """The first findings, errors before warnings before notes, and how many others there are."""
    if len(found) <= MAX_LISTED:
        return found
    # What is said once is worth more than what is said again.
    firsts = {one.code.id: index for index, one in reversed(list(enumerate(found)))}
    gravest = sorted(range(len(found)), key=lambda at: (_ORDER[found[at].severity], firsts[found[at].code.id] != at))
    kept = [found[index] for index in sorted(gravest[:MAX_LISTED])]
    others = Counter[str](found[index].severity for index in gravest[MAX_LISTED:])
    more = ", ".join(f"{others[one]:,} {one}{'s' if others[one] > 1 else ''}" for one in _ORDER if others[one])
    return [
        *kept,
        Diagnostic(MORE_FINDINGS, f"and {more} more: {len(found):,} findings in all, {MAX_LISTED} are listed"),
    ]


def _one(group: list[Diagnostic]) -> Diagnostic:
    first = group[0]
    equal = [found for found in group[1:] if found.message == first.message and found.layer != first.layer]
    other = list({found.message: found for found in group[1:] if found.message != first.message}.values())
    notes = [f"at {found.layer}: {found.message}" for found in other[:_SHOWN]]
    if len(other) > _SHOWN:
        notes.append(f"and {len(other) - _SHOWN} more like these")
    layers = list(dict.fromkeys(found.layer for found in equal if found.layer))
    if layers:
        rest = f" and {len(layers) - _SHOWN} more layers" if len(layers) > _SHOWN else ""
        notes.append(f"the same at {', '.join(layers[:_SHOWN])}{rest}")
    return first._replace(notes=(*first.notes, *notes)) if notes else first
