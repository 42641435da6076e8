"""`archcalc explain`: the pages of the codes and of the layers."""

from __future__ import annotations

import argparse

from archcalc.cli.console import complain, terminal, write
from archcalc.diagnostics import catalogue, closest, pages
from archcalc.layers.table import KINDS
from archcalc.terminal import visible


def run(options: argparse.Namespace) -> int:
    """Print one page, or a list of all codes or layers; returns the exit code."""
    screen = terminal(options)
    width = min(screen.width, 100)
    subject = options.subject
    if subject is None or subject == "codes":
        write(pages.index(width, screen.color))
        return 0
    if subject == "layers" or subject in KINDS:
        # The pages of codes answer at once; those of layers have to load the layers.
        from archcalc.spec.manual import layer_index, layer_page

        page = layer_index(width, screen.color) if subject == "layers" else layer_page(subject, width, screen.color)
        write(page)
        return 0
    code = catalogue.find(subject)
    if code is not None:
        write(pages.page(code, width, screen.color))
        return 0
    near = closest(subject, KINDS) or catalogue.suggest(subject)
    hint = f"; did you mean {near}?" if near else "; `archcalc explain codes` and `archcalc explain layers` list them"
    complain(f"there is no code and no layer {visible(subject)}{hint}")
    return 2
