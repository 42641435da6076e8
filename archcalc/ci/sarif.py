"""SARIF 2.1.0: findings for code scanning and editors, with their codes as rules and their repairs as fixes.

Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from archcalc import __version__
from archcalc.ci.findings import Finding, findings, headline
from archcalc.ci.paths import in_repository
from archcalc.diagnostics.catalogue import find
from archcalc.diagnostics.model import Code, Help, Span
from archcalc.report.outcome import Outcome
from archcalc.source import SourceFile
from archcalc.terminal import visible

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LINK = re.compile(r"\[(?=[^\]]*\]\()")
"""The beginning of what would be a link in a message."""


def log(outcomes: Sequence[Outcome], problems: Sequence[str] = ()) -> str:
    """A log with one run, as JSON."""
    found = findings(outcomes, "error", "warning", "note")
    codes = sorted({one.found.code.id for one in found})
    notifications = [{"level": "error", "message": _message(visible(problem))} for problem in problems]
    run = {
        "tool": {
            "driver": {
                "name": "archcalc",
                "semanticVersion": __version__,
                "rules": [_rule(code) for name in codes if (code := find(name)) is not None],
            }
        },
        "invocations": [{"executionSuccessful": not problems, "toolExecutionNotifications": notifications}],
        # What JavaScript counts, which shows most of these logs.
        "columnKind": "utf16CodeUnits",
        "results": [_result(one, codes) for one in found],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(code: Code) -> dict[str, Any]:
    """A code with its page."""
    example = f"{code.example}\n"
    return {
        "id": code.id,
        "name": code.name,
        "shortDescription": {"text": _literal(code.title)},
        "fullDescription": {"text": _literal(code.meaning)},
        "help": {
            "text": _literal(f"{code.meaning}\n\nExample\n{example}\nFix: {code.fix}"),
            "markdown": f"{code.meaning}\n\n```text\n{example}```\n\n**Fix:** {code.fix}",
        },
        "defaultConfiguration": {"level": code.severity},
    }


def _result(finding: Finding, codes: list[str]) -> dict[str, Any]:
    found = finding.found
    entry: dict[str, Any] = {
        "ruleId": found.code.id,
        "ruleIndex": codes.index(found.code.id),
        "level": found.severity,
        "message": _message("\n".join([headline(found), *finding.remarks])),
        "locations": [_location(finding.file, found.span, layer=found.layer)],
        "partialFingerprints": {"archcalc/v1": finding.fingerprint},
    }
    if found.labels:
        related = [_location(finding.file, label.span, text=label.text) for label in found.labels]
        entry["relatedLocations"] = [{"id": number, **one} for number, one in enumerate(related)]
    fixes = list(_fixes(finding))
    if fixes:
        entry["fixes"] = fixes
    return entry


def _location(file: SourceFile, span: Span | None, *, text: str = "", layer: str | None = None) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(file)}
    if span is not None:
        physical["region"] = _region(file, span)
    entry: dict[str, Any] = {"physicalLocation": physical}
    if layer is not None:
        entry["logicalLocations"] = [{"fullyQualifiedName": visible(layer), "kind": "element"}]
    if text:
        entry["message"] = _message(visible(text))
    return entry


def _artifact(file: SourceFile) -> dict[str, str]:
    """A file of the repository by its path from the root; others by where they are."""
    path = in_repository(file.name)
    if os.path.isabs(path):
        return {"uri": Path(path).as_uri()}
    return {"uri": quote(path, errors="surrogateescape"), "uriBaseId": "%SRCROOT%"}


def _region(file: SourceFile, span: Span) -> dict[str, int]:
    return {
        "startLine": span.line,
        "startColumn": _column(file, span.line, span.column),
        "endLine": span.end_line,
        "endColumn": _column(file, span.end_line, span.end_column),
    }


def _column(file: SourceFile, line: int, column: int) -> int:
    """A column in units of UTF-16: a character beyond the first 65,536 takes two."""
    return column + sum(character > "\uffff" for character in file.line(line)[: column - 1])


def _fixes(finding: Finding) -> Iterator[dict[str, Any]]:
    """The changes that help offers; lines that are put in end as those of the file do."""
    end = "\r\n" if "\r\n" in finding.file.original else "\n"
    for help in finding.found.help:
        if isinstance(help, Help) and help.changes:
            replacements = [
                {
                    "deletedRegion": _region(finding.file, change.span),
                    "insertedContent": {"text": change.text.replace("\n", end)},
                }
                for change in help.changes
            ]
            changes = [{"artifactLocation": _artifact(finding.file), "replacements": replacements}]
            yield {"description": _message(visible(help)), "artifactChanges": changes}


def _message(text: str) -> dict[str, str]:
    return {"text": _literal(text)}


def _literal(text: str) -> str:
    r"""A text in which nothing is a link or a place for an argument.

    >>> _literal("`{out: 1}` of [here](http://example.org)")
    '`{{out: 1}}` of \\[here](http://example.org)'
    """
    return _LINK.sub(r"\\[", text.replace("{", "{{").replace("}", "}}"))
