"""What two sequences have in common: held against a table of all subsequences, and against the clock."""

from __future__ import annotations

import random
import time
from itertools import pairwise

import pytest
from effort import parts

from archcalc.comparison.sequences import ascending, common


def longest(first: list[int], second: list[int]) -> int:
    """The length of the longest common subsequence, by the table of all prefixes."""
    table = [[0] * (len(second) + 1) for _ in range(len(first) + 1)]
    for row, one in enumerate(first):
        for column, two in enumerate(second):
            best = max(table[row][column + 1], table[row + 1][column])
            table[row + 1][column + 1] = table[row][column] + 1 if one == two else best
    return table[-1][-1]


def is_ordered(pairs: list[tuple[int, int]]) -> bool:
    return all(one[0] < two[0] and one[1] < two[1] for one, two in pairwise(pairs))


@pytest.mark.parametrize("seeds", parts(2000, 50), ids=str)
def test_what_repeats_is_found_as_far_as_can_be(seeds: range) -> None:
    for seed in seeds:
        rng = random.Random(seed)
        # Every item stands twice at least on one side, so that none is an anchor.
        first = [rng.randrange(3) for _ in range(rng.randrange(20))] * 2
        second = [rng.randrange(3) for _ in range(rng.randrange(20))] * 2
        found = common(first, second)
        assert is_ordered(found)
        assert all(first[one] == second[two] for one, two in found)
        alone = [item for item in set(first) & set(second) if first.count(item) == 1 or second.count(item) == 1]
        if not alone:
            assert len(found) == longest(first, second)


@pytest.mark.parametrize("seeds", parts(2000, 50), ids=str)
def test_the_longest_chain_of_pairs_is_found(seeds: range) -> None:
    for seed in seeds:
        rng = random.Random(seed)
        places = list(range(rng.randrange(1, 9)))
        rng.shuffle(places)
        found = ascending(list(enumerate(places)))
        assert is_ordered(found)
        best = max(
            bin(chosen).count("1")
            for chosen in range(2 ** len(places))
            if (kept := [place for index, place in enumerate(places) if chosen >> index & 1]) == sorted(kept)
        )
        assert len(found) == best


@pytest.mark.parametrize("case", ["other", "shuffled", "random"])
def test_long_sequences_take_a_time_that_grows_with_their_length(case: str) -> None:
    rng = random.Random(1)
    count = 30_000
    first = [1, 2] * (count // 2)
    second = [1, 3, 2] * (count // 2)
    if case == "shuffled":
        first, second = list(range(count)), rng.sample(range(count), count)
    if case == "random":
        first, second = ([rng.randrange(9) for _ in range(count)] for _ in range(2))
    started = time.process_time()
    found = common(first, second)
    # A table of all prefixes would have 10**9 entries.
    assert time.process_time() - started < 10
    assert is_ordered(found)
    if case == "other":
        assert len(found) == count
