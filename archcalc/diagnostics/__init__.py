"""What archcalc has to say about a specification: findings, their codes, and how they are shown.

The values are here. Showing them is done by `archcalc.diagnostics.render` (terminal, JSON) and
`archcalc.diagnostics.pages` (`archcalc explain AC301`); `archcalc.diagnostics.catalogue` knows all codes. Those
are imported where they are needed: a check that finds nothing must not pay for them.
"""

from __future__ import annotations

from archcalc.diagnostics.model import Code, Diagnostic, Help, Label, Replacement, Severity, Span, errors
from archcalc.diagnostics.suggest import closest, did_you_mean, is_same

__all__ = [
    "Code",
    "Diagnostic",
    "Help",
    "Label",
    "Replacement",
    "Severity",
    "Span",
    "closest",
    "did_you_mean",
    "errors",
    "is_same",
]
