"""What is wrong with which layer, for pictures that show where."""

from __future__ import annotations

from archcalc.checking import Checked


def faults(report: Checked) -> dict[str, list[str]]:
    """Errors by the name of the layer: what its rules found, and what was found about it besides."""
    found: dict[str, list[str]] = {}
    known: set[tuple[str, str]] = set()
    for node in report.graph.nodes:
        for finding in node.facts.findings if node.facts else ():
            if finding.code.severity == "error":
                found.setdefault(node.name, []).append(f"{finding.code.id}: {finding.message}")
                known.add((node.name, finding.code.id))
    for one in report.diagnostics:
        if one.severity == "error" and one.layer is not None and (one.layer, one.code.id) not in known:
            found.setdefault(one.layer, []).append(f"{one.code.id}: {one.message}")
    return found
