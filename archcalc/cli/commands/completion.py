"""`archcalc completion`: a script that completes commands, options and names in a shell."""

from __future__ import annotations

import argparse

from archcalc.cli.console import write

SHELLS = ("bash", "zsh", "fish", "powershell")
"""The shells, each with a module of its name that writes the script."""


def add(command: argparse.ArgumentParser) -> None:
    """Declare its arguments."""
    command.description = (
        "Print a script that completes commands, options, networks of the catalogue and files in a shell. It runs no "
        "Python: after an update of archcalc, write it anew."
    )
    command.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))


def run(options: argparse.Namespace) -> int:
    """Print the script; returns the exit code."""
    from importlib import import_module

    from archcalc.cli.completion.vocabulary import vocabulary
    from archcalc.cli.surface import commands

    module = import_module(f"archcalc.cli.completion.{options.shell}")
    write(module.script(commands(), vocabulary()), end="")
    return 0
