"""Random networks and damaged ones: what is told of two of them makes the second of the first, and shows itself."""

from __future__ import annotations

import json
from copy import deepcopy
from random import Random

import pytest
from applied import applied, layers
from effort import parts
from strategies.mutations import mutated
from strategies.specs import random_spec

import archcalc
from archcalc import Difference, Report


def pair(seed: int) -> tuple[Report, Report]:
    """A random network, and another one: the same with damage, or one that has nothing to do with it."""
    first = random_spec(Random(seed))
    second = random_spec(Random(-seed)) if seed % 3 == 0 else mutated(Random(seed + 1), deepcopy(first), 1 + seed % 2)
    return _report(first, seed), _report(second, seed)


def _report(data: object, seed: int) -> Report:
    found = archcalc.Architecture.from_text(json.dumps(data), "net.json")
    return found.choose(next(iter(found.variants), None)).check(symbolic=seed % 2 == 0)


@pytest.mark.parametrize("seeds", parts(600, 20), ids=str)
def test_every_two_networks_are_compared(seeds: range) -> None:
    for seed in seeds:
        before, after = pair(seed)
        found, swapped = Difference(before, after), Difference(after, before)
        data = found.to_json()
        assert all(len(line) < 200 for line in found.to_text(width=60).splitlines())
        assert found.to_markdown().count("```") % 2 == 0
        assert found._repr_html_().startswith("<div")
        assert found.counts["added"] == swapped.counts["removed"]
        for state in ("changed", "moved", "renamed", "follows", "same"):
            assert found.counts[state] == swapped.counts[state]
        if before.complete and after.complete and found.layers:
            assert applied(layers(before), data) == layers(after)
