"""Networks to draw: the catalogue with all its variants, and small ones that show one thing each."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from catalogue import whole

import archcalc

ROOT = Path(__file__).resolve().parents[2]
SPECS = ROOT / "specs"
EXAMPLES = ROOT / "tests" / "cases" / "examples"


@cache
def named() -> list[str]:
    """Every network of the catalogue, and of the examples that are no older form of one, by its file and variant."""
    found = []
    files = {path.stem: path for folder in (EXAMPLES, SPECS) for path in sorted(folder.glob("*.yaml"))}
    for path in files.values():
        variants = whole(path).variants
        name = str(path.relative_to(ROOT))
        found += [f"{name}:{variant}" for variant in variants] or [name]
    return found


def one_of_each() -> list[str]:
    """The first network of every file."""
    return list({name.partition(":")[0]: name for name in reversed(named())}.values())


def depths(name: str) -> list[int]:
    """Depths at which the pictures of a network differ: the first three, everything, and the one without a wish."""
    deepest = report(name).draw(depth=64).diagram.depth
    return sorted({min(depth, deepest) for depth in (1, 2, 3, deepest, report(name).draw().diagram.depth)})


@cache
def report(name: str) -> archcalc.Report:
    """The report on a network, checked once."""
    return archcalc.load(str(ROOT / name)).check()


CHAIN = """
name: Chain
input: [4, 8, 8]
blocks:
  unit(c):
    - add: [here, [{conv: [c, 3, 1, 1]}, relu]]
layers:
  - conv: [8, 3, 1, 1]
  - repeat: 5
    do: [unit: 8]
  - {conv: [2, 1], as: head}
"""
"""Copies in a row: each reads the one before."""

BESIDE = """
name: Beside
input: [4, 8, 8]
layers:
  - concat:
      - for: {i: 1..3}
        do:
          - as: path$i
            do: [{conv: [8, 1]}, relu]
  - relu
"""
"""Copies side by side: all read the same map, and all are read by the same merge."""

SKIPS = """
name: Skips
input: [4, 8]
layers:
  - {conv: [8, 1], as: first}
  - for: {i: 1..4, d: [1, 2, 4, 8]}
    do:
      - as: layer$i
        do:
          - {conv: {out: 8, kernel: 3, padding: same, dilation: d}, as: wide}
          - {conv: [6, 1], as: skip, from: wide}
          - {conv: [8, 1], as: onward, from: wide}
  - add: [layer1.skip, layer2.skip, layer3.skip, layer4.skip]
output: here
"""
"""Copies in a row, of which each is read from outside, too."""

DENSE = """
name: Dense
input: [4, 8, 8]
layers:
  - conv: [4, 1]
  - for: {i: 1..4}
    do:
      - concat: [here, [{conv: [4, 1]}]]
"""
"""Layers that grow: no two of them are equal."""

TAPPED = """
name: Tapped
input: [8]
layers:
  - for: {i: 1..4}
    do: [{linear: 8, as: l$i}]
  - add: [here, l2]
"""
"""Equal layers in a row, but one of them is read from outside: two repeats, not one."""

BROKEN = """
name: Broken
input: [1, 7, 7]
layers:
  - {conv: {out: 1, kernel: 3, stride: 3}, as: bad}
  - relu
  - add: [here, nowhere]
  - tanh
"""
