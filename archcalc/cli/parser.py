"""Commands and their options."""

from __future__ import annotations

import argparse
from typing import NoReturn

from archcalc import __version__
from archcalc.terminal import visible

SPEC_HELP = "a file, a folder, a name of the catalogue, or - for standard input; SPEC:VARIANT picks a variant"

EXAMPLES = """\
examples:
  archcalc check resnet:resnet152          a network of the catalogue
  archcalc check net.yaml --set H=256      a file, with a value for a symbol
  archcalc check specs --format json       every file and variant of a folder
  archcalc sizes unet:paper                for which sizes it is legal, and why
  archcalc solve resnet_cifar:20 --for n --where "parameters <= 1M"
                                           which values of n fit a budget
  archcalc export unet:paper -o unet.py    the network as PyTorch code
  archcalc draw unet:paper -o unet.svg     the network as a picture
  archcalc verify unet:paper               that code, run and compared with PyTorch
  archcalc explain lenet:lecture c3        how the sizes and counts of a layer come about
  archcalc explain AC301                   what a code means
  archcalc explain layers                  all layers; `explain conv` has the fields of one

exit codes: 0 fine, 1 errors found, 2 wrong usage"""

CONDITIONS = """\
conditions compare quantities of the network, or of a layer or scope in parentheses, by <= >= < > or =:
  parameters <= 5M                         k K M G B T, Ki Mi Gi; behind these a B, as in 2 GiB
  multiplications(layer1) = 40M..60M       a range with its ends; ..60M and 40M.. are open
  parameters = 5M                          a number with a unit: all that is printed so, rounded or cut off
  size(conv5) = 7x7                        rows and columns; size = 7 if all are alike
  size = size(input) and N % 32 == 0       expressions of the spec language, with its symbols and lets
quantities: parameters, multiplications, buffers, bytes (of weights), activations (numbers that layers write), memory
(bytes of weights and activations, 4 each), layers, depth, output (as in 512x7x7), size, height, width, length,
channels, receptive_field. A symbol or let of the same name goes first.

A network has to be legal besides; its expectations are not asked. The answer is a proof where symbols can stand for the
unknowns. Unknowns that decide the form of the network, such as a depth or a stride, are tried one by one: all values of
FIRST..LAST, without it at most 256 values, and it is said which.

examples:
  archcalc solve convolution:stride1 --for padding --where "size = size(input)"
  archcalc solve mobilenet_v2:1.0 --for alpha=0.25..1.5/0.05 --where "multiplications <= 300M" --largest

exit codes: 0 there are solutions, 1 there are none or the network has errors, 2 wrong usage"""


class Parser(argparse.ArgumentParser):
    """A parser whose complaints show hostile arguments without obeying them."""

    def error(self, message: str) -> NoReturn:
        """Print usage and the message, and exit with 2."""
        super().error(visible(message))


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    top = Parser(
        prog="archcalc",
        description="Exact shapes, fractions, parameters and multiplications of network architectures, with reasons.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"archcalc {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _check(commands.add_parser("check", help="check networks: shapes, fractions, counts, expectations"))
    _export(commands.add_parser("export", help="write a network as PyTorch code"))
    _sizes(commands.add_parser("sizes", help="say for which sizes networks are legal, and which layers ask for what"))
    _solve(commands.add_parser("solve", help="find the values of symbols and lets that meet conditions"))
    _draw(commands.add_parser("draw", help="draw a network as a picture: DOT, SVG, PNG or PDF"))
    _verify(commands.add_parser("verify", help="run the exported code in PyTorch and compare everything"))
    _explain(
        commands.add_parser("explain", help="print the page of a code or a kind of layer, or the work for a layer")
    )
    _schema(commands.add_parser("schema", help="print the JSON Schema of the spec language"))
    return top


def _check(command: argparse.ArgumentParser) -> None:
    command.description = "Check networks: every shape, every fraction, parameters, multiplications, expectations."
    command.add_argument("specs", nargs="+", metavar="SPEC", help=SPEC_HELP)
    _set(command)
    _symbolic(command)
    command.add_argument(
        "--receptive-field",
        action="store_true",
        help="show for each layer how much of the input a position sees, how far apart positions are, and where",
    )
    _layout(command)
    repair = command.add_mutually_exclusive_group()
    repair.add_argument("--fix", action="store_true", help="write safe repairs of the errors into the files")
    repair.add_argument("--diff", action="store_true", help="show what --fix would change, and change nothing")
    command.set_defaults(run=_run_check)


def _sizes(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Decide exactly for which sizes networks are legal: congruences, bounds and exceptions for every symbol, with "
        "the layers that ask for them. A spec without symbols is asked about the height, the width, ... of its inputs."
    )
    command.add_argument("specs", nargs="+", metavar="SPEC", help=SPEC_HELP)
    _set(command)
    command.add_argument(
        "--near",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="say whether this size is legal, and which sizes below and above are; default: the stated sizes",
    )
    command.add_argument(
        "--certificate", metavar="FILE", help="write a proof that `python -m archcalc.sizes.checker FILE` checks again"
    )
    command.add_argument("--force", action="store_true", help="overwrite the certificate if it exists")
    command.add_argument(
        "--format",
        choices=("text", "json", "latex"),
        default="text",
        help="text (default), json, or latex: the set alone",
    )
    _color(command)
    command.set_defaults(run=_run_sizes)


def _solve(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Find the values of symbols and lets at which a network is legal and meets conditions: all of them, the "
        "largest or the smallest, or why there are none."
    )
    command.formatter_class = argparse.RawDescriptionHelpFormatter
    command.epilog = CONDITIONS
    command.add_argument("spec", metavar="SPEC", help="as for check, but one network")
    command.add_argument(
        "--for",
        action="append",
        required=True,
        metavar="NAME[=VALUES]",
        dest="unknowns",
        help="what is unknown; N, depth=1..12, alpha=0.25..1.5/0.05 (in steps), kernel=3,5,7; may be repeated",
    )
    command.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="CONDITION",
        help='what has to hold, such as "parameters <= 5M"; may be repeated: all have to hold',
    )
    ends = command.add_mutually_exclusive_group()
    ends.add_argument("--all", action="store_const", const=None, dest="end", help="all solutions (default)")
    ends.add_argument(
        "--largest", action="store_const", const="largest", dest="end", help="only that with the largest first unknown"
    )
    ends.add_argument(
        "--smallest", action="store_const", const="smallest", dest="end", help="only that with the smallest"
    )
    _set(command)
    command.add_argument("--format", choices=("text", "json"), default="text", help="text (default) or json")
    _color(command)
    command.set_defaults(run=_run_solve)


def _export(command: argparse.ArgumentParser) -> None:
    command.description = "Write a network as code: the module that an engineer would have written for the same graph."
    command.add_argument("spec", metavar="SPEC", help="as for check, but one network")
    command.add_argument("-o", "--output", metavar="FILE", default="-", help="default: standard output")
    command.add_argument("--format", metavar="FORMAT", default="torch", help="torch (default): a module of PyTorch")
    command.add_argument("--force", action="store_true", help="overwrite the file if it exists")
    _set(command)
    _color(command)
    command.set_defaults(run=_run_export)


def _draw(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Draw a network: layers coloured by family, shapes beside the edges, scopes as frames, repeats folded. "
        "Pictures are rendered by Graphviz, if it is installed; DOT text needs nothing."
    )
    command.add_argument("spec", metavar="SPEC", help="as for check, but one network")
    command.add_argument("-o", "--output", metavar="FILE", default="-", help="default: DOT text on standard output")
    command.add_argument(
        "--format", choices=("dot", "svg", "png", "pdf"), help="default: what the suffix of the file says"
    )
    command.add_argument("--force", action="store_true", help="overwrite the file if it exists")
    command.add_argument(
        "--depth", type=_depth, metavar="N", help="levels of scopes that are unfolded; default: a readable picture"
    )
    command.add_argument("--direction", choices=("down", "right"), default="down", help="down (default) or right")
    _set(command)
    _symbolic(command)
    _color(command)
    command.set_defaults(run=_run_draw)


def _verify(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Export networks, run the code in PyTorch, in a process of its own, and compare parameters, shapes, "
        "multiplications and connections of every layer, also at other sizes."
    )
    command.add_argument("specs", nargs="+", metavar="SPEC", help=SPEC_HELP)
    _set(command)
    command.add_argument(
        "--timeout", type=_seconds, metavar="SECONDS", default=None, help="patience with one run; default: 60"
    )
    _layout(command)
    command.set_defaults(run=_run_verify)


def _set(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        dest="values",
        help="give a symbol or a let another value; may be repeated",
    )


def _symbolic(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--symbolic", action="store_true", help="leave symbols without the values of `at`: closed forms"
    )


def _layout(command: argparse.ArgumentParser) -> None:
    command.add_argument("--format", choices=("text", "json"), default="text", help="text (default) or json")
    command.add_argument(
        "--depth", type=_depth, metavar="N", help="levels of scopes in the table of one network; default: about a page"
    )
    _color(command)


def _explain(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Print the page of a code or of a kind of layer (`codes` and `layers` list them all), or show how the sizes "
        "and counts of a layer of a network come about: formulas, the numbers put in, results."
    )
    command.add_argument(
        "subject",
        nargs="?",
        metavar="SUBJECT",
        help="a code such as AC301 or its name, a kind of layer such as conv, codes, layers; or SPEC, as for check",
    )
    command.add_argument(
        "layer", nargs="?", metavar="LAYER", help="a layer of that network, or a group or block with all its layers"
    )
    command.add_argument(
        "--format", choices=("text", "markdown", "latex"), default="text", help="text (default), markdown or latex"
    )
    command.add_argument(
        "--latex", action="store_const", const="latex", dest="format", help="the same as --format latex"
    )
    _set(command)
    _symbolic(command)
    _color(command)
    command.set_defaults(run=_run_explain)


def _schema(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Print the JSON Schema of the spec language, for editors that complete and check while typing."
    )
    command.set_defaults(run=_run_schema)


def _color(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--color", choices=("auto", "always", "never"), default="auto", help="colours: auto (default), always, never"
    )


def _depth(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number of 1 or more")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 86_400:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds")
    return seconds


# The commands import their modules when they run, so that `--help` answers at once.


def _run_check(options: argparse.Namespace) -> int:
    from archcalc.cli.check import run

    return run(options)


def _run_sizes(options: argparse.Namespace) -> int:
    from archcalc.cli.sizes import run

    return run(options)


def _run_solve(options: argparse.Namespace) -> int:
    from archcalc.cli.solve import run

    return run(options)


def _run_export(options: argparse.Namespace) -> int:
    from archcalc.cli.export import run

    return run(options)


def _run_draw(options: argparse.Namespace) -> int:
    from archcalc.cli.draw import run

    return run(options)


def _run_verify(options: argparse.Namespace) -> int:
    from archcalc.cli.verify import run

    return run(options)


def _run_explain(options: argparse.Namespace) -> int:
    from archcalc.cli.explain import run

    return run(options)


def _run_schema(options: argparse.Namespace) -> int:
    from archcalc.cli.schema import run

    return run(options)
