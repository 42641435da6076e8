"""Formats of the commands: a format is a function that writes the answer, and a line of help.

A command keeps its formats in a table, `FORMATS`, by name. From it come the choices of `--format`, what its help says,
and the function that is called.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Generic, NamedTuple, TypeVar

Answer = TypeVar("Answer")


class Format(NamedTuple, Generic[Answer]):
    """A way to write the answer of a command, and whom or what it is for."""

    write: Callable[[Answer, argparse.Namespace], None]
    purpose: str


def add(command: argparse.ArgumentParser, formats: Mapping[str, Format[Answer]]) -> None:
    """Declare --format with the choices of a table; the first is the default."""
    purposes = {name: format.purpose for name, format in formats.items()}
    command.add_argument("--format", choices=tuple(formats), default=next(iter(formats)), help=listed(purposes))
    command.set_defaults(formats=formats)


def listed(purposes: Mapping[str, str]) -> str:
    """The line of help about formats.

    >>> listed({"text": "for people", "json": "for programs"})
    'text (default): for people; json: for programs'
    """
    default = next(iter(purposes))
    return "; ".join(
        f"{name}{' (default)' if name == default else ''}: {purpose}" for name, purpose in purposes.items()
    )


def write(answer: Answer, options: argparse.Namespace) -> None:
    """Write the answer of a command in the format that was asked for."""
    options.formats[options.format].write(answer, options)
