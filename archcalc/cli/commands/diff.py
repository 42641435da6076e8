"""`archcalc diff`: what differs between two networks, and whether that goes beyond limits."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from archcalc.cli import arguments, formats
from archcalc.cli.console import WrongUsage, terminal, write
from archcalc.cli.documents import title, write_document
from archcalc.cli.formats import Format
from archcalc.terminal import visible

if TYPE_CHECKING:
    from archcalc.api.architecture import Architecture
    from archcalc.comparison.difference import Difference
    from archcalc.comparison.limits import Limit, LimitVerdict
    from archcalc.importing.torch.inputs import Input

SIDE_HELP = (
    "a file, a name of the catalogue, or - for standard input, each with :VARIANT; a file at a revision of git, as in "
    "HEAD~1:net.yaml; or what import reads, such as model.onnx or net.py:Net"
)

COMMENT = 60_000
"""Characters of a comment: GitHub takes 65,536, and other text may stand beside."""


def add(command: argparse.ArgumentParser) -> None:
    """Declare its arguments."""
    command.description = (
        "Say what differs between two networks: layers that were added, removed, changed, renamed or moved, shapes, "
        "counts, legal sizes, receptive fields and claims. Of files with variants, those of one name are compared. "
        "It ends with 0 unless a limit of --fail-on is broken or AFTER has errors."
    )
    command.set_defaults(reads_networks=True)
    command.add_argument("before", metavar="BEFORE", help=SIDE_HELP)
    command.add_argument("after", metavar="AFTER", help="as BEFORE")
    command.add_argument(
        "--fail-on",
        action="append",
        default=[],
        metavar="LIMIT",
        help="end with 1 if a quantity moves farther: 'parameters +1%%', 'multiplications +2M', 'height -0', 'output'; "
        "may be repeated",
    )
    arguments.values(command)
    arguments.symbolic(command)
    command.add_argument(
        "--input",
        action="append",
        default=[],
        metavar="SHAPE",
        dest="inputs",
        help="what goes into a module of Python or a file of another tool, as for import: 3x224x224; may be repeated",
    )
    formats.add(command, FORMATS)
    command.add_argument(
        "--no-fold", action="store_true", help="a line for every layer that differs, also if it only follows"
    )
    command.add_argument(
        "--draw", metavar="FILE", help="draw the difference, too: net.svg, .png, .pdf or .dot; for one pair of networks"
    )
    arguments.force(command, "picture")
    arguments.color(command)


def run(options: argparse.Namespace) -> int:
    """Compare and print; returns the exit code."""
    from archcalc.api.architecture import values_of
    from archcalc.cli.networks import refuse_unknown, set_values
    from archcalc.comparison.difference import Difference
    from archcalc.importing.given import parsed

    limits = _limits(options.fail_on)
    values = set_values(options.values)
    if options.draw is not None:
        _refuse_picture(options)
    inputs = [parsed(text) for text in options.inputs]
    if inputs and not any(_takes_inputs(text) for text in (options.before, options.after)):
        raise WrongUsage("--input is for modules of Python and files of other tools, and neither side is one")
    sides = [_read(text, inputs) for text in (options.before, options.after)]
    refuse_unknown(sides, values)
    pairs = _paired(*sides)
    found: list[Pair] = []
    for before, after in pairs:
        if before is None or after is None:
            found.append(Pair(before, after))
            continue
        reports = [side.check(values_of(side, values), symbolic=options.symbolic) for side in (before, after)]
        difference = Difference(*reports)
        found.append(Pair(before, after, difference, _judged(difference, limits)))
    if options.draw is not None:
        _draw(found, options)
    return formats.write_all(Answer(found, []), options)


class Pair(NamedTuple):
    """Two networks that are compared; one that stands alone has no other, and no difference."""

    before: Architecture | None
    after: Architecture | None
    difference: Difference | None = None
    limits: Sequence[LimitVerdict] = ()

    @property
    def ok(self) -> bool:
        """Whether the second network is without errors, and the difference keeps all limits."""
        if self.difference is None:
            return self.after is None or self.after.check().ok
        return self.difference.after.ok and all(one.state == "kept" for one in self.limits)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing differs, and nothing is to be said."""
        return self.difference is not None and self.difference.is_empty and self.ok


class Answer(NamedTuple):
    """The pairs of networks: one, or those of the variants of two files."""

    pairs: list[Pair]
    problems: list[str]

    @property
    def ok(self) -> bool:
        """Whether all of them are."""
        return all(pair.ok for pair in self.pairs)


def _limits(texts: list[str]) -> list[Limit]:
    """The limits of --fail-on. Raises: WrongUsage."""
    from archcalc.comparison.limits import read
    from archcalc.questions.values import WrongQuestion

    try:
        return [read(text) for text in texts]
    except WrongQuestion as error:
        raise WrongUsage(f"--fail-on: {visible(str(error))}") from None


def _judged(difference: Difference, limits: list[Limit]) -> list[LimitVerdict]:
    from archcalc.comparison.limits import judged

    return judged(limits, difference.amounts_of(one.quantity for one in limits)) if limits else []


def _read(text: str, inputs: list[Input]) -> Architecture:
    """What an argument names: a spec, a file at a revision, or a network of another tool. Raises: WrongUsage."""
    from archcalc.api.comparing import named
    from archcalc.cli.failures import told
    from archcalc.importing.failure import ImportFailure
    from archcalc.importing.torch.source import is_python

    try:
        if inputs and _is_of_another_tool(text):
            return _of_file(text, inputs)
        try:
            return named(text)
        except (ValueError, FileNotFoundError):
            # What neither is there nor was committed may still be a name of Python.
            if not is_python(text) or not _is_there(text):
                raise
            return _of_python(text, inputs)
    except ImportFailure as failure:
        raise WrongUsage(*told(failure, text)) from None
    except IsADirectoryError:
        raise WrongUsage(f"diff compares networks, and {visible(text)} is a folder; name a file in it") from None
    except (OSError, ValueError, LookupError) as error:
        raise WrongUsage(visible(str(error.args[0] if isinstance(error, LookupError) else error))) from None


def _takes_inputs(text: str) -> bool:
    """Whether what goes in may have to be said of a side."""
    from archcalc.importing.torch.source import is_python

    return _is_of_another_tool(text) or (is_python(text) and _is_there(text))


def _is_of_another_tool(text: str) -> bool:
    from pathlib import Path

    from archcalc.importing.formats import SUFFIXES

    return Path(text).suffix in SUFFIXES and Path(text).is_file()


def _of_file(text: str, inputs: list[Input]) -> Architecture:
    """A file of another tool, with what goes in. Raises: ImportFailure."""
    from archcalc.api.architecture import Architecture
    from archcalc.importing.files import imported_file

    return Architecture.from_text(imported_file(text, inputs).text, f"{text} as a spec")


def _is_there(source: str) -> bool:
    """Whether a source is a file of Python, or stands in a package that is installed."""
    from importlib.util import find_spec

    place = source.rpartition(":")[0]
    return ".py" in (source[-3:], place[-3:]) or find_spec(place.partition(".")[0]) is not None


def _of_python(text: str, inputs: list[Input]) -> Architecture:
    """The module that a source makes, which runs in a process of its own. Raises: ImportFailure."""
    from archcalc.api.architecture import Architecture
    from archcalc.importing.pytorch import of_session
    from archcalc.importing.torch.parent import Session
    from archcalc.importing.torch.source import source

    with Session(source(text)) as session:
        found = of_session(session, inputs).found
    return Architecture.from_text(found.text, f"{text} as a spec")


def _paired(before: Architecture, after: Architecture) -> list[tuple[Architecture | None, Architecture | None]]:
    """The networks that are compared: of files with variants, those of one name. Raises: WrongUsage."""
    several = [side.variant is None and bool(side.variants) for side in (before, after)]
    if several[0] != several[1]:
        side = before if several[0] else after
        name, names = visible(side.file.name), [visible(one) for one in side.variants]
        raise WrongUsage(
            f"{name} has the variants {', '.join(names)}, and the other side is one network; choose one, such as "
            f"{name}:{names[0]}"
        )
    if not several[0]:
        return [(before, after)]
    every = dict.fromkeys((*after.variants, *before.variants))
    return [
        (
            before.choose(name) if name in before.variants else None,
            after.choose(name) if name in after.variants else None,
        )
        for name in every
    ]


def _refuse_picture(options: argparse.Namespace) -> None:
    """Raises: WrongUsage for a picture that cannot be written."""
    from archcalc.cli.output import refuse_obstacle
    from archcalc.draw.picture import format_of

    try:
        format_of(options.draw)
    except ValueError as error:
        raise WrongUsage(f"--draw: {error}") from None
    refuse_obstacle(options.draw, "net.svg", force=options.force)


def _draw(pairs: list[Pair], options: argparse.Namespace) -> None:
    """Write the picture. Raises: WrongUsage."""
    from archcalc.cli.console import say
    from archcalc.cli.output import write_file
    from archcalc.draw.build import TooManyBoxes
    from archcalc.draw.picture import format_of
    from archcalc.scene.failure import CannotWrite

    if len(pairs) != 1 or pairs[0].difference is None:
        raise WrongUsage(
            f"--draw is for one pair of networks, and there are {len(pairs)}; choose a variant on both sides"
        )
    try:
        data = pairs[0].difference.draw().render(format_of(options.draw))
    except (TooManyBoxes, CannotWrite) as error:
        raise WrongUsage(visible(str(error))) from None
    write_file(options.draw, data, force=options.force)
    say(f"wrote {visible(options.draw)}")


def _alone(pair: Pair) -> str:
    """A line for a variant that only one side has."""
    there = pair.after or pair.before
    assert there is not None, "a pair has one side at least"
    return (
        f"{visible(there.address)}: {'added' if pair.before is None else 'removed'}, the other side has no such variant"
    )


def _text(answer: Answer, options: argparse.Namespace) -> None:
    from archcalc.comparison.text import full, one_line

    screen = terminal(options)
    several = len(answer.pairs) > 1
    for number, pair in enumerate(answer.pairs):
        if pair.difference is None:
            write("\n".join(screen.wrapped(_alone(pair))))
        elif several and pair.is_quiet:
            write("\n".join(screen.wrapped(one_line(pair.difference, screen))))
        else:
            write(full(pair.difference, screen, fold=not options.no_fold, limits=pair.limits))
            if several and number + 1 < len(answer.pairs):
                write("")


def _markdown(answer: Answer, options: argparse.Namespace) -> None:
    from archcalc.cli.output import print_bytes

    text = _comment(answer, fold=not options.no_fold, layers=True)
    if len(text) > COMMENT and not options.no_fold:
        text = _comment(answer, fold=True, layers=False)
    print_bytes(f"{text}\n".encode())


def _comment(answer: Answer, *, fold: bool, layers: bool) -> str:
    """All pairs, those of many variants in which nothing differs in one line."""
    from archcalc.comparison.markdown import markdown
    from archcalc.derivations.markdown import escaped

    quiet = [pair for pair in answer.pairs if len(answer.pairs) > 1 and pair.is_quiet]
    parts = [
        f"**{escaped(_alone(pair))}**"
        if pair.difference is None
        else markdown(pair.difference, fold=fold, limits=pair.limits, layers=layers)
        for pair in answer.pairs
        if pair not in quiet
    ]
    same = [escaped(visible(pair.after.address)) for pair in quiet if pair.after is not None]
    return "\n\n".join([*parts, *([f"No difference: {', '.join(same)}"] if same else [])])


def _json(answer: Answer, options: argparse.Namespace) -> None:
    from archcalc.comparison.json import as_json

    entries = (
        {
            "before": pair.before and title(pair.before),
            "after": pair.after and title(pair.after),
            "same": False,
        }
        if pair.difference is None
        else as_json(pair.difference, pair.limits)
        for pair in answer.pairs
    )
    write_document(entries, ok=answer.ok)


FORMATS = {
    "text": Format(_text, "for people", heeds=("--no-fold",)),
    "markdown": Format(_markdown, "for a comment on a pull request", heeds=("--no-fold",)),
    "json": Format(_json, "for programs"),
}
