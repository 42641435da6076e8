"""Errors of archcalc with which PyTorch may run, besides those that verification knows."""

from __future__ import annotations

from archcalc.diagnostics.model import Diagnostic
from archcalc.graph import Node

REASONS: dict[tuple[str, str], str] = {}
"""By code and kind of layer ('' for any kind)."""


def reason_to_run(error: Diagnostic, node: Node | None) -> str | None:
    """Why PyTorch may run although archcalc reports this error; None if it must not."""
    kind = node.kind if node is not None else ""
    return REASONS.get((error.code.id, kind)) or REASONS.get((error.code.id, ""))
