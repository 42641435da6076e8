"""The arguments that several commands have, declared once."""

from __future__ import annotations

import argparse

SPEC_HELP = (
    "a file, a folder, a name of the catalogue, or - for standard input; SPEC:VARIANT picks a variant, and `SPEC:` "
    "what stands beside the variants"
)


def specs(command: argparse.ArgumentParser) -> None:
    """SPEC, once or more often: the networks that a command is about."""
    command.set_defaults(reads_networks=True)
    command.add_argument("specs", nargs="+", metavar="SPEC", help=SPEC_HELP)


def specs_or_project(command: argparse.ArgumentParser) -> None:
    """SPEC, as often as wanted: without any, the specs of the project."""
    command.set_defaults(reads_networks=True)
    help = f"{SPEC_HELP}; without any, the specs of the project: `specs` under [tool.archcalc] in pyproject.toml"
    command.add_argument("specs", nargs="*", metavar="SPEC", help=help)


def rules(command: argparse.ArgumentParser) -> None:
    """Which findings are told, and which of them fail."""
    command.add_argument(
        "--select",
        action="append",
        metavar="CODES",
        help="warnings and notes that are told, with commas: AC302, unread-input, AC3 for all that begin so; errors "
        "always are; overrides the configuration",
    )
    command.add_argument(
        "--ignore",
        action="append",
        metavar="CODES",
        help="warnings and notes that are not told, besides those of the configuration",
    )
    command.add_argument("--warn-as-error", action="store_true", help="warnings that are told are errors")
    command.add_argument("--exit-zero", action="store_true", help="exit with 0 also if errors are found")
    command.add_argument(
        "--jobs",
        type=amount,
        default=1,
        metavar="N",
        help="processes that check several files; 0: as many as there are processors; default: 1",
    )
    command.add_argument("--no-cache", action="store_true", help="check also files that are as they were")
    command.add_argument(
        "--force-exclude",
        action="store_true",
        help="leave out what `exclude` of the configuration names, also of files that are named one by one",
    )
    command.add_argument("--isolated", action="store_true", help="without the configuration in any pyproject.toml")


def spec(command: argparse.ArgumentParser) -> None:
    """SPEC: the one network that a command is about."""
    command.set_defaults(reads_networks=True)
    command.add_argument("spec", metavar="SPEC", help="as for check, but one network")


def values(command: argparse.ArgumentParser) -> None:
    """--set: values for symbols and lets."""
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        dest="values",
        help="give a symbol or a let another value: a number, true or false, a word, or a list such as [3,4,6]; may be "
        "repeated",
    )


def symbolic(command: argparse.ArgumentParser) -> None:
    """--symbolic: symbols keep no values."""
    command.add_argument(
        "--symbolic", action="store_true", help="leave symbols without the values of `at`: closed forms"
    )


def color(command: argparse.ArgumentParser) -> None:
    """--color: overrides what the terminal and the environment say."""
    command.add_argument(
        "--color", choices=("auto", "always", "never"), default="auto", help="colours: auto (default), always, never"
    )


def depth(command: argparse.ArgumentParser, help: str) -> None:
    """--depth: how many levels of scopes are shown."""
    command.add_argument("--depth", type=_depth, metavar="N", help=help)


def table_depth(command: argparse.ArgumentParser) -> None:
    """--depth of a table."""
    depth(command, "levels of scopes in the table of one network; default: about a page")


COLUMNS = (
    "layer, kind, input, output, kernel, stride, padding, dilation, receptive_field, jump, centre, parameters, frozen, "
    "buffers, multiplications, stated_multiplications, flops, activations, memory"
)
"""The columns of a table, for the help: a command that only parses its arguments loads no table."""


def table_columns(command: argparse.ArgumentParser) -> None:
    """--columns and --no-fold of a table."""
    command.add_argument(
        "--columns", type=_names, metavar="NAMES", help=f"columns of the table in this order, with commas: {COLUMNS}"
    )
    convention(
        command,
        "a column each for the operations as tools and papers count them: names such as fvcore or thop, with commas, "
        "and files of your own; `archcalc reconcile` says how they differ",
    )
    command.add_argument(
        "--no-fold", action="store_true", help="a row for every layer, also for equal neighbours without names"
    )


def convention(command: argparse.ArgumentParser, help: str) -> None:
    """--convention: by whom operations are counted."""
    command.add_argument("--convention", type=_names, action="extend", metavar="NAMES", help=help)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


def output(command: argparse.ArgumentParser, default: str) -> None:
    """--output: the file that is written; `default` says what comes without it."""
    command.add_argument("-o", "--output", metavar="FILE", default="-", help=f"default: {default}")


def force(command: argparse.ArgumentParser, what: str = "file") -> None:
    """--force: an existing file may be overwritten."""
    command.add_argument("--force", action="store_true", help=f"overwrite the {what} if it exists")


def amount(text: str) -> int:
    """How many of something, from 0. Raises: ArgumentTypeError."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text} is not a number of 0 or more")
    return int(text)


def _depth(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number of 1 or more")
    return int(text)
