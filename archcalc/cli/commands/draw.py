"""`archcalc draw`: one network as a picture, in a file or on standard output."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from archcalc.cli import arguments
from archcalc.cli.console import WrongUsage, say
from archcalc.terminal import visible

if TYPE_CHECKING:
    from archcalc.draw.picture import Picture
    from archcalc.volumes.picture import VolumePicture


FORMATS = {
    "dot": "text for Graphviz",
    "svg": "for a page of the web",
    "png": "pixels",
    "pdf": "for print",
}
"""What each format is for; a picture renders itself in all of them. Graphviz places boxes without an aspect."""

TEXTS = ("dot", "svg")
"""Formats that a terminal can show."""

STYLES = {
    "graph": "boxes with the fields of every layer (default)",
    "volumes": "feature maps in perspective, as in lectures and papers",
}
WISHES = {"graph": ("direction", "fold", "engine"), "volumes": ("width", "title", "caption")}
"""Options that only one style heeds."""
DEFAULTS: dict[str, Any] = {
    "direction": "down",
    "fold": True,
    "engine": "archcalc",
    "width": None,
    "title": None,
    "caption": None,
}


def add(command: argparse.ArgumentParser) -> None:
    """Declare its arguments."""
    command.description = (
        "Draw a network: layers coloured by family, with their norms and activations; shapes where they change; scopes "
        "as frames; repeats folded. With --style volumes, draw feature maps in perspective: a U as a U, branches side "
        "by side, skips as arcs. SVG, PDF and PNG look the same on every machine; DOT is text for Graphviz."
    )
    arguments.spec(command)
    command.add_argument(
        "layer",
        nargs="?",
        metavar="LAYER",
        help="a layer, group or block of that network, by its full name or that of the block; default: all",
    )
    listed = "; ".join(f"{name}: {what}" for name, what in STYLES.items())
    command.add_argument("--style", choices=tuple(STYLES), default="graph", help=listed)
    arguments.output(command, "the text of the picture on standard output")
    listed = "; ".join(f"{name}: {purpose}" for name, purpose in FORMATS.items())
    command.add_argument(
        "--format", choices=tuple(FORMATS), help=f"{listed}; default: what the suffix of the file says"
    )
    arguments.force(command)
    arguments.depth(command, "levels of scopes that are unfolded; default: a readable picture")
    command.add_argument("--no-fold", dest="fold", action="store_false", help="a box for every layer")
    command.add_argument("--direction", choices=("down", "right"), default="down", help="down (default) or right")
    command.add_argument(
        "--aspect",
        metavar="W:H",
        type=_aspect,
        help="the shape of the picture, such as 16:9: it goes on in columns or rows",
    )
    command.add_argument("--dark", action="store_true", help="light on dark")
    command.add_argument(
        "--engine",
        choices=("archcalc", "graphviz"),
        default="archcalc",
        help="what places the boxes; default: archcalc",
    )
    command.add_argument("--width", type=int, metavar="PIXELS", help="how wide it is shown; default: as it was drawn")
    command.add_argument("--title", metavar="TEXT", help="over the picture; default: the name of the network")
    command.add_argument("--caption", metavar="TEXT", help="below the picture; default: what its layers count")
    arguments.values(command)
    arguments.symbolic(command)
    arguments.color(command)


def _wishes(options: argparse.Namespace) -> dict[str, Any]:
    """What was asked of the style. Raises: WrongUsage for what only another one heeds."""
    for style, names in WISHES.items():
        given = [name for name in names if getattr(options, name) != DEFAULTS[name]]
        if given and style != options.style:
            option = "--no-fold" if given[0] == "fold" else f"--{given[0]}"
            raise WrongUsage(f"{option} is for --style {style}")
    return {name: getattr(options, name) for name in WISHES[options.style] if name != "engine"}


def _aspect(text: str) -> str:
    from archcalc.scene.aspect import Aspect

    try:
        Aspect.of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def run(options: argparse.Namespace) -> int:
    """Draw and write; returns the exit code. A network with errors is drawn; they are printed, as suspicions are."""
    from archcalc.cli.output import deliver, one_with_values, print_diagnostics
    from archcalc.diagnostics.codes.meaning import SUSPICIONS
    from archcalc.draw.excerpt import NoSuchPart
    from archcalc.draw.rendering import NoRenderer, RenderingFailed
    from archcalc.scene.failure import CannotWrite

    wishes = _wishes(options)
    network, values = one_with_values(options.spec, options.values, "draw")
    # What would stop us in the end stops us before the work.
    format = _format(options)
    engine = {"engine": options.engine} if options.style == "graph" else {}
    if options.aspect is not None and (format == "dot" or options.engine == "graphviz"):
        raise WrongUsage("--aspect is for pictures that archcalc lays out itself: svg, pdf and png without --engine")
    report = network.check(values, symbolic=options.symbolic)
    # A picture of another network than its author means looks right.
    told = [found for found in report.explained if found.severity == "error" or found.code in SUSPICIONS]
    print_diagnostics(network, told, options)
    if not report.ok and not report.graph.nodes:
        return 1
    try:
        picture = report.draw(
            options.layer,
            style=options.style,
            depth=options.depth,
            aspect=options.aspect,
            dark=options.dark,
            **wishes,
        )
        data = picture.render(format, **engine)
    except (NoSuchPart, ValueError, CannotWrite, NoRenderer, RenderingFailed) as error:
        raise WrongUsage(visible(str(error))) from None
    if deliver(data, options):
        say(f"wrote {visible(options.output)}: {_content(picture)}")
    return 0 if report.ok else 1


def _format(options: argparse.Namespace) -> str:
    """The format that is asked for. Raises: WrongUsage if it does not go where it should."""
    from pathlib import Path

    from archcalc.cli.output import STDOUT, refuse_obstacle
    from archcalc.draw.picture import SUFFIXES, format_of

    format: str | None = options.format
    if options.style == "volumes" and "dot" in (format, SUFFIXES.get(Path(options.output).suffix.lower())):
        raise WrongUsage("volumes are no graph for Graphviz: write svg, pdf or png, or take --style graph")
    if options.output == STDOUT:
        format = format or ("dot" if options.style == "graph" else "svg")
        is_readable = format in TEXTS or (hasattr(sys.stdout, "buffer") and not sys.stdout.isatty())
        if not is_readable:
            raise WrongUsage(f"a terminal cannot show {format}; -o net.{format} writes a file")
        return format
    if format is None:
        try:
            format = format_of(options.output)
        except ValueError as error:
            refuse_obstacle(options.output, "net.svg", force=True)
            raise WrongUsage(f"{error} with --format") from None
    said = SUFFIXES.get(Path(options.output).suffix.lower(), format)
    if said != format:
        name = visible(options.output)
        raise WrongUsage(f"{name} is the name of a picture in {said}, but --format says {format}")
    refuse_obstacle(options.output, f"net.{format}", force=options.force)
    return format


def _content(picture: Picture | VolumePicture) -> str:
    from archcalc.draw.picture import Picture

    if not isinstance(picture, Picture):
        box, count = picture.scene.bounds, len(picture.network.volumes)
        return f"{count} volume{'' if count == 1 else 's'}, {box.width / box.height:.2f} times as wide as high"
    boxes = sum(1 for box in picture.diagram.walk() if not box.children)
    return f"{boxes} boxes and {len(picture.diagram.edges)} edges, at --depth {picture.diagram.depth}"
