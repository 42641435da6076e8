"""`archcalc verify`: every network that was named is exported, run in PyTorch and compared."""

from __future__ import annotations

import argparse
import json

from archcalc.architecture import Architecture
from archcalc.cli.console import complain, terminal, write
from archcalc.cli.networks import chosen, values_of
from archcalc.cli.progress import Progress
from archcalc.diagnostics.codes.export import TORCH_MISSING
from archcalc.diagnostics.render import NARROWEST
from archcalc.expressions.values import Value
from archcalc.report.text import diagnostics
from archcalc.terminal import Terminal, display_width, visible
from archcalc.verify import Runner, Verification, verify
from archcalc.verify.json import network as as_json
from archcalc.verify.text import address, full, one_line
from archcalc.verify.verification import INSTALL, MISSING, SECONDS, has_torch


def run(options: argparse.Namespace) -> int:
    """Verify and print; returns the exit code."""
    problems: list[str] = []
    named = chosen(options.specs, options.values, problems)
    if named is None:
        return 2
    networks, values = named
    found: list[Verification] = []
    missing = None
    if networks and not has_torch():
        missing = "there is no module torch"
    elif networks:
        found, missing = _verified(networks, values, options)
    if missing is not None:
        problems.append(f"{TORCH_MISSING.id}: {MISSING} ({visible(missing)}); {INSTALL}")
    for problem in problems:
        complain(problem)
    _print(found, problems, options)
    if problems:
        return 2
    return 0 if all(one.ok for one in found) else 1


def _verified(
    networks: list[Architecture], values: dict[str, Value], options: argparse.Namespace
) -> tuple[list[Verification], str | None]:
    """All networks in one process with PyTorch, or why there is none."""
    seconds = options.timeout or SECONDS
    found: list[Verification] = []
    with Runner() as runner, Progress(len(networks)) as progress:
        for network in networks:
            one = verify(network, values_of(network, values), runner=runner, seconds=seconds)
            missing = next((told for told in one.diagnostics if told.code is TORCH_MISSING), None)
            if missing is not None:
                return found, missing.notes[0]
            found.append(one)
            progress.step(network.name)
    return found, None


def _print(found: list[Verification], problems: list[str], options: argparse.Namespace) -> None:
    if options.format == "json":
        ok = not problems and all(one.ok for one in found)
        write(json.dumps({"ok": ok, "specs": [as_json(one) for one in found], "problems": problems}, indent=2))
    elif len(found) == 1:
        write(full(found[0], terminal(options), depth=options.depth))
    elif found:
        _print_many(found, terminal(options))


def _print_many(found: list[Verification], screen: Terminal) -> None:
    """The errors of every network, and a line for each."""
    screen = screen.at_least(NARROWEST)
    for one in found:
        errors = [told for told in one.diagnostics if told.severity == "error"]
        for block in diagnostics(one.report, errors, screen):
            write(block)
            write(f"   = in {screen.visible(address(one))}")
            write("")
    room = max(display_width(screen.visible(address(one))) for one in found)
    for one in found:
        write(one_line(one, room, screen))
    good = sum(one.ok for one in found)
    write(f"{good} of {len(found)} networks agree with PyTorch")
