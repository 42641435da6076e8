"""What no value of the unknowns repairs: the errors of a network in which nobody knows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy

from archcalc.diagnostics.model import Diagnostic
from archcalc.dims import Number, Polynomial
from archcalc.expressions.values import Value
from archcalc.network import Settings, unfold
from archcalc.program import Program
from archcalc.questions.errors import are_definite, errors_of
from archcalc.spec.model import Let, Spec, Unreadable


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


def _without(spec: Spec, names: Sequence[str]) -> Spec:
    """The spec, whose lets of these names nobody can read."""
    lets = {
        name: Let(name, None, Unreadable(let.span), let.span) if name in names else let
        for name, let in spec.lets.items()
    }
    other = copy(spec)
    other.lets = lets
    return other
