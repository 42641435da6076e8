"""`archcalc export`: one network, written as code to a file or to standard output."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from archcalc.api.architecture import Architecture
from archcalc.cli.console import complain
from archcalc.cli.output import STDOUT, exists, obstacle, one_with_values, print_bytes, print_diagnostics, say, write
from archcalc.expectations.judge import grouped
from archcalc.export.targets import exported, target
from archcalc.terminal import visible


def run(options: argparse.Namespace) -> int:
    """Export and write; returns the exit code."""
    try:
        format = target(options.format)
    except LookupError as error:
        complain(visible(str(error.args[0])))
        return 2
    chosen = one_with_values(options.spec, options.values, "export")
    if chosen is None:
        return 2
    network, values = chosen
    # What would stop us in the end stops us before the work.
    if options.output != STDOUT and (problem := obstacle(Path(options.output), "net.py", force=options.force)):
        complain(problem)
        return 2
    source, diagnostics = exported(network.program, values, format.name)
    print_diagnostics(network, diagnostics, options)
    if source is None:
        return 1
    if options.output == STDOUT:
        print_bytes(source.text.encode("utf-8"))
        return 0
    try:
        write(Path(options.output), source.text.encode("utf-8"), force=options.force)
    except FileExistsError:
        complain(exists(options.output))
        return 2
    except OSError as error:
        complain(f"cannot write {visible(options.output)}: {error.strerror or error}")
        return 2
    say(f"wrote {visible(options.output)}: class {source.class_name}{_parameters(network, values)}")
    return 0


def _parameters(network: Architecture, values: dict[str, Any]) -> str:
    totals = network.check(values).totals
    return f", {grouped(totals.parameters)} parameters" if isinstance(totals.parameters, int) else ""
