"""`archcalc check`: every spec that was named is checked, and every one is reported."""

from __future__ import annotations

import argparse

from archcalc.cli.console import complain, terminal, write
from archcalc.cli.networks import chosen, values_of
from archcalc.cli.progress import Progress
from archcalc.diagnostics.render import NARROWEST
from archcalc.report.model import Report
from archcalc.report.text import address_width, diagnostics, full, one_line
from archcalc.terminal import Terminal, wrap

REPAIRED = 3
"""Failing networks for which repairs are searched, where many are checked."""


def run(options: argparse.Namespace) -> int:
    """Check and print; returns the exit code."""
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
    if options.format == "json":
        _print_json(reports, problems, receptive_field=options.receptive_field)
    elif len(reports) == 1:
        write(full(reports[0], terminal(options), depth=options.depth, receptive_field=options.receptive_field))
    elif reports:
        print_many(reports, terminal(options))


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


def print_many(reports: list[Report], screen: Terminal) -> None:
    """The errors, each once however many variants of a file have it, and a line for every network."""
    screen = screen.at_least(NARROWEST)
    found_in: dict[str, list[str]] = {}
    blocks: dict[str, str] = {}
    searched = 0
    for report in reports:
        plain = diagnostics(report, [one for one in report.diagnostics if one.severity == "error"], screen)
        told = plain
        if searched < REPAIRED and not blocks.keys() >= set(plain):
            searched += 1
            told = diagnostics(report, [one for one in report.explained if one.severity == "error"], screen)
        for block, text in zip(plain, told, strict=True):
            blocks.setdefault(block, text)
            found_in.setdefault(block, []).append(report.variant or "")
    for block, names in found_in.items():
        where = wrap(f"in {'variants' if len(names) > 1 else 'variant'} {', '.join(names)}", screen.width - 5)
        lines = [f"   = {where[0]}", *(f"     {line}" for line in where[1:])] if any(names) else []
        write("\n".join([blocks[block], *lines, ""]))
    room = address_width(reports, screen)
    for report in reports:
        write(one_line(report, room, screen))
    good = sum(report.ok for report in reports)
    write(f"{good} of {len(reports)} networks are ok")
