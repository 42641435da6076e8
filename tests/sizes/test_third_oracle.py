"""A third judge: the integer set library, which knows all sizes at once and not only those up to a bound.

The definitions of `sizes.rules` are put to it as sets of linear conditions with rounded quotients. It says whether two
sets are equal, for all sizes of all symbols.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from catalogue import FILES, named
from effort import parts

import archcalc
from archcalc.sizes.legal import LegalSizes
from archcalc.sizes.sets import IntegerSet
from sizes.random_networks import network
from sizes.subject import Subject, of_the_catalogue

pytestmark = pytest.mark.once

isl = pytest.importorskip("islpy")

RANDOM = 160
PART = 16
"""Random networks of a test."""
MOST_NODES = 400
"""Layers of a network of the catalogue that is looked at; deeper ones are more of the same."""


def written(numbers: IntegerSet, name: str) -> str:
    """A set in the notation of the library."""
    parts = []
    for run in numbers.runs:
        conditions = [f"{name} >= {run.first}"]
        conditions += [f"{name} <= {run.last}"] if run.last is not None else []
        residues = " or ".join(f"{name} mod {run.modulus} = {residue}" for residue in run.residues)
        parts.append(" and ".join([*conditions, f"({residues})"]))
    return " or ".join(f"({part})" for part in parts) or "false"


def union(names: list[str], legal: LegalSizes) -> Any:
    """The legal sizes as a set of the library."""
    boxes = [" and ".join(f"({written(box[name], name)})" for name in names) for box in legal.boxes]
    return isl.Set(f"{{[{', '.join(names)}] : {' or '.join(f'({box})' for box in boxes) or 'false'}}}")


def differs(subject: Subject) -> list[str] | None:
    """How archcalc's sets and those of the library differ; None where a product of sizes is beyond the library."""
    from sizes.evaluator import evaluate
    from sizes.forms import NotAffine, forms, region, same_weights

    legal = subject.legal
    names = subject.names
    symbols = forms(names)
    try:
        found = evaluate(subject.graph, symbols)
        conditions = [condition for _, condition in found.conditions]
        expected = region(names, conditions)
    except NotAffine:
        return None
    shapes = legal.with_new_weights or legal
    told = [] if shapes.undecided or expected.is_equal(union(names, shapes)) else [f"shapes: {shapes} is {expected}"]
    told += [f"axis {name}" for name in names if not _same_axis(names, expected, shapes, name)]
    if subject.has_weights and not legal.undecided:
        image = {name: symbols[name] for name in names} | subject.stated_image
        try:
            kept = same_weights(found, evaluate(subject.graph, image))
            fixed = region(names, [*conditions, *kept])
        except NotAffine:
            return told
        told += [] if fixed.is_equal(union(names, legal)) else [f"weights: {legal} is {fixed}"]
    return told


def _same_axis(names: list[str], expected: Any, shapes: LegalSizes, name: str) -> bool:
    from sizes.forms import projected

    if shapes.undecided:
        return True
    return bool(projected(names, expected, name).is_equal(isl.Set(f"{{[n] : {written(shapes.axes[name], 'n')}}}")))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_catalogue_is_legal_where_the_library_says(path: Path) -> None:
    for name in named(path):
        subject = of_the_catalogue(name)
        if len(subject.graph.nodes) <= MOST_NODES:
            assert not differs(subject), name


@pytest.mark.parametrize("seeds", parts(RANDOM, PART))
def test_random_networks_are_legal_where_the_library_says(seeds: range) -> None:
    looked = 0
    for seed in seeds:
        data = network(f"third {seed}")
        subject = Subject(archcalc.load(data))
        if subject.is_sound:
            told = differs(subject)
            looked += told is not None
            assert not told, (seed, data, told)
    assert looked > 0
