"""One diagnostic for one mistake, however often loops and blocks repeat it, and no more than a person reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from archcalc.diagnostics.codes.language import MORE_FINDINGS
from archcalc.diagnostics.model import Diagnostic, Help, Label
from archcalc.patterns import compiled_later

MAX_LISTED = 200
"""Findings of one network that are listed; the others are counted."""

_ORDER = {"error": 0, "warning": 1, "note": 2}
_SHOWN = 3
_OF_NAMES = {"AC121": "name", "AC201": "name", "AC209": "name", "AC131": "kind"}
"""Codes that say of a name that it is not there, and what it is the name of."""
_ENTRY = compiled_later(r"\.[0-9]+$")
_MISSING = compiled_later(r"(?:there is no (?:map |layer or block )?|(?=`\$))`([^`]*)`")


def folded(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Diagnostics in the order of the source; one place that loops or blocks run through again is reported once."""
    groups: dict[Any, list[Diagnostic]] = {}
    for diagnostic in diagnostics:
        message = diagnostic.message if diagnostic.layer is None else None
        groups.setdefault((diagnostic.code.id, diagnostic.span, message), []).append(diagnostic)
    result = _without_repeats([_one(group) for group in groups.values()])
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


def _without_repeats(found: list[Diagnostic]) -> list[Diagnostic]:
    """A name that is missing in several places is one mistake: the first of them has labels at some others."""
    found.sort(key=lambda one: one.span or (0, 0, 0, 0))
    kept: list[Diagnostic] = []
    places: dict[tuple[str, ...], list[Diagnostic]] = {}
    for one in found:
        what = _mistake(one)
        if what is None:
            kept.append(one)
            continue
        same = places.setdefault(what, [])
        if not same:
            kept.append(one)
        same.append(one)
    told = {id(same[0]): same[1:] for same in places.values()}
    return [_with_places(one, told.get(id(one), [])) for one in kept]


def _mistake(one: Diagnostic) -> tuple[str, ...] | None:
    """What several places may have in common: a name that is not there. Where it can be corrected, each place is.

    What to write for a layer may depend on what stands at it, and then places differ.
    """
    is_certain = any(isinstance(help, Help) and help.is_certain for help in one.help)
    name = _MISSING.match(one.message) if one.code.id in _OF_NAMES and not is_certain else None
    if name is None:
        return None
    what = _OF_NAMES[one.code.id]
    return (what, _ENTRY.sub("", name[1]), *(one.help if what == "kind" else ()))


def _with_places(first: Diagnostic, others: list[Diagnostic]) -> Diagnostic:
    if not others:
        return first
    labels = [Label(other.span, "also here") for other in others[:_SHOWN] if other.span is not None]
    more = [f"and at {len(others) - _SHOWN} more places"] if len(others) > _SHOWN else []
    return first._replace(labels=(*first.labels, *labels), notes=(*first.notes, *more))


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
