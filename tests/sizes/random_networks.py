"""Random networks put before the judges: drawn, given a stated size, compared on a grid, made smaller on failure."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

import numpy as np
from strategies.choices import chance, pick
from strategies.smaller import smaller

import archcalc
from sizes.compare import Compared, Difference, compare
from sizes.networks import Data, draw
from sizes.subject import Subject

FAR = {1: 2000, 2: 120}
"""Sizes of each symbol that are looked at, by how many symbols there are."""
CHECKED = 2
"""Sizes of each network that are put to archcalc's check of that one size as well."""
TRIES = 400


class Case(NamedTuple):
    """A disagreement: a specification, and where the two do not agree on it."""

    data: Data
    difference: Difference


def network(seed: int | str) -> Data:
    """The network of a seed; many of those that are legal somewhere state such a size, for which they have weights."""
    rng = Random(f"sizes {seed}")
    data = draw(rng)
    if not chance(rng, 70):
        return data
    subject = Subject(archcalc.load(data))
    if not subject.is_sound:
        return data
    places = np.argwhere(subject.fits(_open(subject, 300)))
    if len(places):
        at = pick(rng, places)
        data["at"] = {name: int(index) + 1 for name, index in zip(subject.names, at, strict=True)}
    return data


def judged(data: Data, seed: int | str = 0) -> Compared:
    """Everything that was compared about a network."""
    rng = Random(f"judged {seed}")
    subject = Subject(archcalc.load(data))
    most = FAR[len(subject.names)]
    found = compare(subject, {name: np.arange(1, most + 1) for name in subject.names}, rng)
    differences = [*found.differences, *_against_checks(subject, rng)]
    return found._replace(differences=differences)


def _against_checks(subject: Subject, rng: Random) -> Iterator[Difference]:
    """Sizes at which archcalc's check of the size itself says something else than its legal sizes do."""
    legal = subject.legal
    shapes = legal.with_new_weights or legal
    for turn in range(CHECKED):
        sizes = {name: rng.randrange(1, 201) for name in subject.names}
        if turn == 0 and (near := shapes.nearest(sizes)[1]) is not None and max(near.values()) < 3000:
            sizes = near
        ok = not any(
            found.severity == "error" and not found.code.id.startswith("AC4")
            for found in subject.architecture.check(sizes).diagnostics
        )
        if ok != (sizes in shapes):
            yield Difference(sizes, sizes in shapes, "new, by a check", [])


def shrunk(case: Case) -> Case:
    """The case with as few steps and fields as still show a disagreement."""
    best, tries = case, TRIES
    again = True
    while again and tries > 0:
        again = False
        for data in smaller(best.data):
            tries -= 1
            found = _shows(data)
            if found is not None:
                best, again = Case(data, found), True
            if found is not None or tries <= 0:
                break
    return best


def _shows(data: Any) -> Difference | None:
    """The first disagreement about a network; none about what is no network any more."""
    architecture = archcalc.load(data)
    problems = [*architecture.diagnostics, *architecture.check(symbolic=True).diagnostics]
    if any(found.severity == "error" and not found.code.id.startswith("AC3") for found in problems):
        return None
    found = judged(data).differences
    return found[0] if found else None


def _open(subject: Subject, most: int) -> dict[str, Any]:
    """All combinations of sizes, as arrays of one axis each."""
    rank = len(subject.names)
    return {
        name: np.arange(1, most + 1).reshape([-1 if at == place else 1 for at in range(rank)])
        for place, name in enumerate(subject.names)
    }
