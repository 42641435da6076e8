"""`archcalc export`: one network, written as code to a file or to standard output."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from archcalc.cli import arguments, formats
from archcalc.cli.console import WrongUsage, say
from archcalc.export.targets import TARGETS, target
from archcalc.terminal import visible

if TYPE_CHECKING:
    from archcalc.api.architecture import Architecture


def add(command: argparse.ArgumentParser) -> None:
    """Declare its arguments."""
    command.description = "Write a network as code: the module that an engineer would have written for the same graph."
    arguments.spec(command)
    arguments.output(command, "standard output")
    # Any name is taken here: `run` explains an unknown one better than argparse would.
    purposes = {one.name: one.description for one in TARGETS.values()}
    command.add_argument("--format", metavar="FORMAT", default=next(iter(purposes)), help=formats.listed(purposes))
    arguments.force(command)
    arguments.values(command)
    arguments.color(command)


def run(options: argparse.Namespace) -> int:
    """Export and write; returns the exit code."""
    from archcalc.cli.output import STDOUT, deliver, one_with_values, print_diagnostics, refuse_obstacle
    from archcalc.export.exporting import exported

    try:
        format = target(options.format)
    except LookupError as error:
        raise WrongUsage(visible(str(error.args[0]))) from None
    network, values = one_with_values(options.spec, options.values, "export")
    # What would stop us in the end stops us before the work.
    if options.output != STDOUT:
        refuse_obstacle(options.output, "net.py", force=options.force)
    source, diagnostics = exported(network.program, values, format.name)
    report = network.check(values)
    # Code of another network than its author means runs, too.
    told = report.with_repairs(diagnostics) if source is None else [*report.suspicions, *diagnostics]
    print_diagnostics(network, told, options)
    if source is None:
        return 1
    if deliver(source.text.encode("utf-8"), options):
        say(f"wrote {visible(options.output)}: class {source.class_name}{_parameters(network, values)}")
    return 0


def _parameters(network: Architecture, values: dict[str, Any]) -> str:
    from archcalc.dims.figures import grouped

    totals = network.check(values).totals
    return f", {grouped(totals.parameters)} parameters" if isinstance(totals.parameters, int) else ""
