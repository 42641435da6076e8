"""`archcalc report`: one network as a page for a browser, in one file."""

from __future__ import annotations

import argparse

from archcalc.cli import arguments
from archcalc.cli.console import WrongUsage, say
from archcalc.terminal import visible

SUFFIXES = (".html", ".htm")


def add(command: argparse.ArgumentParser) -> None:
    """Declare its arguments."""
    command.description = (
        "Write a network as one HTML file that needs no network: its graph to fold, search and zoom, its layers as a "
        "table, charts, the work of each layer, and the text with what was found. Where sizes are symbols, the page "
        "computes every number again for the sizes that its reader chooses, and says which of them are legal."
    )
    arguments.spec(command)
    arguments.output(command, "the page on standard output")
    arguments.force(command)
    arguments.values(command)
    arguments.color(command)


def run(options: argparse.Namespace) -> int:
    """Check and write; returns the exit code. A network with errors has a page, too; they are printed besides."""
    from archcalc.cli.output import STDOUT, deliver, one_with_values, print_diagnostics, refuse_obstacle

    network, values = one_with_values(options.spec, options.values, "report")
    if options.output != STDOUT:
        if not options.output.lower().endswith(SUFFIXES):
            name = visible(options.output)
            raise WrongUsage(f"a report is a page of HTML, and {name} is no name of one: end it in .html")
        refuse_obstacle(options.output, "net.html", force=options.force)
    report = network.check(values)
    print_diagnostics(network, [found for found in report.explained if found.severity == "error"], options)
    page = report.page()
    if deliver(page.html.encode("utf-8"), options):
        layers = f"{len(report):,} layer{'' if len(report) == 1 else 's'}"
        chosen = f", with {', '.join(page.data['symbols'])} to choose" if page.data["symbols"] else ""
        say(f"wrote {visible(options.output)}: {layers}{chosen}")
    return 0 if report.ok else 1
