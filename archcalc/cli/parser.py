"""The parser of the command line, put together from what the commands declare."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

from archcalc import __version__
from archcalc.cli.commands import COMMANDS
from archcalc.terminal import visible

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

EXAMPLES = """\
examples:
  archcalc check resnet:resnet152          a network of the catalogue
  archcalc check net.yaml --set H=256      a file, with a value for a symbol
  archcalc check specs --format json       every file and variant of a folder
  archcalc sizes unet:paper                for which sizes it is legal, and why
  archcalc solve resnet_cifar:20 --for n --where "parameters <= 1M"
                                           which values of n fit a budget
  archcalc export unet:paper -o unet.py    the network as PyTorch code
  archcalc draw unet:paper -o unet.svg     the network as a picture
  archcalc verify unet:paper               that code, run and compared with PyTorch
  archcalc explain lenet:lecture c3        how the sizes and counts of a layer come about
  archcalc explain AC301                   what a code means
  archcalc explain layers                  all layers; `explain conv` has the fields of one

exit codes: 0 fine, 1 errors found, 2 wrong usage, 3 a mistake of archcalc
(ARCHCALC_TRACEBACK=1 shows where), 130 interrupted"""


class Parser(argparse.ArgumentParser):
    """A parser whose complaints show hostile arguments without obeying them."""

    def error(self, message: str) -> NoReturn:
        """Print usage and the message, and exit with 2."""
        super().error(visible(message))

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        # argparse forgets what a full disk says, and the process would end well without having printed anything.
        (file or sys.stderr).write(message)
        sys.stdout.flush()


def parser(arguments: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The parser of the one command that the arguments begin with, or of a line that only lists the commands.

    Each command is a module; those that are not asked for are not imported.
    """
    top = Parser(
        prog="archcalc",
        description="Exact shapes, fractions, parameters and multiplications of network architectures, with reasons.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"archcalc {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    asked = [name for name in arguments[:1] if name in COMMANDS]
    for name in asked or COMMANDS:
        command = commands.add_parser(name, help=COMMANDS[name])
        if asked:
            module = import_module(f"archcalc.cli.commands.{name}")
            module.add(command)
            command.set_defaults(run=module.run)
    return top
