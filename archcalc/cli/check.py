"""`archcalc check`: every spec that was named is checked, and every one is reported."""

from __future__ import annotations

import argparse
from pathlib import Path

from archcalc.architecture import Architecture
from archcalc.catalogue import Found, find, in_folder
from archcalc.cli.console import complain, terminal, write
from archcalc.cli.progress import Progress
from archcalc.diagnostics.render import NARROWEST
from archcalc.expressions.parser import parse
from archcalc.expressions.values import ExpressionError, NoNames, Value, is_number
from archcalc.report.model import Report
from archcalc.report.text import address_width, diagnostics, full, one_line
from archcalc.spec.names import problem_with_value_name
from archcalc.terminal import Terminal, visible, wrap


def run(options: argparse.Namespace) -> int:
    """Check and print; returns the exit code."""
    values = _values(options.values)
    if values is None:
        return 2
    problems: list[str] = []
    found = _found(options.specs, problems)
    architectures = [architecture for entry in found if (architecture := _architecture(entry, problems)) is not None]
    networks = [network for architecture in architectures for network in _networks(architecture)]
    unknown = _unknown_values(networks, values)
    if unknown:
        complain(unknown)
        return 2
    with Progress(len(networks)) as progress:
        reports = []
        for network in networks:
            known = network.settable()
            # Among several networks, each takes the values of the names that it has.
            chosen = {name: value for name, value in values.items() if name in known}
            reports.append(network.check(chosen, symbolic=options.symbolic))
            progress.step(network.name)
    for problem in problems:
        complain(problem)
    _print(reports, problems, options)
    if problems:
        return 2
    return 0 if all(report.ok for report in reports) else 1


def _values(pairs: list[str]) -> dict[str, Value] | None:
    values: dict[str, Value] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        name = name.strip()
        if not equals or problem_with_value_name(name):
            complain(f"--set takes NAME=VALUE, such as --set N=256, not {visible(pair)}")
            return None
        try:
            value = parse(text).evaluate(NoNames())
        except ExpressionError as error:
            complain(f"--set {visible(name)}: {visible(error.message)}")
            return None
        if not is_number(value) and not isinstance(value, bool):
            complain(f"--set {visible(name)}: a number is needed, not {visible(text)}")
            return None
        values[name] = value
    return values


def _found(texts: list[str], problems: list[str]) -> list[Found]:
    """What the arguments name. What names nothing becomes a problem, and the rest is still checked."""
    found: list[Found] = []
    for text in texts:
        try:
            found.append(find(text))
        except IsADirectoryError:
            files = in_folder(Path(text))
            found.extend(Found(path, str(path), None) for path in files)
            if not files:
                problems.append(f"there is no .yaml, .yml or .json file in the folder {visible(text)}")
        except (OSError, ValueError) as error:
            problems.append(visible(str(error)))
    return found


def _architecture(found: Found, problems: list[str]) -> Architecture | None:
    try:
        return Architecture.from_bytes(found.read(), found.name, found.variant)
    except OSError as error:
        problems.append(f"cannot read {visible(found.name)}: {error.strerror or error}")
    except LookupError as error:
        problems.append(visible(str(error.args[0])))
    return None


def _networks(architecture: Architecture) -> list[Architecture]:
    """All variants where none was chosen."""
    if architecture.variant is None and architecture.variants:
        return [architecture.choose(variant) for variant in architecture.variants]
    return [architecture]


def _unknown_values(networks: list[Architecture], values: dict[str, Value]) -> str | None:
    """A complaint about a name that none of the networks has."""
    for name in values:
        if networks and not any(name in network.settable() for network in networks if network.spec):
            known = sorted({known for network in networks for known in network.settable()})
            listed = ", ".join(known) if known else "none"
            return f"--set {name}: no such symbol or let; there are: {listed}"
    return None


def _print(reports: list[Report], problems: list[str], options: argparse.Namespace) -> None:
    if options.format == "json":
        _print_json(reports, problems)
    elif len(reports) == 1:
        screen = terminal(options)
        write(full(reports[0], width=screen.width, depth=options.depth, color=screen.color, encoding=screen.encoding))
    elif reports:
        _print_many(reports, terminal(options))


def _print_json(reports: list[Report], problems: list[str]) -> None:
    import json

    from archcalc.report.json import network

    ok = not problems and all(report.ok for report in reports)
    data = {"ok": ok, "specs": [network(report) for report in reports], "problems": problems}
    write(json.dumps(data, indent=2))


def _print_many(reports: list[Report], screen: Terminal) -> None:
    """The errors, each once however many variants of a file have it, and a line for every network."""
    width = max(screen.width, NARROWEST)
    variants: dict[str, list[str]] = {}
    for report in reports:
        errors = [found for found in report.diagnostics if found.severity == "error"]
        for block in diagnostics(report, errors, width=width, color=screen.color, encoding=screen.encoding):
            variants.setdefault(block, []).append(report.variant or "")
    for block, names in variants.items():
        told = wrap(f"in {'variants' if len(names) > 1 else 'variant'} {', '.join(names)}", width - 5)
        write(
            "\n".join([block, *(f"   = {told[0]}", *(f"     {line}" for line in told[1:]))] if any(names) else [block])
        )
        write("")
    room = address_width(reports, screen.encoding)
    for report in reports:
        write(one_line(report, room, width=width, color=screen.color, encoding=screen.encoding))
    good = sum(report.ok for report in reports)
    write(f"{good} of {len(reports)} networks are ok")
