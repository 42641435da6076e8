"""How many findings there are of each severity: all that a check without findings says of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from archcalc.diagnostics.model import Diagnostic, Severity
from archcalc.terminal import Style, paint

COLORS: dict[Severity, Style] = {"error": "red", "warning": "yellow", "note": "cyan"}


def render_summary(counts: Mapping[Severity, int], *, color: bool = False) -> str:
    """How many findings there are of each severity, in words.

    >>> render_summary({"error": 2, "warning": 1})
    '2 errors, 1 warning'
    >>> render_summary({})
    'no findings'
    """
    parts = []
    for severity, style in COLORS.items():
        count = counts.get(severity, 0)
        if count:
            parts.append(paint(f"{count} {severity}{'' if count == 1 else 's'}", "bold", style, color=color))
    return ", ".join(parts) or "no findings"


def count_severities(diagnostics: Iterable[Diagnostic]) -> dict[Severity, int]:
    """How many findings there are of each severity."""
    counts: dict[Severity, int] = {"error": 0, "warning": 0, "note": 0}
    for diagnostic in diagnostics:
        counts[diagnostic.severity] += 1
    return counts
