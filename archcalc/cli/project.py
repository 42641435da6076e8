"""What is asked of the specs of a run: by the configurations that are found above them, and by options."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from archcalc.catalogue import STDIN
from archcalc.cli.console import WrongUsage, say, terminal
from archcalc.terminal import visible

if TYPE_CHECKING:
    from archcalc.configuration.discovery import Configurations
    from archcalc.configuration.model import Configuration
    from archcalc.demands import Demands
    from archcalc.diagnostics.model import Diagnostic


class WrongConfiguration(WrongUsage):
    """A configuration that cannot be followed; its findings were told."""


class Project:
    """The configurations of the files of a run, and the options that go before them."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.select = _codes(options.select, "--select")
        self.ignore = _codes(options.ignore, "--ignore") or ()
        self._configurations: Configurations | None = None
        self._told: set[str] = set()

    def files(self) -> tuple[Configuration, list[Path]]:
        """The specs of the project in whose folder the command runs. Raises: WrongUsage."""
        from archcalc.configuration.discovery import NAME

        found = self._here()
        if found is None:
            has_none = f"; {NAME} here has no such table" if os.path.isfile(NAME) and not self.options.isolated else ""
            raise WrongUsage(
                "name a SPEC, such as net.yaml or a folder; or say in pyproject.toml which files of the project are "
                'specs: [tool.archcalc] with specs = ["networks/**/*.yaml"]' + has_none
            )
        files = found.files()
        self._tell(found, found.idle(files))
        return found, [Path(os.path.relpath(path)) for path in files]

    def root(self) -> Path | None:
        """The folder of the configuration that holds where we are. Raises: WrongUsage."""
        found = self._here()
        return found.root if found is not None else None

    def excludes(self, path: Path) -> bool:
        """Whether a file is left out where its folder is checked. Raises: WrongUsage."""
        found = self._of(str(path))
        return found is not None and found.excludes(path)

    def leaves_out(self, name: str) -> bool:
        """Whether a file is left out although somebody has named it. Raises: WrongUsage."""
        return self.options.force_exclude and self.excludes(Path(name))

    def demands(self, name: str) -> Demands | None:
        """What is asked of a file, by its name; None for nothing. Raises: WrongUsage."""
        found = self._of(name)
        if found is None and self.select is None and not self.ignore and not self.options.warn_as_error:
            return None
        from archcalc.demands import EVERYTHING, Demands, Rules

        asked = found.demands(None if name in STDIN else name) if found is not None else Demands()
        rules = asked.rules
        if self.select is not None:
            rules = Rules(self.select, self.ignore, rules.hidden, rules.grave)
        elif self.ignore:
            rules = rules._replace(hidden=(*rules.hidden, *self.ignore))
        if self.options.warn_as_error:
            rules = rules._replace(grave=EVERYTHING)
        return asked._replace(rules=rules)

    def _here(self) -> Configuration | None:
        return None if self.options.isolated else self._sound(self._known.of_folder(os.getcwd()))

    def _of(self, name: str) -> Configuration | None:
        """The configuration of a file, or of the folder that standard input is read in; the catalogue has none."""
        if name in STDIN:
            return self._here()
        if self.options.isolated or not os.path.isfile(name):
            return None
        return self._sound(self._known.of_file(name))

    @property
    def _known(self) -> Configurations:
        if self._configurations is None:
            from archcalc.configuration.discovery import Configurations

            self._configurations = Configurations()
        return self._configurations

    def _sound(self, found: Configuration | None) -> Configuration | None:
        """Raises: WrongConfiguration for one that has errors."""
        if found is not None and found.file.name not in self._told:
            self._told.add(found.file.name)
            self._tell(found, found.diagnostics)
            if not found.is_sound:
                name = visible(found.file.name)
                raise WrongConfiguration(f"nothing was checked: correct {name}, or go without it: --isolated")
        return found

    def _tell(self, found: Configuration, diagnostics: Iterable[Diagnostic]) -> None:
        """On standard error."""
        from archcalc.diagnostics.render import render

        screen = terminal(self.options, sys.stderr)
        for one in diagnostics:
            say(f"{render(one, found.file.name, found.file.line, screen)}\n")


def _codes(given: list[str] | None, option: str) -> tuple[str, ...] | None:
    """The beginnings of codes that an option names. Raises: WrongUsage."""
    if given is None:
        return None
    from archcalc.configuration.rules import beginnings

    found: list[str] = []
    for word in (word for text in given for word in text.split(",") if word.strip()):
        known = beginnings(word)
        if not isinstance(known, str):
            raise WrongUsage(f"{option}: {visible(known.message)}; {visible(known.help[0])}")
        found.append(known)
    return tuple(found)
