"""Standard output and error as the commands use them."""

from __future__ import annotations

import argparse
import sys
from typing import TextIO

from archcalc.terminal import Terminal, examine

READABLE = 100
"""Cells: prose and formulas in longer lines are hard to follow, however wide the terminal is."""


class WrongUsage(Exception):
    """What a command cannot do as it was asked: it prints the complaints that are the arguments, and exits with 2."""


def terminal(options: argparse.Namespace, stream: TextIO | None = None) -> Terminal:
    """The width, colours and encoding of a stream, by default of standard output; colours as `--color` asks."""
    found = examine(stream or sys.stdout)
    if options.color == "auto":
        return found
    return found._replace(color=options.color == "always")


def write(text: str, end: str = "\n") -> None:
    """Print a text; characters that the stream cannot hold are replaced, never a traceback."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding) + end)


def complain(text: str) -> None:
    """Print a message that is no answer, such as one about wrong usage."""
    say(f"archcalc: {text}")


def say(text: str) -> None:
    """Print a line on standard error."""
    encoding = sys.stderr.encoding or "utf-8"
    sys.stderr.write(f"{text}\n".encode(encoding, "replace").decode(encoding))
