"""A configuration: which files of a project are specs, and what it asks of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from archcalc.configuration.patterns import Pattern, specs_below
from archcalc.demands import Budget, Demands, Rules
from archcalc.diagnostics.codes.configuration import NOTHING_FITS
from archcalc.diagnostics.model import Diagnostic, Span
from archcalc.source.text import SourceFile

EVERY = Pattern("**")


@dataclass(frozen=True)
class Placed:
    """A pattern, and where it is written."""

    pattern: Pattern
    span: Span


@dataclass(frozen=True)
class OfFiles:
    """What is asked of the files that a pattern fits; without one, of every spec."""

    placed: Placed | None
    ignore: tuple[str, ...] = ()
    budget: Budget | None = None


@dataclass
class Configuration:
    """The table `[tool.archcalc]` of a pyproject.toml."""

    file: SourceFile
    root: Path
    """The folder of the file, at which its patterns begin."""
    specs: list[Placed] = field(default_factory=list)
    exclude: list[Placed] = field(default_factory=list)
    rules: Rules = field(default_factory=Rules)
    of_files: list[OfFiles] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    """What is wrong with it."""

    @property
    def is_sound(self) -> bool:
        """Whether it can be followed."""
        return not any(one.severity == "error" for one in self.diagnostics)

    def files(self) -> list[Path]:
        """The files that it says to be specs; without `specs`, all that may be specs below its folder."""
        wanted = [one.pattern for one in self.specs] or [EVERY]
        return specs_below(self.root, wanted, [one.pattern for one in self.exclude])

    def excludes(self, path: str | os.PathLike[str]) -> bool:
        """Whether a file is left out where a folder is checked."""
        inside = self.inside(path)
        return inside is not None and any(one.pattern.fits(inside) for one in self.exclude)

    def demands(self, path: str | os.PathLike[str] | None) -> Demands:
        """What is asked of a spec; of one that is no file, what is asked of every one."""
        inside = self.inside(path) if path is not None else None
        about = [one for one in self.of_files if _is_about(one, inside)]
        hidden = tuple(code for one in about for code in one.ignore)
        budgets = tuple(one.budget for one in about if one.budget is not None)
        return Demands(self.rules._replace(hidden=hidden), budgets)

    def inside(self, path: str | os.PathLike[str]) -> str | None:
        """A path as patterns see it; None for one outside of the folder."""
        relative = os.path.relpath(os.path.abspath(path), self.root)
        return None if relative.split(os.sep)[0] == os.pardir else relative.replace(os.sep, "/")

    def idle(self, files: Sequence[Path]) -> list[Diagnostic]:
        """Warnings about patterns that fit none of all the specs of the project.

        Reports: AC606
        """
        inside = [path for file in files if (path := self.inside(file)) is not None]
        wanted = [*self.specs, *(one.placed for one in self.of_files if one.placed is not None)]
        return [
            Diagnostic(
                NOTHING_FITS,
                f"`{one.pattern.text}` fits no spec",
                one.span,
                help=(f"patterns begin at the folder of {self.file.name}; `**` fits any folders, `*` within a name",),
            )
            for one in wanted
            if not any(one.pattern.fits(path) for path in inside)
        ]


def _is_about(one: OfFiles, inside: str | None) -> bool:
    return one.placed is None or (inside is not None and one.placed.pattern.fits(inside))
