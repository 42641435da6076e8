"""Errors of one network: the first in words, and whether all of them are there whatever symbols stand for."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.diagnostics.codes import language as codes
from archcalc.diagnostics.codes import shapes as shape_codes
from archcalc.diagnostics.model import Diagnostic
from archcalc.network import Network

_ALWAYS = (codes.UNKNOWN_NAME, codes.UNKNOWN_FUNCTION, codes.CIRCULAR_DEFINITION, codes.DIVISION_BY_ZERO)


def problem(network: Network) -> str:
    """The first error of a network, in words; none if it is legal."""
    if errors := errors_of(network):
        return in_words(errors[0])
    return "" if network.graph.is_complete else "its shapes are not known"


def errors_of(network: Network) -> list[Diagnostic]:
    """The errors of a network."""
    return [found for found in network.diagnostics if found.severity == "error"]


def in_words(error: Diagnostic) -> str:
    """An error in a sentence: what it says, and of which layer."""
    return f"{error.message} (layer {error.layer})" if error.layer else error.message


def are_definite(errors: Sequence[Diagnostic]) -> bool:
    """Whether errors of a network with symbols are there whatever these are: a shape that never fits, a wrong name.

    Other errors may only say that a symbol cannot stand there, in a stride or as the count of a loop.
    """
    of_shapes = [code for code in vars(shape_codes).values() if code is not shape_codes.NEEDS_NUMBER]
    return bool(errors) and all(found.code in of_shapes or found.code in _ALWAYS for found in errors)
