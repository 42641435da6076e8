"""`archcalc check`: every spec that was named is checked, and every one is reported."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from archcalc.cli import arguments
from archcalc.cli.console import complain, terminal, write

if TYPE_CHECKING:
    from archcalc.report.model import Report

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
    command.add_argument("--format", choices=("text", "json"), default="text", help="text (default) or json")
    arguments.table_depth(command)
    arguments.color(command)
    repair = command.add_mutually_exclusive_group()
    repair.add_argument("--fix", action="store_true", help="write safe repairs of the errors into the files")
    repair.add_argument("--diff", action="store_true", help="show what --fix would change, and change nothing")


def run(options: argparse.Namespace) -> int:
    """Check and print; returns the exit code."""
    from archcalc.cli.networks import chosen, values_of
    from archcalc.cli.progress import Progress

    problems: list[str] = []
    named = chosen(options.specs, options.values, problems)
    if named is None:
        return 2
    networks, values = named
    if options.fix or options.diff:
        from archcalc.cli.fix import run as repair

        return repair(networks, values, problems, options)
    with Progress(len(networks)) as progress:
        reports = []
        for network in networks:
            reports.append(network.check(values_of(network, values), symbolic=options.symbolic))
            progress.step(network.name)
    for problem in problems:
        complain(problem)
    _print(reports, problems, options)
    if problems:
        return 2
    return 0 if all(report.ok for report in reports) else 1


def _print(reports: list[Report], problems: list[str], options: argparse.Namespace) -> None:
    from archcalc.report.several import blocks
    from archcalc.report.text import full

    if options.format == "json":
        _print_json(reports, problems, receptive_field=options.receptive_field)
    elif len(reports) == 1:
        write(full(reports[0], terminal(options), depth=options.depth, receptive_field=options.receptive_field))
    elif reports:
        for block in blocks(reports, terminal(options)):
            write(block)


def _print_json(reports: list[Report], problems: list[str], *, receptive_field: bool) -> None:
    import json

    from archcalc.report.json import network

    ok = not problems and all(report.ok for report in reports)
    data = {
        "ok": ok,
        "specs": [network(report, receptive_field=receptive_field) for report in reports],
        "problems": problems,
    }
    write(json.dumps(data, indent=2))
