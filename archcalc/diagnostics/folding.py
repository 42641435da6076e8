"""One diagnostic for one mistake, however often loops and blocks repeat it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from archcalc.diagnostics.model import Diagnostic

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
    return result


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
