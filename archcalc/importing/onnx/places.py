"""Where in a file something is, and what is wrong there."""

from __future__ import annotations

from archcalc.importing.failure import ImportFailure
from archcalc.terminal import visible

LONGEST = 80
"""Names in messages are cut to so many characters."""
LONGEST_MESSAGE = 300
"""Messages hold lists of numbers, which may be of any length."""


def shown(name: str | bytes) -> str:
    """A name of the file, fit for a terminal.

    >>> print(shown("conv" + chr(27) + "[1m"))
    conv\\x1b[1m
    """
    text = visible(name if isinstance(name, str) else name.decode("utf-8", "backslashreplace"))
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def malformed(message: str, place: str | None = None, help: str | None = None) -> ImportFailure:
    """What is to be raised for a file that says something that cannot be."""
    text = message if len(message) <= LONGEST_MESSAGE else f"{message[: LONGEST_MESSAGE - 3]}..."
    return ImportFailure("malformed", text, place=place, help=help)
