"""Devices that a command line names: which there are, and what is wrong with a name, or with a file of one's own."""

from __future__ import annotations

import argparse
import sys

from archcalc.cli.console import WrongUsage, say, terminal
from archcalc.hardware import NoHardware, names
from archcalc.report.text import diagnostics
from archcalc.terminal import visible


def listed() -> str:
    """The devices in words."""
    return f"{', '.join(names())}, or a file of your own that ends in .yaml"


def explained(error: NoHardware | OSError, options: argparse.Namespace) -> WrongUsage:
    """The end of a command that was given such a name, after what is wrong in the file was shown."""
    if isinstance(error, OSError):
        return WrongUsage(f"--on: {visible(str(error.filename))} cannot be read: {error.strerror}")
    if error.file is not None:
        for text in diagnostics(error.file, list(error.problems), terminal(options, sys.stderr)):
            say(f"{text}\n")
    return WrongUsage(f"--on: {visible(str(error))}")
