"""Certificates of legal sizes: true ones are accepted by the small judge, which runs alone."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from catalogue import FILES, architecture, named
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

import archcalc
from archcalc.dims import Condition, Number, divide, floor_div, maximum, minimum
from archcalc.layers.site import Requirement
from archcalc.sizes import checker
from archcalc.sizes.checker import Progression, Rejected, check
from archcalc.sizes.decision import decide
from archcalc.sizes.question import legal_sizes
from archcalc.sizes.sets import MAX_MODULUS
from sizes import random_networks
from sizes.certificates import CASES, H, N, W, certified, differences, holds, run_of, stored, unet

pytestmark = pytest.mark.once

# True certificates are accepted.


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_whole_catalogue_is_certified(path: Path) -> None:
    for network in named(path):
        legal = architecture(network).legal_sizes()
        for one in (legal, legal.with_new_weights, legal.exact):
            if one is not None:
                assert check(stored(one.certificate())) == [], (network, str(one))


def test_a_proof_tells_which_layer_rules_out_which_sizes() -> None:
    certificate = archcalc.load("unet:paper").legal_sizes().certificate()
    (part,) = certificate["parts"]
    assert part["boxes"] == [{"N": [{"first": 188, "last": None, "modulus": 16, "residues": [12]}]}]
    fails = [certificate["conditions"][step[1]] for step in part["proof"] if step[0] == "fails"]
    assert [(entry["expression"], entry["modulus"]) for entry in fails] == [
        ("N - 185", 1),
        ("N - 6", 2),
        ("(N - 16)/2", 2),
        ("(N - 76)/8", 2),
        ("(N - 36)/4", 2),
    ]
    assert all(entry["layers"] for entry in fails)


@pytest.mark.parametrize("name", CASES)
def test_conditions_are_certified(name: str) -> None:
    conditions, names = CASES[name]
    certificate = certified(conditions, *names)
    assert check(certificate) == []
    assert differences(certificate, 400 if len(names) == 1 else 60) == []


def test_a_thousand_conditions_that_one_bound_implies_take_few_steps() -> None:
    certificate = certified([Condition.at_least(floor_div(N, 2 + k % 7), k // 9) for k in range(1000)], "N")
    assert check(certificate) == []
    assert len(certificate["parts"][0]["proof"]) < 10


def test_bounds_may_be_as_large_as_they_like() -> None:
    budget = certified([Condition.at_least(10**40, 3 * N * N), Condition.multiple(N, 7)], "N")
    assert check(budget) == []
    (run,) = budget["parts"][0]["boxes"][0]["N"]
    assert 3 * run["last"] ** 2 <= 10**40 < 3 * (run["last"] + 7) ** 2


def sums(leaves: st.SearchStrategy[Number]) -> st.SearchStrategy[Number]:
    numbers = st.integers(-9, 9)
    return st.one_of(
        st.builds(lambda one, two: one + two, leaves, leaves),
        st.builds(lambda one, factor: one * factor, leaves, st.integers(-3, 5)),
        st.builds(lambda one, two: one * two, leaves, st.sampled_from((N, H))),
        st.builds(
            lambda one, by, divisor: floor_div(one + by, divisor), leaves, numbers, st.sampled_from((2, 3, 4, 8))
        ),
        st.builds(minimum, leaves, leaves),
        st.builds(maximum, leaves, leaves),
    )


def conditions_in(*symbols: Number) -> st.SearchStrategy[list[Condition]]:
    values = st.recursive(st.sampled_from(symbols), sums, max_leaves=4).map(lambda value: replaced(value, symbols))
    numbers = st.integers(-100, 200)
    one = st.one_of(
        st.builds(Condition.at_least, values, numbers),
        st.builds(Condition.equal, values, values.map(lambda value: value + 5) | numbers),
        st.builds(Condition.multiple, values, st.sampled_from((2, 3, 4, 8))),
    )
    return st.lists(one, min_size=1, max_size=4)


def replaced(value: Number, symbols: tuple[Number, ...]) -> Number:
    """The value in the symbols that are wanted."""
    from archcalc.dims import substitute

    return substitute(value, {name: symbols[0] for name, one in (("N", N), ("H", H)) if one not in symbols})


@examples(80)
@given(conditions_in(N))
def test_conditions_on_one_symbol_are_certified(conditions: list[Condition]) -> None:
    certificate = certified(conditions, "N")
    left = check(certificate)
    assert len(left) == len(certificate["undecided"])
    assert differences(certificate, 300) == []


@examples(15)
@given(conditions_in(H, W).filter(lambda found: all("**" not in str(one) for one in found)))
def test_what_is_said_of_two_symbols_is_true(conditions: list[Condition]) -> None:
    certificate = certified(conditions, "H", "W")
    left = check(certificate)
    assert len(left) >= len(certificate["undecided"])
    assert differences(certificate, 60) == []


@examples(80)
@given(
    conditions_in(H, W),
    st.tuples(*[st.builds(Progression, st.integers(1, 40), st.integers(1, 12), st.none() | st.integers(0, 9))] * 2),
)
def test_what_is_seen_in_a_cell_holds_everywhere_in_it(
    conditions: list[Condition], numbers: tuple[Progression, ...]
) -> None:
    cell = dict(zip(("H", "W"), numbers, strict=True))
    turns = [np.arange(40 if one.turns is None else one.turns + 1) for one in numbers]
    sizes = {
        "H": (numbers[0].first + numbers[0].step * turns[0])[:, None],
        "W": (numbers[1].first + numbers[1].step * turns[1])[None, :],
    }
    for condition in conditions:
        entry = {"relation": condition.relation, "expression": str(condition.subject), "modulus": condition.modulus}
        seen = checker.truth(checker.condition(entry), cell)
        if seen is not None:
            assert np.all(holds(entry, sizes) == seen), (entry, cell)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("floor(N/2) - floor(N/3)", None),
        ("floor(N/2) - floor(N/2)", True),
        ("max(N, 9) - max(N, 8)", None),
        ("max(N, 9) + min(-N, -9)", True),
        ("2*floor(N/2) - 2*floor(N/3) + 1", False),
        ("max(N, 9) - 8", False),
        ("max(N, 9) - N", None),
    ],
)
def test_what_is_rounded_is_the_same_only_where_it_is_written_alike(text: str, seen: bool | None) -> None:
    condition = checker.condition({"relation": "equal", "expression": text, "modulus": 1})
    assert checker.truth(condition, {"N": Progression(1)}) is seen


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9), st.sampled_from((1, 2, 3, 4, 6))), max_size=4),
    st.data(),
)
def test_shares_of_sets_are_those_that_are_counted(lengths: list[tuple[int, int, int]], data: st.DataObject) -> None:
    runs, at = [], 0
    for gap, length, modulus in lengths:
        residues = data.draw(st.frozensets(st.integers(0, modulus - 1)))
        runs.append(checker.Run(at + gap, at + gap + length, modulus, residues))
        at += gap + length
    if runs and data.draw(st.booleans()):
        runs[-1] = runs[-1]._replace(last=None)
    numbers = data.draw(st.builds(Progression, st.integers(1, 20), st.integers(1, 7), st.none() | st.integers(0, 9)))
    count = 60 if numbers.turns is None else numbers.turns + 1
    inside = {
        any(run.first <= n and (run.last is None or n <= run.last) and n % run.modulus in run.residues for run in runs)
        for n in (numbers.first + turn * numbers.step for turn in range(count))
    }
    assert checker.share(numbers, runs) == (inside.pop() if len(inside) == 1 else None)


@pytest.mark.parametrize("turns", [0, 1, 2, 5, 6])
@pytest.mark.parametrize("modulus", [2, 3, 7])
def test_a_cell_is_split_into_as_many_classes_as_it_has(turns: int, modulus: int) -> None:
    numbers = range(5, 5 + 3 * turns + 1, 3)
    found = [
        [piece.first + turn * piece.step for turn in range((piece.turns or 0) + 1)]
        for piece in Progression(5, 3, turns).classes(modulus)
    ]
    assert found == [list(numbers[rest::modulus]) for rest in range(modulus) if rest < len(numbers)]


# What is not certified is said to be so.


UNDECIDED = Condition.equal(4 * H * W + 4 * H, 200_784)


def test_an_undecided_condition_is_set_aside() -> None:
    certificate = certified([UNDECIDED, Condition.multiple(H, 2)], "H", "W")
    assert certificate["undecided"] == [0]
    assert check(certificate) == ["undecided: 4*H*W + 4*H - 200784 = 0"]


@pytest.mark.parametrize(
    "tie",
    [
        Condition.at_least(H, W),
        Condition.equal(H, W + 3),
        Condition.at_least(floor_div(H, 2), 3 * W - 1),
        Condition.equal(floor_div(H + 1, 2), floor_div(W, 3)),
        Condition.at_least(floor_div(floor_div(H, 2) + 1, 3), W),
        Condition.at_least(divide(H - W, 2), 1),
    ],
    ids=str,
)
def test_a_tie_that_no_boxes_can_say_is_part_of_the_claim(tie: Condition) -> None:
    certificate = certified([tie, Condition.multiple(H, 2), Condition.at_least(W, 5)], "H", "W")
    assert certificate["where"] == [0]
    assert check(certificate) == []
    assert differences(certificate, 60) == []


@pytest.mark.parametrize(
    ("text", "relation", "may"),
    [
        ("H - W", "at-least", True),
        ("-3*H + 2*floor((W + 1)/2) - 4", "equal", True),
        ("H - W", "multiple", False),
        ("H - 5", "at-least", False),
        ("floor(H/2) - 5", "equal", False),
        ("H*W - 5", "at-least", False),
        ("H**2 - W", "equal", False),
        ("H - floor(H*W/2)", "equal", False),
        ("max(H, W) - 5", "at-least", False),
    ],
)
def test_a_claim_can_say_no_other_conditions_as_they_stand(text: str, relation: str, may: bool) -> None:
    certificate = certified([], "H", "W")
    modulus = 2 if relation == "multiple" else 1
    certificate["conditions"] = [{"layers": [], "relation": relation, "expression": text, "modulus": modulus}]
    certificate["where"] = [0]
    if may:
        assert check(certificate) == []
    else:
        with pytest.raises(Rejected, match="a claim cannot say where"):
            check(certificate)


@pytest.mark.parametrize(
    ("text", "failing"),
    [
        ("input: [1, C]\nlayers: [{add: [[max_pool: 2], [max_pool: 3]]}]", ("equal", "C")),
        (
            "input: [1, C, C]\nrounding: floor\nlayers: [{add: [[max_pool: 2], [max_pool: {kernel: 2, padding: 1}]]}]",
            ("equal", "1"),
        ),
        ("input: [1, 2*N]\nlayers: [conv: {out: 2, kernel: 1, stride: 2}]", ("multiple", "2*N - 1")),
        ("input: [1, N, N]\nlayers: [{reshape: [2, 3*N, N]}]", ("equal", "5*N**2")),
        ("input: [3, H, W]\nlayers: [{conv: {out: 4, kernel: 3, padding: 1, groups: 2}}]", ("multiple", "3")),
        ("input: {a: [1, N], b: [1, N + 2]}\nlayers: [{from: a, crop: {to: b}}]", ("at-least", "-2")),
    ],
)
def test_that_no_size_is_legal_has_a_proof_where_it_is_a_condition_that_fails(
    tmp_path: Path, text: str, failing: tuple[str, str]
) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(text, encoding="utf-8")
    legal = archcalc.load(path).legal_sizes()
    assert legal.never
    certificate = stored(legal.certificate())
    ((entry,), (part,)) = certificate["conditions"], certificate["parts"]
    assert (entry["relation"], entry["expression"].split("/")[0]) == failing
    assert part["boxes"] == []
    assert check(certificate) == []
    assert differences(certificate, 40) == []


def test_a_proof_that_would_be_too_long_is_left_out() -> None:
    certificate = certified([Condition.multiple(N + 1, 10_007)], "N")
    assert certificate["parts"][0]["proof"] is None
    reason = "no proof was found among those that are short enough"
    assert certificate["parts"][0]["reason"] == reason
    assert check(certificate) == [f"the claim about N has no proof: {reason}"]


def test_a_network_that_is_wrong_at_every_size_is_no_matter_of_conditions(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text("archcalc: 1\ninputs: {x: [3, H, W]}\nlayers:\n  - linear: 8\n  - lstm: 3\n", encoding="utf-8")
    legal = legal_sizes(archcalc.load(path).program, {})
    assert legal.never
    (part,) = stored(legal.certificate())["parts"]
    assert (part["proof"], part["reason"]) == (None, legal.never)
    (left,) = check(stored(legal.certificate()))
    assert left == f"the claim about H, W has no proof: {legal.never}"


def test_a_union_has_no_certificate() -> None:
    one = decide([Requirement(Condition.at_least(N, 4))], ["N"])
    with pytest.raises(ValueError, match="union"):
        (one | one).certificate()
    assert check(stored((one & decide([Requirement(Condition.multiple(N, 4))], ["N"])).certificate())) == []


def test_a_wrong_claim_gets_no_certificate() -> None:
    asked = [Requirement(Condition.at_least(N, 4))]
    legal = decide([Requirement(Condition.at_least(N, 5))], ["N"])
    from archcalc.sizes.certificate import certificate

    with pytest.raises(AssertionError, match="claim"):
        certificate(legal, asked)


def test_most_certificates_of_tied_symbols_are_complete() -> None:
    """The rate over 160 such networks is 97%; a third of them are legal nowhere."""
    complete = looked = 0
    for seed in range(100):
        legal = archcalc.load(random_networks.network(seed)).legal_sizes()
        if len(legal.symbols) < 2:
            continue
        certificate = stored(legal.certificate())
        assert all(part["proof"] is not None or part["reason"] for part in certificate["parts"])
        complete += not check(certificate)
        looked += 1
    assert looked >= 30
    assert complete >= 0.9 * looked


# It runs alone.


def test_the_judge_needs_nothing_but_python() -> None:
    tree = ast.parse(Path(checker.__file__).read_text(encoding="utf-8"))
    modules = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    modules += [node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert {module.split(".")[0] for module in modules} <= set(sys.stdlib_module_names)


def test_a_copy_of_the_judge_runs_alone(tmp_path: Path) -> None:
    judge = tmp_path / "checker.py"
    judge.write_bytes(Path(checker.__file__).read_bytes())

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", str(judge), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    def judged(certificate: object) -> subprocess.CompletedProcess[str]:
        path = tmp_path / "certificate.json"
        path.write_text(json.dumps(certificate), encoding="utf-8")
        return run(path)

    accepted = judged(unet())
    assert (accepted.returncode, accepted.stderr) == (0, "")
    assert "44 conditions: proven for all sizes" in accepted.stdout
    wrong = unet()
    run_of(wrong)["first"] = 140
    rejected = judged(wrong)
    assert rejected.returncode == 1
    assert rejected.stdout.startswith("rejected: step 1 of the proof, ['fails', 43]: the claim has sizes of")
    partly = judged(certified([UNDECIDED], "H", "W"))
    assert partly.returncode == 2
    assert "not certified: undecided: 4*H*W + 4*H - 200784 = 0" in partly.stdout
    tied = judged(certified([Condition.at_least(H, W)], "H", "W"))
    assert tied.returncode == 0
    assert "claim: where H - W >= 0\n1 conditions: proven for all sizes" in tied.stdout
    assert judged([1]).returncode == judged("x").returncode == run("missing.json").returncode == run().returncode == 1


def test_the_judge_knows_the_moduli_of_the_engine() -> None:
    assert checker.MAX_MODULUS == MAX_MODULUS


def test_the_command_of_the_checker_says_why_it_rejects(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "certificate.json"
    file.write_text("{", encoding="utf-8")
    assert checker.main([str(file)]) == 1
    assert capsys.readouterr().out.startswith("rejected: Expecting property name")
    assert checker.main([]) == 1
    assert capsys.readouterr().err == "usage: python checker.py CERTIFICATE.json\n"
