"""Counts and fronts of spaces that are not enumerated are those of enumerations, where these can be made."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from sweep.spaces import SPACES, SUPERNET

import archcalc
from archcalc.solve import WrongQuestion
from archcalc.sweep import designs
from archcalc.sweep.arrays import numpy
from archcalc.sweep.choices import apart

pytest.importorskip("numpy")

SMALL: dict[str, dict[str, Any]] = {
    "supernet": {
        "d?": (1, 3),
        "k11": (3, 5),
        "k12": (3, 7),
        "k31": (1, 3),
        "k33": (1, 5),
        "e21": (1, 2),
        "N": (32, 48),
    },
    "cells": SPACES["cells"].axes,
    "stages": {"w1": (16, 32), "w2": (16, 24), "w3": (24, 48), "d?": (1, 2, 4), "group": (4, 8, 16)},
    "encoder": {"levels": range(4), "width": (4, 6), "padding": (0, 1), "kernel": (1, 3), "N": range(20, 40)},
}
WHERE = [
    "",
    "multiplications <= 1M",
    "multiplications >= 700_000 and multiplications <= 2_000_000",
    "parameters = 5_000..20_000",
    "multiplications <= 2M and parameters <= 15_000",
    "2*multiplications <= 3_000_001",
    "multiplications = 31",
]


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("name", SMALL)
def test_counts_and_fronts(name: str, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    space = archcalc.load(SPACES[name].text).sweep(SMALL[name], where or ())
    count = space.count()
    assert count.legal
    fronts = [
        space.pareto(*asked) for asked in (("multiplications", "-parameters"), ("-multiplications", "parameters"))
    ]
    monkeypatch.setattr(designs, "MANY_POINTS", 0)
    monkeypatch.setattr(apart, "MAX_GROUP", 40)
    monkeypatch.setattr(apart, "MAX_PAIRS", 64)
    assert space._apart() is not None
    assert space.count() == count
    assert [space.pareto("multiplications", "-parameters"), space.pareto("-multiplications", "parameters")] == fronts


def test_a_space_that_nobody_can_go_through() -> None:
    names = [f"{letter}{stage}{block}" for letter in "ke" for stage in (1, 2, 3) for block in (1, 2, 3)]
    axes = {"d?": (1, 2, 3), "k??": (1, 3, 5), "e??": (1, 2, 4), "N": range(64, 257, 32)}
    network = archcalc.load(SUPERNET)
    whole = network.sweep(axes)
    assert whole.points == 7 * 3 ** (3 + len(names))
    assert whole.count()[:3] == (whole.points, whole.points, whole.points)
    half = network.sweep(axes, "multiplications <= 20M").count()
    rest = network.sweep(axes, "multiplications >= 20_000_001").count()
    assert half.met + rest.met == whole.points
    assert half.met_networks is not None
    assert rest.met_networks is not None
    assert half.met_networks + rest.met_networks == whole.networks == half.networks
    drawn = whole.sample(4000, seed=3)
    share = sum((one.figures["multiplications"] or 0) <= 20_000_000 for one in drawn) / len(drawn)
    assert abs(share - half.met_networks / half.networks) < 0.04
    front = whole.pareto("multiplications", "-parameters")
    ends = [(one.figures["multiplications"], one.figures["parameters"]) for one in front]
    assert ends == sorted(ends)
    assert len({parameters for _, parameters in ends}) == len(front)
    for one in drawn[:200]:
        cost = one.figures["multiplications"], one.figures["parameters"]
        assert any(a <= cost[0] and b >= cost[1] for a, b in ends), "nothing on the front is as good"


def test_numbers_of_designs_beyond_64_bits_are_theirs() -> None:
    """70 layers with kernels of 1 or 3, and a word: the first design with so many 3s has them at the end."""
    names = [f"k{layer}" for layer in range(100, 170)]
    layers = "".join(f"  - conv: {{out: 4, kernel: {name}, padding: {name} // 2}}\n" for name in names)
    lets = ", ".join(f"{name}: 1" for name in names)
    text = f"input: [4, 8, 8]\nlet: {{act: relu, {lets}}}\nlayers:\n{layers}  - apply: act\n"
    space = archcalc.load(text).sweep({"act": "relu,silu", "k*": (1, 3)})
    assert space.points == 2**71
    front = space.pareto("multiplications", "-parameters")
    assert [one.number for one in front] == [2**threes - 1 for threes in range(71)]
    assert front[-1].figures["parameters"] == 70 * (4 * 4 * 9 + 4)


def test_what_does_not_fall_apart_is_said() -> None:
    network = archcalc.load(SUPERNET)
    axes = {"d?": (1, 2, 3), "k??": (1, 3, 5), "e??": (1, 2, 4), "N": range(32, 257)}
    space = network.sweep(axes, "multiplications <= 300*parameters")
    with pytest.raises(WrongQuestion, match="too many to go through"):
        space.count()


groups_of = st.lists(st.lists(st.integers(-20, 60), min_size=1, max_size=6), min_size=1, max_size=5)


def _group(columns: list[list[int]], stride: int) -> apart.Group:
    module = numpy()
    count = len(columns[0])
    return apart.Group(module.array(columns), module.arange(count)[None, :] * stride, module.ones(count, bool))


@given(groups_of, st.integers(-80, 250), st.integers(-80, 250), st.sampled_from([1, 3]))
@examples(200)
def test_sums_within_bounds(values: list[list[int]], low: int, high: int, scale: int) -> None:
    values = [[scale * one for one in group] for group in values]
    groups = [_group([group], 1) for group in values]
    sums = [sum(chosen) for chosen in product(*values)]
    for bounds in ([(None, high)], [(low, None)], [(low, high)]):
        asked = [apart.Bound(0, *ends) for ends in bounds]
        wanted = sum((a is None or a <= one) and (b is None or one <= b) for one in sums for a, b in bounds)
        assert apart._within(groups, 0, asked) == wanted


@given(
    st.lists(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=6), min_size=1, max_size=4)
)
@examples(200)
def test_the_front_of_sums_is_the_sum_of_fronts(points: list[list[tuple[int, int]]]) -> None:
    module = numpy()
    whole, stride = apart._Front.zeros(1, 1), 1
    numbered: list[tuple[int, int, int]] = [(0, 0, 0)]
    for own in points:
        first, second = module.array([a for a, _ in own]), module.array([b for _, b in own])
        whole = whole.plus(apart._Front(first, second, module.arange(len(own))[None, :] * stride).pruned())
        numbered = [(a + c, b + d, number + at * stride) for a, b, number in numbered for at, (c, d) in enumerate(own)]
        stride *= len(own)
    wanted = [
        (a, b, number)
        for a, b, number in numbered
        if not any(
            (c <= a and d <= b and (c, d) != (a, b)) or ((c, d) == (a, b) and n < number) for c, d, n in numbered
        )
    ]
    found = zip(whole.first.tolist(), whole.second.tolist(), whole.words[0].tolist(), strict=True)
    assert list(found) == sorted(wanted)
