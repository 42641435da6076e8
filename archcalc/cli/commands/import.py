"""`archcalc import`: a network of PyTorch, ONNX, Keras or Caffe, written as a spec that is proven to be it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from archcalc.cli import arguments
from archcalc.cli.console import WrongUsage, say
from archcalc.terminal import visible

if TYPE_CHECKING:
    from archcalc.importing.imported import Imported
    from archcalc.importing.torch.comparison import Comparison
    from archcalc.importing.torch.inputs import Input

SOURCE_HELP = (
    "package.module:name or net.py:name (a module of PyTorch, or what makes one), or a file: .onnx, .keras, the .json "
    "of Keras, .prototxt"
)


def add(command: argparse.ArgumentParser) -> None:
    """Declare its arguments."""
    command.description = (
        "Write a network that you have as a spec, and prove that it is the same: its tensors by name, its "
        "multiplications, and every layer with what it reads. A source in Python is run, in a process of its own; a "
        "file is only read."
    )
    command.add_argument("source", metavar="SOURCE", help=SOURCE_HELP)
    command.add_argument(
        "--input",
        action="append",
        default=[],
        metavar="SHAPE",
        dest="inputs",
        help="what goes in, without the batch: 3x224x224, or tokens=128:int; may be repeated",
    )
    command.add_argument("--call", metavar="CALL", help="how the module is made: 'Net(width=2)', with literals")
    arguments.output(command, "standard output")
    command.add_argument("--flat", action="store_true", help="one step for each layer, without blocks and loops")
    command.add_argument("--fixed", action="store_true", help="keep the sizes of the input as numbers")
    command.add_argument("--train", action="store_true", help="what runs in training, such as auxiliary heads")
    command.add_argument(
        "--timeout", type=float, metavar="SECONDS", help="processor time of a Python source; default: 120"
    )
    command.add_argument(
        "--verify", action="store_true", help="run the module and the spec as PyTorch code, and compare what comes out"
    )
    arguments.force(command)


def run(options: argparse.Namespace) -> int:
    """Import and write; returns the exit code."""
    from archcalc.cli.failures import told
    from archcalc.cli.output import STDOUT, deliver, refuse_obstacle
    from archcalc.importing.failure import ImportFailure
    from archcalc.importing.given import parsed
    from archcalc.importing.summary import summary

    if options.output != STDOUT:
        refuse_obstacle(options.output, "net.yaml", force=options.force)
    try:
        found, comparison = _imported(options, [parsed(text) for text in options.inputs])
    except ImportFailure as failure:
        raise WrongUsage(*told(failure, options.source)) from None
    if deliver(found.text.encode("utf-8"), options):
        say(f"wrote {visible(options.output)}")
    for line in summary(found):
        say(visible(line))
    if comparison is not None:
        say(visible(str(comparison)))
    return 0 if found.is_whole and (comparison is None or comparison.agrees) else 1


def _imported(options: argparse.Namespace, inputs: list[Input]) -> tuple[Imported, Comparison | None]:
    from archcalc.importing import files
    from archcalc.importing.torch.source import is_python

    if is_python(options.source):
        return _of_python(options, inputs)
    for option in ("call", "train", "timeout", "verify"):
        if getattr(options, option):
            raise WrongUsage(f"--{option} is for sources in Python, and {visible(options.source)} is a file")
    return files.imported_file(options.source, inputs, flat=options.flat, fixed=options.fixed), None


def _of_python(options: argparse.Namespace, inputs: list[Input]) -> tuple[Imported, Comparison | None]:
    """The import, and how its outputs compare, where that is asked."""
    from archcalc.importing.pytorch import of_session
    from archcalc.importing.torch.parent import Session
    from archcalc.importing.torch.source import source
    from archcalc.verify.original import of_import

    if options.train and options.verify:
        raise WrongUsage("--verify compares what is in use, and --train follows what runs in training: leave one out")
    with Session(source(options.source, options.call), options.timeout) as session:
        read = of_session(session, inputs, train=options.train, flat=options.flat, fixed=options.fixed)
        return read.found, of_import(read, session.compared) if options.verify else None
