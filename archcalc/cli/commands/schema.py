"""`archcalc schema`: the JSON Schemas that were written when this version was made."""

from __future__ import annotations

import argparse

from archcalc.cli.console import write
from archcalc.cli.documents import COMMANDS


def add(command: argparse.ArgumentParser) -> None:
    """Declare its arguments."""
    command.description = (
        "Print the JSON Schema of the spec language, for editors that complete and check while typing; or that of what "
        "a command prints with --format json, for programs that read it."
    )
    command.add_argument(
        "output", nargs="?", choices=COMMANDS, metavar="COMMAND", help=f"{', '.join(COMMANDS)}; default: the language"
    )


def run(options: argparse.Namespace) -> int:
    """Print the schema; returns the exit code."""
    # Generating one takes pydantic a quarter of a second, so they ship as files; tests compare the two.
    from pathlib import Path

    package = Path(__file__).resolve().parents[2]
    path = package / "schema.json" if options.output is None else package / "schemas" / f"{options.output}.json"
    write(path.read_text(encoding="utf-8").rstrip("\n"))
    return 0
