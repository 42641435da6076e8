"""How a terminal is told why a network of another tool could not be read."""

from __future__ import annotations

from archcalc.importing.failure import ImportFailure
from archcalc.terminal import visible


def told(failure: ImportFailure, source: str) -> list[str]:
    """The complaint, at its place or at least for the source, and the way out."""
    place = f"{visible(failure.place or source)}: "
    help_ = [f"help: {visible(failure.help)}"] if failure.help else []
    return [f"{place}{visible(failure.message)}", *help_]
