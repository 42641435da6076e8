"""`archcalc memory`: what a network takes, in inference and in training."""

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
    from archcalc.report.memory import MemoryReport


def add(command: argparse.ArgumentParser) -> None:
    """Declare its arguments."""
    command.description = (
        "Say how many bytes a network takes: its weights, the maps of a batch, and in training gradients, the states "
        "of the optimizer and what autograd keeps, as PyTorch keeps it; and the most that lives at one time. The "
        "largest size of an input that fits is a question for `archcalc solve`: --where 'peak <= 24 GiB' --largest."
    )
    arguments.spec(command)
    command.add_argument(
        "--batch", type=arguments.amount, default=1, metavar="N", help="items at a time; by default one"
    )
    command.add_argument(
        "--training",
        metavar="OPTIMIZER",
        help="train it, with sgd, momentum, adam, adamw, adamw-8bit, adafactor and others; without, it only runs",
    )
    command.add_argument(
        "--dtype",
        default="float32",
        metavar="NAME",
        help="the type of all numbers, such as bfloat16, or mixed: weights in 32 bits, maps in 16",
    )
    command.add_argument(
        "--in-place",
        action="store_true",
        help="activations write over what they read, where nobody else reads it",
    )
    command.add_argument(
        "--checkpoint",
        action="append",
        default=[],
        metavar="SCOPES",
        help="keep nothing of the inside of these scopes, a name or a pattern such as layer?.*, and compute it again; "
        "may be repeated",
    )
    command.add_argument(
        "--fits", metavar="BYTES", help="say how many items at a time fit into so much memory, such as 24GiB"
    )
    arguments.values(command)
    formats.add(command, FORMATS)
    arguments.color(command)


def run(options: argparse.Namespace) -> int:
    """Compute and print; returns the exit code."""
    from archcalc.cli.output import one_with_values, print_diagnostics
    from archcalc.diagnostics.model import errors
    from archcalc.memory import NoOptimizer, NoPrecision

    if not options.batch:
        raise WrongUsage("--batch: a batch has at least one item")
    budget = _budget(options.fits)
    network, values = one_with_values(options.spec, options.values, "memory")
    report = network.check(values)
    mistakes = errors(report.diagnostics)
    if not report.complete:
        print_diagnostics(network, mistakes, options)
        formats.write(Answer(network, None, None, tuple(mistakes)), options)
        return 1
    plan = {"in_place": options.in_place, "checkpoints": options.checkpoint}
    try:
        found = report.memory(options.batch, options.training, options.dtype, **plan)
    except NoOptimizer as error:
        raise WrongUsage(f"--training: {visible(str(error))}") from None
    except NoPrecision as error:
        raise WrongUsage(f"--dtype: {visible(str(error))}") from None
    except LookupError as error:
        raise WrongUsage(f"--checkpoint: {visible(str(error))}") from None
    if budget is not None and found.peak is None:
        raise WrongUsage("--fits: symbols without a value leave the memory open (give them values with --set)")
    most = None if budget is None else found.largest_batch(budget)
    formats.write(Answer(network, found, most, ()), options)
    return 1 if most == 0 else 0


class Answer(NamedTuple):
    """A network with what it takes and the most items that fit, or with the errors because of which nobody knows."""

    network: Architecture
    memory: MemoryReport | None
    most: int | None
    errors: tuple[Diagnostic, ...]


def _budget(text: str | None) -> int | None:
    """Bytes as people write them. Raises: WrongUsage."""
    if text is None:
        return None
    from archcalc.spec.figures import BYTE_UNITS, published, ungrouped

    found = published(ungrouped(text.strip()), BYTE_UNITS)
    if found is None or found.is_ratio or found.is_about:
        raise WrongUsage(f"--fits: {visible(text)} is no amount of memory (write 24GiB, 80GB or a number of bytes)")
    return int(found.value)


def _text(answer: Answer, options: argparse.Namespace) -> None:
    if answer.memory is None:
        return  # The errors stand on standard error.
    from archcalc.report.memory.text import text

    write(text(answer.memory, terminal(options).at_least(NARROWEST)))
    if answer.most is not None:
        items = f"{answer.most:,} item{'' if answer.most == 1 else 's'} at a time fit"
        write(f"\n{items if answer.most else 'not even one item fits'} into {visible(options.fits)}")


def _json(answer: Answer, options: argparse.Namespace) -> None:
    from archcalc.diagnostics.render import as_json

    if answer.memory is not None:
        entry = {**answer.memory.to_json(), "largest_batch": answer.most}
    else:
        entry = {"diagnostics": [as_json(error, answer.network.file.name) for error in answer.errors]}
    write_document([{**title(answer.network), **entry}], ok=answer.memory is not None and answer.most != 0)


FORMATS = {
    "text": Format(_text, "for people"),
    "json": Format(_json, "for programs"),
}
