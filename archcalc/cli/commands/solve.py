"""`archcalc solve`: the values of symbols and lets at which a network is legal and meets conditions."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NamedTuple

from archcalc.cli import arguments, formats
from archcalc.cli.console import WrongUsage, terminal, write
from archcalc.cli.documents import title, write_document
from archcalc.cli.formats import Format
from archcalc.quantities import QUANTITIES
from archcalc.terminal import NARROWEST, visible, wrap

if TYPE_CHECKING:
    from archcalc.api.architecture import Architecture
    from archcalc.diagnostics.model import Diagnostic
    from archcalc.solve import Solutions
    from archcalc.solve.solutions import End


CONDITIONS = f"""\
conditions compare quantities of the network, or of a layer or scope in parentheses, by <= >= < > or =:
  parameters <= 5M                         k K M G B T, Ki Mi Gi Ti; of bytes also B, kB, MiB, as in memory <= 2 GiB
  multiplications(layer1) = 40M..60M       a range with its ends; ..60M and 40M.. are open
  parameters = 5M                          a number with a unit: all that is printed so, rounded or cut off
  parameters < 50,000                      groups of three digits, as tables print them
  size(conv5) = 7x7                        rows and columns; size = 7 if all are alike
  size = size(input) and N % 32 == 0       expressions of the spec language, with its symbols and lets

quantities, as in tables and in `expect`; a symbol or let of the same name goes first:
{chr(10).join(f"  {name:<17}{quantity.meaning}" for name, quantity in QUANTITIES.items())}

A network has to be legal besides; its expectations are not asked. The answer is a proof where symbols can stand for the
unknowns. Unknowns that decide the form of the network, such as a depth or a stride, are tried one by one: all values of
FIRST..LAST, without it at most 256 values, and it is said which. Up to a billion combinations of FIRST..LAST are
looked up in tables, which takes NumPy: python -m pip install 'archcalc[sweep]'

examples:
  archcalc solve convolution:stride1 --for padding --where "size = size(input)"
  archcalc solve mobilenet_v2:1.0 --for alpha=0.25..1.5/0.05 --where "multiplications <= 300M" --largest

exit codes: 0 there are solutions, 1 there are none or the network has errors, 2 wrong usage"""


def add(command: argparse.ArgumentParser) -> None:
    """Declare its arguments."""
    command.description = (
        "Find the values of symbols and lets at which a network is legal and meets conditions: all of them, the "
        "largest or the smallest, or why there are none."
    )
    command.formatter_class = argparse.RawDescriptionHelpFormatter
    command.epilog = CONDITIONS
    arguments.spec(command)
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
    ends.add_argument("--all", action="store_true", help="all solutions (default)")
    ends.add_argument("--largest", action="store_true", help="only that with the largest first unknown")
    ends.add_argument("--smallest", action="store_true", help="only that with the smallest")
    arguments.values(command)
    formats.add(command, FORMATS)
    arguments.color(command)


def run(options: argparse.Namespace) -> int:
    """Solve and print; returns the exit code: 1 if there is no solution."""
    from archcalc.cli.output import one_with_values, print_diagnostics
    from archcalc.diagnostics.model import errors
    from archcalc.solve import WrongQuestion, solve

    network, values = one_with_values(options.spec, options.values, "solve")
    mistakes = errors(network.diagnostics)
    if mistakes or network.spec is None or not network.spec.is_complete:
        print_diagnostics(network, mistakes, options)
        formats.write(Answer(network, None, tuple(mistakes)), options)
        return 1
    try:
        found = solve(network.program, options.unknowns, options.where, values)
    except WrongQuestion as error:
        raise WrongUsage(visible(str(error))) from None
    # Answers about another network than its author means look right.
    suspicions = network.check(values).suspicions if not found.errors else []
    print_diagnostics(network, [*suspicions, *found.errors], options)
    # Behind errors that no value repairs, "no N" would read like a theorem about the network.
    formats.write(Answer(network, None if found.errors else found, found.errors), options)
    return 0 if found else 1


class Answer(NamedTuple):
    """A network with the solutions for it, or with the errors because of which none were looked for."""

    network: Architecture
    found: Solutions | None
    errors: tuple[Diagnostic, ...]


def _text(answer: Answer, options: argparse.Namespace) -> None:
    if answer.found is None:
        return  # The errors stand on standard error.
    width = terminal(options).at_least(NARROWEST).width
    end: End | None = "largest" if options.largest else "smallest" if options.smallest else None
    for line in answer.found.to_text(end).split("\n"):
        text = visible(line.lstrip())
        lead = " " * (len(line) - len(line.lstrip()))
        for index, part in enumerate(wrap(text, width - len(lead) - 2)):
            write(f"{lead}{'  ' if index else ''}{part}")


def _json(answer: Answer, options: argparse.Namespace) -> None:
    from archcalc.diagnostics.render import as_json

    if answer.found is not None:
        entry = answer.found.to_json()
    else:
        entry = {"diagnostics": [as_json(error, answer.network.file.name) for error in answer.errors]}
    write_document([{**title(answer.network), **entry}], ok=bool(answer.found))


FORMATS = {
    "text": Format(_text, "for people", heeds=("--largest", "--smallest")),
    "json": Format(_json, "for programs"),
}
