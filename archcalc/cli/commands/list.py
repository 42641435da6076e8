"""`archcalc list`: the catalogue, searchable."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from archcalc.cli import arguments, formats
from archcalc.cli.console import READABLE, WrongUsage, terminal, write
from archcalc.cli.formats import Format
from archcalc.terminal import visible

if TYPE_CHECKING:
    from archcalc.cli.listing import Entry


def add(command: argparse.ArgumentParser) -> None:
    """Declare its arguments."""
    command.description = (
        "List the networks that come with archcalc, with their variants. WORDs choose those whose name, title, source, "
        "variants or layers hold all of them."
    )
    command.add_argument("words", nargs="*", metavar="WORD", help="such as unet, 2015, or depthwise")
    formats.add(command, FORMATS)
    arguments.color(command)


def run(options: argparse.Namespace) -> int:
    """Print the entries; returns the exit code."""
    from archcalc.cli.listing import entries

    found = [entry for entry in entries() if all(entry.has(word) for word in options.words)]
    if not found:
        raise WrongUsage(
            f"no network of the catalogue has {visible(' '.join(options.words))}; `archcalc list` shows all of them"
        )
    formats.write(found, options)
    return 0


def _text(found: list[Entry], options: argparse.Namespace) -> None:
    screen = terminal(options).at_most(READABLE)
    shelf = ""
    for entry in found:
        if entry.shelf != shelf:
            above = [""] if shelf else []
            for line in (*above, screen.paint(entry.shelf, "bold"), ""):
                write(line)
            shelf = entry.shelf
        source = f": {entry.source}" if entry.source else ""
        write(screen.paint(entry.name, "bold", "cyan"))
        lines = [f"{entry.title}{source}", *([", ".join(entry.variants)] if entry.variants else [])]
        for line in lines:
            for row in screen.wrapped(f"  {visible(line)}"):
                write(row)
    write("")
    one = next((entry for entry in found if entry.variants), found[0])
    address = f"{one.name}:{one.variants[0]}" if one.variants else one.name
    write(f"`archcalc check {address}` checks one, `archcalc show {address}` prints it to be copied")


def _json(found: list[Entry], options: argparse.Namespace) -> None:
    import json

    write(json.dumps({"archcalc_json": 1, "systems": [entry._asdict() for entry in found]}, indent=2))


FORMATS = {
    "text": Format(_text, "for people"),
    "json": Format(_json, "for programs"),
}
"""How the entries are written."""
