"""`archcalc roofline`: how long a device needs for a network at its peaks, and what limits each layer."""

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
    from archcalc.api.report import Report
    from archcalc.diagnostics.model import Diagnostic
    from archcalc.roofline import Roofline


def add(command: argparse.ArgumentParser) -> None:
    """Declare its arguments."""
    command.description = (
        "Estimate how long a device needs for a network: for every layer the operations at the peak of its arithmetic, "
        "or the bytes at the peak of its memory, whichever takes longer. The layers that take most time come first. "
        "Starting layers and caches are not part of the estimate. It ends with 1 if the network has errors."
    )
    arguments.spec(command)
    command.add_argument(
        "--on",
        metavar="HARDWARE",
        default="",
        help="the device: a name such as a100 or raspberry-pi-5, or a file of your own that ends in .yaml; without it, "
        "the names are listed",
    )
    command.add_argument(
        "--dtype",
        metavar="TYPE",
        help="the type of the numbers that flow and are computed with, such as float16; default: float32, or the first "
        "that the device states",
    )
    command.add_argument(
        "--tensors", metavar="TYPE", help="the type of the parameters and buffers, such as int4; default: as --dtype"
    )
    command.add_argument(
        "--batch", type=arguments.amount, default=1, metavar="N", help="inputs that are computed at once; default: 1"
    )
    command.add_argument(
        "--fused",
        action="store_true",
        help="merge layers that write one number at a time (activations, batch norms, sums) into those in front, as "
        "compilers do",
    )
    arguments.depth(
        command, "blocks instead of layers: levels of scopes that are gone into; default: all, down to the layers"
    )
    arguments.values(command)
    formats.add(command, FORMATS)
    arguments.color(command)


def run(options: argparse.Namespace) -> int:
    """Estimate and print; returns the exit code."""
    from archcalc.cli.output import one_with_values, print_diagnostics
    from archcalc.diagnostics.model import errors

    network, values = one_with_values(options.spec, options.values, "roofline")
    report = network.check(values)
    mistakes = errors(report.diagnostics)
    if not report.complete:
        print_diagnostics(network, mistakes, options)
        formats.write(Answer(network, None, tuple(mistakes)), options)
        return 1
    formats.write(Answer(network, _estimated(report, options), ()), options)
    return 0


def _estimated(report: Report, options: argparse.Namespace) -> Roofline:
    from archcalc.cli.hardware import explained, listed
    from archcalc.hardware import NoDtype, NoHardware, NoPeak
    from archcalc.roofline import NoEstimate

    if not options.on:
        raise WrongUsage(f"roofline needs --on, the device: {listed()}")
    if options.batch < 1:
        raise WrongUsage("--batch is at least 1")
    try:
        return report.roofline(
            options.on, dtype=options.dtype, batch=options.batch, tensors=options.tensors, fused=options.fused
        )
    except (NoHardware, OSError) as error:
        raise explained(error, options) from None
    except (NoDtype, NoPeak) as error:
        raise WrongUsage(visible(str(error))) from None
    except NoEstimate as error:
        raise WrongUsage(f"{visible(str(error))}: give one with --set") from None


class Answer(NamedTuple):
    """A network with its estimate, or with the errors because of which there is none."""

    network: Architecture
    estimate: Roofline | None
    errors: tuple[Diagnostic, ...]


def _text(answer: Answer, options: argparse.Namespace) -> None:
    if answer.estimate is None:
        return  # The errors stand on standard error.
    from archcalc.roofline.text import text

    write(text(answer.estimate, terminal(options).at_least(NARROWEST), options.depth))


def _json(answer: Answer, options: argparse.Namespace) -> None:
    from archcalc.diagnostics.render import as_json

    if answer.estimate is not None:
        entry = answer.estimate.to_json()
    else:
        entry = {"diagnostics": [as_json(error, answer.network.file.name) for error in answer.errors]}
    write_document([{**title(answer.network), **entry}], ok=answer.estimate is not None)


FORMATS = {
    "text": Format(_text, "for people", heeds=("--depth",)),
    "json": Format(_json, "for programs"),
}
