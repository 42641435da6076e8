"""Tables say of sizes, of layers and scopes by name, and of conditions on names what a check says."""

from __future__ import annotations

import random
from typing import Any

import pytest
from effort import share
from sweep.one_by_one import differences, figures
from sweep.random_questions import conditions, names_at, quantities
from sweep.spaces import SPACES

import archcalc
from archcalc.solve import WrongQuestion
from archcalc.sweep import designs
from archcalc.sweep.choices.sums import Sums
from archcalc.sweep.designs import CHOICE
from archcalc.sweep.question import read

pytest.importorskip("numpy")


def tabled(text: str, axes: Any, where: Any = (), show: Any = ()) -> archcalc.Sweep:
    """A sweep that is looked up in tables."""
    space = archcalc.load(text).sweep(axes, where, show=show)
    assert isinstance(space.cells.at(space.cells.root), Sums), space.cells.untabled
    return space


@pytest.mark.parametrize("name", ["encoder", "named", "scaled"])
def test_random_questions(name: str) -> None:
    text, axes = SPACES[name]
    network = archcalc.load(text)
    rng = random.Random(name)
    base = network.sweep(axes)
    tables = 0
    for _ in range(5):
        number = next(one for one in iter(lambda: rng.randrange(base.points), None) if base[one].legal)
        values = base.values(number)
        shown = quantities(names_at(network, values, rng), rng, many=4)
        known = dict(zip(shown, figures(network, values, read(network.program, axes, (), shown)), strict=True))
        listed = {axis.name: list(axis.values[:50]) for axis in base.space.axes}
        try:
            space = network.sweep(axes, conditions(shown, listed, known, rng), show=shown)
        except WrongQuestion:
            continue
        tables += isinstance(space.cells.at(space.cells.root), Sums)
        assert differences(network, space, sorted(rng.sample(range(space.points), 12))) == []
    assert tables > 2


WAYS = """
input: [4, 12, 12]
let: {k: 3, d: 2, deep: true, act: relu, w: [4, 8], q: 12/d, flat: false, alpha: 1}
layers:
  - {conv: {out: 4, kernel: k}, as: c}
  - {conv: [4, 1], when: deep, as: e}
  - for: {i: 1..4, out: [4, 5, 6, 7]}
    do: [{conv: [out, 1], as: turn$i, when: i <= d}]
  - do: [{conv: ['w[0]', 1], as: a}, {conv: ['w[1]', 1], as: b}, relu]
    as: pair
  - {apply: act}
  - {flatten, when: flat, as: f}
"""
AXES: dict[str, Any] = {
    "k": (1, 2, 3),
    "d": (0, 1, 2, 3),
    "deep": "true,false",
    "act": "relu,prelu",
    "w": "[4,8],[8,4],[2,2,9],[3]",
    "flat": "true,false",
}
QUESTIONS: list[tuple[str, str]] = [
    ("output, size, height, channels", ""),
    ("size(c), output(pair.b), channels(pair.a, pair.b), output(f)", ""),
    ("parameters(turn*), layers(*.b), multiplications(e), parameters(c, e), output(turn3)", ""),
    ("parameters(nowhere), size(nowhere), parameters(c, nowhere*)", ""),
    ("parameters", "k <= d"),
    ("parameters", "w[0] < w[1]"),
    ("parameters", "q <= 6"),
    ("parameters", "parameters <= 60*k + 20*d"),
    ("parameters", "(parameters + d) % k = 0"),
    ("parameters", "parameters*d <= 300*k and d >= 1"),
    ("multiplications(e)", "multiplications(e) >= 2000"),
    ("multiplications(e)", "max(multiplications, 1) <= 12_000"),
    ("parameters(turn*)", "parameters(turn*) <= 22*d"),
    ("parameters", "parameters = 100..200 and k > 1"),
    ("parameters", "parameters = 0.1k"),
    ("size(c)", "size(c) >= 11"),
    ("output", "output = 8x10x10"),
    ("size", "size = 10x10 and channels(pair.a) <= channels(pair.b)"),
    ("size", "height*k <= 12*d"),
    ("parameters", "parameters >= (90 if k > 1 else 30)"),
]


@pytest.mark.parametrize(("show", "where"), share(QUESTIONS, shares=2))
def test_questions(show: str, where: str) -> None:
    space = tabled(WAYS, AXES, where or (), show)
    assert set(space.how.values()) == {CHOICE}
    rng = random.Random(f"{show} {where}")
    numbers = sorted(rng.sample(range(space.points), 70))
    assert differences(archcalc.load(WAYS), space, numbers) == []
    legal, met, _ = space.cells.evaluate(numbers)
    assert legal.any()
    assert not where or (met.any() and (legal & ~met).any()), "otherwise the condition is not tried"


OPEN: list[tuple[str, str]] = [
    ("size, output(a)", "N <= 20*k"),
    ("height", "height <= 4*k"),
    ("multiplications", "multiplications <= 100*N*k"),
    ("multiplications", "(multiplications + N) % (k + 1) = 0"),
    ("parameters", "N % 3 = 0"),
]


@pytest.mark.parametrize(("show", "where"), OPEN)
def test_questions_where_sizes_are_open(show: str, where: str) -> None:
    text = (
        "input: [3, N, N]\nat: {N: 20}\nlet: {k: 3, act: relu}\nlayers:\n"
        "  - {conv: [4, k], as: a}\n  - apply: act\n  - {max_pool: 2}\n"
    )
    space = tabled(text, {"N": range(1, 41), "k": (1, 2, 3), "act": "relu,prelu"}, where, show)
    assert differences(archcalc.load(text), space, range(space.points)) == []


def test_what_is_shown_of_sizes_that_differ_in_number() -> None:
    space = tabled(WAYS, {**AXES, "w": "[4,8],[2,2,9]"}, "channels(f) > 300", "output, channels(f), size(e)")
    found = list(space)
    assert {len(one.figures["output"]) for one in found} == {1}  # type: ignore[arg-type]
    assert all(one.values["flat"] for one in found)
    assert space.count().met == len(found)
    assert {one.figures["size(e)"] is None for one in found} == {True, False}
    smallest = min(one.figures["channels(f)"] for one in space.all() if one.figures["channels(f)"])  # type: ignore[type-var]
    everything = tabled(WAYS, AXES, (), "output, channels(f)")
    assert everything.top(1, "channels(f)")[0].figures["channels(f)"] == smallest
    assert {one.figures["channels(f)"] for one in everything.pareto("channels(f)")} == {smallest}
    pytest.importorskip("pyarrow")
    rows = [row for batch in everything.batches() for row in batch.to_pylist()]
    assert {row["channels(f)"] is None for row in rows} == {True, False}
    assert {len(row["output"]) for row in rows} == {1, 3}


SWEPT = {"w1": (16, 32), "w2": (16, 24), "w3": (24, 48), "d?": (1, 2, 4), "group": (4, 8, 16)}


@pytest.mark.parametrize("where", ["w1 <= w2", "w1 < w2 and multiplications <= 2M", "d1 <= d2 and d2 <= d3"])
def test_conditions_on_names_are_counted_without_enumeration(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    space = tabled(SPACES["stages"].text, SWEPT, where)
    count, front = space.count(), space.pareto("multiplications", "-parameters")
    assert 0 < count.met < count.legal
    monkeypatch.setattr(designs, "MANY_POINTS", 0)
    monkeypatch.setattr(space, "_parts", None)
    assert space.count() == count
    assert space.pareto("multiplications", "-parameters") == front


def test_a_space_of_conditions_on_names_that_nobody_can_go_through() -> None:
    text, _ = SPACES["supernet"]
    axes = {"d?": (1, 2, 3), "k??": (1, 3, 5), "e??": (1, 2, 4)}
    network = archcalc.load(text)
    count = network.sweep(axes, "d1 <= d2 and d2 < d3").count()
    assert count.met * 27 == 4 * count.legal == 4 * count.points
    assert network.sweep(axes, "multiplications <= 20M and k11 = 3").count().met > 0


REFUSED = {
    "peak": "peak depends on how the whole network runs",
    "receptive_field": "receptive_field is followed through whole networks",
    "size(turn*)": "size(turn*) is of all layers that turn* fits",
}


@pytest.mark.parametrize("show", REFUSED)
def test_what_tables_do_not_have_is_computed_one_by_one(show: str) -> None:
    space = archcalc.load(WAYS).sweep({"k": (1, 2), "act": "relu,silu", "w": "[4,8],[4,4]"}, show=show)
    assert space.cells.untabled == REFUSED[show]
    assert differences(archcalc.load(WAYS), space, range(space.points)) == []


NUMBERED = """
input: [4, 8, 8]
let: {n: 2, act: relu, k: 3}
layers:
  - {repeat: n, do: [conv: [4, 1]]}
  - {conv: {out: 4, kernel: k, padding: k // 2}, as: last}
  - add: [[{conv: [4, 1]}], here]
  - add: [here, last]
  - apply: act
"""


@pytest.mark.parametrize(
    "show", ["parameters(1)", "activations(add_2)", "activations(add)", "parameters(?)", "layers(a*)"]
)
def test_numbers_and_kinds_of_layers_that_a_choice_changes(show: str) -> None:
    space = archcalc.load(NUMBERED).sweep({"n": range(4), "act": "relu,silu", "k": (1, 3)}, show=show)
    assert differences(archcalc.load(NUMBERED), space, range(space.points)) == []
    assert "may be" in space.cells.untabled
