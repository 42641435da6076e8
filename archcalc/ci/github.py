"""Annotations of GitHub: a workflow command for each finding, which the page of a pull request shows at its line.

Source: the workflow commands `error`, `warning` and `notice` of GitHub Actions, escaped as its own toolkit does.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from archcalc.ci.findings import Finding, findings, headline
from archcalc.ci.paths import in_repository
from archcalc.report.outcome import Outcome
from archcalc.terminal import visible


def commands(outcomes: Sequence[Outcome], problems: Sequence[str] = ()) -> Iterator[str]:
    """A line for each error and warning, and one for people that says how many networks are ok."""
    for problem in problems:
        yield _command("error", {"title": "archcalc"}, visible(problem))
    for finding in findings(outcomes, "error", "warning"):
        yield _command(finding.found.severity, _properties(finding), _message(finding))
    good = sum(one.ok for one in outcomes)
    networks = "network is" if len(outcomes) == 1 else "networks are"
    yield f"{good} of {len(outcomes)} {networks} ok"


def _properties(finding: Finding) -> dict[str, str]:
    code, span = finding.found.code, finding.found.span
    place: dict[str, str] = {}
    if os.path.isfile(finding.file.name):
        place["file"] = visible(in_repository(finding.file.name))
        if span is not None:
            place |= {"line": str(span.line), "endLine": str(span.end_line)}
            if span.line == span.end_line:
                # GitHub takes columns for a stretch of one line only.
                place |= {"col": str(span.column), "endColumn": str(span.end_column)}
    return {**place, "title": f"{code.id} {code.name}"}


def _message(finding: Finding) -> str:
    """What is said; the place is said again, for the log of the job does not show it."""
    span = finding.found.span
    where = visible(finding.file.name) + (f":{span.line}:{span.column}" if span is not None else "")
    return "\n".join([f"{where}: {headline(finding.found)}", *finding.remarks])


def _command(name: str, properties: dict[str, str], message: str) -> str:
    r"""A workflow command.

    >>> _command("error", {"file": "a,b.yaml", "line": "3"}, "50% of 1:2\nare missing")
    '::error file=a%2Cb.yaml,line=3::50%25 of 1:2%0Aare missing'
    """
    given = ",".join(
        f"{key}={_escaped(value).replace(':', '%3A').replace(',', '%2C')}" for key, value in properties.items()
    )
    return f"::{name} {given}::{_escaped(message)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
