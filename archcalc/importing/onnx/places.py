"""Where in a file something is, and what is wrong there."""

from __future__ import annotations

from archcalc.importing.failure import ImportFailure
from archcalc.terminal import visible

LONGEST = 80
"""Names in messages are cut to so many characters."""


def shown(name: str) -> str:
    """A name of the file, fit for a terminal.

    >>> print(shown("conv" + chr(27) + "[1m"))
    conv\\x1b[1m
    """
    text = visible(name)
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def malformed(message: str, place: str | None = None, help: str | None = None) -> ImportFailure:
    """What is to be raised for a file that says something that cannot be."""
    return ImportFailure("malformed", message, place=place, help=help)
