"""`archcalc draw`: one network as a picture, in a file or on standard output."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from archcalc.cli.console import complain
from archcalc.cli.output import STDOUT, exists, obstacle, one_with_values, print_bytes, print_diagnostics, say, write
from archcalc.draw.build import TooManyBoxes
from archcalc.draw.picture import SUFFIXES, Picture, format_of
from archcalc.draw.rendering import NoRenderer, RenderingFailed
from archcalc.terminal import visible

TEXTS = ("dot", "svg")
"""Formats that a terminal can show."""


def run(options: argparse.Namespace) -> int:
    """Draw and write; returns the exit code. A network with errors is drawn, and its errors are printed."""
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
    elif (failed := _written(options, data)) is not None:
        complain(failed)
        return 2
    else:
        say(f"wrote {visible(options.output)}: {_content(picture)}")
    return 0 if report.ok else 1


def _format(options: argparse.Namespace) -> tuple[str, str | None]:
    """The format that is asked for, and what is wrong with where it should go."""
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


def _written(options: argparse.Namespace, data: bytes) -> str | None:
    """Write the file; returns what stood in the way."""
    try:
        write(Path(options.output), data, force=options.force)
    except FileExistsError:
        return exists(options.output)
    except OSError as error:
        return f"cannot write {visible(options.output)}: {error.strerror or error}"
    return None


def _content(picture: Picture) -> str:
    boxes = sum(1 for box in picture.diagram.walk() if not box.children)
    return f"{boxes} boxes and {len(picture.diagram.edges)} edges, at --depth {picture.diagram.depth}"
