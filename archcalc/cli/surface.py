"""What the command line takes, as data: the commands with their options and arguments, from what they declare.

The scripts of shells and the page of the manual are made from it, so that nothing is written down twice.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from archcalc.cli.commands import COMMANDS
from archcalc.cli.parser import parser

Source = Literal["words", "networks", "specs", "files", "anything"]
"""What a value is chosen from: words, networks (of the catalogue and files of specs), files of specs alone, any files,
or nothing that is known."""


class Value(NamedTuple):
    """What an option or an argument takes."""

    name: str
    """What its help calls it, such as FILE; `text|json` for a choice."""
    source: Source
    words: tuple[str, ...] = ()
    """What can be chosen besides what the source says."""
    many: bool = False
    """Whether it may be given several times in a row."""
    optional: bool = False


class Option(NamedTuple):
    """An option: all its names, the long one last."""

    names: tuple[str, ...]
    purpose: str
    value: Value | None
    repeats: bool
    """Whether it may be given more than once."""

    @property
    def brief(self) -> str:
        """A few words beside its name."""
        words = self.value.words if self.value else ()
        if words and self.purpose.startswith(f"{words[0]} (default)"):
            return f"default: {words[0]}"
        return self.purpose.partition("; ")[0]


class Argument(NamedTuple):
    """What stands at a place of its own."""

    value: Value
    purpose: str


class Command(NamedTuple):
    """A command."""

    name: str
    purpose: str
    """A line of the list of commands."""
    description: str
    options: tuple[Option, ...]
    arguments: tuple[Argument, ...]


def commands() -> list[Command]:
    """All commands, in the order of `archcalc --help`.

    >>> check = commands()[0]
    >>> check.name, check.arguments[0].value.source
    ('check', 'networks')
    >>> [option.value.words for option in check.options if "--color" in option.names]
    [('auto', 'always', 'never')]
    """
    return [_command(name) for name in COMMANDS]


def declared(name: str) -> argparse.ArgumentParser:
    """The parser of one command."""
    top = parser([name])
    (group,) = [action for action in top._actions if isinstance(action, argparse._SubParsersAction)]
    found: argparse.ArgumentParser = group.choices[name]
    return found


def _command(name: str) -> Command:
    found = declared(name)
    options, arguments = [], []
    for action in found._actions:
        purpose = (action.help or "") % {**vars(action), "prog": found.prog}
        if action.option_strings:
            names = tuple(sorted(action.option_strings, key=len))
            value = _value(action) if action.nargs != 0 else None
            options.append(Option(names, purpose, value, isinstance(action, argparse._AppendAction)))
        else:
            arguments.append(Argument(_value(action), purpose))
    return Command(name, COMMANDS[name], found.description or "", tuple(options), tuple(arguments))


def _value(action: argparse.Action) -> Value:
    many, optional = action.nargs in ("*", "+"), action.nargs in ("*", "?")
    if action.choices is not None:
        words = tuple(str(choice) for choice in action.choices)
        return Value(str(action.metavar or "|".join(words)), "words", words, many, optional)
    name = str(action.metavar)
    source, words_of = _KNOWN.get(name, _UNKNOWN)
    return Value(name, source, tuple(words_of()), many, optional)


def _subjects() -> Iterator[str]:
    from archcalc.diagnostics.catalogue import all_codes
    from archcalc.layers.table import KINDS
    from archcalc.manual import sections

    yield from dict.fromkeys(["codes", "layers", "language", *KINDS, *sections()])
    yield from sorted(code.id for code in all_codes())


def _codes() -> Iterator[str]:
    from archcalc.diagnostics.catalogue import all_codes

    yield from sorted(code.id for code in all_codes() if code.severity != "error")


def _columns() -> Iterator[str]:
    from archcalc.cli.arguments import COLUMNS

    yield from COLUMNS.split(", ")


def _targets() -> Iterator[str]:
    from archcalc.export.targets import TARGETS

    yield from TARGETS


def _quantities() -> Iterator[str]:
    from archcalc.quantities import QUANTITIES

    yield from QUANTITIES


def _nothing() -> Iterator[str]:
    return iter(())


_KNOWN: dict[str, tuple[Source, Callable[[], Iterator[str]]]] = {
    "SPEC": ("networks", _nothing),
    "BEFORE": ("networks", _nothing),
    "AFTER": ("networks", _nothing),
    "LIMIT": ("words", _quantities),
    "QUANTITIES": ("words", _quantities),
    "PATH": ("specs", _nothing),
    "FILE": ("files", _nothing),
    "SOURCE": ("files", _nothing),
    "SUBJECT": ("networks", _subjects),
    "CODES": ("words", _codes),
    "NAMES": ("words", _columns),
    "FORMAT": ("words", _targets),
}
"""What is known about values that are no choice, by the names that help gives them."""
_UNKNOWN: tuple[Source, Callable[[], Iterator[str]]] = ("anything", _nothing)
