"""`archcalc schema`: the JSON Schema that was written when this version was made."""

from __future__ import annotations

import argparse

from archcalc.cli.console import write

SUMMARY = "print the JSON Schema of the spec language"


def add(command: argparse.ArgumentParser) -> None:
    """Declare its arguments: it has none."""
    command.description = (
        "Print the JSON Schema of the spec language, for editors that complete and check while typing."
    )


def run(options: argparse.Namespace) -> int:
    """Print the schema; returns the exit code."""
    # Generating it takes pydantic a quarter of a second, so it ships as a file; a test compares the two.
    from pathlib import Path

    path = Path(__file__).resolve().parents[2] / "schema.json"
    write(path.read_text(encoding="utf-8").rstrip("\n"))
    return 0
