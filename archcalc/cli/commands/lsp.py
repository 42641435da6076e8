"""`archcalc lsp`: a language server, which an editor starts."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import redirect_stdout

from archcalc.cli.console import WrongUsage


def add(command: argparse.ArgumentParser) -> None:
    """Declare its arguments."""
    command.description = (
        "Serve an editor that speaks the Language Server Protocol, over standard input and output. The editor starts "
        "it; nobody else can reach it."
    )
    # Editors add it whatever the server says.
    command.add_argument("--stdio", action="store_true", help="the only way to talk to it, and taken for granted")


def run(options: argparse.Namespace) -> int:
    """Serve until the editor says that it is done; returns the exit code."""
    if sys.stdin.isatty():
        raise WrongUsage(
            "this is started by an editor, which talks to it in its own protocol: see docs/guides/editors.md"
        )
    try:
        from archcalc.lsp.features import server
    except ImportError as error:
        if error.name is None or error.name.partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        raise WrongUsage("the language server needs pygls: pip install 'archcalc[lsp]'") from None
    # The protocol has streams of its own: whatever is printed by accident must not get among its messages.
    with os.fdopen(os.dup(0), "rb") as heard, os.fdopen(os.dup(1), "wb") as said, redirect_stdout(sys.stderr):
        server().start_io(heard, said)
    return 0
