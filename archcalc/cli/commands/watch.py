"""`archcalc watch`: one network on a page of this machine's browser, checked again at every save."""

from __future__ import annotations

import argparse
from pathlib import Path

from archcalc.cli import arguments, serving
from archcalc.cli.console import WrongUsage
from archcalc.terminal import visible


def add(command: argparse.ArgumentParser) -> None:
    """Declare its arguments."""
    command.description = (
        "Show a network as a page of the browser that follows the file: at every save it is checked again, errors "
        "stand at their lines, and repairs are written when they are clicked. The page is served on 127.0.0.1, to "
        "this browser alone; Ctrl-C ends it."
    )
    arguments.spec(command)
    serving.add(command)


def run(options: argparse.Namespace) -> int:
    """Serve until Ctrl-C; returns the exit code."""
    from archcalc.catalogue import STDIN, find
    from archcalc.cli.output import one_with_values
    from archcalc.live.follower import Follower
    from archcalc.live.page import live_page
    from archcalc.live.session import Session

    network, _ = one_with_values(options.spec, [], "watch")
    name = network.file.name
    if name in STDIN or network.file.name == "<stdin>":
        raise WrongUsage("standard input is no file that could be saved: name one of yours")
    found = find(name)
    if found.path is None or found.path != Path(found.name):
        raise WrongUsage(f"{visible(name)} comes with archcalc and is never saved: `archcalc show {name} > net.yaml`")
    with Session(found.path, network.file.name, network.variant) as session:
        serving.serve(
            lambda port: Follower(session, lambda: live_page(session.shown.data), port),
            f"watching {visible(options.spec)}",
            options,
        )
    return 0
