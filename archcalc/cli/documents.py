"""The JSON that commands print for programs: one form for all of them, whatever each has to say about a network.

`archcalc schema COMMAND` prints the JSON Schema of a command's output, which ships as a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archcalc.api.architecture import Architecture

FORMAT = 1
"""The version of the format. A key that is added keeps it; a key that goes, or means something else, changes it."""

COMMANDS = ("check", "sizes", "solve", "verify")
"""Those that print JSON."""


def title(network: Architecture) -> dict[str, Any]:
    """Which network an entry is about."""
    return {"name": network.name, "variant": network.variant, "file": network.file.name}


def write_document(specs: Sequence[dict[str, Any]], *, ok: bool, problems: Sequence[str] = ()) -> None:
    """Print a list of what was found out about each network; `ok` says whether the exit code is 0."""
    import json

    from archcalc.cli.console import write

    data = {"archcalc_json": FORMAT, "ok": ok, "specs": list(specs), "problems": list(problems)}
    write(json.dumps(data, indent=2))
