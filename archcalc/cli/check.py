"""`archcalc check`: every spec that was named is checked, and every one is reported."""

from __future__ import annotations

import argparse
from pathlib import Path

from archcalc.architecture import Architecture
from archcalc.catalogue import Found, find, in_folder
from archcalc.cli.console import complain, terminal, write
from archcalc.cli.progress import Progress
from archcalc.expressions.parser import parse
from archcalc.expressions.values import ExpressionError, Unresolved, Value, is_number
from archcalc.network import Settings
from archcalc.report.model import Report
from archcalc.spec.names import problem_with_value_name
from archcalc.terminal import visible


def run(options: argparse.Namespace) -> int:
    """Check and print; returns the exit code."""
    values = _values(options.values)
    if values is None:
        return 2
    found, usage = _found(options.specs)
    architectures = [architecture for entry in found if (architecture := _architecture(entry)) is not None]
    usage = usage or len(architectures) < len(found)
    networks = [network for architecture in architectures for network in _networks(architecture)]
    unknown = _unknown_values(networks, values)
    if unknown:
        complain(unknown)
        return 2
    settings = Settings(values, options.symbolic)
    with Progress(len(networks)) as progress:
        reports = []
        for network in networks:
            reports.append(network.report(_accepted(network, settings)))
            progress.step(network.name)
    _print(reports, options)
    if usage:
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
            value = parse(text).evaluate(_Nowhere())
        except ExpressionError as error:
            complain(f"--set {visible(name)}: {visible(error.message)}")
            return None
        if not is_number(value) and not isinstance(value, bool):
            complain(f"--set {visible(name)}: a number is needed, not {visible(text)}")
            return None
        values[name] = value
    return values


class _Nowhere:
    """The scope of `--set`: numbers only."""

    def resolve(self, path: tuple[str, ...]) -> Value:
        from archcalc.diagnostics.codes.language import UNKNOWN_NAME

        raise Unresolved(UNKNOWN_NAME, f"a number is needed, not {'.'.join(path)}")

    def channels(self, value: Value) -> Value:
        raise TypeError

    def invoke(self, name: str, arguments: list[Value]) -> Value:
        raise KeyError(name)


def _found(texts: list[str]) -> tuple[list[Found], bool]:
    """What the arguments name, and whether one of them names nothing."""
    found: list[Found] = []
    failed = False
    for text in texts:
        try:
            found.append(find(text))
        except IsADirectoryError:
            files = in_folder(Path(text))
            found.extend(Found(path, str(path), None) for path in files)
            if not files:
                complain(f"there is no .yaml, .yml or .json file in the folder {visible(text)}")
                failed = True
        except (OSError, ValueError) as error:
            complain(visible(str(error)))
            failed = True
    return found, failed


def _architecture(found: Found) -> Architecture | None:
    try:
        return Architecture.from_bytes(found.read(), found.name, found.variant)
    except OSError as error:
        complain(f"cannot read {visible(found.name)}: {error.strerror or error}")
    except LookupError as error:
        complain(visible(str(error.args[0])))
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


def _accepted(network: Architecture, settings: Settings) -> Settings:
    """Among several networks, each takes the values of the names that it has."""
    known = network.settable()
    return settings._replace(overrides={name: value for name, value in settings.overrides.items() if name in known})


def _print(reports: list[Report], options: argparse.Namespace) -> None:
    if options.format == "json":
        import json

        from archcalc.report.json import network

        data = {"ok": all(report.ok for report in reports), "specs": [network(report) for report in reports]}
        write(json.dumps(data, indent=2, ensure_ascii=True))
        return
    from archcalc.report import text

    screen = terminal(options)
    width = max(screen.width, 40)
    if len(reports) == 1:
        write(text.full(reports[0], width=width, depth=options.depth, color=screen.color, encoding=screen.encoding))
        return
    if not reports:
        return
    room = text.address_width(reports)
    for report in reports:
        for block in text.diagnostics(
            report,
            [found for found in report.diagnostics if found.severity == "error"],
            width=width,
            color=screen.color,
            encoding=screen.encoding,
        ):
            write(block + "\n")
    for report in reports:
        write(text.one_line(report, room, width=width, color=screen.color))
    good = sum(report.ok for report in reports)
    write(f"{good} of {len(reports)} networks are ok")
