"""`archcalc show`: the text of a spec, to be read and copied."""

from __future__ import annotations

import argparse

from archcalc.cli.console import WrongUsage
from archcalc.terminal import visible


def add(command: argparse.ArgumentParser) -> None:
    """Declare its arguments."""
    command.description = (
        "Print a spec, to be read or copied: archcalc show lenet:lecture > my.yaml. With a variant, it is the text of "
        "that one network; without, the whole file."
    )
    command.add_argument(
        "spec", metavar="SPEC", help="a name of the catalogue, a file, or -; with :VARIANT one network"
    )
    command.add_argument("-o", "--output", default="-", metavar="FILE", help="default: standard output")
    command.add_argument("--force", action="store_true", help="overwrite the file if it exists")


def run(options: argparse.Namespace) -> int:
    """Print the text; returns the exit code."""
    from archcalc.catalogue import find
    from archcalc.cli.output import deliver
    from archcalc.editing import Uneditable
    from archcalc.editing.alone import alone
    from archcalc.source import decode

    try:
        found = find(options.spec)
        file, problems = decode(found.name, found.read())
    except (OSError, ValueError) as error:
        raise WrongUsage(visible(str(error))) from None
    if file is None:
        raise WrongUsage(f"{visible(found.name)}: {problems[0].message}")
    try:
        text = alone(file, found.variant) if found.variant is not None else file.text
    except Uneditable as error:
        raise WrongUsage(f"{visible(options.spec)}: {visible(error.reason)}") from None
    deliver(text.encode("utf-8"), options)
    return 0
