"""The judge: every combination of values is checked by itself, and its report is asked for what is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

from archcalc import Architecture
from archcalc.api.report import Report
from archcalc.solve import Solutions


def is_legal(report: Report) -> bool:
    """Whether a report has no error of the network; expectations are no part of it."""
    return report.complete and not any(
        found.severity == "error" and not found.code.id.startswith("AC4") for found in report.diagnostics
    )


def tried(
    architecture: Architecture, domains: dict[str, Iterable[Any]], wanted: Callable[[Report], bool]
) -> list[dict[str, Any]]:
    """All solutions among the products of values."""
    names = list(domains)
    found = []
    for values in product(*domains.values()):
        given = dict(zip(names, values, strict=True))
        report = architecture.check(given)
        if is_legal(report) and wanted(report):
            found.append(given)
    return found


def within(found: Solutions, domains: dict[str, Iterable[Any]]) -> list[dict[str, Any]]:
    """Which of the products of values an answer calls solutions."""
    names = list(domains)
    places = [dict(zip(names, values, strict=True)) for values in product(*domains.values())]
    return [place for place in places if place in found]
