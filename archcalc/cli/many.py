"""`archcalc check` of many files: as a batch, in processes, with a cache."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from archcalc.batch.cache import NAME, Cache, of_user
from archcalc.batch.piece import Piece, Question, Task, choice, text_of
from archcalc.batch.running import Batch, Lost
from archcalc.cli.console import WrongUsage
from archcalc.cli.networks import Target, refuse_names, settled
from archcalc.cli.progress import Progress
from archcalc.cli.project import Project
from archcalc.expressions.values import Value
from archcalc.importing.formats import SNIFFED, is_network_file, way_out
from archcalc.report.columns import Column
from archcalc.report.outcome import Outcome


class Checked(NamedTuple):
    """The networks of a batch, with the repairs that were searched."""

    outcomes: list[Outcome]
    entries: list[bytes]
    """The networks as JSON, compressed, where that is wanted."""

    def texts(self) -> Sequence[str]:
        """The networks as JSON, one after the other."""
        return _Texts(self.entries)


class _Texts(Sequence[str]):
    """Texts that are unpacked when they are read: all at once take more memory than all networks."""

    def __init__(self, entries: Sequence[bytes]) -> None:
        self.entries = entries

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, index: int) -> str:  # type: ignore[override]
        return text_of(self.entries[index])


def are_many(targets: Sequence[Target]) -> bool:
    """Whether files can be checked as a batch: several specs, each named once, and none of another tool."""
    names = {target.found.name for target in targets}
    return len(targets) > 1 and len(names) == len(targets) and not any(map(_is_foreign, targets))


def _is_foreign(target: Target) -> bool:
    path = target.found.path
    if path is None:
        return True
    if target.among is not None:
        return False
    if path.suffix != ".json":
        return is_network_file(path, b"") or way_out(path) is not None
    try:
        with path.open("rb") as file:
            return is_network_file(path, file.read(SNIFFED))
    except OSError:
        return False


def checked(
    targets: Sequence[Target],
    values: dict[str, Value],
    columns: Sequence[Column],
    project: Project,
    options: argparse.Namespace,
    problems: list[str],
) -> Checked:
    """Check files. What is wrong with names and files becomes a problem. Raises: WrongUsage."""
    question = Question(
        values,
        options.symbolic,
        tuple([column.name for column in columns]),
        options.format in ("csv", "markdown", "latex"),
        options.format == "json",
        options.receptive_field,
        tuple(options.convention or ()) if options.format == "json" else (),
    )
    tasks = [_task(target, project) for target in targets]
    batch = Batch(question, _cache(project, options), options.jobs or os.cpu_count() or 1)
    with Progress(len(tasks)) as progress:
        pieces = _pieces(batch, tasks, progress)
    settled(targets, [not piece.is_spec for piece in pieces], problems)
    if any(piece.outcomes for piece in pieces):
        refuse_names(values, {name for piece in pieces for name in piece.settable})
    problems += [problem for piece in pieces for problem in piece.problems]
    found = [one for piece in pieces for one in piece.outcomes]
    entries = [one for piece in pieces for one in piece.entries]
    owners = [task for task, piece in zip(tasks, pieces, strict=True) for _ in piece.outcomes]
    if options.format in ("csv", "markdown", "latex"):
        return Checked(found, entries)
    return _repaired(batch, Checked(found, entries), owners, options.repairs)


def _repaired(batch: Batch, plain: Checked, owners: Sequence[Task], wanted: int | None) -> Checked:
    """The same with the repairs of some networks, which are checked once more."""
    chosen = [place for place, is_chosen in enumerate(choice(plain.outcomes, wanted)) if is_chosen]
    tasks = [
        owners[place]._replace(variant=plain.outcomes[place].variant, is_certain=True, searches=True)
        for place in chosen
    ]
    with Progress(len(tasks)) as progress:
        pieces = _pieces(batch, tasks, progress)
    outcomes, entries = list(plain.outcomes), list(plain.entries)
    for place, piece in zip(chosen, pieces, strict=True):
        # A file that was changed in the meantime is told as it was.
        if len(piece.outcomes) == 1 and piece.outcomes[0].diagnostics == outcomes[place].diagnostics:
            outcomes[place] = piece.outcomes[0]
            entries[place : place + 1] = piece.entries if entries else []
    return Checked(outcomes, entries)


def _pieces(batch: Batch, tasks: Sequence[Task], progress: Progress) -> list[Piece]:
    try:
        return batch.pieces(tasks, progress.step)
    except Lost:
        raise WrongUsage(
            "a process that checked files was ended from outside, as happens where memory is short; "
            "--jobs 1 needs the least"
        ) from None


def _task(target: Target, project: Project) -> Task:
    found = target.found
    return Task(found.name, str(found.path), found.variant, project.demands(found.name), target.among is None)


def _cache(project: Project, options: argparse.Namespace) -> Cache | None:
    """Beside the configuration of the project in whose folder we are; where there is none, in that of the user."""
    if options.no_cache or os.environ.get("ARCHCALC_NO_CACHE", "0") not in ("", "0"):
        return None
    root = project.root()
    try:
        return Cache(of_user() if root is None else Path(root) / NAME)
    except RuntimeError:
        return None  # Nobody's home.
