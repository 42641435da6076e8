"""What no value of the unknowns repairs: the errors of a network in which nobody knows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy

from archcalc.diagnostics.codes import language as codes
from archcalc.diagnostics.codes import shapes as shape_codes
from archcalc.diagnostics.model import Diagnostic
from archcalc.dims import Number, Polynomial
from archcalc.expressions.values import Value
from archcalc.network import Network, Settings, unfold
from archcalc.program import Program
from archcalc.spec.model import Let, Spec, Unreadable

_ALWAYS = (codes.UNKNOWN_NAME, codes.UNKNOWN_FUNCTION, codes.CIRCULAR_DEFINITION, codes.DIVISION_BY_ZERO)


def errors_whatever(
    program: Program, unknowns: Sequence[str], stated: Mapping[str, Number], given: Mapping[str, Value]
) -> list[Diagnostic]:
    """The errors that a network has whatever its unknowns are: symbols stand for themselves, and lets are not known.

    What depends on a let is then not known either, and stays silent.
    """
    kept = {name: value for name, value in stated.items() if isinstance(value, int) and name not in unknowns}
    network = unfold(_without(program.network_spec, unknowns), Settings({**given, **kept}, symbolic=True))
    errors = errors_of(network)
    if any(isinstance(value, Polynomial) for value in network.symbols.values()) and not are_definite(errors):
        return []
    return errors


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


def _without(spec: Spec, names: Sequence[str]) -> Spec:
    """The spec, whose lets of these names nobody can read."""
    lets = {
        name: Let(name, None, Unreadable(let.span), let.span) if name in names else let
        for name, let in spec.lets.items()
    }
    other = copy(spec)
    other.lets = lets
    return other
