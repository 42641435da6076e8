"""Series and branches of random graphs: every volume once, every edge accounted for or named as crossing."""

from __future__ import annotations

from random import Random

import pytest

from archcalc.layers.shape import Shape
from archcalc.volumes.network import Network, Reading, Volume, connected
from archcalc.volumes.sizes import Sizes
from archcalc.volumes.structure import Parallel, Series, structure


def volumes(reads: list[list[int]]) -> Network:
    """A network in which each volume reads earlier ones."""
    found: list[Volume] = []
    for index, sources in enumerate(reads):
        volume = Volume(str(index), "conv", "conv", Shape((4, 8, 8)), Sizes(4, (8, 8)))
        volume.reads = [Reading(found[source], 4) for source in sources]
        found.append(volume)
    return Network(connected(found), ())


def random_reads(rng: Random) -> list[list[int]]:
    count = rng.randrange(1, 14)
    return [
        sorted(rng.sample(range(index), min(index, rng.choice([1, 1, 1, 2, 2, 3])))) if index else []
        for index in range(count)
    ]


@pytest.mark.parametrize("seed", range(60))
def test_random_graphs(seed: int) -> None:
    network = volumes(random_reads(Random(seed)))
    found = structure(network)
    placed = list(found.series.volumes())
    assert sorted(placed, key=lambda volume: int(volume.name)) == list(network.volumes)
    order = {volume: index for index, volume in enumerate(placed)}
    crossing = set(found.crossing)
    assert crossing <= set(network.edges())
    for source, target in network.edges():
        assert order[source] < order[target] or (source, target) in crossing


@pytest.mark.parametrize(
    ("reads", "shown"),
    [
        ([[], [0], [1]], "0 1 2"),
        ([[], [0], [1], [0, 2]], "0 (1 2 |) 3"),
        ([[], [0], [0], [1, 2], [3]], "0 (1 | 2) 3 4"),
        ([[], [0], [0], [0], [1, 2], [3, 4]], "0 ((1 | 2) 4 | 3) 5"),
        ([[], [], [0, 1]], "(0 | 1) 2"),
        ([[], [0], [0]], "0 (1 | 2)"),
    ],
)
def test_known_graphs(reads: list[list[int]], shown: str) -> None:
    found = structure(volumes(reads))
    assert (said(found.series), found.crossing) == (shown, ())


def said(series: Series) -> str:
    parts = []
    for item in series.items:
        if isinstance(item, Parallel):
            inner = " | ".join(sorted(said(branch) for branch in item.branches))
            parts.append(f"({inner}{' |' if item.direct else ''})")
        else:
            parts.append(item.name)
    return " ".join(parts)


def test_an_edge_between_branches_is_crossing() -> None:
    # 0 parts into 1 and 2; 3 reads both, 4 reads both, 5 reads 3 and 4: no series and no branch has all of them.
    found = structure(volumes([[], [0], [0], [1, 2], [1, 2], [3, 4]]))
    assert [(source.name, target.name) for source, target in found.crossing] in (
        [("2", "3"), ("2", "4")],
        [("1", "3"), ("1", "4")],
    )
