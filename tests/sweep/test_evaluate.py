"""Designs that people name by columns of values are what the same designs are by their numbers."""

from __future__ import annotations

import random
import time
from fractions import Fraction
from typing import Any

import pytest
from sweep.spaces import SPACES, SUPERNET

import archcalc
from archcalc.questions.values import WrongQuestion

numpy = pytest.importorskip("numpy")

TEXT = """\
name: Small
input: [3, N, N]
at: {N: 32}
rounding: floor
let: {w: 8, alpha: 1, biased: true, sides: [3], act: relu}
layers:
  - for: {k: sides}
    do: [{conv: {out: 4*alpha*w, kernel: k, bias: biased}}, {apply: act}]
  - {max_pool: 2, as: pool}
"""
AXES: dict[str, Any] = {
    "w": range(2, 40, 3),
    "alpha": (Fraction(1, 2), 1, Fraction(3, 2)),
    "biased": "true,false",
    "sides": "[3],[3,5],[]",
    "act": "relu,prelu",
    "N": (4, 9, 16),
}


def space(show: str = "parameters, multiplications") -> archcalc.Sweep:
    return archcalc.load(TEXT).sweep(AXES, "multiplications <= 300k", show)


@pytest.mark.parametrize(
    "show",
    [
        "parameters, multiplications",
        "parameters, size(pool), depth(network)",
        "parameters, size(pool), receptive_field(pool)",
    ],
)
def test_columns_of_every_kind_of_value(show: str) -> None:
    grid = space(show)
    numbers = random.Random(1).sample(range(grid.points), 200)
    rows = [grid.values(number) for number in numbers]
    columns = {name: [row[name] for row in rows] for name in AXES}
    found = grid.evaluate(columns)
    for place, number in enumerate(numbers):
        design = grid[number]
        assert (bool(found.legal[place]), bool(found.met[place])) == (design.legal, design.met)
        told = {name: None if column.mask[place] else column[place] for name, column in found.figures.items()}
        assert told == design.figures
    assert found.legal.any()
    assert not found.legal.all()
    again = grid.evaluate(rows)
    assert (again.legal == found.legal).all()
    assert all((again.figures[name] == column).all() for name, column in found.figures.items())


@pytest.mark.parametrize("kind", ["int8", "uint64", "int64", object])
def test_arrays_of_every_kind(kind: Any) -> None:
    grid = space()
    columns = {
        "w": numpy.array([2, 38, 5], kind),
        "alpha": [Fraction(1, 2), 1, Fraction(3, 2)],
        "biased": numpy.array([True, False, True]),
        "sides": [[3], [], (3, 5)],
        "act": numpy.array(["relu", "prelu", "relu"]),
        "N": numpy.array([16, 9, 4], kind),
    }
    found = grid.evaluate(columns)
    values = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    plain = [
        {name: getattr(value, "item", lambda value=value: value)() for name, value in row.items()} for row in values
    ]
    designs = [grid[grid.number(row)] for row in plain]
    assert found.legal.tolist() == [design.legal for design in designs]
    assert found.figures["parameters"].tolist() == [design.figures["parameters"] for design in designs]


def test_tables_of_other_libraries() -> None:
    pandas = pytest.importorskip("pandas")
    grid = archcalc.load("unet:paper").sweep({"N": range(180, 573), "padding": 0})
    frame = pandas.DataFrame({"N": [188, 190, 204]})
    assert grid.evaluate(frame).legal.tolist() == [True, False, True]
    assert grid.evaluate({"N": frame["N"]}).figures["parameters"].tolist() == [31030658, None, 31030658]


def test_what_the_sweep_does_not_have_is_named() -> None:
    grid = archcalc.load(TEXT).sweep({**AXES, "sides": [[3]], "alpha": 1})
    right: dict[str, Any] = {"w": [2, 5], "biased": [True, False], "act": ["relu", "relu"], "N": [4, 9]}
    assert grid.evaluate(right).legal.tolist() == [True, True]
    for change, message in (
        ({"w": [2, 6]}, r"w is not 6 in this sweep, as in row 1: w=2\.\.38/3"),
        ({"w": numpy.array([1, 2])}, r"w is not 1 in this sweep, as in row 0"),
        ({"w": numpy.array([2, 2**63 - 1])}, r"w is not 9223372036854775807 in this sweep, as in row 1"),
        ({"N": numpy.array([4, 5])}, r"N is not 5 in this sweep, as in row 1: N=4,9,16"),
        ({"biased": [1, 0]}, "biased is not 1 in this sweep"),
        ({"act": ["relu", "silu"]}, "act is not silu in this sweep, as in row 1: act=relu,prelu"),
        ({"alpha": [1, 2]}, "alpha is not 2 in this sweep"),
        ({"w": [2.0, 5.0]}, "w: the values are whole numbers, Fractions, .* not 2.0"),
        ({"w": numpy.array([2.0, 5.0])}, "w: the values are whole numbers"),
        ({"w": [2, 5, 8]}, "columns are of one length, a value for each design: w has 3, biased has 2"),
        ({"w": 2}, "w: a column is a sequence of values"),
        ({"k": [1, 2]}, "k is not swept; there are w, alpha, biased"),
    ):
        with pytest.raises(WrongQuestion, match=message):
            grid.evaluate({**right, **change})
    with pytest.raises(WrongQuestion, match="N has no values: give a column of them"):
        grid.evaluate({name: column for name, column in right.items() if name != "N"})
    with pytest.raises(WrongQuestion, match="row 1 has w, and the first one w, act"):
        grid.evaluate([{"w": 2, "act": "relu"}, {"w": 2}])
    with pytest.raises(WrongQuestion, match="a column of values each, or as a list of mappings"):
        grid.evaluate([3, 4])  # type: ignore[list-item]


def test_numbers_of_any_length() -> None:
    network = archcalc.load("input: [3, N, N]\nat: {N: 8}\nlayers:\n  - conv: [4, 3]\n")
    wide = network.sweep({"N": range(3, 10**30)})
    size = 10**29
    found = wide.evaluate({"N": [3, size]})
    assert found.figures["multiplications"].tolist() == [108, 108 * (size - 2) ** 2]


def test_no_designs_at_all() -> None:
    grid = archcalc.load("unet:paper").sweep({"N": range(180, 573)})
    assert grid.evaluate({"N": []}).legal.tolist() == []


def test_a_million_designs_of_a_space_that_nobody_can_go_through() -> None:
    names = [f"{letter}{stage}{block}" for letter in "ke" for stage in (1, 2, 3) for block in (1, 2, 3)]
    axes = {"d?": (1, 2, 3), "k??": (1, 3, 5), "e??": (1, 2, 4), "N": range(64, 257, 32)}
    grid = archcalc.load(SUPERNET).sweep(axes)
    grid.evaluate([grid.values(0)])
    rng = numpy.random.default_rng(0)
    count = 10**6
    columns = {axis.name: numpy.array(axis.values)[rng.integers(0, axis.size, count)] for axis in grid.question.axes}
    assert set(names) < set(columns)
    start = time.process_time()
    found = grid.evaluate(columns)
    took = time.process_time() - start
    assert took < 20, "a second or two, unless designs are looked at one by one"
    for place in range(0, count, count // 5):
        values = {name: int(column[place]) for name, column in columns.items()}
        report = archcalc.load(SUPERNET).check(values)
        assert report.totals.multiplications == found.figures["multiplications"][place]


def test_designs_of_spaces_made_to_trap() -> None:
    for name in ("encoder", "named", "stages"):
        grid = archcalc.load(SPACES[name].text).sweep(SPACES[name].axes)
        numbers = random.Random(name).sample(range(grid.points), 300)
        rows = [grid.values(number) for number in numbers]
        legal, _, columns = grid.cells.evaluate(numbers)
        found = grid.evaluate(rows)
        assert (found.legal == legal).all()
        for one, other in zip(found.figures.values(), columns, strict=True):
            assert (one.data[legal] == other[legal]).all()
