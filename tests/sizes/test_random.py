"""Random networks: the legal sizes are those that looking at size after size finds."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from effort import parts
from strategies.specs import Options, make_spec

import archcalc
from sizes.compare import compare
from sizes.random_networks import judged, network
from sizes.subject import Subject

NETWORKS = 80
ANY = 120
PART = 4
"""Seeds of a test."""
GRID = {1: 120, 2: 30, 3: 10}
"""Sizes of each symbol, by how many symbols there are."""
OPTIONS = Options(symbols=True, claims=False, variants=False, opened=10, stated=True)


@pytest.mark.parametrize("seeds", parts(NETWORKS, PART))
def test_legal_sizes_of_random_networks_are_those_that_brute_force_finds(seeds: range) -> None:
    for seed in seeds:
        data = network(seed)
        found = judged(data, seed)
        assert not found.differences, (seed, data, found.differences)


@pytest.mark.parametrize("seeds", parts(ANY, PART))
def test_legal_sizes_with_everything_in_the_language_are_those_that_brute_force_finds(seeds: range) -> None:
    """Small networks of all kinds of layers, with symbols among the fields, the channels and the items."""
    looked = 0
    for seed in seeds:
        rng = Random(f"any {seed}")
        made = make_spec(rng, OPTIONS)
        try:
            subject = Subject(archcalc.load(made.data))
        except archcalc.InvalidSpec as mistakes:
            # Which steps there are, no symbol may decide, and channels can be one.
            assert {one.code.id for one in mistakes.diagnostics} == {"AC125"}, (seed, mistakes)
            continue
        if subject.frees_axes or not subject.is_sound or len(subject.names) not in GRID:
            continue
        most = GRID[len(subject.names)]
        found = compare(subject, {name: np.arange(1, most + 1) for name in subject.names}, rng)
        assert not found.differences, (seed, made.data, found.differences)
        looked += 1
    assert looked > 0
