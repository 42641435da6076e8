"""Legal sizes in words: which layer asks for what, as a diagnostic and as lines."""

from __future__ import annotations

from archcalc.diagnostics.codes.shapes import UNDECIDED
from archcalc.diagnostics.model import Diagnostic, Span
from archcalc.sizes.legal import LegalSizes

_LISTED = 12
_NAMED = 3


def legality_note(legal: LegalSizes, span: Span | None) -> Diagnostic:
    """One note about a network whose symbols have no values.

    Reports: AC317
    """
    lines = reasons(legal)
    notes = lines[:_LISTED]
    if len(lines) > _LISTED:
        notes.append(f"and {len(lines) - _LISTED} more reasons")
    return Diagnostic(
        UNDECIDED,
        f"the network is legal only for {legal}",
        span,
        notes=tuple(notes),
        help=("give the symbols values with `at` or `--set` to decide it there",),
    )


def reasons(legal: LegalSizes) -> list[str]:
    """What every layer leaves of the sizes, in the order in which they narrow down.

    >>> import archcalc
    >>> for line in reasons(archcalc.load("alexnet:torchvision").legal_sizes()):
    ...     print(line)
    N >= 63: asked by features.12
    """
    found = [f"{cause.allowed.text(cause.symbol)}: asked by {cause.layer}" for cause in legal.causes]
    found += [f"{tie.condition}: asked by {tie.layer} ({tie.reason})" for tie in legal.ties]
    found += [f"{one.condition}: asked by {one.layer}, not decided for all sizes" for one in legal.undecided]
    if legal.rests_on:
        found.append(f"this holds as far as {believed(legal)}")
    return found


def believed(legal: LegalSizes) -> str:
    """What sizes rest on: that opaque steps, the first of which are named, write what is stated of them."""
    more = len(legal.rests_on) - _NAMED
    names = ", ".join(legal.rests_on[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")
    says = "writes what it states" if len(legal.rests_on) == 1 else "write what they state"
    return f"{names} (opaque) {says}"
