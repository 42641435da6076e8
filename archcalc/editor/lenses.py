"""Lines above a line: on each variant its counts and legal sizes, on each claim whether it holds, and by how much."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from archcalc.diagnostics.model import Span
from archcalc.dims.figures import grouped
from archcalc.editor.networks import Checked, Networks
from archcalc.expectations import Verdict
from archcalc.expectations.verdict import about, computed
from archcalc.report.sizes import legal_line
from archcalc.source.document import Mapping

_SHOWN = 3
"""Claims of a line that are told each."""
_WORDS = {
    "holds": "holds",
    "fails": "fails",
    "explained": "explained",
    "surprise": "fails: it was said not to hold",
    "undecided": "open",
    "unknown": "not judged because of errors",
}


class Lens(NamedTuple):
    """A line that is shown above a place; that of a network is written when it comes into sight."""

    span: Span
    title: str | None
    variant: str | None = None
    """The network that it is about, where it has no title yet."""


def lenses(networks: Networks) -> list[Lens]:
    """The places of all lenses. Those of claims are about the networks that were checked."""
    found = [*_of_networks(networks)]
    heads = {lens.variant: lens.span for lens in found}
    claims: dict[int, list[tuple[Span, str | None, Verdict]]] = {}
    for checked in networks.checked:
        variant = checked.report.variant
        for verdict in checked.report.verdicts:
            # A budget of the project stands in another file.
            place = heads.get(variant) if verdict.file else checked.moved.span(verdict.span)
            if place is not None:
                claims.setdefault(place.line, []).append((place, variant, verdict))
    return [*found, *(Lens(min(told, key=lambda one: one[0])[0], _claims(told)) for _, told in sorted(claims.items()))]


def network_title(checked: Checked) -> str:
    """What a network comes to: its counts, and for which sizes it is legal.

    >>> from archcalc.source import SourceFile
    >>> text = "input: [3, N, N]\\nat: {N: 33}\\nlayers: [conv: {out: 8, kernel: 3, stride: 2}]"
    >>> network_title(Networks(SourceFile("net.yaml", text)).network(None))
    '224 parameters · 55,296 multiplications · legal: N = 1 (mod 2), N >= 3'
    """
    report = checked.report
    parts = []
    errors = sum(found.severity == "error" for found in report.diagnostics)
    if report.complete:
        totals = report.totals
        parts = [f"{grouped(totals.parameters)} parameters", f"{grouped(totals.multiplications)} multiplications"]
    if errors:
        parts.append(f"{errors} error{'s' if errors > 1 else ''}")
    if (line := legal_line(report)) is not None:
        parts.append(line)
    return " · ".join(parts) or "nothing is known"


def _of_networks(networks: Networks) -> Iterator[Lens]:
    document = networks.document
    if not isinstance(document, Mapping):
        return
    variants = document.get("variants")
    if networks.program.variants and isinstance(variants, Mapping):
        known = set(networks.program.variants)
        yield from (Lens(key.span, None, key.text) for key, _ in variants.entries if key.text in known)
    elif (key := document.key("layers")) is not None:
        yield Lens(key.span, None)


def _claims(told: list[tuple[Span, str | None, Verdict]]) -> str:
    """What became of the claims of a line: in all networks alike, or in each."""
    variants = {variant for _, variant, _ in told}
    lines: dict[str, list[str]] = {}
    for _, variant, verdict in told:
        lines.setdefault(_told(verdict), []).append(variant or "")
    others = [
        text if set(names) == variants or variants == {None} else f"{text} ({', '.join(dict.fromkeys(names))})"
        for text, names in lines.items()
        if text != _WORDS["holds"]
    ]
    count = len({span for span, _, verdict in told if verdict.state == "holds"})
    holding = [_WORDS["holds"] if count == 1 else f"{count} claims hold"] if _WORDS["holds"] in lines else []
    more = [f"and {len(others) - _SHOWN} more"] if len(others) > _SHOWN else []
    return "; ".join([*others[:_SHOWN], *more, *holding])


def _told(verdict: Verdict) -> str:
    word = _WORDS[verdict.state]
    # A budget is told where the spec does not say what it is about.
    whose = f"{verdict.source}: " if verdict.file else ""
    if verdict.state == "holds":
        # What is left of a range is worth a word; that a number is the number is not.
        told = f"{about(verdict)} {word}" if whose else word
        return f"{whose}{told}: {verdict.remark}" if verdict.remark else f"{whose}{told}"
    if verdict.state in ("fails", "explained"):
        difference = f", {verdict.remark}" if verdict.remark else ""
        return f"{whose}{about(verdict)} {word}: computed {computed(verdict)}{difference}"
    return f"{whose}{about(verdict)}: {word}"
