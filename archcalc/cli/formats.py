"""Formats of the commands: a format is a function that writes the answer, and a line of help.

A command keeps its formats in a table, `FORMATS`, by name. The choices of `--format` and what its help says come from
the table, and so does the refusal of an option that the chosen format has no use for.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Generic, NamedTuple, Protocol, TypeVar

from archcalc.cli.console import WrongUsage, complain

Answer = TypeVar("Answer")


class Format(NamedTuple, Generic[Answer]):
    """A way to write the answer of a command, and whom or what it is for."""

    write: Callable[[Answer, argparse.Namespace], None]
    purpose: str
    heeds: tuple[str, ...] = ()
    """Options that this format heeds and others of the command may not, such as `--depth`."""


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


class Several(Protocol):
    """The answer of a command about several networks."""

    @property
    def problems(self) -> list[str]:
        """What is wrong with those that could not be read."""

    @property
    def ok(self) -> bool:
        """Whether all is well."""


def write_all(answer: Several, options: argparse.Namespace) -> int:
    """Write what was found out about those networks that could be read; returns the exit code."""
    for problem in answer.problems:
        complain(problem)
    write(answer, options)
    return 2 if answer.problems else 0 if answer.ok or getattr(options, "exit_zero", False) else 1


def refuse(options: argparse.Namespace) -> None:
    """Raises: WrongUsage if the format would not heed one of the options."""
    formats: Mapping[str, Format[object]] = getattr(options, "formats", {})
    heeded = {flag: None for format in formats.values() for flag in format.heeds}
    for flag in heeded:
        if flag in formats[options.format].heeds or not _is_given(flag, options):
            continue
        able = [name for name, format in formats.items() if flag in format.heeds]
        raise WrongUsage(f"{flag} is for --format {' or '.join(able)}; {options.format} has no use for it")


def refuse_for_several(options: argparse.Namespace, networks: int, *flags: str) -> None:
    """Raises: WrongUsage if there are several networks, each one line, and an option is about the table of one."""
    given = [flag for flag in flags if networks > 1 and _is_given(flag, options)]
    if given:
        raise WrongUsage(
            f"{' and '.join(given)} {'is' if len(given) == 1 else 'are'} for the table of one network, and there are "
            f"{networks:,}; name one, as in net.yaml or net.yaml:VARIANT"
        )


def _is_given(flag: str, options: argparse.Namespace) -> bool:
    # All of these options are off, empty or missing by default.
    return getattr(options, flag.lstrip("-").replace("-", "_")) not in (None, False, [])
