"""The code quality report of GitLab, which a merge request shows beside its changes.

Source: GitLab's documentation of code quality reports, a part of the format of Code Climate.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from archcalc.ci.findings import Finding, findings, headline
from archcalc.ci.paths import in_repository
from archcalc.report.outcome import Outcome
from archcalc.terminal import visible

_SEVERITIES = {"error": "major", "warning": "minor"}


def report(outcomes: Sequence[Outcome]) -> str:
    """A list of the errors and warnings as JSON."""
    return json.dumps([_entry(one) for one in findings(outcomes, *_SEVERITIES)], indent=2) + "\n"


def _entry(finding: Finding) -> dict[str, Any]:
    found, span = finding.found, finding.found.span
    begin = {"line": span.line if span is not None else 1, "column": span.column if span is not None else 1}
    end = {"line": span.end_line, "column": span.end_column} if span is not None else begin
    return {
        "type": "issue",
        "description": headline(found),
        "check_name": f"{found.code.id} {found.code.name}",
        "content": {"body": "\n".join(finding.remarks)},
        "categories": ["Bug Risk"],
        "fingerprint": finding.fingerprint,
        "severity": _SEVERITIES[found.severity],
        "location": {
            "path": visible(in_repository(finding.file.name)),
            "lines": {"begin": begin["line"], "end": end["line"]},
        },
    }
