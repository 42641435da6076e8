"""A network as code: checked first, then written in one of the formats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archcalc.checking import check
from archcalc.diagnostics.model import Diagnostic
from archcalc.export.targets import blocked, target
from archcalc.network import Settings
from archcalc.program import Program


def exported(program: Program, values: Mapping[str, Any], format: str = "torch") -> tuple[Any, list[Diagnostic]]:
    """The source of a network, or None; with the diagnostics of the check if it found errors, else of the export.

    Raises: LookupError for an unknown format, and if there are variants and none was chosen.
    """
    writer = target(format)
    checked = check(program, Settings(values))
    if not checked.ok:
        return None, [*checked.diagnostics, blocked()]
    found: tuple[Any, list[Diagnostic]] = writer.load()(program, values)
    return found
