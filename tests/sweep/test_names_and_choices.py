"""Names that choices change, and `register`, in spaces so large that groups and calls are opened step by step."""

from __future__ import annotations

import random
from typing import Any

import pytest
from sweep.one_by_one import differences

import archcalc
from archcalc.sweep.choices.sums import Sums

pytest.importorskip("numpy")

FOUR = ", ".join(f"{{conv: [4, k{at}, 1, k{at} // 2]}}" for at in range(1, 5))
KERNELS: dict[str, Any] = {"k?": (1, 3, 5)}
"""81 combinations, for which no step is run as a whole."""

SPACES: dict[str, tuple[str, dict[str, Any]]] = {
    "a group whose name is chosen": (
        f"""
input: [4, 8, 8]
let: {{k1: 1, k2: 1, k3: 1, k4: 1, n: 1, act: relu}}
layers:
  - {{do: [{FOUR}], as: s$n}}
  - apply: act
  - {{add: [here, s2], when: n >= 2}}
""",
        {**KERNELS, "n": (1, 2, 3), "act": "relu,prelu"},
    ),
    "a call whose name is chosen, left out at times": (
        f"""
input: [4, 8, 8]
let: {{k1: 1, k2: 1, k3: 1, k4: 1, n: 1, there: true}}
blocks:
  four: [{FOUR}]
layers:
  - {{four: [], as: s$n, when: there}}
  - {{conv: [4, 1], as: s3, when: n < 3}}
  - {{add: [here, s1], when: n <= 2}}
""",
        {**KERNELS, "n": (1, 2, 3), "there": "true,false"},
    ),
    "one of two groups of one name": (
        f"""
input: [4, 8, 8]
let: {{k1: 1, k2: 1, k3: 1, k4: 1, deep: true, w: 4}}
layers:
  - {{do: [{FOUR}], as: body, when: deep}}
  - {{do: [{FOUR}, {{conv: [w, 1]}}], as: body, when: not deep}}
  - {{add: [here, body]}}
""",
        {**KERNELS, "deep": "true,false", "w": (3, 4)},
    ),
    "two groups of one name, both at times": (
        f"""
input: [4, 8, 8]
let: {{k1: 1, k2: 1, k3: 1, k4: 1, a: 1, b: 1}}
layers:
  - {{do: [{FOUR}], as: body, when: a > 1}}
  - {{do: [{FOUR}], as: body, when: b > 1}}
  - {{add: [here, body]}}
""",
        {**KERNELS, "a": (1, 2), "b": (1, 2)},
    ),
    "a group of one name in a loop": (
        f"""
input: [4, 8, 8]
let: {{k1: 1, k2: 1, k3: 1, k4: 1, n: 1}}
layers:
  - repeat: n
    do: [{{do: [{FOUR}], as: body}}]
""",
        {**KERNELS, "n": range(4)},
    ),
    "what is registered may be left out, and may be nowhere": (
        f"""
input: [4, 8, 8]
let: {{k1: 1, k2: 1, k3: 1, k4: 1, n: 1, there: true}}
layers:
  - register: [head, body]
  - do:
      - {{register: [last], when: n > 1}}
      - do: [{FOUR}]
      - {{conv: [4, 1], as: last, when: n < 3}}
    as: body
  - {{conv: [4, 1], as: head, when: there}}
  - {{register: [s$n], when: n > 2}}
""",
        {**KERNELS, "n": range(4), "there": "true,false"},
    ),
    "what is registered twice in a loop": (
        f"""
input: [4, 8, 8]
let: {{k1: 1, k2: 1, k3: 1, k4: 1, n: 1, k5: 1}}
layers:
  - {{conv: [4, 1], as: head}}
  - repeat: n
    do: [{FOUR}, {{register: [head], when: k5 > 1}}]
""",
        {**KERNELS, "n": range(4)},
    ),
}


@pytest.mark.parametrize("name", SPACES)
def test_designs(name: str) -> None:
    text, axes = SPACES[name]
    network = archcalc.load(text)
    space = network.sweep(axes, show="multiplications, parameters, depth, output")
    assert isinstance(space.cells.at(space.cells.root), Sums), space.cells.untabled
    rng = random.Random(name)
    numbers = sorted(rng.sample(range(space.points), min(120, space.points)))
    assert differences(network, space, numbers) == []
    legal = space.cells.evaluate(numbers)[0].tolist()
    assert True in legal
    assert False in legal or "one of two" in name
