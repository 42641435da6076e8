"""`archcalc check`: every spec that was named is checked, and every one is reported."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, NamedTuple

from archcalc.cli import arguments, formats
from archcalc.cli.console import WrongUsage, say, terminal, write
from archcalc.cli.documents import write_document
from archcalc.cli.formats import Format
from archcalc.terminal import visible

if TYPE_CHECKING:
    from archcalc.api.report import Report
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
    from archcalc.api.report import Report
    from archcalc.cli import budget
    from archcalc.cli.networks import chosen, values_of
    from archcalc.cli.progress import Progress
    from archcalc.cli.project import Project
    from archcalc.network import Settings

    columns = _columns(options)
    problems: list[str] = []
    project = Project(options)
    networks, values = chosen(options.specs, options.values, problems, project)
    demands = [project.demands(network.file.name) for network in networks]
    if options.fix or options.diff:
        from archcalc.cli.fix import run as repair

        return repair(networks, values, problems, options, project)
    formats.refuse_for_several(options, len(networks), "--depth", "--no-fold")
    if len(networks) > 1:
        columns = _of_networks(columns)
    room = budget.Budget(budget.WRITTEN if options.format == "json" else budget.CHECKED, "checked")
    with Progress(len(networks)) as progress:
        reports = []
        for network, asked in zip(networks, demands, strict=True):
            if room.takes(network):
                settings = Settings(values_of(network, values), options.symbolic)
                reports.append(Report.of(network.program, settings, asked))
                room.count(network, len(reports[-1]))
            progress.step(network.name)
    problems += room.problems()
    return formats.write_all(Answer(reports, problems, columns), options)


class Answer(NamedTuple):
    """The reports of the networks that could be read, and what is wrong with the other names."""

    reports: list[Report]
    problems: list[str]
    columns: tuple[Column, ...]
    """Those of the table: of the layers of one network, or of the totals of several."""

    def outcomes(self, wanted: int | None) -> list[Outcome]:
        """What is said of each network among several, with the repairs of so many failing ones."""
        from archcalc.cli.searching import repairs_of
        from archcalc.report.outcome import outcome

        columns = _of_networks(self.columns) if len(self.reports) > 1 else ()
        repairs = repairs_of(self.reports, wanted)
        return [outcome(report, columns, found) for report, found in zip(self.reports, repairs, strict=True)]

    @property
    def ok(self) -> bool:
        """Whether all was read, and all of it is ok."""
        return not self.problems and all(report.ok for report in self.reports)


def _columns(options: argparse.Namespace) -> tuple[Column, ...]:
    """The columns of the table that was asked for. Raises: WrongUsage."""
    from archcalc.report.columns import DEFAULT, WITH_FIELDS, NoColumn, chosen

    if options.columns is None:
        return WITH_FIELDS if options.receptive_field else DEFAULT
    if options.receptive_field:
        raise WrongUsage("--columns says all columns: name receptive_field,jump,centre there instead of the option")
    try:
        return chosen(options.columns)
    except NoColumn as error:
        raise WrongUsage(f"--columns: {visible(str(error))}") from None


def _of_networks(columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """The columns for several networks. Raises: WrongUsage."""
    from archcalc.report.columns import NoColumn, of_networks

    try:
        return of_networks(columns)
    except NoColumn as error:
        raise WrongUsage(f"--columns: {error}") from None


def _text(answer: Answer, options: argparse.Namespace) -> None:
    from archcalc.report.several import blocks
    from archcalc.report.text import full

    reports, columns, screen = answer.reports, answer.columns, terminal(options)
    if len(reports) == 1:
        repairs = None if options.repairs == 0 else reports[0].repairs
        write(full(reports[0], screen, depth=options.depth, columns=columns, fold=not options.no_fold, repairs=repairs))
    elif reports:
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
        sheet = of_networks(answer.outcomes(0), columns)
    if reports:
        print_bytes(f"{WRITERS[options.format](sheet)}\n".encode())
    for report in reports:
        for text in diagnostics(report.file, errors(report.diagnostics), terminal(options, sys.stderr)):
            say(f"{text}\n")


def _json(answer: Answer, options: argparse.Namespace) -> None:
    from archcalc.cli.searching import repairs_of
    from archcalc.report.json import network

    # One at a time: the layers of many networks as text take more memory than the networks.
    entries = (
        network(report, repairs=repairs, receptive_field=options.receptive_field)
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


FORMATS = {
    "text": Format(_text, "for people", heeds=("--depth", "--receptive-field", "--columns", "--no-fold")),
    "json": Format(_json, "for programs", heeds=("--receptive-field",)),
    "markdown": Format(_sheet, "the table for a README", heeds=("--depth", "--columns", "--no-fold")),
    "latex": Format(_sheet, "the table for a paper (booktabs)", heeds=("--depth", "--columns", "--no-fold")),
    "csv": Format(_sheet, "the layers for a spreadsheet", heeds=("--columns",)),
    "github": Format(_github, "annotations of a workflow of GitHub"),
    "gitlab": Format(_gitlab, "a code quality report of GitLab"),
    "sarif": Format(_sarif, "SARIF 2.1.0, for code scanning and editors"),
    "junit": Format(_junit, "JUnit XML, a test for each network"),
}
