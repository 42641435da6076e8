"""Every network of the catalogue: the legal sizes are those that looking at size after size finds."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from random import Random

import numpy as np
import pytest
from catalogue import FILES, named

from sizes.compare import compare
from sizes.subject import of_the_catalogue

pytestmark = pytest.mark.once

FAR = 2000
"""Sizes of one symbol that are looked at, the others as stated."""
WIDE = 400
"""Sizes of each of two symbols that are looked at together."""
ITEMS = 3
"""What stands for a symbol that has no stated value."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_legal_sizes_are_those_that_brute_force_finds(path: Path) -> None:
    for network in named(path):
        subject = of_the_catalogue(network)
        rng = Random(network)
        stated = {name: np.array([subject.stated.get(name, ITEMS)]) for name in subject.names}
        for name in subject.names:
            found = compare(subject, {**stated, name: np.arange(1, FAR + 1)}, rng)
            assert not found.differences, (network, found.differences)
        for pair in combinations(subject.names, 2):
            found = compare(subject, {**stated, **dict.fromkeys(pair, np.arange(1, WIDE + 1))}, rng)
            assert not found.differences, (network, found.differences)
