"""`archcalc check`: every spec that was named is checked, and every one is reported."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NamedTuple

from archcalc.cli import arguments, formats
from archcalc.cli.console import terminal, write
from archcalc.cli.documents import write_document
from archcalc.cli.formats import Format

if TYPE_CHECKING:
    from archcalc.api.report import Report

SUMMARY = "check networks: shapes, fractions, counts, expectations"


def add(command: argparse.ArgumentParser) -> None:
    """Declare its arguments."""
    command.description = "Check networks: every shape, every fraction, parameters, multiplications, expectations."
    arguments.specs(command)
    arguments.values(command)
    arguments.symbolic(command)
    command.add_argument(
        "--receptive-field",
        action="store_true",
        help="show for each layer how much of the input a position sees, how far apart positions are, and where",
    )
    formats.add(command, FORMATS)
    arguments.table_depth(command)
    arguments.color(command)
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
    from archcalc.cli.networks import chosen, values_of
    from archcalc.cli.progress import Progress

    problems: list[str] = []
    networks, values = chosen(options.specs, options.values, problems)
    if options.fix or options.diff:
        from archcalc.cli.fix import run as repair

        return repair(networks, values, problems, options)
    with Progress(len(networks)) as progress:
        reports = []
        for network in networks:
            reports.append(network.check(values_of(network, values), symbolic=options.symbolic))
            progress.step(network.name)
    return formats.write_all(Answer(reports, problems), options)


class Answer(NamedTuple):
    """The reports of the networks that could be read, and what is wrong with the other names."""

    reports: list[Report]
    problems: list[str]

    @property
    def ok(self) -> bool:
        """Whether all was read, and all of it is ok."""
        return not self.problems and all(report.ok for report in self.reports)


def _text(answer: Answer, options: argparse.Namespace) -> None:
    from archcalc.cli.searching import repairs_of
    from archcalc.report.columns import DEFAULT, WITH_FIELDS
    from archcalc.report.several import blocks
    from archcalc.report.text import full

    reports, screen = answer.reports, terminal(options)
    if len(reports) == 1:
        text = full(
            reports[0],
            screen,
            depth=options.depth,
            columns=WITH_FIELDS if options.receptive_field else DEFAULT,
            repairs=None if options.repairs == 0 else reports[0].repairs,
        )
        write(text)
    elif reports:
        for block in blocks(reports, repairs_of(reports, options.repairs), screen):
            write(block)


def _json(answer: Answer, options: argparse.Namespace) -> None:
    from archcalc.cli.searching import repairs_of
    from archcalc.report.json import network

    entries = [
        network(report, repairs=repairs, receptive_field=options.receptive_field)
        for report, repairs in zip(answer.reports, repairs_of(answer.reports, options.repairs), strict=True)
    ]
    write_document(entries, ok=answer.ok, problems=answer.problems)


FORMATS = {
    "text": Format(_text, "for people", heeds=("--depth", "--receptive-field")),
    "json": Format(_json, "for programs", heeds=("--receptive-field",)),
}
