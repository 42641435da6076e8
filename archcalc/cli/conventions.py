"""Conventions that a command line names: what is wrong with a name, or with a file of one's own."""

from __future__ import annotations

import argparse
import sys

from archcalc.cli.console import WrongUsage, say, terminal
from archcalc.conventions import NoConvention, NoCount
from archcalc.report.text import diagnostics
from archcalc.terminal import visible


def explained(error: NoConvention | NoCount | OSError, options: argparse.Namespace) -> WrongUsage:
    """The end of a command that was given such a name, after what is wrong in the file was shown."""
    if isinstance(error, OSError):
        name = visible(str(error.filename))
        return WrongUsage(f"--convention: {name} cannot be read: {error.strerror}")
    if isinstance(error, NoConvention) and error.file is not None:
        for text in diagnostics(error.file, list(error.problems), terminal(options, sys.stderr)):
            say(f"{text}\n")
    return WrongUsage(f"--convention: {visible(str(error))}")
