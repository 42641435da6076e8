"""Questions with more combinations than are put in one by one: the same answers, from a sweep over all of them."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from math import prod
from typing import Any

import pytest
from brute import tried, within
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from test_random import COMPARED, RANGES, WISHES, specs

import archcalc
from archcalc.cli import main
from archcalc.solve import Solutions, WrongQuestion, search, solve, swept

numpy = pytest.importorskip("numpy")

STACK = """\
input: [1, N, N]
at: {N: 64}
let: {depth: 2, width: 4, kernel: 3}
layers:
  - {repeat: depth, do: [{conv: [width, kernel]}, relu]}
  - {conv: [1, 1], when: depth > 5}
"""


def parameters(depth: int, width: int, kernel: int = 3) -> int:
    """One convolution of an image of one channel, others of maps, with biases; behind more than five, one more."""
    first = (kernel * kernel + 1) * width if depth else 0
    return first + max(depth - 1, 0) * (kernel * kernel * width + 1) * width + (width + 1 if depth > 5 else 0)


@contextmanager
def everything_is_much(trials: int = 2, several: int = 3) -> Iterator[None]:
    """More combinations than a few are too many to be put in one by one."""
    known = search.MAX_TRIALS, search.SEVERAL, search.MANY
    search.MAX_TRIALS, search.SEVERAL, search.MANY = trials, several, trials
    try:
        yield
    finally:
        search.MAX_TRIALS, search.SEVERAL, search.MANY = known


@examples(20)
@given(
    specs(),
    st.lists(st.sampled_from(sorted(RANGES)), min_size=1, max_size=3, unique=True),
    st.sampled_from(sorted(WISHES)),
    st.sampled_from(sorted(COMPARED)),
    st.sampled_from([0, 1, 2, 7, 20, 100, 300, 1000]),
    st.sampled_from([1, 3]),
)
def test_a_sweep_answers_as_trying_every_value(
    text: str, names: list[str], quantity: str, operator: str, bound: int, several: int
) -> None:
    architecture = archcalc.load(text)
    domains = {name: RANGES[name] for name in names}
    while prod(map(len, domains.values())) > 120:
        domains.popitem()
    unknowns = [f"{name}={values.start}..{values.stop - 1}" for name, values in domains.items()]
    condition = f"{quantity} {operator} {bound}"
    with everything_is_much(several=several):
        try:
            found = solve(architecture.program, unknowns, condition)
        except WrongQuestion as error:
            assert "no tables help" in str(error)
            return
    expected = tried(architecture, domains, lambda report: COMPARED[operator](WISHES[quantity](report), bound))
    assert found.complete and not found.unlisted
    assert within(found, domains) == expected
    assert sorted(found, key=str) == sorted(expected, key=str)
    assert bool(found.reason) != bool(expected)
    if len(domains) == 1:
        # One name has a pattern whichever way it is found, and the same networks stand at its ends.
        other = solve(architecture.program, unknowns, condition)
        assert (str(found), found.remarks) == (str(other), other.remarks)


@pytest.mark.parametrize(("low", "high"), [(5_000, 80_000), (0, 900), (100_000, 110_000)])
def test_a_million_combinations_are_those_of_a_loop_over_the_formula(low: int, high: int) -> None:
    depths, widths, sizes = range(13), range(1, 300), range(1, 290)
    found = archcalc.load(STACK).solve(
        ["depth=0..12", "width=1..299", "N=1..289"], f"parameters = {low}..{high} and N % 3 == 1"
    )
    expected = {
        (depth, width, size)
        for depth, width in product(depths, widths)
        if low <= parameters(depth, width) <= high
        for size in sizes
        if size % 3 == 1 and size > 2 * depth
    }
    assert not found.unlisted
    assert {(one["depth"], one["width"], one["N"]) for one in found} == expected != set()
    assert sum(prod(len(list(values.values())) for values in box.values()) for box in found.boxes) == len(expected)
    assert tuple((found.smallest or {}).values()) == min(expected)
    assert tuple((found.largest or {}).values()) == max(expected)


def wide() -> Solutions:
    """What has no pattern."""
    return archcalc.load(STACK).solve(
        ["depth=0..9", "width=1..400", "kernel=1..5", "N=20..59"], "multiplications % 977 <= 400"
    )


def test_more_solutions_than_can_be_listed_are_counted() -> None:
    found = wide()
    space = archcalc.load(STACK).sweep(
        {"depth": range(10), "width": range(1, 401), "kernel": range(1, 6), "N": range(20, 60)},
        "multiplications % 977 <= 400",
    )
    listed = sum(prod(len(list(values.values())) for values in box.values()) for box in found.boxes)
    first, last = space.smallest(), space.largest()
    assert first is not None and last is not None
    assert (found.unlisted + listed, found.complete) == (space.count().met, True)
    assert (found.smallest, found.largest) == (first.values, last.values)
    assert f"and {found.unlisted:,} more solutions, too many to be listed" in str(found)
    assert found.to_text("largest").startswith(", ".join(f"{name} = {value}" for name, value in last.values.items()))
    assert found.to_json()["unlisted"] == found.unlisted
    assert first.values in found
    with pytest.raises(ValueError, match="not listed"):
        _ = last.values in found
    with pytest.raises(ValueError, match="too many to be listed"):
        list(found)
    assert found == wide()


def test_none_of_very_many_is_told_with_the_nearest() -> None:
    network = archcalc.load(STACK)
    names = ["depth=1..8", "width=1..20", "kernel=1..5"]
    with everything_is_much():
        found = network.solve(names, "parameters <= 1")
        far = network.solve(names, "parameters = 15_001")
        both = network.solve(names, ["parameters <= 100", "multiplications >= 3M"])
        never = network.solve(["depth=9..20", "width=1..20", "kernel=9..12"], (), {"N": 40})
    assert (found.complete, found.is_empty) == (True, True)
    assert found.reason == "parameters <= 1 is never met; at depth = 1, width = 1, kernel = 1: parameters = 2"
    places = product(range(1, 9), range(1, 21), range(1, 6))
    miss, depth, width, kernel = min((abs(parameters(*one) - 15_001), *one) for one in places)
    assert miss
    assert f"at depth = {depth}, width = {width}, kernel = {kernel}: parameters = " in str(far)
    assert "each condition can be met, but not all of them together" in str(both)
    assert "the network is never legal; at depth = 9, width = 1, kernel = 9: " in str(never)


def test_what_was_looked_up_is_told() -> None:
    found = archcalc.load(STACK).solve(["depth=1..40", "width=1..300", "kernel=1..9"], "parameters <= 5")
    assert (found.searched, found.looked_up) == ({}, {"depth": "1..40", "kernel": "1..9"})
    assert found.reach == "complete: proven for every width = 1..300; depth = 1..40, kernel = 1..9 looked up in tables"


def test_what_is_not_measured_anywhere_is_a_wrong_question() -> None:
    with pytest.raises(WrongQuestion, match="there is no layer or scope `stem`"):
        archcalc.load(STACK).solve(["depth=1..40", "width=1..300", "kernel=1..9"], "parameters(stem) <= 5")


def test_fractions_and_lists_are_gone_through() -> None:
    spec = """
    input: [1, 30, 30]
    let: {a: 1, b: 1, w: 3}
    layers: [{conv: [w * a, 3], when: b > 4}, conv: [floor(w * b), 1]]
    """
    with everything_is_much():
        found = archcalc.load(spec).solve(["a=0.5..10/0.5", "b=0.25,1..9", "w=1..20"], "parameters <= 900")
    expected = set()
    for a, b, w in product(range(1, 21), [0.25, *range(1, 10)], range(1, 21)):
        last = int(w * b // 1)
        if b <= 4:
            legal, count = last >= 1, 2 * last
        else:
            legal = w * a % 2 == 0
            count = 10 * (w * a // 2) + (w * a // 2 + 1) * last
        if legal and count <= 900:
            expected.add((a / 2, b, w))
    assert {tuple(map(float, one.values())) for one in found} == expected


@pytest.mark.parametrize("seed", range(6))
def test_diagrams_say_what_is_marked(seed: int) -> None:
    from archcalc.solve.diagram import Diagram
    from archcalc.solve.marked import Marked

    rng = random.Random(seed)
    for _ in range(20):
        sizes = [rng.randint(1, 8) for _ in range(rng.randint(1, 5))]
        sizes[-1] = rng.choice([sizes[-1], rng.randint(60, 200)])
        factors, modulus, limit = [rng.randint(1, 5) for _ in sizes], rng.randint(2, 9), rng.randint(0, 3)
        places = list(product(*map(range, sizes)))
        members = {
            one for one in places if sum(map(int.__mul__, one, factors)) % modulus <= limit or rng.random() < 0.02
        }
        marks = Marked(len(places))
        numbers = [at for at, one in enumerate(places) if one in members]
        rng.shuffle(numbers)
        for start in range(0, len(numbers), 50):
            marks.add(numpy.array(numbers[start : start + 50]))
        found = [one for box in Diagram(marks, sizes) for one in product(*(axis.tolist() for axis in box))]
        assert sorted(found) == sorted(members)
        assert (marks.count, marks.earliest(7)) == (len(numbers), sorted(numbers)[:7])


def test_a_collision_of_keys_is_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    from archcalc.solve import diagram

    monkeypatch.setattr(diagram, "_keys", lambda rows: numpy.zeros(len(rows), "uint64"))
    rows = numpy.array([[1, 2], [0, 0], [3, 1], [1, 2]])
    different, places = diagram.distinct(rows)
    assert different[places].tolist() == rows.tolist()
    assert (len(different), different[0].tolist()) == (3, [0, 0])


def ask(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = main(["solve", *arguments])
    told = capsys.readouterr()
    return code, told.out + told.err


def test_without_numpy_it_is_said_what_helps(monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capsys: Any) -> None:
    path = tmp_path / "stack.yaml"
    path.write_text(STACK)
    many = [str(path), "--for", "depth=1..40", "--for", "width=1..300", "--for", "kernel=1..9", "--set", "N=400"]
    where = ["--where", "parameters <= 100", "--format", "json"]
    assert ask([*many, *where], capsys)[0] == 0
    monkeypatch.setattr(search, "MAX_WORK", 500)
    monkeypatch.setitem(sys.modules, "numpy", None)
    code, told = ask([*many, *where], capsys)
    hint = "more are gone through with NumPy: python -m pip install 'archcalc[sweep]'"
    if code == 2:
        assert hint in told
    else:
        assert json.loads(told)["specs"][0]["complete"] is False
        assert ask(many, capsys)[1].replace("\n  ", " ").endswith(f"nothing is said about other values; {hint}\n")


def test_unknowns_without_an_end_are_named() -> None:
    spec = STACK.replace("kernel: 3", "kernel: 3, n: 1").replace("depth > 5", "depth > n")
    with everything_is_much(), pytest.raises(WrongQuestion, match=r"give n an end, as in n=0\.\.999"):
        archcalc.load(spec).solve(["depth=1..300", "kernel=1..200", "n"], "parameters <= 5", {"N": 1000})


def test_more_combinations_than_are_gone_through() -> None:
    many = f"of 2,457,600,000,000 combinations, at most {swept.MAX_POINTS:,} are gone through"
    with everything_is_much(), pytest.raises(WrongQuestion, match=many):
        archcalc.load(STACK).solve(["width=1..24576000000", "depth=1..100"], "parameters <= 5")


def test_small_questions_import_no_numpy() -> None:
    code = (
        "import sys, archcalc\n"
        "found = archcalc.load('resnet_cifar:20').solve('n=1..12', 'parameters <= 1M')\n"
        "assert str(found) == 'n = 1..10'\n"
        "assert 'numpy' not in sys.modules and 'archcalc.sweep' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
