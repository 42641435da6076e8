"""`archcalc export`: one network, written as code to a file or to standard output."""

from __future__ import annotations

import argparse
import errno
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from archcalc.architecture import Architecture
from archcalc.cli.console import complain, terminal
from archcalc.cli.networks import read, set_values, unknown_values
from archcalc.diagnostics.model import Diagnostic
from archcalc.diagnostics.render import render
from archcalc.expectations.judge import grouped
from archcalc.export.targets import exported, target
from archcalc.terminal import examine, visible

STDOUT = "-"


def run(options: argparse.Namespace) -> int:
    """Export and write; returns the exit code."""
    values = set_values(options.values)
    if values is None:
        return 2
    try:
        format = target(options.format)
    except LookupError as error:
        complain(visible(str(error.args[0])))
        return 2
    network = _network(options.spec)
    if network is None:
        return 2
    if unknown := unknown_values([network], values):
        complain(unknown)
        return 2
    # What would stop us in the end stops us before the work.
    if options.output != STDOUT and (problem := _problem(Path(options.output), force=options.force)):
        complain(problem)
        return 2
    source, diagnostics = exported(network, values, format.name)
    _print_diagnostics(network, diagnostics, options)
    if source is None:
        return 1
    if options.output == STDOUT:
        _print_text(source.text)
        return 0
    try:
        _write(Path(options.output), source.text, force=options.force)
    except FileExistsError:
        complain(_exists(options.output))
        return 2
    except OSError as error:
        complain(f"cannot write {visible(options.output)}: {error.strerror or error}")
        return 2
    _say(f"wrote {visible(options.output)}: class {source.class_name}{_parameters(network, values)}")
    return 0


def _network(text: str) -> Architecture | None:
    """The one network that an argument names; None after a complaint."""
    problems: list[str] = []
    found = read([text], problems)
    for problem in problems:
        complain(problem)
    if problems or not found:
        return None
    if len(found) > 1:
        listed = ", ".join(visible(one.file.name) for one in found)
        complain(f"export takes one network, and the folder {visible(text)} has several specs: {listed}")
        return None
    network = found[0]
    if network.variant is None and network.variants:
        name, names = visible(network.file.name), [visible(one) for one in network.variants]
        complain(
            f"export takes one network, and {name} has variants; choose one, such as {name}:{names[0]}: "
            f"{', '.join(names)}"
        )
        return None
    return network


def _problem(path: Path, *, force: bool) -> str | None:
    """Why nothing can be written to a path."""
    name = visible(str(path))
    try:
        return _obstacle(path, name, force=force)
    except OSError as error:
        return f"cannot write {name}: {error.strerror or error}"


def _obstacle(path: Path, name: str, *, force: bool) -> str | None:
    if path.is_dir():
        return f"cannot write {name}: it is a folder; name a file in it, such as {visible(str(path / 'net.py'))}"
    if not path.parent.is_dir():
        return f"cannot write {name}: there is no folder {visible(str(path.parent))}"
    if path.exists() and not force:
        return _exists(str(path))
    return None


def _exists(name: str) -> str:
    return f"{visible(name)} exists; --force overwrites it"


def _write(path: Path, text: str, *, force: bool) -> None:
    """All of the text or nothing. Raises: OSError; FileExistsError if the file came into being in the meantime."""
    if path.exists() and not path.is_file():
        # A pipe or a device, such as /dev/stdout, is written to, never replaced.
        with path.open("w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        return
    # A link stays a link; what it points to is replaced.
    try:
        path = path.resolve()
    except RuntimeError:
        raise OSError(errno.ELOOP, "the link leads to itself") from None
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}-", suffix=".tmp")
    try:
        with open(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        os.chmod(name, _mode(path))
        if force:
            os.replace(name, path)
        else:
            _put(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _put(name: str, path: Path) -> None:
    """Give a file its name unless there is one of this name."""
    try:
        os.link(name, path)
    except FileExistsError:
        raise
    except OSError:
        # A file system without links: the file was missing a moment ago, which has to do.
        os.replace(name, path)
        return
    os.unlink(name)


def _mode(path: Path) -> int:
    """The rights of the file that is replaced, or those of any new file."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _print_text(text: str) -> None:
    # Code is UTF-8 wherever it goes, and its lines end as they do in a file.
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None or sys.stdout.isatty():
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        return
    sys.stdout.flush()
    buffer.write(text.encode("utf-8"))
    buffer.flush()


def _print_diagnostics(network: Architecture, diagnostics: list[Diagnostic], options: argparse.Namespace) -> None:
    """On standard error: standard output is for the code."""
    screen = examine(sys.stderr)
    color = screen.color if options.color == "auto" else terminal(options).color
    for diagnostic in diagnostics:
        file = network.file
        text = render(diagnostic, file.name, file.line, width=screen.width, color=color, encoding=screen.encoding)
        _say(f"{text}\n")


def _say(text: str) -> None:
    encoding = sys.stderr.encoding or "utf-8"
    sys.stderr.write(f"{text}\n".encode(encoding, "replace").decode(encoding))


def _parameters(network: Architecture, values: dict[str, Any]) -> str:
    totals = network.check(values).totals
    return f", {grouped(totals.parameters)} parameters" if isinstance(totals.parameters, int) else ""
