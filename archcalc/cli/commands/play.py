"""`archcalc play`: an editor beside the page of what is typed, on this machine or as a page for others."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from archcalc.cli import arguments, serving
from archcalc.cli.console import WrongUsage, complain, say
from archcalc.terminal import visible

if TYPE_CHECKING:
    from archcalc.play.server import Opened


def add(command: argparse.ArgumentParser) -> None:
    """Declare its arguments."""
    command.description = (
        "Open an editor in the browser: what is typed is checked at once, errors come with their repairs, and the "
        "page, the picture and the text of a terminal follow. It is served on 127.0.0.1, to this browser alone; a file "
        "is written on a click alone; Ctrl-C ends it. --static and --one-file build a playground for others instead, "
        "in which archcalc itself runs in the browser."
    )
    command.add_argument(
        "spec",
        nargs="?",
        metavar="SPEC",
        help="a file or a name of the catalogue, with or without :VARIANT; default: a sample",
    )
    serving.add(command)
    command.add_argument("--static", metavar="FOLDER", help="build a folder for a web server; needs Node.js and npm")
    command.add_argument("--one-file", metavar="FILE", help="build one HTML file that needs no network; needs the same")
    arguments.force(command)


def run(options: argparse.Namespace) -> int:
    """Serve until Ctrl-C, or build; returns the exit code."""
    opened = _opened(options.spec)
    if options.static is not None or options.one_file is not None:
        return _build(opened, options)
    return _serve(opened, options)


def _opened(spec: str | None) -> Opened:
    from archcalc.catalogue import find, shipped
    from archcalc.play.server import Opened
    from archcalc.program import Program
    from archcalc.source.text import decode

    if spec is None:
        return Opened.sample()
    try:
        found = find(spec)
        data = found.read()
    except OSError as error:
        raise WrongUsage(f"{visible(spec)}: {error.strerror}" if error.strerror else str(error)) from None
    except ValueError as error:
        raise WrongUsage(str(error)) from None
    file, problems = decode(found.name, data)
    if file is None:
        raise WrongUsage(f"{visible(spec)} is no spec: {problems[0].message}")
    if found.variant:
        try:
            Program.read(file).choose(found.variant)
        except LookupError as error:
            raise WrongUsage(str(error)) from None
    is_own = found.path is not None and found.path not in shipped().values()
    return Opened(found.name, found.variant or None, data, found.path if is_own else None)


def _serve(opened: Opened, options: argparse.Namespace) -> int:
    from archcalc.play.build import editor
    from archcalc.play.server import PlayServer

    program = editor()
    if program is None:
        say("the editor is a plain field for text; `archcalc play --static FOLDER` builds one with completion, once")
    what = "playing" if opened.name is None else f"playing with {visible(opened.name)}"
    what += "; nothing is written" if opened.path is None else ", which is saved on a click alone"
    serving.serve(lambda port: PlayServer(opened, program, port), what, options)
    return 0


def _build(opened: Opened, options: argparse.Namespace) -> int:
    from pathlib import Path

    from archcalc.cli.output import refuse_obstacle
    from archcalc.play.build import Unbuildable, build

    folder = None if options.static is None else Path(options.static)
    one_file = None if options.one_file is None else Path(options.one_file)
    if folder is not None and folder.exists() and not options.force and (folder.is_file() or any(folder.iterdir())):
        raise WrongUsage(f"{visible(options.static)} is not empty: --force writes the files of a playground into it")
    if one_file is not None:
        if one_file.suffix.lower() not in (".html", ".htm"):
            raise WrongUsage(f"the file is a page of HTML: end {visible(options.one_file)} in .html")
        refuse_obstacle(options.one_file, "playground.html", force=options.force)
    try:
        given = opened.given()
        # Whoever opens the page has no use for where the file was.
        build(given._replace(saves=False, name=given.name and Path(given.name).name), folder, one_file, say)
    except Unbuildable as reason:
        complain(str(reason))
        return 2
    except OSError as error:
        complain(f"cannot write: {error}")
        return 2
    if folder is not None:
        size = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
        say(f"wrote {visible(options.static)}: {size / 1e6:.1f} MB for any web server")
    if one_file is not None:
        say(f"wrote {visible(options.one_file)}: {one_file.stat().st_size / 1e6:.1f} MB, to be opened from a disk")
    return 0
