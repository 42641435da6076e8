"""`archcalc explain`: the pages of codes, layers and words of the language, and the work for a network."""

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
    from archcalc.terminal import Terminal


def add(command: argparse.ArgumentParser) -> None:
    """Declare its arguments."""
    command.description = (
        "Print the page of a code, of a kind of layer or of a word of the language (`codes`, `layers` and `language` "
        "list them all), or show how the sizes and counts of a network, or of one of its layers, come about: formulas, "
        "the numbers put in, results."
    )
    command.add_argument(
        "subject",
        nargs="?",
        metavar="SUBJECT",
        help="a code such as AC301 or its name, a kind of layer such as conv, a word such as rounding, codes, layers, "
        "language; or SPEC, as for check",
    )
    command.add_argument(
        "layer",
        nargs="?",
        metavar="LAYER",
        help="a layer of that network, or a group or block with all its layers; default: all",
    )
    formats.add(command, FORMATS)
    command.add_argument(
        "--latex", action="store_const", const="latex", dest="format", help="the same as --format latex"
    )
    arguments.values(command)
    arguments.symbolic(command)
    arguments.color(command)


def run(options: argparse.Namespace) -> int:
    """Print one page, a list of all pages, or the work for a network; returns the exit code."""
    if options.layer is not None:
        return _derive(options)
    if options.format != "text" or options.values or options.symbolic:
        if options.subject is not None and _is_network(options.subject):
            return _derive(options)
        raise WrongUsage("--format, --latex, --set and --symbolic are for a network: archcalc explain SPEC [LAYER]")
    return _page(options)


def _page(options: argparse.Namespace) -> int:
    screen = terminal(options).at_most(READABLE)
    subject = options.subject or "codes"
    # The pages of codes answer at once; those of layers have to load the layers.
    text = _of_codes(subject, screen) or _of_layers(subject, screen) or _of_language(subject, screen)
    if text is None:
        if _is_network(subject):
            return _derive(options)
        raise _unknown(subject)
    write(text)
    return 0


def _of_codes(subject: str, screen: Terminal) -> str | None:
    from archcalc.diagnostics import catalogue, pages

    if subject == "codes":
        return pages.index(screen)
    code = catalogue.find(subject)
    return None if code is None else pages.page(code, screen)


def _of_layers(subject: str, screen: Terminal) -> str | None:
    from archcalc.expressions.functions import NAMES
    from archcalc.layers.table import KINDS
    from archcalc.manual import section_page
    from archcalc.spec.manual import layer_index, layer_page

    if subject == "layers":
        return layer_index(screen)
    if subject not in KINDS:
        return None
    # A word may be a layer and a function: `tokens`.
    own = [section_page(subject, screen)] if subject in NAMES else []
    return "\n\n".join([layer_page(subject, screen), *own])


def _of_language(subject: str, screen: Terminal) -> str | None:
    from archcalc.manual import section_index, section_page, sections
    from archcalc.spec.manual import field_page, quantity_page

    if subject == "language":
        return section_index(screen)
    own = section_page(subject, screen) if subject in sections() else ""
    found = [part for part in (own, quantity_page(subject, screen), field_page(subject, screen)) if part]
    return "\n\n".join(found) or None


def _unknown(subject: str) -> WrongUsage:
    from archcalc.diagnostics import catalogue, closest
    from archcalc.layers.table import KINDS
    from archcalc.manual import sections
    from archcalc.quantities import QUANTITIES

    near = closest(subject, [*KINDS, *sections(), *QUANTITIES]) or catalogue.suggest(subject)
    lists = "`archcalc explain codes`, `explain layers` and `explain language` are the lists"
    hint = f"did you mean {near}?" if near else lists
    return WrongUsage(f"there is no code, no layer and no word of the language {visible(subject)}; {hint}")


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
