"""`archcalc reconcile`: what every tool and paper counts of a network, and what lies between the numbers."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NamedTuple

from archcalc.cli import arguments, formats
from archcalc.cli.console import WrongUsage, terminal, write
from archcalc.cli.documents import title, write_document
from archcalc.cli.formats import Format
from archcalc.terminal import NARROWEST, visible

if TYPE_CHECKING:
    from archcalc.api.architecture import Architecture
    from archcalc.diagnostics.model import Diagnostic
    from archcalc.reconciliation import Account


def add(command: argparse.ArgumentParser) -> None:
    """Declare its arguments."""
    command.description = (
        "Count the operations of a network as every tool and paper does, side by side, and take each difference from "
        "the multiplications apart, term by term; the parameters likewise. It ends with 1 if nobody counts what was "
        "observed, or the network has errors."
    )
    arguments.spec(command)
    command.add_argument(
        "--observed",
        metavar="NUMBER",
        help="a number that somebody has printed, such as 4.13G or 4,133,742,592: who counts it, exactly or rounded; "
        "or else by which one term more or less somebody would",
    )
    arguments.convention(
        command, "only these conventions: names such as fvcore or thop, with commas, and files of your own"
    )
    arguments.values(command)
    formats.add(command, FORMATS)
    arguments.color(command)


def run(options: argparse.Namespace) -> int:
    """Count and print; returns the exit code."""
    from archcalc.cli.conventions import explained
    from archcalc.cli.output import one_with_values, print_diagnostics
    from archcalc.conventions import NoConvention, NoCount
    from archcalc.diagnostics.model import errors
    from archcalc.reconciliation import NoFigure

    network, values = one_with_values(options.spec, options.values, "reconcile")
    report = network.check(values)
    mistakes = errors(report.diagnostics)
    if not report.complete:
        print_diagnostics(network, mistakes, options)
        formats.write(Answer(network, None, tuple(mistakes)), options)
        return 1
    try:
        found = report.reconcile(options.observed, *(options.convention or ()))
    except (NoConvention, NoCount, OSError) as error:
        raise explained(error, options) from None
    except NoFigure as error:
        raise WrongUsage(f"--observed: {visible(str(error))}") from None
    formats.write(Answer(network, found, ()), options)
    return 0 if found.observed is None or found.observed.sources else 1


class Answer(NamedTuple):
    """A network with its account, or with the errors because of which there is none."""

    network: Architecture
    account: Account | None
    errors: tuple[Diagnostic, ...]


def _text(answer: Answer, options: argparse.Namespace) -> None:
    if answer.account is None:
        return  # The errors stand on standard error.
    from archcalc.reconciliation.text import text

    write(text(*answer.account, terminal=terminal(options).at_least(NARROWEST)))


def _json(answer: Answer, options: argparse.Namespace) -> None:
    from archcalc.diagnostics.render import as_json

    if answer.account is not None:
        entry = answer.account.to_json()
        ok = answer.account.observed is None or bool(answer.account.observed.sources)
    else:
        entry = {"diagnostics": [as_json(error, answer.network.file.name) for error in answer.errors]}
        ok = False
    write_document([{**title(answer.network), **entry}], ok=ok)


FORMATS = {
    "text": Format(_text, "for people"),
    "json": Format(_json, "for programs"),
}
