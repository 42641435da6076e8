"""`archcalc sizes`: for which sizes networks are legal, who asks for what, and which sizes are nearest."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from archcalc.architecture import Architecture
from archcalc.cli.console import complain, terminal, write
from archcalc.cli.networks import chosen, set_values, values_of
from archcalc.cli.output import obstacle
from archcalc.cli.output import write as write_file
from archcalc.expressions.values import Value
from archcalc.report.sizes import as_json, in_words, page, placed
from archcalc.sizes.legal import LegalSizes
from archcalc.terminal import Terminal, visible


def run(options: argparse.Namespace) -> int:
    """Decide and print; returns the exit code."""
    problems: list[str] = []
    named = chosen(options.specs, options.values, problems)
    near = set_values(options.near, "--near")
    if named is None or near is None:
        return 2
    networks, values = named
    for problem in problems:
        complain(problem)
    if options.certificate is not None and len(networks) != 1:
        complain(
            f"--certificate is for one network, and there are {len(networks)}; choose a variant, as in net.yaml:NAME"
        )
        return 2
    answers = [(network, _decided(network, values)) for network in networks]
    unknown = [name for name in near if not any(legal and name in legal.symbols for _, legal in answers)]
    if unknown and answers:
        known = sorted({name for _, legal in answers if legal for name in legal.symbols})
        complain(f"--near {unknown[0]}: no such free symbol; there are: {', '.join(known) or 'none'}")
        return 2
    if options.certificate is not None and not _certified(answers[0][1], options):
        return 2
    _print(answers, values, problems, near, options)
    if problems:
        return 2
    return 0 if all(legal is not None and not legal.is_empty for _, legal in answers) else 1


def _decided(network: Architecture, values: dict[str, Value]) -> LegalSizes | None:
    """The legal sizes; None for a file that is not a network, whose mistakes a check tells."""
    if network.spec is None or not network.spec.is_complete:
        return None
    known: Any = values_of(network, values)
    return network.legal_sizes(known)


def _certified(legal: LegalSizes | None, options: argparse.Namespace) -> bool:
    if legal is None:
        complain("there is no certificate for a file that is not a network; `archcalc check` has its mistakes")
        return False
    path = Path(options.certificate)
    stop = obstacle(path, "certificate.json", force=options.force)
    if stop is None:
        try:
            data = json.dumps(legal.certificate(), indent=1) + "\n"
            write_file(path, data.encode(), force=options.force)
            return True
        except OSError as error:
            stop = f"cannot write {visible(str(path))}: {error.strerror or error}"
        except ValueError as error:
            stop = f"there is no certificate: {error}"
    complain(stop)
    return False


def _print(
    answers: list[tuple[Architecture, LegalSizes | None]],
    values: dict[str, Value],
    problems: list[str],
    near: dict[str, Value],
    options: argparse.Namespace,
) -> None:
    sizes = {name: value for name, value in near.items() if isinstance(value, int)}
    if options.format == "json":
        entries = [as_json(_title(network), legal, sizes) if legal else _title(network) for network, legal in answers]
        # One network is answered by one object, as it was asked for.
        write(
            json.dumps(
                entries[0] if len(entries) == 1 and not problems else {"specs": entries, "problems": problems}, indent=2
            )
        )
        return
    screen = terminal(options)
    if options.format == "latex":
        for _, legal in answers:
            write(legal.latex() if legal is not None else "")
        return
    if len(answers) == 1:
        network, legal = answers[0]
        if legal is None or legal.never is not None:
            # The errors that no size avoids, where they are, with what repairs them at the stated sizes.
            known = network.settable()
            stated = {**legal.stated, **legal.fixed} if legal is not None else {}
            report = network.check({name: value for name, value in {**stated, **values}.items() if name in known})
            write(report.to_text(width=screen.width, color=screen.color))
            if legal is not None:
                write(f"legal: {legal.text()}")
            return
        graph = network.unfold({**legal.fixed, **values_of(network, values)}, symbolic=True).graph
        title = f"{network.name}:{network.variant}" if network.variant else network.name
        write(page(title, legal, graph, sizes, screen))
        return
    _print_many(answers, sizes, screen)


def _print_many(answers: list[tuple[Architecture, LegalSizes | None]], near: dict[str, int], screen: Terminal) -> None:
    names = [
        f"{network.file.name}:{network.variant}" if network.variant else network.file.name for network, _ in answers
    ]
    room = max(map(len, names), default=0)
    for name, (_, legal) in zip(names, answers, strict=True):
        told = in_words(legal) if legal is not None else "not a network; `archcalc check` says why"
        write(screen.visible(f"{name:<{room}}  {told}"))
        for line in placed(legal, near) if legal is not None and near else ():
            write(screen.visible(f"{'':<{room}}  {line}"))


def _title(network: Architecture) -> dict[str, Any]:
    return {"name": network.name, "variant": network.variant, "file": network.file.name}
