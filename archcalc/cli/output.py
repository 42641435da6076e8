"""What the commands share that turn one network into one file, or into what is written to standard output."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archcalc.api.architecture import Architecture
from archcalc.cli.console import WrongUsage, say, terminal
from archcalc.cli.networks import read, refuse_unknown, set_values
from archcalc.diagnostics.model import Diagnostic
from archcalc.diagnostics.render import render
from archcalc.expressions.values import Value
from archcalc.files import refuse_loss, write
from archcalc.terminal import visible

STDOUT = "-"


def one_with_values(text: str, pairs: list[str], command: str) -> tuple[Architecture, dict[str, Value]]:
    """The one network that an argument names, and the values that `--set` gives it. Raises: WrongUsage."""
    values = set_values(pairs)
    network = _one_network(text, command)
    refuse_unknown([network], values)
    return network, values


def _one_network(text: str, command: str) -> Architecture:
    problems: list[str] = []
    found = read([text], problems)
    if problems:
        raise WrongUsage(*problems)
    if len(found) > 1:
        listed = ", ".join(visible(one.file.name) for one in found)
        raise WrongUsage(f"{command} takes one network, and the folder {visible(text)} has several specs: {listed}")
    network = found[0]
    if network.variant is None and network.variants:
        name, names = visible(network.file.name), [visible(one) for one in network.variants]
        raise WrongUsage(
            f"{command} takes one network, and {name} has the variants {', '.join(names)}; "
            f"choose one, such as {name}:{names[0]}; "
            f"`{name}:`, with nothing behind the colon, is what stands beside them"
        )
    return network


def refuse_obstacle(name: str, example: str, *, force: bool) -> None:
    """Raises: WrongUsage if nothing can be written to a path; `example` is a name that could be."""
    path = Path(name)
    with refusing(str(path)):
        if path.is_dir():
            raise OSError(f"it is a folder; name a file in it, such as {visible(str(path / example))}")
        if not path.parent.is_dir():
            raise OSError(f"there is no folder {visible(str(path.parent))}")
        if os.path.lexists(path) and not force:
            raise FileExistsError
        if path.is_file():
            refuse_loss(path.stat())


@contextmanager
def refusing(name: str) -> Iterator[None]:
    """Makes wrong usage of what stands in the way of a file."""
    try:
        yield
    except FileExistsError:
        raise WrongUsage(f"{visible(name)} exists; --force overwrites it") from None
    except OSError as error:
        raise WrongUsage(f"cannot write {visible(name)}: {error.strerror or error}") from None


def write_file(name: str, data: bytes, *, force: bool) -> None:
    """Write a file that was named. Raises: WrongUsage."""
    with refusing(name):
        write(Path(name), data, force=force)


def deliver(data: bytes, options: argparse.Namespace) -> bool:
    """Write to the file that `--output` names, or to standard output; whether it is a file. Raises: WrongUsage."""
    if options.output == STDOUT:
        print_bytes(data)
        return False
    write_file(options.output, data, force=options.force)
    return True


def print_bytes(data: bytes) -> None:
    """Write to standard output what a file would hold: UTF-8 wherever it goes, lines that end as they do in a file."""
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None or sys.stdout.isatty():
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(data.decode("utf-8").encode(encoding, "backslashreplace").decode(encoding))
        return
    sys.stdout.flush()
    buffer.write(data)
    buffer.flush()


def print_diagnostics(network: Architecture, diagnostics: list[Diagnostic], options: argparse.Namespace) -> None:
    """On standard error: standard output is for what was asked for."""
    screen = terminal(options, sys.stderr)
    for diagnostic in diagnostics:
        say(f"{render(diagnostic, network.file.name, network.file.line, screen)}\n")
