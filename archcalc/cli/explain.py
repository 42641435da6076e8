"""`archcalc explain`: the pages of the codes and of the kinds of layers, and the work for a layer of a network."""

from __future__ import annotations

import argparse

from archcalc.cli.console import READABLE, complain, terminal, write
from archcalc.diagnostics import catalogue, closest, pages
from archcalc.layers.table import KINDS
from archcalc.terminal import visible


def run(options: argparse.Namespace) -> int:
    """Print one page, a list of all codes or layers, or the work for a layer; returns the exit code."""
    if options.layer is not None:
        return _derive(options)
    if options.format != "text" or options.values or options.symbolic:
        if options.subject is not None and _is_network(options.subject):
            return _derive(options)
        complain("--format, --latex, --set and --symbolic are for a layer of a network: archcalc explain SPEC LAYER")
        return 2
    screen = terminal(options).at_most(READABLE)
    subject = options.subject
    if subject is None or subject == "codes":
        write(pages.index(screen))
        return 0
    if subject == "layers" or subject in KINDS:
        # The pages of codes answer at once; those of layers have to load the layers.
        from archcalc.spec.manual import layer_index, layer_page

        write(layer_index(screen) if subject == "layers" else layer_page(subject, screen))
        return 0
    code = catalogue.find(subject)
    if code is not None:
        write(pages.page(code, screen))
        return 0
    if _is_network(subject):
        return _derive(options)
    near = closest(subject, KINDS) or catalogue.suggest(subject)
    hint = f"; did you mean {near}?" if near else "; `archcalc explain codes` and `archcalc explain layers` list them"
    complain(f"there is no code and no layer {visible(subject)}{hint}")
    return 2


def _derive(options: argparse.Namespace) -> int:
    from archcalc.cli.derivation import run

    return run(options)


def _is_network(subject: str) -> bool:
    from archcalc.catalogue import find

    try:
        find(subject)
    except IsADirectoryError:
        return True
    except (OSError, ValueError):
        return False
    return True
