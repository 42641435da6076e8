"""`archcalc verify`: every network that was named is exported, run in PyTorch and compared."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NamedTuple

from archcalc.cli import arguments, formats
from archcalc.cli.console import WrongUsage, terminal, write
from archcalc.cli.documents import write_document
from archcalc.cli.formats import Format
from archcalc.terminal import visible

if TYPE_CHECKING:
    from archcalc.api.architecture import Architecture
    from archcalc.batch.budget import Budget
    from archcalc.expressions.values import Value
    from archcalc.verify import Verification
    from archcalc.verify.against import Against


def add(command: argparse.ArgumentParser) -> None:
    """Declare its arguments."""
    command.description = (
        "Export networks, run the code in PyTorch, in a process of its own, and compare parameters, shapes, "
        "multiplications and connections of every layer, also at other sizes."
    )
    arguments.specs(command)
    arguments.values(command)
    command.add_argument(
        "--timeout", type=_seconds, metavar="SECONDS", default=None, help="processor time of one run; default: 60"
    )
    command.add_argument(
        "--against",
        metavar="SOURCE",
        help="hold the spec to what it describes: package.module:name or net.py:name, which runs, or a file: .onnx",
    )
    command.add_argument("--call", metavar="CALL", help="how the module of --against is made: 'Net(width=2)'")
    command.add_argument(
        "--run-modules", action="store_true", help="import and run the modules that opaque steps name, which you trust"
    )
    formats.add(command, FORMATS)
    arguments.table_depth(command)
    arguments.color(command)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 86_400:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds")
    return seconds


def run(options: argparse.Namespace) -> int:
    """Verify and print; returns the exit code."""
    from archcalc.batch import budget
    from archcalc.cli.networks import chosen
    from archcalc.diagnostics.codes.export import TORCH_MISSING
    from archcalc.verify.verification import INSTALL, MISSING, has_torch

    problems: list[str] = []
    networks, values = chosen(options.specs, options.values, problems)
    formats.refuse_for_several(options, len(networks), "--depth")
    if options.call and not options.against:
        raise WrongUsage("--call is for the module of --against")
    if options.against:
        return _run_against(networks, values, problems, options)
    found: list[Verification] = []
    missing = None
    if networks and not has_torch():
        missing = "there is no module torch"
    elif networks:
        room = budget.Budget(budget.DECIDED, "verified")
        found, missing = _verified(networks, values, room, options)
        problems += room.problems()
    if missing is not None:
        problems.append(f"{TORCH_MISSING.id}: {MISSING} ({visible(missing)}); {INSTALL}")
    return formats.write_all(Answer(found, problems), options)


def _run_against(
    networks: list[Architecture], values: dict[str, Value], problems: list[str], options: argparse.Namespace
) -> int:
    """Hold one spec to what it describes; returns the exit code."""
    from archcalc.api.architecture import values_of
    from archcalc.cli.console import complain
    from archcalc.cli.failures import told
    from archcalc.importing.failure import ImportFailure

    if len(networks) + len(problems) != 1:
        raise WrongUsage(f"--against is for one spec, and {len(networks) + len(problems)} are named")
    for option in ("depth", "run_modules"):
        if getattr(options, option):
            raise WrongUsage(f"--{option.replace('_', '-')} is for a spec alone, without --against")
    if problems:
        for problem in problems:
            complain(problem)
        return 2
    (network,) = networks
    given = values_of(network, values)
    report = network.check(given)
    if not report.ok:
        write(report.to_text(width=terminal(options).width))
        return 1
    try:
        found = _against(network, given, options)
    except ImportFailure as failure:
        raise WrongUsage(*told(failure, options.against)) from None
    _AGAINST[options.format](found, options)
    return 0 if found.ok else 1


def _against(network: Architecture, values: dict[str, Value], options: argparse.Namespace) -> Against:
    from archcalc.importing.torch.parent import Session
    from archcalc.importing.torch.source import is_python, source
    from archcalc.verify.against import against_file, against_module

    if is_python(options.against):
        with Session(source(options.against, options.call), options.timeout) as session:
            return against_module(network.program, values, session)
    if options.call:
        raise WrongUsage(f"--call is for sources in Python, and {visible(options.against)} is a file")
    return against_file(network.program, values, options.against)


class Answer(NamedTuple):
    """What became of the networks that ran, and why others did not."""

    found: list[Verification]
    problems: list[str]

    @property
    def ok(self) -> bool:
        """Whether all ran, and all of them agree."""
        return not self.problems and all(one.ok for one in self.found)


def _verified(
    networks: list[Architecture], values: dict[str, Value], room: Budget, options: argparse.Namespace
) -> tuple[list[Verification], str | None]:
    """All networks in one process with PyTorch, or why there is none."""
    from archcalc.api.architecture import values_of
    from archcalc.cli.progress import Progress
    from archcalc.diagnostics.codes.export import TORCH_MISSING
    from archcalc.verify import Runner, verify
    from archcalc.verify.verification import SECONDS

    seconds = options.timeout or SECONDS
    found: list[Verification] = []
    with Runner() as runner, Progress(len(networks)) as progress:
        for network in networks:
            if not room.takes(network):
                continue
            one = verify(
                network.program,
                values_of(network, values),
                runner=runner,
                seconds=seconds,
                run_modules=options.run_modules,
            )
            missing = next((diagnostic for diagnostic in one.diagnostics if diagnostic.code is TORCH_MISSING), None)
            if missing is not None:
                return found, missing.notes[0]
            found.append(one)
            room.count(network, len(one.report.graph.nodes))
            progress.step(network.name)
    return found, None


def _text(answer: Answer, options: argparse.Namespace) -> None:
    from archcalc.verify.text import blocks, full

    if len(answer.found) == 1:
        write(full(answer.found[0], terminal(options), depth=options.depth))
    elif answer.found:
        for block in blocks(answer.found, terminal(options)):
            write(block)


def _json(answer: Answer, options: argparse.Namespace) -> None:
    from archcalc.verify.json import network

    write_document([network(one) for one in answer.found], ok=answer.ok, problems=answer.problems)


def _against_text(found: Against, options: argparse.Namespace) -> None:
    from archcalc.verify.text import against

    write(against(found, terminal(options)))


def _against_json(found: Against, options: argparse.Namespace) -> None:
    from archcalc.verify.json import against

    write_document([against(found)], ok=found.ok)


_AGAINST = {"text": _against_text, "json": _against_json}

FORMATS = {
    "text": Format(_text, "for people", heeds=("--depth",)),
    "json": Format(_json, "for programs"),
}
