"""`archcalc explain SPEC [LAYER]`: how the sizes and counts of a layer, a scope or a whole network come about."""

from __future__ import annotations

import argparse
from itertools import islice

from archcalc.api.report import Report
from archcalc.cli import formats
from archcalc.cli.console import WrongUsage
from archcalc.cli.output import one_with_values, print_diagnostics
from archcalc.diagnostics.model import errors
from archcalc.terminal import visible

_LISTED = 8


def run(options: argparse.Namespace) -> int:
    """Show the work; returns the exit code."""
    network, values = one_with_values(options.subject, options.values, "explain")
    report = network.check(values, symbolic=options.symbolic)
    wrong = errors(report.diagnostics)
    # What belongs to no layer, such as a size of 0, makes a work of other numbers than those that were asked for.
    general = [found for found in wrong if found.layer is None and not found.code.id.startswith("AC4")]
    if general or not report.graph.nodes:
        print_diagnostics(network, report.with_repairs(general or wrong), options)
        return 1
    try:
        derivation = report.explain(options.layer)
    except KeyError as error:
        problem = visible(str(error.args[0]))
        listed = "" if problem.endswith("?") else f"; there are {_some(report)}"
        raise WrongUsage(f"{visible(network.address)}: {problem}{listed}") from None
    # The work of another network than its author means looks right.
    print_diagnostics(network, report.suspicions, options)
    formats.write(derivation, options)
    return 0 if derivation.known else 1


def _some(report: Report) -> str:
    """Names of layers, those at the beginning if there are many."""
    names = [visible(layer.name) for layer in islice(report, _LISTED)]
    rest = len(report) - len(names)
    return ", ".join(names) + (f" and {rest} more" if rest else "")
