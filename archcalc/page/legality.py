"""Legal sizes as data: sets that a page tests sizes against, conditions that it evaluates, and who asks for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from archcalc.dims import Condition
from archcalc.layers.site import Requirement
from archcalc.page.forms import Forms, integer
from archcalc.sizes.legal import LegalSizes
from archcalc.sizes.sets import IntegerSet


def legality(legal: LegalSizes, forms: Forms) -> dict[str, Any]:
    """The sizes at which a network is legal.

    A size is legal if one of the `boxes` has it and everything `undecided` holds besides. `asked` are all conditions
    with the layers that ask for them, so that a page can say which of them a size breaks.

    >>> import archcalc
    >>> report = archcalc.load("input: [1, N]\\nlayers: [avg_pool: 2]\\nat: {N: 8}").check()
    >>> found = legality(report.legal_sizes, Forms())
    >>> found["text"], found["boxes"]
    ('N = 0 (mod 2)', [{'N': [[2, None, 2, [0]]]}])
    """
    return {
        "text": legal.text(),
        "boxes": [{name: _runs(values) for name, values in box.items()} for box in legal.boxes],
        "undecided": [_condition(one.layer, one, forms) for one in legal.undecided],
        "asked": [_condition(one.layer, one, forms) for one in _once(legal.asked or ())],
        "causes": [
            {"layer": one.layer, "text": one.allowed.text(one.symbol), "reason": one.reason} for one in legal.causes
        ]
        + [{"layer": one.layer, "text": str(one.condition), "reason": one.reason} for one in legal.ties],
        "withNewWeights": legal.with_new_weights.text() if legal.with_new_weights is not None else None,
        "restsOn": list(legal.rests_on),
    }


def _runs(values: IntegerSet) -> list[list[Any]]:
    """First, last, modulus and remainders of each stretch of a set."""
    return [
        [integer(first), None if last is None else integer(last), integer(modulus), list(map(integer, residues))]
        for first, last, modulus, residues in values.runs
    ]


def _once(asked: Iterable[Requirement]) -> list[Requirement]:
    """Each condition with the first layer that asks for it."""
    found: dict[Condition, Requirement] = {}
    for one in asked:
        found.setdefault(one.condition, one)
    return list(found.values())


def _condition(layer: str, requirement: Requirement, forms: Forms) -> dict[str, Any]:
    relation, subject, modulus = requirement.condition
    return {
        "relation": relation,
        "form": forms.number(subject),
        "modulus": integer(modulus),
        "text": str(requirement.condition),
        "layer": layer,
        "reason": requirement.reason,
    }
