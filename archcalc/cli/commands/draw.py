"""`archcalc draw`: one network as a picture, in a file or on standard output."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from archcalc.cli import arguments
from archcalc.cli.console import complain
from archcalc.terminal import visible

if TYPE_CHECKING:
    from archcalc.draw.picture import Picture

SUMMARY = "draw a network as a picture: DOT, SVG, PNG or PDF"

FORMATS = {
    "dot": "text for Graphviz",
    "svg": "for a page of the web",
    "png": "pixels",
    "pdf": "for print",
}
"""What each format is for; a picture renders itself in all of them, and all of them heed all options."""

TEXTS = ("dot", "svg")
"""Formats that a terminal can show."""


def add(command: argparse.ArgumentParser) -> None:
    """Declare its arguments."""
    command.description = (
        "Draw a network: layers coloured by family, shapes beside the edges, scopes as frames, repeats folded. "
        "Pictures are rendered by Graphviz, if it is installed; DOT text needs nothing."
    )
    arguments.spec(command)
    arguments.output(command, "DOT text on standard output")
    listed = "; ".join(f"{name}: {purpose}" for name, purpose in FORMATS.items())
    command.add_argument(
        "--format", choices=tuple(FORMATS), help=f"{listed}; default: what the suffix of the file says"
    )
    arguments.force(command)
    arguments.depth(command, "levels of scopes that are unfolded; default: a readable picture")
    command.add_argument("--direction", choices=("down", "right"), default="down", help="down (default) or right")
    arguments.values(command)
    arguments.symbolic(command)
    arguments.color(command)


def run(options: argparse.Namespace) -> int:
    """Draw and write; returns the exit code. A network with errors is drawn, and its errors are printed."""
    from archcalc.cli.output import STDOUT, one_with_values, print_bytes, print_diagnostics, say, written
    from archcalc.draw.build import TooManyBoxes
    from archcalc.draw.rendering import NoRenderer, RenderingFailed

    chosen = one_with_values(options.spec, options.values, "draw")
    if chosen is None:
        return 2
    network, values = chosen
    # What would stop us in the end stops us before the work.
    format, problem = _format(options)
    if problem is not None:
        complain(problem)
        return 2
    report = network.check(values, symbolic=options.symbolic)
    print_diagnostics(network, [found for found in report.diagnostics if found.severity == "error"], options)
    if not report.ok and not report.graph.nodes:
        return 1
    try:
        picture = report.draw(depth=options.depth, direction=options.direction)
        data = picture.render(format)
    except TooManyBoxes as error:
        complain(str(error))
        return 2
    except (NoRenderer, RenderingFailed) as error:
        complain(visible(str(error)))
        return 2
    if options.output == STDOUT:
        print_bytes(data)
    elif (failed := written(options.output, data, force=options.force)) is not None:
        complain(failed)
        return 2
    else:
        say(f"wrote {visible(options.output)}: {_content(picture)}")
    return 0 if report.ok else 1


def _format(options: argparse.Namespace) -> tuple[str, str | None]:
    """The format that is asked for, and what is wrong with where it should go."""
    from pathlib import Path

    from archcalc.cli.output import STDOUT, obstacle
    from archcalc.draw.picture import SUFFIXES, format_of

    format: str | None = options.format
    if options.output == STDOUT:
        format = format or "dot"
        is_readable = format in TEXTS or (hasattr(sys.stdout, "buffer") and not sys.stdout.isatty())
        return format, None if is_readable else f"a terminal cannot show {format}; -o net.{format} writes a file"
    if format is None:
        try:
            format = format_of(options.output)
        except ValueError as error:
            path = Path(options.output)
            return "", obstacle(path, "net.svg", force=True) or f"{error} with --format"
    said = SUFFIXES.get(Path(options.output).suffix.lower(), format)
    if said != format:
        return "", f"{visible(options.output)} is the name of a picture in {said}, but --format says {format}"
    return format, obstacle(Path(options.output), f"net.{format}", force=options.force)


def _content(picture: Picture) -> str:
    boxes = sum(1 for box in picture.diagram.walk() if not box.children)
    return f"{boxes} boxes and {len(picture.diagram.edges)} edges, at --depth {picture.diagram.depth}"
