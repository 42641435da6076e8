"""`archcalc solve`: the values of symbols and lets at which a network is legal and meets conditions."""

from __future__ import annotations

import argparse

from archcalc.cli.console import complain, terminal, write
from archcalc.cli.output import one_with_values, print_diagnostics
from archcalc.diagnostics.render import NARROWEST
from archcalc.solve import Solutions, WrongQuestion, solve
from archcalc.terminal import visible, wrap


def run(options: argparse.Namespace) -> int:
    """Solve and print; returns the exit code: 1 if there is no solution."""
    chosen = one_with_values(options.spec, options.values, "solve")
    if chosen is None:
        return 2
    network, values = chosen
    errors = [found for found in network.diagnostics if found.severity == "error"]
    if errors or network.spec is None or not network.spec.is_complete:
        print_diagnostics(network, errors, options)
        return 1
    try:
        found = solve(network.program, options.unknowns, options.where, values)
    except WrongQuestion as error:
        complain(visible(str(error)))
        return 2
    _print(found, options)
    return 0 if found else 1


def _print(found: Solutions, options: argparse.Namespace) -> None:
    if options.format == "json":
        import json

        write(json.dumps(found.to_json(), indent=2))
        return
    width = max(terminal(options).width, NARROWEST)
    for line in found.to_text(options.end).split("\n"):
        text = visible(line.lstrip())
        lead = " " * (len(line) - len(line.lstrip()))
        for index, part in enumerate(wrap(text, width - len(lead) - 2)):
            write(f"{lead}{'  ' if index else ''}{part}")
