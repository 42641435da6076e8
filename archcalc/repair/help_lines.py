"""Help lines: what a diagnostic says about the repairs of its error, and the way that the sizes took to it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from archcalc.checking import Checked
from archcalc.diagnostics.codes.claims import CLAIM_FAILED
from archcalc.diagnostics.codes.shapes import FRACTIONAL_OUTPUT
from archcalc.diagnostics.model import Diagnostic, Help, Replacement
from archcalc.repair.blame import Blame, failures, trails
from archcalc.repair.claims import disputed
from archcalc.repair.model import Repair, Repairs
from archcalc.repair.naming import Moved, moves
from archcalc.repair.windows import no_padding, slide_of
from archcalc.source import SourceFile

MAX_TOLD = 3
"""Help lines under one diagnostic."""
_LONG = 70
"""Characters of a set of sizes that a line of help has room for."""
_BOXES = 3
"""Combinations of sizes that a line of help has room for."""
_ONCE = ("sizes", "padding", "rounding")
_NAMED = re.compile(r"`(\w+)")
"""What a help that is written by hand is about: the fields and layers in it."""


def help_lines(repairs: Sequence[Repair], file: SourceFile, own: Sequence[str] = ()) -> tuple[str, ...]:
    """What is told about one error: what its layer says by hand, then its repairs, the best first.

    What is said by hand is left out where a repair says the same. The nearest sizes below and above share a line, and
    so does all padding.
    """
    told = _told(_promising(repairs, has_others=bool(own)))
    # Rounding was tried, whatever came of it.
    shown = {group[0].subject for group in told[:MAX_TOLD]} | ({"rounding"} if told else set())
    kept = [line for line in own if shown.isdisjoint(_NAMED.findall(line))]
    rounding = next((place for place, group in enumerate(told) if group[0].nature == "rounding"), None)
    if rounding is not None and rounding + len(kept) > 1:
        kept, told = kept[:1], [told[rounding], *told[:rounding], *told[rounding + 1 :]]
    lines = [_line(group, file, with_legal=not kept and not place) for place, group in enumerate(told)]
    return (*kept, *lines)[:MAX_TOLD]


def _promising(repairs: Sequence[Repair], has_others: bool) -> Sequence[Repair]:
    """Those after which nothing else fails, and declared rounding; the others only where there is nothing else to say.

    Rounding is what whoever knows a framework asks for first: where it does not do, they should read what fails then.
    """
    good = [one for one in repairs if not any(harm.kind in ("claim", "hidden") for harm in one.harms)]
    return [one for one in repairs if one in good or one.nature == "rounding"] if good or has_others else repairs


def _told(repairs: Sequence[Repair]) -> list[list[Repair]]:
    """Repairs that share a line: those of sizes; of those of padding and of rounding only the first is told."""
    groups: dict[object, list[Repair]] = {}
    for repair in repairs:
        groups.setdefault(repair.subject if repair.subject in _ONCE else id(repair), []).append(repair)
    return list(groups.values())


def _line(group: Sequence[Repair], file: SourceFile, with_legal: bool) -> Help:
    """A repair in words, with the lines that it writes."""
    first = group[0]
    text = _sizes(group) if first.sizes else f"{first.title}{', ' if first.why else ''}{first.why}"
    legal = legal_text(first) if with_legal else ""
    changes = [Replacement(file.span(edit.start, edit.end), edit.text) for edit in first.edits]
    return Help(f"{text} (legal: {legal})" if legal else text, changes, first.is_safe)


def _sizes(group: Sequence[Repair]) -> str:
    """Sizes below and above: "H = W = 104 or 96 instead of 100"."""
    *others, last = [moves(one.present, one.sizes) for one in group]
    alike = [one[0] for one in (*others, last) if len(one) == 1]
    if len(alike) == len(group) and len({(one.names, one.old) for one in alike}) == 1:
        numbers = " or ".join(str(one.new) for one in alike)
        return f"{' = '.join(alike[0].names)} = {numbers} instead of {alike[0].old}"
    return " or ".join([*(one[0].short() if len(one) == 1 else _listed(one) for one in others), _listed(last)])


def _listed(moved: Sequence[Moved]) -> str:
    return ", ".join(one.text() for one in moved)


def legal_text(repair: Repair) -> str:
    """For which sizes the repaired network is legal; empty where another error rules out all, or where it is long."""
    if repair.legal is None:
        return ""
    text = repair.legal.text()
    is_clear = 0 < len(repair.legal.boxes) <= _BOXES and len(text) <= _LONG
    return text if is_clear else ""


def explained(report: Checked, repairs: Sequence[Repair]) -> list[Diagnostic]:
    """The diagnostics of a report with repairs as their help, and with the way that the sizes took as notes."""
    blames = failures(report.graph, report.diagnostics) or disputed(report)
    blamed = {_key(blame): blame for blame in blames}
    found = []
    for diagnostic in report.diagnostics:
        blame = blamed.get(_place(diagnostic))
        if blame is None:
            found.append(diagnostic)
            continue
        of_it = [repair for repair in repairs if (repair.layer, repair.code) == (blame.node.name, blame.code)]
        notes = (*diagnostic.notes, *_notes(report, blame))
        found.append(diagnostic._replace(notes=notes, help=help_lines(of_it, report.file, diagnostic.help)))
    return _with_end(found, repairs)


def _with_end(found: list[Diagnostic], repairs: Sequence[Repair]) -> list[Diagnostic]:
    """The diagnostics; the first error says where the search for repairs was given up."""
    stopped = repairs.stopped if isinstance(repairs, Repairs) else ""
    place = next((index for index, one in enumerate(found) if one.severity == "error"), None)
    if not stopped or place is None:
        return found
    first = found[place]
    return [*found[:place], first._replace(notes=(*first.notes, stopped)), *found[place + 1 :]]


def _place(diagnostic: Diagnostic) -> tuple[object, str]:
    """What tells the diagnostics of errors apart: the layer, or for claims, which have none, where they stand."""
    is_claim = diagnostic.code is CLAIM_FAILED
    return diagnostic.span if is_claim else diagnostic.layer or "", diagnostic.code.id


def _key(blame: Blame) -> tuple[object, str]:
    """The same of a blame: an input is no layer."""
    if blame.verdict is not None:
        return blame.verdict.span, blame.code
    return blame.node.name if blame.node.layer is not None else "", blame.code


def _notes(report: Checked, blame: Blame) -> list[str]:
    """How the sizes came about that do not fit."""
    if blame.verdict is not None:
        return []
    slide = slide_of(blame.node)
    # Nobody expects padding to help a pool.
    why = no_padding(slide) if slide is not None and not slide.is_pool and blame.code == FRACTIONAL_OUTPUT.id else ""
    return [*trails(report.graph, blame.node), *([why] if why else [])]
