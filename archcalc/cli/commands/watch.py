"""`archcalc watch`: one network on a page of this machine's browser, checked again at every save."""

from __future__ import annotations

import argparse
from pathlib import Path

from archcalc.cli import arguments
from archcalc.cli.console import WrongUsage, complain, say
from archcalc.terminal import visible

PORTS = (0, 65535)


def add(command: argparse.ArgumentParser) -> None:
    """Declare its arguments."""
    command.description = (
        "Show a network as a page of the browser that follows the file: at every save it is checked again, errors "
        "stand at their lines, and repairs are written when they are clicked. The page is served on 127.0.0.1, to "
        "this browser alone; Ctrl-C ends it."
    )
    arguments.spec(command)
    command.add_argument("--port", type=int, default=0, metavar="N", help="listen there; default: any that is free")
    command.add_argument("--no-browser", dest="browser", action="store_false", help="only say the address")


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
    if not PORTS[0] <= options.port <= PORTS[1]:
        raise WrongUsage(f"a port is a number from {PORTS[0]} to {PORTS[1]:,}, not {options.port}")
    with Session(found.path, network.file.name, network.variant) as session:
        try:
            server = Follower(session, lambda: live_page(session.shown.data), options.port)
        except OSError as error:
            raise WrongUsage(f"cannot listen on port {options.port}: {error.strerror or error}") from None
        with server:
            address = server.guard.address
            say(f"watching {visible(options.spec)}: {address}")
            if options.browser and not _opened(address):
                complain("no browser could be opened: open the address in one")
            try:
                server.serve_forever(poll_interval=0.1)
            except KeyboardInterrupt:
                say("ended")
    return 0


def _opened(address: str) -> bool:
    import webbrowser

    try:
        return webbrowser.open(address)
    except webbrowser.Error:
        return False
