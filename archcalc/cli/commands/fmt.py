"""`archcalc fmt`: specs laid out by one rule, their networks and comments as they were."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING

from archcalc.cli import arguments
from archcalc.cli.console import WrongUsage, complain, say, terminal, write
from archcalc.terminal import visible

if TYPE_CHECKING:
    from archcalc.catalogue import Found
    from archcalc.configuration.discovery import Configurations
    from archcalc.configuration.model import Configuration
    from archcalc.diagnostics.model import Diagnostic
    from archcalc.source import SourceFile


_MEANT = ("layers", "variants", "input")
"""Of these a spec has one, even if it lacks what it needs."""


def add(command: argparse.ArgumentParser) -> None:
    """Declare its arguments."""
    command.description = (
        "Lay specs out by one rule: the order of keys, indentation, spaces, brackets as long as a line of 120 columns "
        "holds them. Networks and comments stay what they are, and so do line ends. A file that cannot be read is left "
        "as it is. What stands in standard input goes to standard output."
    )
    command.add_argument(
        "files",
        nargs="*",
        metavar="PATH",
        help="a file, a folder, or - for standard input; without any, the specs of the project: `specs` under "
        "[tool.archcalc] in pyproject.toml",
    )
    command.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 if a file would be changed, and name it"
    )
    command.add_argument(
        "--diff", action="store_true", help="write nothing; show what would be changed, and exit with 1 if there is any"
    )
    arguments.color(command)


def run(options: argparse.Namespace) -> int:
    """Format what is named; returns the exit code."""
    problems: list[str] = []
    files = _files(dict.fromkeys(options.files), problems)
    desk = _Desk(options, is_filter=any(found.path is None for found in files))
    for found in files:
        try:
            desk.take(found)
        except OSError as error:
            problems.append(f"cannot format {visible(found.name)}: {error.strerror or error}")
    desk.sum_up()
    for problem in problems:
        complain(problem)
    return 2 if problems else 1 if desk.broken or (desk.changed and desk.is_dry) else 0


def _files(names: Iterable[str], problems: list[str]) -> list[Found]:
    """The files that are named, or those of the project. What names nothing becomes a problem. Raises: WrongUsage."""
    from archcalc.configuration.discovery import Configurations

    known = Configurations()
    found = [found for name in names for found in _named(name, known, problems)]
    return found if names else _of_project(known)


def _named(name: str, known: Configurations, problems: list[str]) -> list[Found]:
    """The files that an argument names; of a folder, those that its project does not exclude."""
    from pathlib import Path

    from archcalc.catalogue import Found, find, in_folder

    try:
        found = find(name)
    except IsADirectoryError:
        paths = in_folder(Path(name))
        if not paths:
            problems.append(f"there is no .yaml, .yml or .json file in the folder {visible(name)}")
        kept = [path for path in paths if (of := _sound(known.of_file(path))) is None or not of.excludes(path)]
        return [Found(path, str(path), None) for path in kept]
    except (OSError, ValueError) as error:
        problems.append(visible(str(error)))
        return []
    if found.path is not None and found.path != Path(found.name):
        save = f"`archcalc show {found.name} > {found.name}.yaml` saves a copy"
        problems.append(f"{visible(found.name)} is a network of the catalogue, which stays as it is; {visible(save)}")
    elif found.variant is not None:
        problems.append(f"a file is formatted as a whole: leave out :{visible(found.variant)}")
    else:
        return [found]
    return []


def _of_project(known: Configurations) -> list[Found]:
    """The specs of the project in whose folder the command runs. Raises: WrongUsage."""
    import os
    from pathlib import Path

    from archcalc.catalogue import Found

    found = _sound(known.of_folder(os.getcwd()))
    if found is None:
        raise WrongUsage("name a PATH, such as net.yaml or a folder: no pyproject.toml here says which files are specs")
    paths = [Path(os.path.relpath(path)) for path in found.files()]
    return [Found(path, str(path), None) for path in paths]


def _sound(found: Configuration | None) -> Configuration | None:
    """Raises: WrongUsage for a configuration that cannot be followed; `check` shows what is wrong with it."""
    if found is not None and not found.is_sound:
        raise WrongUsage(f"nothing was formatted: {visible(found.file.name)} has mistakes; `archcalc check` shows them")
    return found


class _Desk:
    """Where files are formatted one by one, and counted."""

    def __init__(self, options: argparse.Namespace, *, is_filter: bool) -> None:
        self.terminal = terminal(options)
        self.shows = options.diff
        self.is_dry = options.check or options.diff
        # Where the text of standard input goes to standard output, nothing else does.
        self.tell = say if is_filter and not self.is_dry else write
        self.changed = self.kept = self.broken = 0

    def take(self, found: Found) -> None:
        """Format a file. Raises: OSError where it cannot be read or written."""
        from archcalc.editing import Uneditable
        from archcalc.formatting import formatted
        from archcalc.source import Mapping, SourceFile, decode, parse

        data = found.read()
        file, problems = decode(found.name, data)
        root, problems = parse(file) if file is not None else (None, problems)
        if file is None or root is None or problems:
            self._leave(found, file or SourceFile(found.name, ""), problems)
        elif not isinstance(root, Mapping) or all(root.get(key) is None for key in _MEANT):
            complain(f"skipped {visible(found.name)}: it has neither `layers` nor `variants`")
            self._write(found, data)
        else:
            try:
                text = formatted(file)
            except Uneditable as error:
                self.broken += 1
                complain(f"{visible(found.name)} is left as it is: {visible(error.reason)}")
                return
            self._done(found, data, file.text, text)

    def _leave(self, found: Found, file: SourceFile, problems: list[Diagnostic]) -> None:
        """Say why a file cannot be read."""
        from archcalc.diagnostics.render import render

        self.broken += 1
        for problem in problems:
            say(f"{render(problem, file.name, file.line, self.terminal)}\n")
        complain(f"{visible(found.name)} is left as it is until this is mended")

    def _done(self, found: Found, data: bytes, old: str, new: str) -> None:
        """Write what a file became, show it, or name the file."""
        from archcalc.editing import diff, rewritten

        changed = rewritten(data, new)
        if changed == data:
            self.kept += 1
            self._write(found, data)
            return
        self.changed += 1
        if self.shows:
            write(diff(old, new, found.name, color=self.terminal.color))
        elif self.is_dry:
            self.tell(f"would format {visible(found.name)}")
        else:
            self._write(found, changed)

    def _write(self, found: Found, data: bytes) -> None:
        """Put a text where it came from: into its file, or from standard input to standard output."""
        from archcalc.cli.output import print_bytes
        from archcalc.files import write as write_file

        if self.is_dry:
            return
        if found.path is None:
            print_bytes(data)
        elif data != found.read():
            write_file(found.path, data, force=True)
            self.tell(f"formatted {visible(found.name)}")

    def sum_up(self) -> None:
        """Say of how many files what became, where it is more than one."""
        counts = (
            (self.changed, "to format" if self.is_dry else "formatted"),
            (self.kept, "as they are"),
            (self.broken, "left with mistakes"),
        )
        if self.changed + self.kept + self.broken > 1 and not self.shows:
            self.tell(f"{', '.join(f'{count} {what}' for count, what in counts if count)}")
