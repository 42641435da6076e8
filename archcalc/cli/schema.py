"""`archcalc schema`: the JSON Schema that was written when this version was made."""

from __future__ import annotations

import argparse
from pathlib import Path

from archcalc.cli.console import write


def run(options: argparse.Namespace) -> int:
    """Print the schema; returns the exit code."""
    # Generating it takes pydantic a quarter of a second, so it ships as a file; a test compares the two.
    path = Path(__file__).resolve().parent.parent / "schema.json"
    write(path.read_text(encoding="utf-8").rstrip("\n"))
    return 0
