"""Errors of archcalc with which PyTorch may run: by code and kind of layer, each with what PyTorch does instead.

Verification has a table by code alone; this one is closer, and what is in neither is a disagreement.
"""

from __future__ import annotations

from archcalc.diagnostics.model import Diagnostic
from archcalc.graph import Graph, Node
from archcalc.verify.legality import MUST_FAIL, must_fail

FRACTION = "AC301"
STRETCHED = "AC306"

REASONS: dict[tuple[str, str], str] = {
    ("AC310", "reshape"): "a single size is `flatten`, and one size with a symbol is what remains: any number fits",
}
ANYWHERE: dict[str, str] = {
    FRACTION: "PyTorch rounds down, and the shapes are those of `rounding: floor`",
}


def reason_to_run(error: Diagnostic, graph: Graph) -> str | None:
    """Why PyTorch may run although archcalc reports this error; None if it must not."""
    node = next((node for node in graph.nodes if node.name == error.layer), None)
    if error.code in MUST_FAIL:
        return "sizes of 1 are stretched without being asked" if must_fail([error], graph) is None else None
    return ANYWHERE.get(error.code.id) or REASONS.get((error.code.id, _kind(node)))


def _kind(node: Node | None) -> str:
    return node.kind if node is not None else ""
