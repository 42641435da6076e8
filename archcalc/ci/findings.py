"""Findings as reports need them: each once, however many variants of a file have it, with a fingerprint that stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from archcalc.ci.paths import in_repository
from archcalc.diagnostics.model import Diagnostic
from archcalc.report.outcome import Outcome
from archcalc.source import SourceFile
from archcalc.terminal import visible


class Finding(NamedTuple):
    """A finding about a file."""

    file: SourceFile
    found: Diagnostic
    variants: tuple[str, ...]
    """The variants that have it; none for a file without variants."""
    fingerprint: str
    """The same for the same finding in a file whose other lines have changed."""

    @property
    def remarks(self) -> list[str]:
        """What is said beside the message, a line each, without characters that anybody would obey."""
        layer = [f"layer: {self.found.layer}"] if self.found.layer is not None else []
        notes = [f"note: {text}" for text in self.found.notes]
        help = [f"help: {text}" for text in self.found.help]
        variants = [f"in {'variants' if self.variants[1:] else 'variant'} {', '.join(self.variants)}"]
        return [visible(text) for text in (*layer, *notes, *help, *(variants if self.variants else []))]


def headline(found: Diagnostic) -> str:
    """The message of a finding with what stands under its place, in one line."""
    return visible(f"{found.message} ({found.label})" if found.label else found.message)


def findings(outcomes: Iterable[Outcome], *severities: str) -> list[Finding]:
    """The findings of some severities, file by file, in the order of the lines."""
    seen: dict[tuple[str, Diagnostic], tuple[SourceFile, Diagnostic, list[str]]] = {}
    for one in outcomes:
        for plain, told in zip(one.diagnostics, one.told, strict=True):
            if plain.severity in severities:
                entry = seen.setdefault((one.file.name, plain), (one.file, told, []))
                entry[2].extend([one.variant] if one.variant else [])
    files = {name: place for place, name in enumerate(dict.fromkeys(name for name, _ in seen))}
    ordered = sorted(seen.values(), key=lambda entry: (files[entry[0].name], entry[1].span or (0, 0, 0, 0)))
    return list(_with_fingerprints(ordered))


def _with_fingerprints(entries: Sequence[tuple[SourceFile, Diagnostic, list[str]]]) -> Iterable[Finding]:
    """Fingerprints are made of the code, the message and the line, and count those that have all of it alike."""
    from hashlib import sha256

    times = Counter[str]()
    paths: dict[str, str] = {}
    for file, found, variants in entries:
        line = file.line(found.span.line).strip() if found.span is not None else ""
        if file.name not in paths:
            paths[file.name] = in_repository(file.name)
        parts = (paths[file.name], found.code.id, found.message, line)
        basis = "\0".join(parts).encode("utf-8", "surrogatepass")
        first = sha256(basis).hexdigest()
        again = times[first]
        times[first] += 1
        fingerprint = sha256(basis + str(again).encode()).hexdigest() if again else first
        yield Finding(file, found, tuple(variants), fingerprint[:32])
