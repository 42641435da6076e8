"""What commands share that show a page in the browser of this machine until Ctrl-C."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from archcalc.cli.console import WrongUsage, complain, say

if TYPE_CHECKING:
    from archcalc.live.server import Server

PORTS = (0, 65535)


def add(command: argparse.ArgumentParser) -> None:
    """Declare where it listens, and whether it opens a browser."""
    command.add_argument("--port", type=int, default=0, metavar="N", help="listen there; default: any that is free")
    command.add_argument("--no-browser", dest="browser", action="store_false", help="only say the address")


def serve(made: Callable[[int], Server], what: str, options: argparse.Namespace) -> None:
    """Serve until Ctrl-C; `made` starts to listen on a port. Raises: WrongUsage."""
    if not PORTS[0] <= options.port <= PORTS[1]:
        raise WrongUsage(f"a port is a number from {PORTS[0]} to {PORTS[1]:,}, not {options.port}")
    try:
        server = made(options.port)
    except OSError as error:
        raise WrongUsage(f"cannot listen on port {options.port}: {error.strerror or error}") from None
    with server:
        address = server.guard.address
        try:
            say(f"{what}: {address}")
            if options.browser and not _opened(address):
                complain("no browser could be opened: open the address in one")
            server.serve_forever(poll_interval=0.1)
        except KeyboardInterrupt:
            say("ended")


def _opened(address: str) -> bool:
    import webbrowser

    try:
        return webbrowser.open(address)
    except webbrowser.Error:
        return False
