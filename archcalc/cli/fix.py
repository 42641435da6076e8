"""`archcalc check --fix`: safe repairs go into the files that were named; `--diff` only shows them."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, redirect_stdout
from pathlib import Path
from typing import NamedTuple

from archcalc.api.architecture import Architecture, values_of
from archcalc.api.report import Report
from archcalc.batch import budget
from archcalc.batch.piece import USUAL, choice
from archcalc.catalogue import STDIN, find
from archcalc.cli.console import WrongUsage, complain, terminal, write
from archcalc.cli.output import print_bytes
from archcalc.cli.project import Project
from archcalc.cli.searching import repairs_of
from archcalc.demands import Demands
from archcalc.editing import diff, rewritten
from archcalc.expressions.values import Value
from archcalc.files import write as write_file
from archcalc.network import Settings
from archcalc.repair import Mended, Repair, legal_text
from archcalc.report.outcome import outcome
from archcalc.report.several import blocks
from archcalc.report.text import COUNTED
from archcalc.source import decode
from archcalc.terminal import visible


class _Made(NamedTuple):
    """A repair, and of which network."""

    address: str
    repair: Repair


class _Draft:
    """A file on the way from the text that was read to the repaired one."""

    def __init__(self, network: Architecture, demands: Demands | None) -> None:
        self.file = network.file
        self.demands = demands
        self.mended = Mended(network.file)
        self.networks: list[Architecture] = []
        self.made: list[_Made] = []

    @property
    def is_stdin(self) -> bool:
        return self.file.name in STDIN

    @property
    def text(self) -> str:
        """What the file says when its repairs are made."""
        return self.mended.text

    @property
    def is_changed(self) -> bool:
        return self.text != self.file.text

    def check(self, network: Architecture, values: Mapping[str, Value]) -> Report:
        """The report on one of its networks as the text is now, by what its project asks."""
        now = Architecture(self.mended.now(network.program))
        return Report.of(now.program, Settings(values_of(now, values)), self.demands)

    def repair(self, network: Architecture, values: Mapping[str, Value], report: Report) -> None:
        """Make safe repairs until a network is ok or there is none; the report is on the text as it was read."""
        now = Architecture(self.mended.now(network.program))
        done = self.mended.mend(now.program, values_of(now, values), report)
        self.made += [_Made(now.address, one) for one in done]


def run(
    networks: list[Architecture],
    values: Mapping[str, Value],
    problems: list[str],
    options: argparse.Namespace,
    project: Project,
) -> int:
    """Repair, show what was changed and what is left; returns the exit code, which is about the files as they are."""
    for wanted, name, why in (
        (options.format != "text", f"--format {options.format}", "a diff is text"),
        (options.symbolic, "--symbolic", "repairs are found at the values of `at`"),
        (options.depth is not None, "--depth", "no table is shown"),
        (options.receptive_field, "--receptive-field", "no table is shown"),
        (options.columns is not None, "--columns", "no table is shown"),
        (options.no_fold, "--no-fold", "no table is shown"),
    ):
        if wanted:
            raise WrongUsage(f"--{'fix' if options.fix else 'diff'} goes without {name}: {why}")
    drafts = _drafts(networks, project)
    with ExitStack() as stack:
        if options.fix and any(draft.is_stdin for draft in drafts):
            # Standard output is for the repaired text.
            stack.enter_context(redirect_stdout(sys.stderr))
        room = budget.Budget(budget.CHECKED, "checked")
        reports = [report for draft in drafts for report in _reports(draft, values, problems, room, options)]
        problems += room.problems()
        for problem in problems:
            complain(problem)
        if reports:
            repairs = repairs_of(reports, options.repairs)
            found = [outcome(one, COUNTED, known) for one, known in zip(reports, repairs, strict=True)]
            for block in blocks(found, terminal(options)):
                write(block)
    for draft in drafts if options.fix else ():
        if draft.is_stdin:
            print_bytes(draft.text.encode("utf-8"))
    if problems:
        return 2
    return 0 if options.exit_zero or all(report.ok for report in reports) else 1


def _drafts(networks: list[Architecture], project: Project) -> list[_Draft]:
    """The files with the networks that were named in them, each once however often it was named."""
    drafts: dict[str, _Draft] = {}
    for network in networks:
        name = os.path.realpath(network.file.name)
        if name not in drafts:
            drafts[name] = _Draft(network, project.demands(network.file.name))
        draft = drafts[name]
        if all(network.variant != other.variant for other in draft.networks):
            draft.networks.append(network)
    return list(drafts.values())


def _reports(
    draft: _Draft, values: Mapping[str, Value], problems: list[str], room: budget.Budget, options: argparse.Namespace
) -> list[Report]:
    """The reports of a file's networks, after the repair if the file was written."""
    known = _checked(draft, values, room)
    for network, report in known:
        if not report.ok:
            draft.repair(network, values, report)
    is_written = options.fix
    if draft.is_changed:
        write(diff(draft.file.text, draft.text, draft.file.name, color=terminal(options).color))
        write("")
        problem = _written(draft) if options.fix and not draft.is_stdin else None
        if problem is not None:
            problems.append(problem)
            is_written = False
        for address, repair in draft.made:
            write(f"{'repaired' if is_written else 'would repair'} {visible(address)}: {visible(_repair_text(repair))}")
        write("")
    found = [report for _, report in known]
    if not draft.is_changed:
        left = found
    elif is_written:
        found = left = [draft.check(network, values) for network, _ in known]
    else:
        left = [draft.check(network, values) for network, report in known if not report.ok]
    for idea in _ideas(left, options.repairs):
        write(idea)
        write("")
    return found


def _ideas(reports: list[Report], wanted: int | None) -> Iterator[str]:
    """What a person has to decide on, for so many networks as repairs are wanted for."""
    for report, is_chosen in zip(reports, choice(reports, USUAL if wanted is None else wanted), strict=True):
        repairs = report.repairs if is_chosen else []
        if not repairs or any(one.is_safe and one.edits for one in repairs):
            continue
        # What fails then is a part of the reason already.
        idea = repairs[0]
        harm = next((harm.text for harm in idea.harms if harm.text not in idea.why), "")
        but = f"; but {harm}" if harm else ""
        yield f"no safe repair of {visible(report.address)}; to consider: {visible(_repair_text(idea) + but)}"


def _checked(draft: _Draft, values: Mapping[str, Value], room: budget.Budget) -> list[tuple[Architecture, Report]]:
    """The networks of a file that there is room for, with their reports."""
    found = []
    for network in draft.networks:
        if room.takes(network):
            found.append((network, draft.check(network, values)))
            room.count(network, len(found[-1][1]))
    return found


def _repair_text(repair: Repair) -> str:
    """What was done, why, and what is legal by it."""
    why = f", {repair.why}" if repair.why else ""
    legal = legal_text(repair)
    return f"{repair.title}{why}" + (f"; legal: {legal}" if legal else "")


def _written(draft: _Draft) -> str | None:
    """Write a file, or say why it stays as it is."""
    name = visible(draft.file.name)
    try:
        found = find(draft.file.name)
        if found.path is None or found.path != Path(found.name):
            return f"{name} is a network of the catalogue, which stays as it is: save a copy, and repair that"
        if not os.access(found.path, os.W_OK):
            return f"cannot write {name}: it is read-only"
        data = found.read()
        file, _ = decode(draft.file.name, data)
        if file is None or file.text != draft.file.text:
            return f"{name} was changed by somebody else in the meantime; nothing was written"
        write_file(found.path, rewritten(data, draft.text), force=True)
    except OSError as error:
        return f"cannot write {name}: {error.strerror or error}"
    return None
