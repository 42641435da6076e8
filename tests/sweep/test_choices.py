"""Spaces as sums of tables say of every design what a check says, whatever its choices do to its form."""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from sweep.one_by_one import differences, legality
from sweep.spaces import CELLS, SPACES

import archcalc
from archcalc.sweep.arrays import numpy
from archcalc.sweep.choices.sums import Sums
from archcalc.sweep.choices.table import ANY, Table, both, chosen_by
from archcalc.sweep.designs import CHOICE

pytest.importorskip("numpy")
SHOWN = ("multiplications", "parameters", "activations", "elementwise")


@pytest.mark.parametrize("name", SPACES)
def test_designs_of_a_space(name: str) -> None:
    text, axes = SPACES[name]
    network = archcalc.load(text)
    space = network.sweep(axes, show=SHOWN)
    assert isinstance(space.cells.at(space.cells.root), Sums), space.cells.untabled
    rng = random.Random(name)
    numbers = sorted(rng.sample(range(space.points), min(60, space.points)))
    assert differences(network, space, numbers) == []
    assert any(space[number].legal for number in numbers), "otherwise no figure was compared"


@pytest.mark.parametrize("name", ["cells", "encoder", "named"])
def test_a_grid_is_what_its_designs_are(name: str) -> None:
    text, axes = SPACES[name]
    space = archcalc.load(text).sweep(axes, "multiplications <= 2M", show=SHOWN)
    designs = list(space.all())
    assert [design.number for design in designs] == list(range(space.points))
    legal = [design for design in designs if design.legal]
    met = [design for design in designs if design.met]
    assert met == [design for design in legal if (design.figures["multiplications"] or 0) <= 2_000_000]
    assert space.count()[:3] == (space.points, len(legal), len(met))
    best = min(met, key=lambda design: (design.figures["activations"], design.number))
    assert space.top(1, "activations") == [best]
    costs = {(one.figures["multiplications"], -(one.figures["parameters"] or 0)) for one in met}
    front = {pair for pair in costs if not any(a <= pair[0] and b <= pair[1] and (a, b) != pair for a, b in costs)}
    found = space.pareto("multiplications", "-parameters")
    assert {(one.figures["multiplications"], -(one.figures["parameters"] or 0)) for one in found} == front
    assert len(found) == len(front)


def test_layers_are_inferred_once_for_what_reaches_them() -> None:
    """Each of 4^6 cells is one of four kinds of edges at six places, in each of two stages."""
    space = archcalc.load(CELLS).sweep(dict.fromkeys("abcdef", (0, 1, 2, 3)), show=SHOWN)
    found = space.cells.at(space.cells.root)
    assert isinstance(found, Sums)
    assert space.points == 4096
    assert found.inferred < 200
    assert set(space.how.values()) == {CHOICE}


def test_sums_beyond_32_bits_are_exact() -> None:
    text = (
        "input: [3, 256, 256]\nlet: {a: 64, act: relu}\nlayers:\n  - conv: [a, 3]\n  - apply: act\n  - conv: [128, 3]\n"
    )
    network = archcalc.load(text)
    space = network.sweep({"a": (32, 64, 96), "act": "relu,prelu"}, show=SHOWN)
    found = space.cells.at(space.cells.root)
    assert isinstance(found, Sums)
    assert 32 < found.bits < 64
    assert differences(network, space, range(space.points)) == []
    assert [one.figures["multiplications"] for one in space][4] == 27 * 96 * 254**2 + 9 * 96 * 128 * 252**2


def test_sums_beyond_64_bits_are_exact() -> None:
    text = (
        "input: [3, 4, 4]\nlet: {a: 1, b: 1, act: relu}\nlayers:\n  - conv: [a, 1]\n  - conv: [b, 1]\n  - apply: act\n"
    )
    network = archcalc.load(text)
    space = network.sweep({"a": (10**12, 10**13), "b": (10**14, 3), "act": "relu,prelu"}, show=SHOWN)
    found = space.cells.at(space.cells.root)
    assert isinstance(found, Sums)
    assert found.bits > 64
    assert differences(network, space, range(space.points)) == []
    assert space.top(1, "-parameters")[0].values["a"] == 10**13


APART = {
    "a value that fails, and is asked for twice": (
        "input: [4, 8, 8]\nlet: {d: 1, k: 3, q: 12/d}\nlayers:\n"
        "  - add: [[conv: [4, q]], [conv: [4, q]]]\n  - conv: [4, k]\n",
        {"d": (0, 6, 12, 4), "k": "1,3,[2]"},
    ),
    "a layer that is used again": (
        "input: [4, 8, 8]\nlet: {k: 3, act: relu}\nlayers:\n"
        "  - {conv: {out: 4, kernel: k, padding: k // 2}, as: c}\n  - apply: act\n  - use: c\n",
        {"k": (1, 2, 3), "act": "relu,prelu"},
    ),
    "a pool that is undone": (
        "input: [4, 8, 8]\nlet: {k: 2, act: relu}\nlayers:\n"
        "  - {max_pool: {kernel: k, stride: 2}, as: p}\n  - apply: act\n  - unpool: p\n",
        {"k": (1, 2, 3), "act": "relu,silu"},
    ),
    "a name that a choice changes": (
        "input: [4, 8, 8]\nlet: {k: 2, act: relu}\nlayers:\n"
        "  - {conv: [4, 1], as: c$k}\n  - apply: act\n  - {add: [here, c2]}\n",
        {"k": (1, 2, 3), "act": "relu,silu"},
    ),
    "a layer by its number": (
        "input: [4, 8, 8]\nlet: {n: 2, act: relu}\nlayers:\n"
        "  - {repeat: n, do: [conv: [4, 1]]}\n  - apply: act\n  - {add: [here, '1']}\n",
        {"n": (0, 1, 2, 3), "act": "relu,silu"},
    ),
    "an output that a choice leaves out": (
        "input: [4, 8, 8]\nlet: {aux: true}\nlayers:\n  - conv: [4, 1]\n  - {conv: [4, 3], as: side, when: aux}\n"
        "output: [side]\n",
        {"aux": "true,false"},
    ),
    "a branch that a choice empties": (
        "input: [4, 8, 8]\nlet: {a: true, b: true, act: relu}\nlayers:\n"
        "  - concat: [[{conv: [4, 1], when: a}], [{conv: [2, 1], when: b}]]\n  - apply: act\n",
        {"a": "true,false", "b": "true,false", "act": "relu,silu"},
    ),
    "a list that is none": (
        "input: [4, 8, 8]\nlet: {w: [4, 8]}\nlayers:\n  - {for: {c: w}, do: [conv: [c, 1]]}\n",
        {"w": "[4,8],3,[]"},
    ),
    "lists of different lengths": (
        "input: [4, 8, 8]\nlet: {w: [4, 8], k: [1, 1]}\nlayers:\n  - {for: {c: w, kernel: k}, do: [conv: [c, kernel]]}"
        "\n",
        {"w": "[4,8],[4],[]", "k": "[1,1],[3],[]"},
    ),
}


@pytest.mark.parametrize("name", APART)
def test_what_has_to_be_seen_as_a_whole(name: str) -> None:
    text, axes = APART[name]
    network = archcalc.load(text)
    space = network.sweep(axes, show=SHOWN)
    assert differences(network, space, range(space.points)) == []
    assert space.count().legal == sum(legality(network, space.values(number)) for number in range(space.points))


AGAIN = {
    "a tower for two images": (
        "input: {left: [3, 16, 16], right: [3, 16, 16]}\nlet: {k: 3, c: 4, act: relu}\nlayers:\n"
        "  - do:\n      - {conv: {out: c, kernel: k, padding: k // 2}}\n      - apply: act\n"
        "    from: left\n    as: tower\n"
        "  - {use: tower, from: right, as: other}\n  - {concat: [tower, other]}\n  - conv: [2, k]\n",
        {"k": (1, 2, 3), "c": range(1, 9), "act": "relu,prelu,nothing"},
    ),
    "a layer that fits no longer": (
        "input: [4, 8, 8]\nlet: {c: 4, k: 1, act: relu}\nlayers:\n"
        "  - {conv: {out: 4, kernel: k, padding: k // 2}, as: first}\n  - {conv: {out: c, kernel: 1}}\n"
        "  - apply: act\n  - {use: first}\n  - {use: first}\n",
        {"c": (3, 4, 5), "k": (1, 3, 5), "act": "relu,prelu"},
    ),
    "weights that are tied": (
        "input: {shape: [T], dtype: int}\nat: {T: 7}\nlet: {v: 11, d: 4, n: 1, act: relu}\nlayers:\n"
        "  - {embedding: [v, d], as: table}\n  - {repeat: n, do: [linear: d]}\n  - apply: act\n"
        "  - {linear: {out: 11 if n == 2 else v, bias: false}, tied: table}\n",
        {"v": (11, 12, 13), "d": (2, 4), "n": range(3), "act": "relu,prelu"},
    ),
    "pools that are undone": (
        "input: [2, N, N]\nat: {N: 16}\nrounding: floor\nlet: {k: 2, s: 2, c: 4, act: relu}\nlayers:\n"
        "  - {max_pool: {kernel: k, stride: s}, as: p}\n  - conv: [c, 3, 1, 1]\n  - apply: act\n"
        "  - conv: [2, 1]\n  - {unpool: p}\n  - conv: [1, 3]\n",
        {"k": (1, 2, 3), "s": (1, 2, 3), "c": (1, 2, 3), "act": "relu,prelu", "N": range(6, 20)},
    ),
}


@pytest.mark.parametrize("name", AGAIN)
def test_layers_that_others_look_at(name: str) -> None:
    text, axes = AGAIN[name]
    network = archcalc.load(text)
    space = network.sweep(axes, show=SHOWN)
    assert isinstance(space.cells.at(space.cells.root), Sums), space.cells.untabled
    rng = random.Random(name)
    numbers = sorted(rng.sample(range(space.points), min(80, space.points)))
    assert differences(network, space, numbers) == []
    assert any(space[number].legal for number in numbers)


OPENED = {
    "a loop that would turn less than never": (
        "input: [4, 8, 8]\nlet: {n: 1, k1: 1, k2: 1, k3: 1, k4: 1}\nlayers:\n"
        "  - repeat: n\n    do: [conv: [4, k1, 1, k1 // 2], conv: [4, k2, 1, k2 // 2], conv: [4, k3, 1, k3 // 2]]\n"
        "  - conv: [4, k4]\n",
        {"n": range(-2, 4), "k?": (1, 3, 5)},
    ),
    "a loop that turns very often": (
        "input: [4, 8, 8]\nlet: {n: 1, k1: 1, k2: 1, k3: 1, k4: 1}\nlayers:\n"
        "  - repeat: n\n    do: [conv: [4, k1, 1, k1 // 2], conv: [4, k2, 1, k2 // 2], conv: [4, k3, 1, k3 // 2]]\n"
        "  - conv: [4, k4]\n",
        {"n": (1, 90_000), "k?": (1, 3, 5)},
    ),
    "choices that ask for other choices": (
        "input: [4, 8, 8]\nlet: {which: 0, a: 1, b: 1, c: 1, d: 1}\nlayers:\n"
        "  - {conv: {out: 'a if which == 0 else b if which == 1 else c if which == 2 else d', kernel: 1}}\n  - relu\n",
        {"which": range(4), "a": range(1, 30), "b": range(1, 30), "c": range(1, 30), "d": range(1, 30)},
    ),
}


@pytest.mark.parametrize("name", OPENED)
def test_many_choices_at_once(name: str) -> None:
    text, axes = OPENED[name]
    network = archcalc.load(text)
    space = network.sweep(axes, show=SHOWN)
    rng = random.Random(name)
    assert differences(network, space, sorted(rng.sample(range(space.points), 4 if "often" in name else 12))) == []


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[int], Table[Any]]:
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    choices = draw(st.lists(st.sampled_from(range(len(sizes))), unique=True))
    relevant = [place for place in choices if draw(st.booleans())]
    of = {}
    for codes in product(*(range(sizes[place]) for place in choices)):
        chosen = dict(zip(choices, codes, strict=True))
        value = sum(chosen[place] for place in relevant)
        of[codes] = ANY if draw(st.integers(0, 5)) == 0 else value
    return sizes, Table(choices, of)


@given(tables())
@examples(200)
def test_a_collapsed_table_says_the_same_and_no_choice_too_much(given_: tuple[list[int], Table[Any]]) -> None:
    _, table = given_
    found = table.collapsed()
    for codes, value in table.of.items():
        chosen = dict(zip(table.choices, codes, strict=True))
        assert value is ANY or found.at(chosen) == value
    for place in range(len(found.choices)):
        groups: dict[tuple[int, ...], set[Any]] = {}
        for codes, value in found.of.items():
            if value is not ANY:
                groups.setdefault(codes[:place] + codes[place + 1 :], set()).add(value)
        assert any(len(values) > 1 for values in groups.values()), "this choice changes nothing"


@given(tables(), tables(), tables())
@examples(100)
def test_tables_are_joined_choice_by_choice(
    one: tuple[list[int], Table[Any]], two: tuple[list[int], Table[Any]], three: tuple[list[int], Table[Any]]
) -> None:
    sizes = [3, 3, 3, 3]
    grown = [
        Table(table.choices, {codes: table.of.get(codes, ANY) for codes in _all(table, sizes)})
        for _, table in (one, two, three)
    ]
    guard = grown[0].map(lambda value: value is not ANY and value % 2 == 0)
    joined = chosen_by(guard, grown[1], grown[2], sizes, lambda value: value)
    holds = both(guard, grown[1].map(lambda value: value is not ANY), sizes)
    for codes in product(*(range(size) for size in sizes)):
        chosen = dict(enumerate(codes))
        wanted = (grown[1] if guard.at(chosen) else grown[2]).at(chosen)
        assert wanted is ANY or joined.at(chosen) == wanted
        assert holds.at(chosen) == (guard.at(chosen) and grown[1].at(chosen) is not ANY)


def _all(table: Table[Any], sizes: list[int]) -> Any:
    return product(*(range(sizes[place]) for place in table.choices))


def test_codes_of_any_width_are_looked_up() -> None:
    text, axes = SPACES["stages"]
    space = archcalc.load(text).sweep(axes, show=SHOWN)
    found = space.cells.at(space.cells.root)
    assert isinstance(found, Sums)
    module = numpy()
    rng = module.random.default_rng(1)
    codes = [rng.integers(0, space.space.sizes[place], 40_000) for place in found.axes]
    legal, met, columns = found.at(codes, 40_000)
    short = found.at([column.astype("int8") for column in codes], 40_000)
    assert (legal == short[0]).all()
    assert (met == short[1]).all()
    assert all((one == other).all() for one, other in zip(columns, short[2], strict=True))
