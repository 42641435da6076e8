"""What is found about one file among many: small values that are sent between processes, and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol
from zlib import compress, decompress

from archcalc.api.architecture import Architecture, is_meant, values_of, variants
from archcalc.api.report import Report
from archcalc.batch import budget
from archcalc.demands import Demands
from archcalc.diagnostics.model import Diagnostic
from archcalc.expressions.values import Value
from archcalc.network import Settings
from archcalc.report.columns import COLUMNS, by_convention
from archcalc.report.outcome import Outcome, outcome
from archcalc.source import SourceFile
from archcalc.terminal import visible


class Question(NamedTuple):
    """What is asked of every file of a batch."""

    values: Mapping[str, Value] = {}
    """Values for symbols and lets; a network takes those that it has."""
    symbolic: bool = False
    columns: tuple[str, ...] = ()
    """The columns of which the totals are wanted."""
    exact: bool = False
    """Whether closed forms are wanted as such, and not only that there is one."""
    entries: bool = False
    """Whether each network is wanted as JSON."""
    receptive_field: bool = False
    conventions: tuple[str, ...] = ()
    """The columns, among those above, whose counts stand in the JSON of each network."""


class Task(NamedTuple):
    """A file of a batch: how it is called, where it is, and which of its variants is meant."""

    name: str
    path: str
    variant: str | None
    demands: Demands | None
    is_certain: bool
    """Whether somebody has named it, so that it is a spec whatever it says."""
    searches: bool = False
    """Whether repairs are searched."""


class Piece(NamedTuple):
    """What is found about a file."""

    is_spec: bool
    outcomes: tuple[Outcome, ...] = ()
    entries: tuple[bytes, ...] = ()
    """The networks as JSON, compressed; nothing where that is not wanted."""
    settable: tuple[str, ...] = ()
    """The names that `--set` can give values to."""
    problems: tuple[str, ...] = ()


def piece_of(data: bytes, task: Task, question: Question) -> Piece:
    """Check the networks of a file."""
    architecture = Architecture.from_bytes(data, task.name)
    if not task.is_certain and not is_meant(architecture, data):
        return Piece(False)
    try:
        networks = variants(architecture.choose(task.variant))
    except LookupError as error:
        return Piece(True, problems=(visible(str(error.args[0])),))
    room = budget.Budget(budget.WRITTEN if question.entries else budget.CHECKED, "checked")
    columns = [COLUMNS.get(name) or by_convention(name) for name in question.columns]
    outcomes: list[Outcome] = []
    entries: list[bytes] = []
    for network in networks:
        if not room.takes(network):
            continue
        settings = Settings(values_of(network, question.values), question.symbolic)
        report = Report.of(network.program, settings, task.demands)
        room.count(network, len(report))
        repairs = report.repairs if task.searches else None
        outcomes.append(_light(outcome(report, columns, repairs)))
        if question.entries:
            entries.append(_entry(report, question, searches=task.searches))
    settable = {name for network in networks if network.spec for name in network.settable()}
    return Piece(True, tuple(outcomes), tuple(entries), tuple(sorted(settable)), tuple(room.problems()))


def _entry(report: Report, question: Question, *, searches: bool) -> bytes:
    from archcalc.report.indented import indented
    from archcalc.report.json import network

    entry = network(
        report,
        repairs=report.repairs if searches else None,
        receptive_field=question.receptive_field,
        conventions=[by_convention(name) for name in question.conventions],
    )
    return compress(indented(entry, 4).encode(), 1)


def text_of(entry: bytes) -> str:
    """A network as JSON."""
    return decompress(entry).decode()


def _light(found: Outcome) -> Outcome:
    """An outcome without the text of its file, unless something is said about places in it."""
    return found if found.diagnostics else found._replace(file=SourceFile(found.file.name, ""))


USUAL = 3
"""Failing networks for which repairs are searched, where nobody says for how many."""


class Told(Protocol):
    """Something with findings about a file: an outcome, or a whole report."""

    @property
    def file(self) -> SourceFile:
        """The file."""

    @property
    def diagnostics(self) -> Sequence[Diagnostic]:
        """The findings."""


def choice(outcomes: Sequence[Told], wanted: int | None) -> list[bool]:
    """For which of several networks repairs are searched: a search takes longer than all checks together.

    The variants of a file often fail alike. They are searched for a few networks that have an error which none before
    them has; for as many as `wanted`, these first, where that is said.
    """
    known: set[object] = set()
    fresh: list[int] = []
    alike: list[int] = []
    for index, one in enumerate(outcomes):
        errors = {(one.file.name, found) for found in one.diagnostics if found.severity == "error"}
        if errors:
            (alike if errors <= known else fresh).append(index)
        known |= errors
    chosen = set(fresh[:USUAL] if wanted is None else [*fresh, *alike][:wanted])
    return [index in chosen for index in range(len(outcomes))]
