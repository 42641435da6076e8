"""`archcalc explain`: the pages of the codes."""

from __future__ import annotations

import argparse

from archcalc.cli.console import complain, terminal, write
from archcalc.diagnostics import catalogue, pages
from archcalc.terminal import visible


def run(options: argparse.Namespace) -> int:
    """Print one page, or the list of all codes; returns the exit code."""
    screen = terminal(options)
    width = min(screen.width, 100)
    if options.code is None:
        write(pages.index(width, screen.color))
        return 0
    code = catalogue.find(options.code)
    if code is None:
        near = catalogue.suggest(options.code)
        hint = f"; did you mean {near}?" if near else "; `archcalc explain` lists all codes"
        complain(f"there is no code {visible(options.code)}{hint}")
        return 2
    write(pages.page(code, width, screen.color))
    return 0
