"""The longest way through a network, at all choices: sums of tables that are compared, and depths that checks have."""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from sweep.one_by_one import differences
from sweep.spaces import SPACES

import archcalc
from archcalc.sweep.arrays import numpy
from archcalc.sweep.choices.names import NotTabled
from archcalc.sweep.choices.sums import Sums
from archcalc.sweep.choices.table import ANY, Table
from archcalc.sweep.choices.ways import Lengths, Long

pytest.importorskip("numpy")
SIZES = [2, 3, 1, 2]


@st.composite
def numbers(draw: st.DrawFn) -> Long:
    parts = {}
    for places in draw(st.lists(st.sampled_from([(0,), (1,), (3,), (0, 1), (1, 3), (0, 1, 3)]), unique=True)):
        shape = [SIZES[place] for place in places]
        size = int(numpy().prod(shape))
        parts[places] = numpy().array(draw(st.lists(st.integers(0, 4), min_size=size, max_size=size))).reshape(shape)
    return Long(draw(st.integers(0, 5)), parts)


def at(number: Long, codes: tuple[int, ...]) -> int:
    """The number at some codes, added up by hand."""
    parts = (own[tuple(codes[place] for place in places)] for places, own in number.parts.items())
    return number.constant + sum(int(one) for one in parts)


def everywhere() -> Any:
    return product(*map(range, SIZES))


@given(st.lists(numbers(), min_size=1, max_size=4))
@examples(150)
def test_the_longest_of_several(found: list[Long]) -> None:
    longest = Lengths(SIZES).longest(found)
    assert all(at(longest, codes) == max(at(one, codes) for one in found) for codes in everywhere())


@given(st.lists(numbers(), min_size=6, max_size=6), st.integers(0, 5))
@examples(150)
def test_one_of_several_is_chosen(found: list[Long], missing: int) -> None:
    table: Table[Any] = Table((0, 1), dict(zip(product(range(2), range(3)), found, strict=True)))
    table.of = {codes: ANY if place == missing else one for place, (codes, one) in enumerate(table.of.items())}
    chosen = Lengths(SIZES).chosen(table)
    for codes in everywhere():
        own = table.of[codes[0], codes[1]]
        assert own is ANY or at(chosen, codes) == at(own, codes)
    whole = sum(int(sum(one.of.values())) * 12 // len(one.of) for one in chosen.tables())
    assert whole == sum(at(chosen, codes) for codes in everywhere())


def test_ways_that_differ_in_too_many_choices_are_refused() -> None:
    sizes = [8] * 7
    line = numpy().arange(8)
    one, other = (Long(0, {(place,): line for place in places}) for places in ((0, 1, 2), (3, 4, 5, 6)))
    with pytest.raises(NotTabled, match="the longest depends on too many choices at once"):
        Lengths(sizes).longest([one, other])
    assert Lengths(sizes).longest([one, one.plus(2)]).constant == 2


@pytest.mark.parametrize("name", SPACES)
def test_depths_of_a_space(name: str) -> None:
    text, axes = SPACES[name]
    network = archcalc.load(text)
    space = network.sweep(
        axes, "depth(network) >= 2", show="depth(network), depth(network), depth[convolutions](network)"
    )
    assert isinstance(space.cells.at(space.cells.root), Sums), space.cells.untabled
    rng = random.Random(name)
    assert differences(network, space, sorted(rng.sample(range(space.points), min(60, space.points)))) == []


BRANCHES = """
input: [4, 8, 8]
let: {n: 2, m: 1, act: relu, side: true, k: 3}
blocks:
  tower(n, k): [{repeat: n, do: [conv: {out: 4, kernel: k, padding: k // 2}]}]
layers:
  - {tower: [m, k], as: first}
  - add: [[{tower: [n, 1], as: left}], [{apply: act}, {tower: [m, k], as: right}], here]
  - {do: [conv: [4, 1], linear: 3], as: head, when: side}
  - {tower: [n, k], from: first, as: aside}
output: [aside]
"""


def test_depths_of_branches_of_scopes_and_of_ends_that_nobody_reads() -> None:
    network = archcalc.load(BRANCHES)
    axes = {"n": range(4), "m": range(4), "act": "relu,prelu", "side": "true,false", "k": (1, 3)}
    shown = ["depth", "depth(left)", "depth(right)", "depth(head)", "depth(l*)", "depth(left, head)", "depth(aside)"]
    space = network.sweep(axes, "depth(left) <= depth(right) and depth > m", show=shown)
    assert isinstance(space.cells.at(space.cells.root), Sums), space.cells.untabled
    assert differences(network, space, range(space.points)) == []


def test_depths_of_three_million_networks() -> None:
    text, axes = SPACES["stages"]
    network = archcalc.load(text)
    space = network.sweep({**axes, "d?": range(1, 21)}, "depth <= 40", show="depth")
    assert isinstance(space.cells.at(space.cells.root), Sums), space.cells.untabled
    # A stage of d blocks of 3 layers each, behind one layer and in front of one.
    wanted = sum(2 + 3 * (a + b + c) <= 40 for a, b, c in product(range(1, 21), repeat=3))
    count = space.count()
    assert count.met * 8000 == count.legal * wanted
