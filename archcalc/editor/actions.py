"""Changes of a text that are offered: what a finding helps with, repairs of errors, and all safe repairs at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from archcalc.diagnostics.model import Diagnostic, Help, Replacement
from archcalc.editor.networks import Checked, Networks
from archcalc.repair import Mended, Repair, legal_text
from archcalc.source import SourceFile

_SEARCHED = 3
"""Failing variants of a text for which repairs are searched: most fail alike."""


class Action(NamedTuple):
    """A change of a text that somebody can choose."""

    title: str
    changes: tuple[Replacement, ...]
    code: str
    """The code of the finding that it is about."""
    lines: tuple[int, int]
    """The first and the last line of that finding."""
    is_safe: bool
    """Whether it changes nothing but what its author must have meant."""
    harms: tuple[str, ...] = ()
    """What is worse after it, or has to be decided."""


def actions(networks: Networks, first: int, last: int, variants: Sequence[str | None] | None = None) -> list[Action]:
    """The changes that are offered for the findings on some lines, safe ones first: of some variants, or of all.

    >>> file = SourceFile("net.yaml", "input: [1, 7, 7]\\nlayers: [Conv2d: {out: 1, kernel: 3, stride: 3}]")
    >>> (action,) = actions(Networks(file), 2, 2)
    >>> action.title, action.changes[0].text, action.is_safe
    ('did you mean `conv`?', 'conv', True)
    """
    found: dict[tuple[tuple[Replacement, ...], str], Action] = {}
    asked = networks.check_all() if variants is None else [networks.network(variant) for variant in variants]
    for checked in asked:
        for finding in checked.diagnostics:
            if finding.span is not None and finding.span.line <= last and finding.span.end_line >= first:
                for action in _helps(finding):
                    found.setdefault(_key(action), action)
    failing = [one for one in asked if not one.report.ok and _touches(one, first, last)]
    for checked in failing[:_SEARCHED]:
        for action in _repairs(networks.file, checked):
            if action.lines[0] <= last and action.lines[1] >= first:
                found.setdefault(_key(action), action)
    return sorted(found.values(), key=lambda action: not action.is_safe)


def all_safe(networks: Networks) -> str | None:
    """The text with all safe repairs of all its networks made; None where there is nothing to repair.

    >>> all_safe(Networks(SourceFile("net.yaml", "input: [3, 8, 8]\\nlayers: [Conv2d: [6, 5], ReLU]")))
    'input: [3, 8, 8]\\nlayers: [conv: [6, 5], relu]'
    """
    mended = Mended(networks.file)
    for variant in networks.variants:
        mended.mend(networks.program.choose(variant))
    return mended.text if mended.text != networks.file.text else None


def _key(action: Action) -> tuple[tuple[Replacement, ...], str]:
    return action.changes, action.code


def _touches(checked: Checked, first: int, last: int) -> bool:
    return any(
        finding.severity == "error" and finding.span and finding.span.line <= last and finding.span.end_line >= first
        for finding in checked.diagnostics
    )


def _helps(finding: Diagnostic) -> Iterator[Action]:
    """What a finding says itself that could be written."""
    assert finding.span is not None, "only findings with a place are asked"
    lines = (finding.span.line, finding.span.end_line)
    for help in finding.help:
        if isinstance(help, Help) and help.changes:
            yield Action(str(help), help.changes, finding.code.id, lines, help.is_certain)


def _repairs(file: SourceFile, checked: Checked) -> Iterator[Action]:
    """The repairs of a network; each was made and checked before it is offered."""
    report = checked.report
    places: dict[tuple[str, str], tuple[int, int]] = {}
    for finding in checked.diagnostics:
        if finding.severity == "error" and finding.span is not None:
            places.setdefault((finding.layer or "", finding.code.id), (finding.span.line, finding.span.end_line))
    for repair in report.repairs:
        lines = places.get((repair.layer, repair.code)) or next(
            (place for (_, code), place in places.items() if code == repair.code), None
        )
        changes = _changes(file, repair, checked)
        if lines is not None and changes:
            harms = tuple(harm.text for harm in repair.harms)
            yield Action(_title(repair), changes, repair.code, lines, repair.is_safe, harms)


def _changes(file: SourceFile, repair: Repair, checked: Checked) -> tuple[Replacement, ...]:
    """The changes as stretches of the present text; none where a line of them is gone."""
    places = [checked.moved.span(checked.report.file.span(edit.start, edit.end)) for edit in repair.edits]
    known = [Replacement(place, edit.text) for place, edit in zip(places, repair.edits, strict=True) if place]
    return tuple(known) if len(known) == len(places) else ()


def _title(repair: Repair) -> str:
    legal = legal_text(repair)
    why = f", {repair.why}" if repair.why else ""
    return f"{repair.title}{why}" + (f" (legal: {legal})" if legal else "")


def difference(file: SourceFile, text: str) -> Replacement:
    """The one stretch in which a text differs from that of a file.

    >>> difference(SourceFile("net.yaml", "a: 1\\nb: 22"), "a: 1\\nb: 32")
    Replacement(span=Span(line=2, column=4, end_line=2, end_column=5), text='3')
    """
    old = file.text
    front = _alike(old, text)
    back = min(_alike(old[::-1], text[::-1]), len(old) - front, len(text) - front)
    return Replacement(file.span(front, len(old) - back), text[front : len(text) - back])


def _alike(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginning."""
    pairs = zip(one, other, strict=False)
    return next((index for index, (left, right) in enumerate(pairs) if left != right), min(len(one), len(other)))
