"""`archcalc explain`: the pages of the codes and of the kinds of layers, and the work for a layer of a network."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from archcalc.cli import arguments, formats
from archcalc.cli.console import READABLE, WrongUsage, terminal, write
from archcalc.cli.formats import Format
from archcalc.terminal import visible

if TYPE_CHECKING:
    from archcalc.derivations import Derivation
    from archcalc.report.scopes import ScopeDerivation

SUMMARY = "print the page of a code or a kind of layer, or the work for a layer"


def add(command: argparse.ArgumentParser) -> None:
    """Declare its arguments."""
    command.description = (
        "Print the page of a code or of a kind of layer (`codes` and `layers` list them all), or show how the sizes "
        "and counts of a layer of a network come about: formulas, the numbers put in, results."
    )
    command.add_argument(
        "subject",
        nargs="?",
        metavar="SUBJECT",
        help="a code such as AC301 or its name, a kind of layer such as conv, codes, layers; or SPEC, as for check",
    )
    command.add_argument(
        "layer", nargs="?", metavar="LAYER", help="a layer of that network, or a group or block with all its layers"
    )
    formats.add(command, FORMATS)
    command.add_argument(
        "--latex", action="store_const", const="latex", dest="format", help="the same as --format latex"
    )
    arguments.values(command)
    arguments.symbolic(command)
    arguments.color(command)


def run(options: argparse.Namespace) -> int:
    """Print one page, a list of all codes or layers, or the work for a layer; returns the exit code."""
    if options.layer is not None:
        return _derive(options)
    if options.format != "text" or options.values or options.symbolic:
        if options.subject is not None and _is_network(options.subject):
            return _derive(options)
        raise WrongUsage(
            "--format, --latex, --set and --symbolic are for a layer of a network: archcalc explain SPEC LAYER"
        )
    return _page(options)


def _page(options: argparse.Namespace) -> int:
    from archcalc.diagnostics import catalogue, closest, pages
    from archcalc.layers.table import KINDS

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
    raise WrongUsage(f"there is no code and no layer {visible(subject)}{hint}")


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


def _text(derivation: Derivation | ScopeDerivation, options: argparse.Namespace) -> None:
    screen = terminal(options).at_most(READABLE)
    write(derivation.to_text(width=screen.width, color=screen.color, encoding=screen.encoding))


def _markdown(derivation: Derivation | ScopeDerivation, options: argparse.Namespace) -> None:
    write(derivation.to_markdown())


def _latex(derivation: Derivation | ScopeDerivation, options: argparse.Namespace) -> None:
    write(derivation.to_latex())


FORMATS = {
    "text": Format(_text, "for people"),
    "markdown": Format(_markdown, "for a page or a slide"),
    "latex": Format(_latex, "for a document with amsmath"),
}
"""How the work for a layer is written; pages of codes and layers are text."""
