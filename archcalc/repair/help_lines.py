"""Help lines: what a diagnostic says about the repairs of its error, and the way that the sizes took to it."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.checking import Checked
from archcalc.diagnostics.codes.shapes import FRACTIONAL_OUTPUT
from archcalc.diagnostics.model import Diagnostic
from archcalc.repair.blame import Blame, failures, trails
from archcalc.repair.model import Repair
from archcalc.repair.windows import no_padding, slide_of

MAX_TOLD = 4
"""Help lines under one diagnostic."""
_LONG = 70
"""Characters of a set of sizes that a line of help has room for."""
_BOXES = 3
"""Combinations of sizes that a line of help has room for."""


def help_lines(repairs: Sequence[Repair]) -> tuple[str, ...]:
    """Repairs of one error in words, the best first; the nearest sizes below and above share a line."""
    lines: list[str] = []
    sizes = [repair for repair in repairs if repair.sizes]
    for repair in repairs:
        if repair.sizes and repair is not sizes[0]:
            continue
        title = repair.title
        if repair.sizes:
            title = " or ".join([*(_short(one) for one in sizes[:-1]), sizes[-1].title])
        reason = f", {repair.why}" if repair.why and not repair.sizes else ""
        legal = legal_text(repair)
        lines.append(f"{title}{reason}" + (f" (legal: {legal})" if legal else ""))
    return tuple(lines[:MAX_TOLD])


def legal_text(repair: Repair) -> str:
    """For which sizes the repaired network is legal; empty where another error rules out all, or where it is long."""
    text = repair.legal.text()
    is_clear = 0 < len(repair.legal.boxes) <= _BOXES and len(text) <= _LONG
    return text if is_clear else ""


def _short(repair: Repair) -> str:
    """The new sizes without the old ones."""
    return repair.title.partition(" instead of ")[0] if repair.title.count(" instead of ") == 1 else repair.title


def explained(report: Checked, repairs: Sequence[Repair]) -> list[Diagnostic]:
    """The diagnostics of a report with repairs as their help, and with the way that the sizes took as notes.

    What a layer itself suggests gives way to what was checked on the whole network.
    """
    blamed = {_key(blame): blame for blame in failures(report.graph, report.diagnostics)}
    found = []
    for diagnostic in report.diagnostics:
        blame = blamed.get((diagnostic.layer or "", diagnostic.code.id))
        if blame is None:
            found.append(diagnostic)
            continue
        lines = help_lines(
            [repair for repair in repairs if (repair.layer, repair.code) == (blame.node.name, blame.code)]
        )
        own = {line for finding in blame.findings for line in finding.help} if lines else set()
        kept = [line for line in diagnostic.help if line not in own]
        notes = (*diagnostic.notes, *_notes(report, blame))
        found.append(diagnostic._replace(notes=notes, help=(*kept, *lines)))
    return found


def _key(blame: Blame) -> tuple[str, str]:
    """How a diagnostic names its place: an input is no layer."""
    return blame.node.name if blame.node.layer is not None else "", blame.code


def _notes(report: Checked, blame: Blame) -> list[str]:
    """How the sizes came about that do not fit."""
    slide = slide_of(blame.node)
    # Nobody expects padding to help a pool.
    why = no_padding(slide) if slide is not None and not slide.is_pool and blame.code == FRACTIONAL_OUTPUT.id else ""
    return [*trails(report.graph, blame.node), *([why] if why else [])]
