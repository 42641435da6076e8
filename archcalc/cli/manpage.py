"""The page of the manual, `man archcalc`, made from the help of the commands."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from archcalc import __version__
from archcalc.cli.parser import EXAMPLES, parser
from archcalc.cli.surface import Argument, Command, Option, commands

_WIDTH = 78
"""Columns of a line of the source."""
_ENVIRONMENT = {
    "NO_COLOR": "no colours, unless it is empty",
    "FORCE_COLOR": "colours also in pipes and files",
    "COLUMNS": "the width of the output, instead of that of the terminal",
    "ARCHCALC_TRACEBACK": "with 1, a mistake of archcalc shows where it happened",
}
_STATUS = {
    "0": "all is well",
    "1": "errors were found",
    "2": "wrong usage",
    "3": "a mistake of archcalc",
    "130": "interrupted",
}


def page(date: str) -> str:
    """The page in roff, with the macros of man(7); `date` is that of the release, such as 2026-11-29.

    >>> print("\\n".join(page("2026-11-29").split("\\n")[1:4]))
    .TH ARCHCALC 1 "2026-11-29" "archcalc 0.1.0" "User Commands"
    .SH NAME
    archcalc \\- exact shapes and counts of network architectures, with reasons
    """
    return "\n".join(_lines(date)) + "\n"


def _lines(date: str) -> Iterator[str]:
    found = commands()
    yield '.\\" Made from the help of the commands: python tests/regenerate.py'
    yield f'.TH ARCHCALC 1 "{date}" "archcalc {__version__}" "User Commands"'
    yield ".SH NAME"
    yield "archcalc \\- exact shapes and counts of network architectures, with reasons"
    yield ".SH SYNOPSIS"
    for command in found:
        yield f".B archcalc {_roff(command.name)}"
        yield f"{_synopsis(command)}"
        yield ".br"
    yield ".B archcalc \\-\\-help"
    yield "|"
    yield ".B archcalc \\-\\-version"
    yield ".SH DESCRIPTION"
    yield _text(parser().description or "")
    yield ".SH COMMANDS"
    for command in found:
        yield from _command(command)
    yield ".SH EXIT STATUS"
    yield from _list(_STATUS)
    yield ".SH ENVIRONMENT"
    yield from _list(_ENVIRONMENT)
    yield ".SH EXAMPLES"
    yield ".EX"
    yield from (_line(_roff(line.removeprefix("  "))) for line in EXAMPLES.partition("\n\n")[0].split("\n")[1:])
    yield ".EE"
    yield ".SH SEE ALSO"
    yield "The manual of the language:"
    yield ".B archcalc explain language"


def _command(command: Command) -> Iterator[str]:
    yield f".SS archcalc {_roff(command.name)}"
    yield _text(command.description)
    for argument in command.arguments:
        yield ".TP"
        yield f".I {_roff(argument.value.name)}"
        yield _text(argument.purpose)
    for option in command.options:
        if "--help" not in option.names:
            yield ".TP"
            yield _option(option)
            yield _text(option.purpose)


def _option(option: Option) -> str:
    names = ", ".join(f"\\fB{_roff(name)}\\fR" for name in option.names)
    return f"{names} {_named(option.value.name)}" if option.value else names


def _named(name: str) -> str:
    """A value in italics; of a choice each word."""
    return "|".join(f"\\fI{_roff(word)}\\fR" for word in name.split("|"))


def _synopsis(command: Command) -> str:
    return " ".join(["[\\fIoption\\fR]...", *map(_place, command.arguments)])


def _place(argument: Argument) -> str:
    value = argument.value
    text = f"{_named(value.name)}{'...' if value.many else ''}"
    return f"[{text}]" if value.optional else text


def _list(entries: dict[str, str]) -> Iterator[str]:
    for name, meaning in entries.items():
        yield ".TP"
        yield f".B {_roff(name)}"
        yield _text(meaning)


def _text(text: str) -> str:
    """Text that is filled, on lines that are not too long for an editor."""
    return "\n".join(map(_line, textwrap.wrap(_roff(text), _WIDTH, break_long_words=False, break_on_hyphens=False)))


def _line(text: str) -> str:
    """A line of text: one that begins like a request is none."""
    return f"\\&{text}" if text.startswith((".", "'")) else text


def _roff(text: str) -> str:
    return (
        text.replace("\\", "\\e").replace("-", "\\-").replace("`", "\\(ga").replace("'", "\\(aq").replace("^", "\\(ha")
    )
