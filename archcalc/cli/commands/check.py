"""`archcalc check`: every spec that was named is checked, and every one is reported."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from archcalc.cli import arguments, formats
from archcalc.cli.console import WrongUsage, say, terminal, write
from archcalc.cli.documents import write_document
from archcalc.cli.formats import Format
from archcalc.terminal import visible

if TYPE_CHECKING:
    from archcalc.api.architecture import Architecture
    from archcalc.api.report import Report
    from archcalc.cli.many import Checked
    from archcalc.cli.networks import Target
    from archcalc.cli.project import Project
    from archcalc.expressions.values import Value
    from archcalc.report.columns import Column
    from archcalc.report.outcome import Outcome


def add(command: argparse.ArgumentParser) -> None:
    """Declare its arguments."""
    command.description = "Check networks: every shape, every fraction, parameters, multiplications, expectations."
    arguments.specs_or_project(command)
    arguments.values(command)
    arguments.symbolic(command)
    command.add_argument(
        "--receptive-field",
        action="store_true",
        help="show for each layer how much of the input a position sees, how far apart positions are, and where",
    )
    formats.add(command, FORMATS)
    arguments.table_depth(command)
    arguments.table_columns(command)
    arguments.color(command)
    arguments.rules(command)
    command.add_argument(
        "--repairs",
        type=arguments.amount,
        metavar="N",
        help="failing networks for which repairs are searched; default: 3 that fail each in its own way",
    )
    repair = command.add_mutually_exclusive_group()
    repair.add_argument("--fix", action="store_true", help="write safe repairs of the errors into the files")
    repair.add_argument("--diff", action="store_true", help="show what --fix would change, and change nothing")


def run(options: argparse.Namespace) -> int:
    """Check and print; returns the exit code."""
    if not options.convention:
        return _run(options)
    from archcalc.cli.conventions import explained
    from archcalc.conventions import NoCount

    try:
        return _run(options)
    except NoCount as error:
        raise explained(error, options) from None


def _run(options: argparse.Namespace) -> int:
    from archcalc.cli.networks import networks_of, set_values, targets
    from archcalc.cli.project import Project

    columns = _columns(options)
    problems: list[str] = []
    values = set_values(options.values)
    project = Project(options)
    named = targets(options.specs, problems, project)
    totals = _of_batch(named, columns, options)
    if totals is not None:
        return _check_many(named, values, totals, project, options, problems)
    networks = networks_of(named, values, problems)
    if options.fix or options.diff:
        from archcalc.cli.fix import run as repair

        return repair(networks, values, problems, options, project)
    return _check(networks, values, columns, project, options, problems)


def _of_batch(
    named: list[Target], columns: tuple[Column, ...], options: argparse.Namespace
) -> tuple[Column, ...] | None:
    """The totals that are wanted of many files; None where there are few, or something is asked about one network."""
    if len(named) < 2 or options.fix or options.diff or options.depth is not None or options.no_fold:
        return None
    from archcalc.cli.many import are_many
    from archcalc.report.columns import NoColumn, of_networks

    try:
        return of_networks(columns) if are_many(named) else None
    except NoColumn:
        return None  # There may be only one network among the files.


def _check_many(
    named: list[Target],
    values: dict[str, Value],
    columns: tuple[Column, ...],
    project: Project,
    options: argparse.Namespace,
    problems: list[str],
) -> int:
    from archcalc.cli.many import checked
    from archcalc.cli.networks import Target, networks_of

    found = checked(named, values, columns, project, options, problems)
    if len(found.outcomes) == 1 and options.format in ("text", *TABLES):
        # Of one network among other files, all is shown, as if it had been named alone.
        (one,) = found.outcomes
        (target,) = (target for target in named if target.found.name == one.file.name)
        network = networks_of([Target(target.found._replace(variant=one.variant))], values, problems)
        return _check(network, values, _columns(options), project, options, problems)
    return formats.write_all(Answer([], problems, columns, found), options)


def _check(
    networks: list[Architecture],
    values: dict[str, Value],
    columns: tuple[Column, ...],
    project: Project,
    options: argparse.Namespace,
    problems: list[str],
) -> int:
    """Check one network, the variants of a file, or what is on standard input."""
    from archcalc.api.architecture import values_of
    from archcalc.api.report import Report
    from archcalc.network import Settings

    formats.refuse_for_several(options, len(networks), "--depth", "--no-fold")
    if len(networks) > 1:
        columns = _of_networks(columns)
    reports: list[Report] = []

    def add(network: Architecture) -> None:
        settings = Settings(values_of(network, values), options.symbolic)
        reports.append(Report.of(network.program, settings, project.demands(network.file.name)))

    if len(networks) == 1:
        add(networks[0])
    else:
        problems += _each(networks, add, reports, options)
    return formats.write_all(Answer(reports, problems, columns), options)


def _each(
    networks: list[Architecture],
    add: Callable[[Architecture], None],
    reports: list[Report],
    options: argparse.Namespace,
) -> list[str]:
    """Check several networks, as many as a run takes; what is said of the others."""
    from archcalc.batch import budget
    from archcalc.cli.progress import Progress

    room = budget.Budget(budget.WRITTEN if options.format == "json" else budget.CHECKED, "checked")
    with Progress(len(networks)) as progress:
        for network in networks:
            if room.takes(network):
                add(network)
                room.count(network, len(reports[-1]))
            progress.step(network.name)
    return room.problems()


class Answer(NamedTuple):
    """The networks that could be read, and what is wrong with the other names."""

    reports: list[Report]
    """Those of few networks."""
    problems: list[str]
    columns: tuple[Column, ...]
    """Those of the table: of the layers of one network, or of the totals of several."""
    many: Checked | None = None
    """The networks of many files, of which less is kept."""

    def outcomes(self, wanted: int | None = 0) -> list[Outcome]:
        """What is said of each network among several, with the repairs of so many failing ones."""
        from archcalc.cli.searching import repairs_of
        from archcalc.report.columns import DEFAULT
        from archcalc.report.outcome import outcome

        if self.many is not None:
            return self.many.outcomes
        columns = _of_networks(self.columns if len(self.reports) > 1 else DEFAULT)
        repairs = repairs_of(self.reports, wanted)
        return [outcome(report, columns, found) for report, found in zip(self.reports, repairs, strict=True)]

    @property
    def ok(self) -> bool:
        """Whether all was read, and all of it is ok."""
        return not self.problems and all(one.ok for one in self.networks)

    @property
    def networks(self) -> Sequence[Report | Outcome]:
        """What was checked."""
        return self.reports if self.many is None else self.many.outcomes


def _columns(options: argparse.Namespace) -> tuple[Column, ...]:
    """The columns of the table that was asked for. Raises: WrongUsage."""
    from archcalc.report.columns import DEFAULT, WITH_FIELDS, NoColumn, chosen

    further = _by_conventions(options)
    if options.columns is None:
        return _with(WITH_FIELDS if options.receptive_field else DEFAULT, further)
    if options.receptive_field:
        raise WrongUsage("--columns says all columns: name receptive_field,jump,centre there instead of the option")
    try:
        return _with(chosen(options.columns), further)
    except NoColumn as error:
        raise WrongUsage(f"--columns: {visible(str(error))}") from None


def _with(columns: tuple[Column, ...], further: tuple[Column, ...]) -> tuple[Column, ...]:
    """Columns with others behind them, each once; nobody needs the same number twice."""
    return tuple(dict.fromkeys([*columns, *further]))


def _by_conventions(options: argparse.Namespace) -> tuple[Column, ...]:
    """A column for each convention that is named. Raises: WrongUsage."""
    return tuple([_by_convention(name, options) for name in options.convention or ()])


def _by_convention(name: str, options: argparse.Namespace) -> Column:
    """The column of a convention. Raises: WrongUsage."""
    from archcalc.cli.conventions import explained
    from archcalc.conventions import NoConvention
    from archcalc.report.columns import by_convention

    try:
        return by_convention(name)
    except (NoConvention, OSError) as error:
        raise explained(error, options) from None


def _of_networks(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """The columns for several networks. Raises: WrongUsage."""
    from archcalc.report.columns import NoColumn, of_networks

    try:
        return of_networks(columns)
    except NoColumn as error:
        raise WrongUsage(f"--columns: {error}") from None


def _text(answer: Answer, options: argparse.Namespace) -> None:
    from archcalc.report.text import full

    reports, columns, screen = answer.reports, answer.columns, terminal(options)
    if len(reports) == 1:
        repairs = None if options.repairs == 0 else reports[0].repairs
        write(full(reports[0], screen, depth=options.depth, columns=columns, fold=not options.no_fold, repairs=repairs))
    elif answer.networks:
        from archcalc.report.several import blocks

        for block in blocks(answer.outcomes(options.repairs), screen, columns):
            write(block)


def _sheet(answer: Answer, options: argparse.Namespace) -> None:
    """A table for elsewhere; what is wrong with a network goes to standard error."""
    from archcalc.cli.output import print_bytes
    from archcalc.diagnostics.model import errors
    from archcalc.report.markup import WRITERS
    from archcalc.report.sheets import of_every_layer, of_layers, of_networks
    from archcalc.report.text import diagnostics

    reports, columns = answer.reports, answer.columns
    if len(reports) == 1 and options.format == "csv":
        sheet = of_every_layer(reports[0], columns)
    elif len(reports) == 1:
        sheet = of_layers(reports[0], columns, options.depth, fold=not options.no_fold)
    else:
        sheet = of_networks(answer.outcomes(), columns)
    if answer.networks:
        print_bytes(f"{WRITERS[options.format](sheet)}\n".encode())
    for one in answer.networks:
        for text in diagnostics(one.file, errors(one.diagnostics), terminal(options, sys.stderr)):
            say(f"{text}\n")


def _json(answer: Answer, options: argparse.Namespace) -> None:
    from archcalc.cli.searching import repairs_of
    from archcalc.report.json import network

    if answer.many is not None:
        write_document(answer.many.texts(), ok=answer.ok, problems=answer.problems)
        return
    conventions = _by_conventions(options)
    # One at a time: the layers of many networks as text take more memory than the networks.
    entries = (
        network(report, repairs=repairs, receptive_field=options.receptive_field, conventions=conventions)
        for report, repairs in zip(answer.reports, repairs_of(answer.reports, options.repairs), strict=True)
    )
    write_document(entries, ok=answer.ok, problems=answer.problems)


def _github(answer: Answer, options: argparse.Namespace) -> None:
    from archcalc.ci import github

    for line in github.commands(answer.outcomes(options.repairs), answer.problems):
        write(line)


def _gitlab(answer: Answer, options: argparse.Namespace) -> None:
    from archcalc.ci import gitlab

    _document(gitlab.report(answer.outcomes(options.repairs)))


def _sarif(answer: Answer, options: argparse.Namespace) -> None:
    from archcalc.ci import sarif

    _document(sarif.log(answer.outcomes(options.repairs), answer.problems))


def _junit(answer: Answer, options: argparse.Namespace) -> None:
    from archcalc.ci import junit

    _document(junit.suites(answer.outcomes(options.repairs), answer.problems))


def _document(text: str) -> None:
    """A file for another program: UTF-8, whatever the terminal is."""
    from archcalc.cli.output import print_bytes

    print_bytes(text.encode())


TABLES = ("markdown", "latex", "csv")
"""Formats that show the layers of one network, and the totals of several."""

_OF_COLUMNS = ("--columns", "--convention")

FORMATS = {
    "text": Format(_text, "for people", heeds=("--depth", "--receptive-field", *_OF_COLUMNS, "--no-fold")),
    "json": Format(_json, "for programs", heeds=("--receptive-field", "--convention")),
    "markdown": Format(_sheet, "the table for a README", heeds=("--depth", *_OF_COLUMNS, "--no-fold")),
    "latex": Format(_sheet, "the table for a paper (booktabs)", heeds=("--depth", *_OF_COLUMNS, "--no-fold")),
    "csv": Format(_sheet, "the layers for a spreadsheet", heeds=_OF_COLUMNS),
    "github": Format(_github, "annotations of a workflow of GitHub"),
    "gitlab": Format(_gitlab, "a code quality report of GitLab"),
    "sarif": Format(_sarif, "SARIF 2.1.0, for code scanning and editors"),
    "junit": Format(_junit, "JUnit XML, a test for each network"),
}
