"""Spaces of designs: numbers, counts, fronts and samples, compared with all designs one after the other."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction

import pytest
from sweep.test_front import beaten

import archcalc
from archcalc.questions.values import WrongQuestion
from archcalc.sweep.designs import CHOICE

TEXT = """\
name: Small
input: [3, N, N]
at: {N: 32}
rounding: floor
let: {w: 8, k: 3, depth: 2, act: relu, twice: 2 * w}
layers:
  - repeat: depth
    do: [{conv: {out: w, kernel: k}}, {apply: act}]
  - {max_pool: 2, as: pool}
  - {conv: {out: twice, kernel: 3}, as: last}
"""
AXES = {"depth": range(4), "w": range(2, 40, 3), "act": ("relu", "silu"), "N": range(1, 30)}
WHERE = "multiplications <= 200k and size(pool) >= 2"


@pytest.fixture(scope="module", params=["", ", receptive_field(pool)"], ids=["tables", "one by one"])
def space(request: pytest.FixtureRequest) -> archcalc.Sweep:
    return archcalc.load(TEXT).sweep(AXES, WHERE, f"parameters, multiplications, size(pool){request.param}")


@pytest.fixture(scope="module")
def every(space: archcalc.Sweep) -> list[archcalc.Design]:
    return list(space.all())


def test_every_number_has_its_design(space: archcalc.Sweep, every: list[archcalc.Design]) -> None:
    assert len(every) == space.points == 4 * 13 * 2 * 29
    for number in random.Random(1).sample(range(space.points), 50):
        assert space[number] == every[number]._replace(obstacle=space.obstacle(number))
        assert space.number(space.values(number)) == number
        assert bool(space.obstacle(number)) is not every[number].legal
    assert space.number(depth=3, w=38, act="silu", N=29) == space.points - 1
    with pytest.raises(IndexError, match="there are 3,016 designs"):
        space[space.points]
    with pytest.raises(ValueError, match="w is not 9 in this sweep"):
        space.number(depth=3, w=9, act="silu", N=29)
    with pytest.raises(KeyError, match="is not swept"):
        space.number(depth=3, w=8, act="silu", N=29, k=3)


def test_conditions_are_those_of_checks(space: archcalc.Sweep, every: list[archcalc.Design]) -> None:
    for design in random.Random(2).sample(every, 60):
        report = archcalc.load(TEXT).check(design.values)
        sizes = report["pool"].output[1:] if design.legal else ()
        within = design.legal and report.totals.multiplications <= 200_000 and min(sizes) >= 2
        assert design.met is within
        if design.legal:
            assert design.figures["size(pool)"] == sizes
            assert design.figures["parameters"] == report.totals.parameters
        else:
            assert set(design.figures.values()) == {None}


def test_counts_and_ends(space: archcalc.Sweep, every: list[archcalc.Design]) -> None:
    met = [design for design in every if design.met]
    assert space.count()[:3] == (len(every), sum(design.legal for design in every), len(met))
    assert list(space) == met
    assert space.first(7) == met[:7]
    assert space.smallest() == met[0]
    assert space.largest() == met[-1]
    assert list(space.all(backwards=True)) == every[::-1]


@pytest.mark.parametrize(
    "objectives", [("multiplications", "-parameters"), ("-parameters",), ("-N", "multiplications(last)", "-parameters")]
)
def test_fronts(space: archcalc.Sweep, every: list[archcalc.Design], objectives: tuple[str, ...]) -> None:
    if "-N" in objectives:
        with pytest.raises(WrongQuestion, match="N is a name of this spec"):
            space.pareto(*objectives)
        objectives = ("-height", "multiplications(last)", "-parameters")
    wider = archcalc.load(TEXT).sweep(AXES, WHERE, [one.lstrip("-") for one in objectives])
    met = [design for design in wider.all() if design.met]
    points = [
        tuple(design.figures[one.lstrip("-")] * (-1 if one.startswith("-") else 1) for one in objectives)
        for design in met
    ]
    assert [design.number for design in space.pareto(*objectives)] == [met[place].number for place in beaten(points)]


def test_the_best_of_one_quantity(space: archcalc.Sweep, every: list[archcalc.Design]) -> None:
    met = [design for design in every if design.met]
    for by, sign in (("multiplications", 1), ("-parameters", -1)):
        name = by.lstrip("-")
        best = sorted(met, key=lambda design: (sign * design.figures[name], design.number))
        assert space.top(9, by) == best[:9]


def test_samples_are_drawn_evenly_and_again(space: archcalc.Sweep) -> None:
    drawn = space.sample(40, seed=3)
    assert drawn == space.sample(40, seed=3) != space.sample(40, seed=4)
    assert len({design.number for design in drawn}) == 40
    assert all(design.met for design in drawn)
    # Without a block, nobody reads the activation: then one design stands for the network, if that is told.
    is_told = space.networks is not None
    networks = [one for one in space if not is_told or one.values["depth"] or one.values["act"] == "relu"]
    assert space.sample(10**6) == networks
    few = archcalc.load(TEXT).sweep({"w": range(1, 9)})
    times = Counter(design.number for seed in range(400) for design in few.sample(2, seed))
    assert sorted(times) == list(range(8))
    assert all(60 < one < 145 for one in times.values())


def test_spaces_that_nobody_can_enumerate() -> None:
    sizes = range(1, 10**30 + 1)
    huge = archcalc.load(TEXT).sweep({"w": sizes, "N": sizes, "depth": range(1, 50)})
    assert huge.points == 49 * 10**60
    design = huge[49 * 10**60 - 1]
    width = size = 10**30
    rest = size - 2 * 49
    pooled = rest // 2 - 2
    assert design.figures["parameters"] == 27 * width + 48 * 9 * width**2 + 49 * width + 18 * width**2 + 2 * width
    assert design.figures["multiplications"] == (
        sum((27 * width if one == 1 else 9 * width**2) * (size - 2 * one) ** 2 for one in range(1, 50))
        + 18 * width**2 * pooled**2
    )
    assert huge.check(49 * 10**60 - 1).totals.parameters == design.figures["parameters"]
    assert all(design.met for design in huge.sample(5, seed=1))
    with pytest.raises(WrongQuestion, match="too many to go through"):
        huge.count()
    assert huge.first(1)[0].values == {"w": 1, "N": 8, "depth": 1}


def test_too_many_forms_are_not_unfolded_one_after_the_other() -> None:
    text = "input: [8]\nlet: {a: 1, b: 1}\nlayers:\n  - {repeat: a, do: [relu]}\n  - {repeat: b, do: [tanh]}\n"
    space = archcalc.load(text).sweep({"a": range(2000), "b": range(2000)}, show="layers, kv_cache")
    with pytest.raises(WrongQuestion, match="4,000,000 networks would have to be unfolded"):
        space.count()
    assert space[2_001].figures == {"layers": 2, "kv_cache": 0}


def test_how_says_what_a_name_is(space: archcalc.Sweep) -> None:
    if not space.cells.untabled:
        assert space.how["depth"] == space.how["act"] == CHOICE
        return
    assert space.cells.untabled == "receptive_field(pool) is followed through whole networks"
    assert space.how == {
        "depth": "one by one: `repeat` depends on a symbol: depth - 1 (at act = relu)",
        "w": "a symbol of closed forms",
        "act": "one by one: its values are words",
        "N": "a symbol of closed forms",
    } or space.how["depth"].startswith("one by one: `repeat`")
    single = archcalc.load(TEXT).sweep({"N": [9], "w": [Fraction(4), 8]})
    assert single.how == {"N": "one value", "w": "a symbol of closed forms"}


def test_the_order_of_names_changes_numbers_alone() -> None:
    network = archcalc.load(TEXT)
    one = network.sweep(AXES, WHERE)
    other = network.sweep(dict(reversed(AXES.items())), WHERE)
    assert one.count() == other.count()
    assert {str(sorted(design.values.items())) for design in one} == {
        str(sorted(design.values.items())) for design in other
    }


def test_what_a_network_does_not_have_meets_no_condition() -> None:
    text = "input: [4, N, N]\nlet: {aux: true}\nlayers:\n  - conv: [4, 3]\n  - {conv: [4, 3], as: side, when: aux}\n"
    axes = {"aux": "true,false", "N": range(8, 12)}
    for where in ("parameters(side) <= 1000", "parameters(side) >= 0 and N >= 9"):
        space = archcalc.load(text).sweep(axes, where, values={})
        first = 9 if "N" in where.split("and")[-1] else 8
        assert [one.values for one in space] == [{"aux": True, "N": size} for size in range(first, 12)]
        assert space.count()[:3] == (8, 8, 12 - first)


def test_1_and_true_are_two_values() -> None:
    """As in the language, though Python takes them for one key."""
    space = archcalc.load("input: [8]\nlet: {a: 1}\nlayers: [linear: 4]").sweep({"a": [1, True, 1]})
    assert [(type(one.values["a"]), one.values["a"]) for one in space.all()] == [(int, 1), (bool, True)]
    assert [space.number(a=1), space.number(a=True)] == [0, 1]


def test_patterns_stand_for_names() -> None:
    text = "input: [8]\nlet: {k11: 3, k12: 4, k21: 5, ks: k11 + k12}\nlayers: [linear: ks, linear: k21]"
    space = archcalc.load(text).sweep({"k??": (3, 5)})
    assert [axis.name for axis in space.space.axes] == ["k11", "k12", "k21"]
    assert space.points == 8
    with pytest.raises(WrongQuestion, match=r"k\* fits k11, k12, k21, ks, and ks is computed from another name"):
        archcalc.load(text).sweep({"k*": (3, 5)})


@pytest.mark.parametrize(
    ("axes", "where", "show", "message"),
    [
        ({}, "", (), "name what is swept"),
        ({"M": "1..3"}, (), (), "`M` is neither a symbol nor a let of Small; there are N, w, k"),
        ({"dept": "1..3"}, (), (), "did you mean `depth`"),
        ({"z?": "1..3"}, (), (), r"no symbol or let fits z\?"),
        ({"N": []}, (), (), "N has no values"),
        ({"N": range(3, 3)}, (), (), "N has no values"),
        ({"N": "1.."}, (), (), "has no end"),
        ({"N": "0..9"}, (), (), "N is a size, a whole number from 1 on, and never 0"),
        ({"N": "true,3"}, (), (), "never true"),
        ({"N": [1.5]}, (), (), "the values are whole numbers, Fractions"),
        ({"N": "9..3"}, (), (), "no number is in 9..3"),
        ({"w": "1/0"}, (), (), "w: "),
        ({"N": "8"}, "parameters", (), "a condition compares something"),
        ({"N": "8"}, (), "parameters/2", "is no quantity"),
        ({"N": "8"}, (), "paramters", "did you mean `parameters`"),
        ({"N": "8"}, (), "depth", r"the quantity of the network is depth\(network\)"),
    ],
)
def test_questions_without_sense_are_refused(axes: dict[str, object], where: str, show: str, message: str) -> None:
    with pytest.raises(WrongQuestion, match=message):
        archcalc.load(TEXT).sweep(axes, where, show)


def test_a_symbol_without_a_value_is_asked_for() -> None:
    network = archcalc.load("input: [3, H, W]\nlayers: [relu]")
    with pytest.raises(WrongQuestion, match="W has no value"):
        network.sweep({"H": "1..3"})
    assert network.sweep({"H": "1..3"}, values={"W": 4}).points == 3
    with pytest.raises(WrongQuestion, match="H is swept and has a value"):
        network.sweep({"H": "1..3"}, values={"H": 4, "W": 4})


def test_without_numpy_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(ImportError, match=r"pip install 'archcalc\[sweep\]'"):
        archcalc.load(TEXT).sweep({"N": range(8, 20)}).count()


def test_what_is_wrong_at_all_numbers_is_not_tried_number_by_number() -> None:
    text = "input: [3, N, N]\nat: {N: 64}\nlet: {widths: [4, 8]}\nrounding: floor\nlayers:\n"
    text += "  - for: {w: widths, k: [3, 3]}\n    do: [conv: [w, k], max_pool: 2]\n"
    space = archcalc.load(text).sweep({"widths": [[4, 8], [4, 8, 16], [4]], "N": range(1, 10**6)})
    assert space.count()[:3] == (3 * (10**6 - 1), 10**6 - 1 - 9, 10**6 - 1 - 9)
    assert space.cells.unfolded < 10
    assert "the lists of a loop go in step" in space.obstacle(space.number(widths=[4], N=99))


def test_tables_of_one_axis_are_what_is_computed_anew() -> None:
    """Few points are computed, and many looked up, where their numbers depend on one axis alone."""
    network = archcalc.load("unet:padded")
    space = network.sweep({"N": range(1, 400), "classes": range(1, 30)}, show="multiplications, parameters, size")
    numbers = random.Random(3).sample(range(space.points), 900)
    many = space.cells.evaluate(numbers)
    fresh = network.sweep({"N": range(1, 400), "classes": range(1, 30)}, show="multiplications, parameters, size")
    for place in range(0, 900, 3):
        few = fresh.cells.evaluate(numbers[place : place + 3])
        for one, other in zip((few[0], few[1], *few[2]), (many[0], many[1], *many[2]), strict=True):
            assert one.tolist() == other[place : place + 3].tolist()
