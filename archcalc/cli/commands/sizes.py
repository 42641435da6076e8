"""`archcalc sizes`: for which sizes networks are legal, who asks for what, and which sizes are nearest."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, NamedTuple

from archcalc.cli import arguments, formats
from archcalc.cli.console import WrongUsage, complain, terminal, write
from archcalc.cli.documents import title, write_document
from archcalc.cli.formats import Format
from archcalc.terminal import visible

if TYPE_CHECKING:
    from archcalc.api.architecture import Architecture
    from archcalc.diagnostics.model import Diagnostic
    from archcalc.expressions.values import Value
    from archcalc.report.certificate import Proven
    from archcalc.sizes.legal import LegalSizes


def add(command: argparse.ArgumentParser) -> None:
    """Declare its arguments."""
    command.description = (
        "Decide exactly for which sizes networks are legal: congruences, bounds and exceptions for every symbol, with "
        "the layers that ask for them. A spec without symbols is asked about the height, the width, ... of its inputs."
    )
    arguments.specs(command)
    arguments.values(command)
    command.add_argument(
        "--near",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="say whether this size is legal, and which sizes below and above are; default: the stated sizes",
    )
    command.add_argument(
        "--certificate",
        metavar="FILE",
        help="write a proof that `python -m archcalc.sizes.checker FILE` checks again, and say what it proves",
    )
    arguments.force(command, "certificate")
    formats.add(command, FORMATS)
    arguments.color(command)


def run(options: argparse.Namespace) -> int:
    """Decide and print; returns the exit code."""
    from archcalc.batch import budget
    from archcalc.cli.networks import chosen, set_values
    from archcalc.expressions.values import described

    problems: list[str] = []
    networks, values = chosen(options.specs, options.values, problems)
    near = set_values(options.near, "--near")
    for name, value in near.items():
        if not isinstance(value, int):
            raise WrongUsage(f"--near {name}: a whole number is needed, not {visible(described(value))}")
    if options.certificate is not None and len(networks) != 1:
        message = f"--certificate is for one network, and there are {len(networks)}"
        raise WrongUsage(*problems, f"{message}; choose a variant, as in net.yaml:NAME")
    room = budget.Budget(budget.DECIDED, "decided")
    answers: list[tuple[Architecture, LegalSizes | None]] = []
    mistakes: dict[str, list[Diagnostic]] = {}
    for network in networks:
        if room.takes(network):
            answers.append((network, _decided(network, values, mistakes)))
            room.count(network, _layers(network, values) if answers[-1][1] is not None else 0)
    problems += room.problems()
    unknown = [name for name in near if not any(legal and name in legal.symbols for _, legal in answers)]
    if unknown and answers:
        known = sorted({name for _, legal in answers if legal for name in legal.symbols})
        message = f"--near {unknown[0]}: no such free symbol; there are: {', '.join(known) or 'none'}"
        raise WrongUsage(*problems, message)
    proven = None if options.certificate is None else _certify(answers[0][1], options)
    return formats.write_all(Answer(answers, mistakes, values, problems, near, proven), options)


class Answer(NamedTuple):
    """What is printed: networks with their legal sizes, or None for one with mistakes; and what was asked besides."""

    found: list[tuple[Architecture, LegalSizes | None]]
    mistakes: dict[str, list[Diagnostic]]
    """Those of the networks without legal sizes, by address; a check at the stated sizes need not have them."""
    values: dict[str, Value]
    problems: list[str]
    near: dict[str, int]
    proven: Proven | None = None
    """What the certificate proves that was written."""

    @property
    def ok(self) -> bool:
        """Whether all was read, and each network is legal at some sizes."""
        return not self.problems and all(legal is not None and not legal.is_empty for _, legal in self.found)


def _decided(
    network: Architecture, values: dict[str, Value], mistakes: dict[str, list[Diagnostic]]
) -> LegalSizes | None:
    """The legal sizes; None where the spec has mistakes, which are kept."""
    from archcalc.api.architecture import values_of
    from archcalc.program import InvalidSpec

    known: Any = values_of(network, values)
    try:
        return network.legal_sizes(known)
    except InvalidSpec as error:
        mistakes[network.address] = error.diagnostics
        return None


def _layers(network: Architecture, values: dict[str, Value]) -> int:
    """How many layers there were to decide on."""
    from archcalc.api.architecture import values_of

    return len(network.unfold(values_of(network, values), symbolic=True).graph.nodes)


def _certify(legal: LegalSizes | None, options: argparse.Namespace) -> Proven:
    import json

    from archcalc.cli.output import refuse_obstacle, write_file
    from archcalc.report.certificate import proven

    if legal is None:
        raise WrongUsage("there is no certificate for a spec with mistakes; `archcalc check` lists them")
    refuse_obstacle(options.certificate, "certificate.json", force=options.force)
    try:
        certificate = legal.certificate()
    except ValueError as error:
        raise WrongUsage(f"there is no certificate: {error}") from None
    data = json.dumps(certificate, indent=1) + "\n"
    write_file(options.certificate, data.encode(), force=options.force)
    return proven(legal, certificate)


def _json(answer: Answer, options: argparse.Namespace) -> None:
    from archcalc.report.sizes import as_json

    entries = [
        as_json(title(one), legal, answer.near) if legal is not None else _mistaken(one, answer)
        for one, legal in answer.found
    ]
    if answer.proven is not None:
        entries[0]["certificate"] = answer.proven.to_json(options.certificate)
    write_document(entries, ok=answer.ok, problems=answer.problems)


def _mistaken(network: Architecture, answer: Answer) -> dict[str, Any]:
    """A network without legal sizes because of its mistakes, which are listed as in a check."""
    from archcalc.api.architecture import values_of
    from archcalc.diagnostics.render import as_json

    report = network.check(values_of(network, answer.values))
    listed = answer.mistakes[network.address] if report.ok else report.diagnostics
    found = [as_json(diagnostic, report.file.name) for diagnostic in listed]
    return {**title(network), "diagnostics": found}


def _latex(answer: Answer, options: argparse.Namespace) -> None:
    for _, legal in answer.found:
        write(legal.latex() if legal is not None else "")
    if answer.proven is not None:
        complain(answer.proven.text(options.certificate))


def _text(answer: Answer, options: argparse.Namespace) -> None:
    from archcalc.report.sizes import blocks

    if len(answer.found) == 1:
        _page(answer, options)
        if answer.proven is not None:
            screen = terminal(options)
            lines = screen.wrapped(answer.proven.text(options.certificate), less=2)
            write("\n" + "\n  ".join(lines))
        return
    named = [(network.address, legal) for network, legal in answer.found]
    for line in blocks(named, answer.near, terminal(options)):
        write(line)


def _page(answer: Answer, options: argparse.Namespace) -> None:
    """All about one network."""
    from archcalc.api.architecture import values_of
    from archcalc.cli.output import print_diagnostics
    from archcalc.report.sizes import page
    from archcalc.report.text import full

    screen = terminal(options)
    ((network, legal),) = answer.found
    if legal is None or legal.never is not None:
        # The errors that no size avoids, where they are, with what repairs them at the stated sizes.
        stated = {**legal.stated, **legal.fixed} if legal is not None else {}
        report = network.check(values_of(network, {**stated, **answer.values}))
        if legal is None and report.ok:
            print_diagnostics(network, answer.mistakes[network.address], options)
            return
        write(full(report, screen, repairs=report.repairs))
        if legal is not None:
            write(f"legal: {legal.text()}")
        return
    # The sizes of another network than its author means look right.
    print_diagnostics(network, network.check(values_of(network, answer.values)).suspicions, options)
    graph = network.unfold({**legal.fixed, **values_of(network, answer.values)}, symbolic=True).graph
    write(page(network.title, legal, graph, answer.near, screen))


FORMATS = {
    "text": Format(_text, "for people", heeds=("--near",)),
    "json": Format(_json, "for programs", heeds=("--near",)),
    "latex": Format(_latex, "the set alone"),
}
