"""The JSON that commands print for programs: one form for all of them, whatever each has to say about a network.

`archcalc schema COMMAND` prints the JSON Schema of a command's output, which ships as a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archcalc.api.architecture import Architecture

FORMAT = 1
"""The version of the format. A key that is added keeps it; a key that goes, or means something else, changes it."""

COMMANDS = ("check", "diff", "memory", "reconcile", "roofline", "sizes", "solve", "verify")
"""Those that print JSON."""


def title(network: Architecture) -> dict[str, Any]:
    """Which network an entry is about."""
    return {"name": network.name, "variant": network.variant, "file": network.file.name}


def write_document(specs: Iterable[dict[str, Any] | str], *, ok: bool, problems: Sequence[str] = ()) -> None:
    """Print what was found out about each network, one after the other; `ok` says whether the exit code is 0.

    An entry that is a text is JSON already.
    """
    from archcalc.cli.console import write
    from archcalc.report.indented import indented

    write(f'{{\n  "archcalc_json": {FORMAT},\n  "ok": {indented(ok)},\n  "specs": [', end="")
    is_empty = True
    for entry in specs:
        write(f"{'' if is_empty else ','}\n    {entry if isinstance(entry, str) else indented(entry, 4)}", end="")
        is_empty = False
    write("]" if is_empty else "\n  ]", end="")
    write(f',\n  "problems": {indented(list(problems), 2)}\n}}')
