"""`archcalc sweep`: very many designs of one network, evaluated exactly: how many, which, and what they cost."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from archcalc.cli import arguments
from archcalc.cli.console import WrongUsage, complain, terminal, write
from archcalc.cli.progress import Progress
from archcalc.terminal import NARROWEST, visible, wrap

if TYPE_CHECKING:
    from archcalc.api.sweeping import Sweep
    from archcalc.sweep import Design
    from archcalc.sweep.plot import Objectives
    from archcalc.sweep.stored.table import Written

SHOWN = 20
"""Designs that are printed."""
SOME = ("first", "sample", "largest", "smallest", "pareto")
"""Options that choose some of the designs."""
VALUES = """\
values, of symbols and lets; a pattern such as k?? stands for every name that it fits:
  N=128..256/32                  a range, in steps; also of fractions: alpha=0.25..1.5/0.05
  kernel=3,5,7                   numbers, words (act=relu,silu), true,false
  depths=[3,4,6,3],[2,2,2,2]     lists

Names of numbers are symbols of closed forms where the network has one; the others, which decide what layers there are,
are put in value by value, and it is said why. Numbers are exact, whatever their size. Every design is taken with new
weights: sizes that go with the weights of `at` are a matter of `archcalc sizes`. Conditions are those of
`archcalc solve --help`; a design has to be legal besides. It needs NumPy, and PyArrow for tables:
python -m pip install 'archcalc[sweep]'

A folder is filled piece by piece, each of which is a Parquet file; what is done stays done, whatever happens, and the
same command goes on with what is missing. --on has them done by processes of this machine, or by the workers of a
scheduler of Dask at an address (python -m pip install 'archcalc[cluster]'), for which the folder has to be on a disk
that all share.

examples:
  archcalc sweep resnet:resnet50 --for H=128..512/32 --for W=128..512/32 --where "multiplications <= 4G" --count
  archcalc sweep mobilenet_v1:1.0-224 --for alpha=0.25..1/0.25 --for N=128..224/32 --pareto "flops, -parameters"
  archcalc sweep efficientnet:b0 --for width=1..2/0.1 --for depth=1..3/0.2 --for N=224..320/32 -o designs.csv
  archcalc sweep resnet:resnet50 --for H=32..4096 --for W=32..4096 -o designs/ --on processes:2

exit codes: 0 there are designs, 1 there are none or the network has errors, 2 wrong usage"""


def add(command: argparse.ArgumentParser) -> None:
    """Declare its arguments."""
    command.description = (
        "Evaluate the designs of a network at all combinations of some values: which are legal and meet conditions, "
        "how many those are, what they cost, and which no other one beats."
    )
    command.formatter_class = argparse.RawDescriptionHelpFormatter
    command.epilog = VALUES
    arguments.spec(command)
    command.add_argument(
        "--for",
        action="append",
        required=True,
        metavar="NAME=VALUES",
        dest="axes",
        help="a name and its values, such as N=128..256/32 or act=relu,silu; may be repeated: all combinations",
    )
    command.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="CONDITION",
        help='what has to hold, such as "parameters <= 5M"; may be repeated: all have to hold',
    )
    command.add_argument(
        "--show",
        action="append",
        default=[],
        metavar="QUANTITIES",
        help="what is computed, with commas: quantities as in a condition, such as parameters or size(conv5), besides "
        "`legal`, and `obstacle`, which says why not; with one of these, designs that are not legal are shown, too; "
        "default: multiplications, parameters, and those of the conditions",
    )
    which = command.add_mutually_exclusive_group()
    which.add_argument("--count", action="store_true", help="only say how many there are")
    which.add_argument("--first", type=arguments.amount, metavar="N", help="the first N designs")
    which.add_argument(
        "--sample", type=arguments.amount, metavar="N", help="N designs at random, all networks equally likely"
    )
    which.add_argument("--largest", action="store_true", help="only that with the largest first name, then second, ...")
    which.add_argument("--smallest", action="store_true", help="only that with the smallest")
    which.add_argument(
        "--pareto",
        metavar="QUANTITIES",
        help='the designs that no other one beats in all of these, such as "multiplications, -parameters": less is '
        "better, behind a minus more (--pareto=-parameters if it comes first)",
    )
    command.add_argument("--seed", type=arguments.amount, default=0, metavar="N", help="of --sample; default: 0")
    arguments.values(command)
    command.add_argument(
        "-o",
        "--output",
        metavar="PLACE",
        help="write the designs to a file (.parquet, .arrow, .csv), or in pieces into a folder (FOLDER/)",
    )
    command.add_argument(
        "--on",
        metavar="EXECUTOR",
        help="who does the pieces of a folder: processes:N, or a scheduler of Dask at tcp://HOST:PORT or tls://...; "
        "default: this process",
    )
    arguments.force(command)
    arguments.color(command)


def run(options: argparse.Namespace) -> int:
    """Evaluate and print; returns the exit code: 1 if there is no design."""
    from archcalc.cli.output import one_with_values, print_diagnostics, refuse_obstacle
    from archcalc.diagnostics.model import errors
    from archcalc.solve import WrongQuestion

    network, values = one_with_values(options.spec, options.values, "sweep")
    mistakes = errors(network.diagnostics)
    if mistakes or network.spec is None or not network.spec.is_complete:
        print_diagnostics(network, mistakes, options)
        return 1
    try:
        place = _place(options)
        if place:
            refuse_obstacle(options.output, f"designs{place}", force=options.force)
        return _run(network.sweep(options.axes, options.where, options.show, values=values), place, options)
    except (WrongQuestion, ImportError) as error:
        raise WrongUsage(visible(str(error))) from None


def _place(options: argparse.Namespace) -> str | None:
    """The ending of the file that is named, nothing for a folder, None for neither.

    Raises: WrongUsage; WrongQuestion.
    """
    from archcalc.sweep.stored.executors import refuse_unknown
    from archcalc.sweep.stored.places import FOLDER, kind

    place = None if options.output is None else kind(options.output)
    if place is not None and options.count:
        raise WrongUsage("--count writes no designs: leave out -o")
    if place == FOLDER:
        some = [f"--{name}" for name in SOME if _is_given(options, name)]
        if some:
            raise WrongUsage(f"a folder takes all designs: name a file for {some[0]}, such as designs.parquet")
        if options.on is not None:
            refuse_unknown(options.on)
    elif options.on is not None:
        raise WrongUsage("--on says who does the pieces of a folder: name one, such as -o designs/")
    return place


def _chosen(options: argparse.Namespace, name: str) -> str:
    """An option that chooses some of the designs, as it was given."""
    value = getattr(options, name)
    seed = f" --seed {options.seed}" if name == "sample" else ""
    return f"--{name}{seed}" if value is True else f"--{name} {value}{seed}"


def _is_given(options: argparse.Namespace, name: str) -> bool:
    value = getattr(options, name)
    return value is not None and value is not False


def _run(space: Sweep, place: str | None, options: argparse.Namespace) -> int:
    from archcalc.api.sweeping import with_quantities
    from archcalc.sweep import told
    from archcalc.sweep.question import objective

    objectives = options.pareto.split(",") if options.pareto is not None else []
    asked = [objective(text, space.question) for text in objectives]
    space = with_quantities(space, [quantity for quantity, _ in asked])
    _say(told.head(space), options)
    if options.first is not None or options.sample is not None or options.smallest or options.largest:
        with _Watching(space):
            found = _some(space, options)
        return _give(space, found, len(found), options)
    if place is not None and not objectives:
        return _write_all(space, place, options)
    with _Watching(space):
        count = space.count()
    write(told.counts(space, count))
    if options.count:
        return 0 if count.met else 1
    if objectives:
        with _Watching(space):
            front = space.pareto(*objectives)
        write(f"{len(front):,} on the front")
        code = _give(space, front, len(front), options)
        if options.output is None:
            _plot(front, asked, options)
        return code
    is_shown = bool(space.question.extras)
    shown = (one for one in space.all() if one.met or (is_shown and not one.legal))
    return _give(space, shown, count.met + (count.points - count.legal) * is_shown, options)


def _some(space: Sweep, options: argparse.Namespace) -> list[Design]:
    if options.first is not None:
        return space.first(options.first)
    if options.sample is not None:
        return space.sample(options.sample, options.seed)
    one = space.largest() if options.largest else space.smallest()
    return [] if one is None else [one]


def _give(space: Sweep, designs: Iterable[Design], count: int, options: argparse.Namespace) -> int:
    """Write so many designs to a file, or print the first of them."""
    from archcalc.sweep import told

    if options.output is not None:
        chosen = next(_chosen(options, name) for name in SOME if _is_given(options, name))
        with _Watching(space):
            _write(space, options, [design.number for design in designs], chosen)
        write(f"{count:,} written to {visible(options.output)}")
        return 0 if count else 1
    printed = list(islice(designs, max(SHOWN, options.first or 0, options.sample or 0)))
    if printed:
        write("")
        for line in told.table(space, printed, terminal(options).at_least(NARROWEST)):
            write(line)
    if count > len(printed):
        write(f"{count - len(printed):,} more; -o FILE.csv, FILE.parquet or FOLDER/ writes all")
    if not count:
        write("no design")
    return 0 if count else 1


def _write_all(space: Sweep, place: str, options: argparse.Namespace) -> int:
    """Write all designs that are wanted to a file or into a folder, and say how many these are."""
    from archcalc.sweep import told
    from archcalc.sweep.designs import DesignCount
    from archcalc.sweep.stored.places import FOLDER

    if place == FOLDER:
        tally = _fill(space, options)
    else:
        with _Watching(space):
            tally = _write(space, options)
    write(told.counts(space, DesignCount(tally.points, tally.legal, tally.met)))
    write(f"{tally.rows:,} written to {visible(options.output)}")
    return 0 if tally.rows else 1


def _write(space: Sweep, options: argparse.Namespace, numbers: list[int] | None = None, chosen: str = "") -> Written:
    from archcalc.cli.output import refusing
    from archcalc.sweep.stored.files import write_file

    with refusing(options.output):
        return write_file(space, Path(options.output), numbers, chosen, force=options.force)


def _fill(space: Sweep, options: argparse.Namespace) -> Written:
    """Do the pieces of a folder that are missing. Raises: WrongUsage, which says how to go on."""
    from archcalc.cli.output import refusing
    from archcalc.sweep.stored import executors, folder, running

    with refusing(options.output):
        found = folder.folder_for(space, Path(options.output))
    work = running.work_in(found)
    if work.had.points:
        write(f"done already: {found.pieces - len(work.missing):,} of {found.pieces:,} pieces")
    try:
        with (
            executors.executor(options.on) if options.on and work.missing else nullcontext() as executor,
            _Watching(space, space.points - work.had.points),
        ):
            return running.finish(work, executor, space.watch)
    except running.Unfinished as error:
        raise WrongUsage(visible(str(error))) from None
    except KeyboardInterrupt:
        left = len(running.work_in(found).missing)
        complain(f"{found.pieces - left:,} of {found.pieces:,} pieces are done; the same command goes on")
        raise


def _plot(front: Sequence[Design], asked: Objectives, options: argparse.Namespace) -> None:
    """The front as a picture below its table, if it is of two quantities and has more than one design."""
    from archcalc.sweep.plot import plot

    lines = plot(front, asked, terminal(options).at_least(NARROWEST))
    if lines:
        write("")
    for line in lines:
        write(line)


def _say(lines: Iterable[str], options: argparse.Namespace) -> None:
    width = terminal(options).at_least(NARROWEST).width
    for line in lines:
        for part in _wrapped(visible(line), width):
            write(part)


def _wrapped(line: str, width: int) -> Iterator[str]:
    lead = " " * (len(line) - len(line.lstrip()))
    for index, part in enumerate(wrap(line.lstrip(), width - len(lead) - 2)):
        yield f"{lead}{'  ' if index else ''}{part}"


class _Watching(Progress):
    """Shows how many designs are done, how fast, and how long it takes still."""

    def __init__(self, space: Sweep, total: int | None = None) -> None:
        super().__init__(space.points if total is None else total)
        space.watch = self.advance

    def advance(self, count: int) -> None:
        """So many more are done."""
        seconds = max(time.monotonic() - self.started, 1e-9)
        rate = (self.done + count) / seconds
        left = (self.total - self.done - count) / rate if rate else 0
        self.step(f"{rate:,.0f} designs/s, {left:,.0f} s left", count)
