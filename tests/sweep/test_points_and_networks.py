"""Points that differ in what nobody reads are one network; all others are networks of their own."""

from __future__ import annotations

import random
from collections import Counter
from statistics import median_low
from typing import Any

import pytest
from sweep.networks_apart import differences, first_of, made_of
from sweep.spaces import CELLS, SPACES, SUPERNET

import archcalc
from archcalc.sweep import designs
from archcalc.sweep.networks import Networks, NotTold

pytest.importorskip("numpy")

SMALL: dict[str, tuple[str, dict[str, Any]]] = {
    "supernet": (
        SUPERNET,
        {
            "d1": (1, 2),
            "d2": (1, 3),
            "k12": (1, 3),
            "e12": (2, 4),
            "k23": (3, 5),
            "e22": (2, 4),
            "k21": (1, 3),
            "N": (32, 64),
        },
    ),
    "one kernel of one stage": (SUPERNET, {"d1": (1, 2), "k12": (1, 3), "e13": (1, 2)}),
    "cells": (CELLS, {"a": (0, 1), "b": (1, 2), "cells": range(3), "width": (3, 8)}),
    "encoder": (
        SPACES["encoder"].text,
        {
            "levels": range(3),
            "width": (4, 6),
            "turns": range(3),
            "padding": (0, 1),
            "kernel": (1, 3),
            "N": range(12, 21, 4),
        },
    ),
    "named": (SPACES["named"].text, SPACES["named"].axes | {"N": (8, 16)}),
    "closed forms that nobody reads": (
        "input: [3, N, N]\nat: {N: 8}\nlet: {w: 4, spare: 3, other: 2 * spare}\nlayers:\n  - conv: [w, 3]\n",
        {"N": range(2, 9), "w": range(1, 5), "spare": range(10, 20)},
    ),
    "a choice that decides which other one is read": (
        "input: [4, 8, 8]\nlet: {which: 0, a: 1, b: 2, c: 3, act: relu}\nlayers:\n"
        "  - {conv: {out: 'a if which == 0 else b if which == 1 else c', kernel: 1}}\n"
        "  - {apply: act, when: which > 0}\n",
        {"which": range(3), "a": range(1, 4), "b": range(4, 9), "c": range(9, 11), "act": "relu,silu"},
    ),
    "arguments that are handed on": (
        "input: [4, 8, 8]\nlet: {deep: 1, k: 3, w: 8, x: 2}\n"
        "blocks:\n  unit(k, w, deep, twice=2 * w):\n"
        "    - {conv: [twice, k, 1, k // 2], when: deep > 1}\n    - {do: [inner: [k, w]], when: deep > 2}\n"
        "  inner(k, w):\n    - conv: [w, 1]\nlayers:\n  - unit: [k, w + x, deep]\n  - relu\n",
        {"deep": (1, 2, 3), "k": (1, 3, 5), "w": (8, 9), "x": (4, 7)},
    ),
    "words": (
        "input: [4, 8, 8]\nlet: {act: relu, pool: max, deep: true}\nlayers:\n"
        "  - {apply: act, when: deep}\n  - conv: [2, 1]\n",
        {"act": "nothing,relu,silu", "deep": "true,false"},
    ),
    "a loop over a list": (
        "input: [4, 8, 8]\nlet: {n: 1, a: 1, b: 2, c: 3, act: relu}\nlayers:\n"
        "  - for: {turn: 1..3, w: [a, b, c]}\n    do: [{conv: [w, 1], when: turn <= n}]\n"
        "  - {apply: act, when: n == 2}\n",
        {"n": range(4), "a": (1, 5), "b": (2, 6), "c": (3, 7, 8), "act": "relu,silu"},
    ),
    "layers that are used again": (
        "input: [4, 8, 8]\nlet: {k: 3, again: true, w: 4, act: relu}\nlayers:\n"
        "  - {conv: {out: 4, kernel: k, padding: k // 2}, as: c}\n  - {use: c, when: again}\n"
        "  - {apply: act, when: again}\n  - conv: [w, 1]\n",
        {"k": (1, 3), "again": "true,false", "act": "relu,prelu", "w": (2, 3)},
    ),
}


@pytest.mark.parametrize("name", SMALL)
def test_networks_are_those_of_all_designs_one_by_one(name: str) -> None:
    text, axes = SMALL[name]
    network = archcalc.load(text)
    costs = [design.figures["parameters"] for design in network.sweep(axes)]
    space = network.sweep(axes, f"parameters <= {median_low(costs)}")
    legal = [design for design in space.all() if design.legal]
    found = {design.number: made_of(network, design.values) for design in legal}
    assert differences(network, space, range(space.points)) == []
    count = space.count()
    assert count.networks == len({first_of(space, design.number) for design in legal}) == len(set(found.values()))
    assert count.met_networks == len({found[design.number] for design in legal if design.met})
    assert space.networks == count.networks
    assert (count.networks == count.legal) is (len(legal) == len(set(found.values())))
    drawn = space.sample(10**6)
    assert [design.number for design in drawn] == sorted({first_of(space, one.number) for one in legal if one.met})


def test_what_cannot_be_computed_everywhere_is_read_where_it_is_computed() -> None:
    text = """
input: [4, 8, 8]
let: {deep: true, d: 1}
blocks:
  unit(w, deep):
    - {conv: [w, 1], when: deep}
layers:
  - unit: [12/d, deep]
"""
    network = archcalc.load(text)
    assert network.sweep({"deep": "true,false", "d": (1, 2, 3)}).networks == 4
    # At 0 no network is legal, whoever has use for the width.
    assert network.sweep({"deep": "true,false", "d": (0, 1, 2, 3)}).networks == 6


def test_another_value_that_leads_to_the_same_layers_is_another_network() -> None:
    text = "input: [8]\nlet: {a: 1, k: 1}\nlayers:\n  - {linear: 4 * (a // 2), when: k >= 0}\n"
    space = archcalc.load(text).sweep({"a": (2, 3), "k": (0, 1)})
    assert space.networks == 4


def test_a_condition_reads_the_names_that_it_is_about() -> None:
    text = "input: [8]\nlet: {deep: false, k: 3, twice: 2 * k}\nlayers: [linear: 9, {linear: k, when: deep}]"
    network = archcalc.load(text)
    axes = {"deep": "true,false", "k": range(1, 101)}
    assert network.sweep(axes).networks == 101
    space = network.sweep({**axes, "deep": False}, "twice <= 20 and parameters >= 1")
    assert space.count() == (100, 100, 10, 100, 10)


@pytest.mark.parametrize("name", ["supernet", "encoder", "closed forms that nobody reads"])
def test_samples_are_even_over_networks(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text, axes = SMALL[name]
    axes = axes | ({"N": (32,)} if name == "supernet" else {})
    network = archcalc.load(text)
    costs = [design.figures["parameters"] for design in network.sweep(axes)]
    where = f"parameters <= {median_low(costs)}"
    numbers = [design.number for design in network.sweep(axes, where).sample(10**6)]
    for most in (2**24, 1):
        # The second time, none is enumerated: they are drawn group by group.
        monkeypatch.setattr(designs, "MANY_POINTS", 0 if most == 1 else 2**20)
        space = network.sweep(axes, where)
        size = len(numbers) // 3
        times: Counter[int] = Counter()
        for seed in range(120):
            if most == 1:
                monkeypatch.setattr(designs, "MAX_DRAWN", 2**20)
                monkeypatch.setattr(type(space.cells), "count", 10**9)
            drawn = [design.number for design in space.sample(size, seed)]
            assert len(set(drawn)) == size
            times.update(drawn)
        expected = 120 * size / len(numbers)
        assert set(times) == set(numbers)
        assert all(abs(one - expected) < 6 * expected**0.5 for one in times.values())
        monkeypatch.undo()


def test_a_space_that_nobody_can_go_through() -> None:
    axes = {"d?": (1, 2, 3), "k??": (1, 3, 5), "e??": (1, 2, 4), "N": range(64, 257, 32)}
    space = archcalc.load(SUPERNET).sweep(axes)
    # Of each stage: a kernel and a factor of three values for each of one, two or three blocks.
    assert space.networks == 7 * (9 + 9**2 + 9**3) ** 3
    half = archcalc.load(SUPERNET).sweep(axes, "multiplications <= 20M").count()
    drawn = space.sample(3000, seed=3)
    share = sum((one.figures["multiplications"] or 0) <= 20_000_000 for one in drawn) / len(drawn)
    assert half.networks == space.networks
    assert half.met_networks is not None
    assert abs(share - half.met_networks / half.networks) < 0.05
    assert abs(sum(one.values["d1"] == 3 for one in drawn) / 3000 - 729 / 819) < 0.03
    assert all(first_of(space, one.number) == one.number for one in drawn)


def test_where_it_is_not_told() -> None:
    text = "input: [8]\nlet: {a: 1, w: 2}\nlayers:\n  - {repeat: a, do: [linear: w]}\n"
    space = archcalc.load(text).sweep({"a": range(4), "w": range(1, 4)}, show="peak")
    assert space.networks is None
    assert space.count() == (12, 12, 12, None, None)
    with pytest.raises(NotTold, match="one by one"):
        Networks(space.cells)
    assert len(space.sample(20)) == 12


def test_designs_of_spaces_made_to_trap() -> None:
    for name, (text, axes) in SPACES.items():
        network = archcalc.load(text)
        space = network.sweep(axes)
        numbers = random.Random(name).sample(range(space.points), 40)
        assert differences(network, space, numbers) == []
