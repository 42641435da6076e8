"""What a step says that its layer reads: a claim about what arrives, and nothing else."""

from __future__ import annotations

import pytest

from archcalc import load
from archcalc.diagnostics import Help
from archcalc.editing import diff

FLAT = """\
input: [3, N, N]
at: {N: 64}
rounding: floor
layers:
  - conv: {out: 128, kernel: 3, padding: 1}
  - max_pool: 8
  - flatten
  - linear: {in: 8192, out: 10}
"""


def test_what_arrives_is_named_where_it_is_stated_wrongly() -> None:
    text = "input: [10, 7, 7]\nlayers:\n  - flatten\n  - linear: {in: 49, out: 10}\n"
    report = load(text).check()
    (error,) = report.diagnostics
    assert str(error) == "error[AC327] at 4:18: linear: 490 values arrive, not 49"
    assert error.notes == ("flatten 0 makes 490 of 10×7×7",)
    assert error.help == ("write `in: 490`, or leave it out",)
    assert isinstance(error.help[0], Help)
    ((span, new),) = error.help[0].changes
    assert (text.splitlines()[span.line - 1][span.column - 1 : span.end_column - 1], new) == ("49", "490")
    assert report.totals.parameters == 4910


def test_of_a_map_its_channels_arrive() -> None:
    (error,) = load("input: [3, 7, 7]\nlayers: [conv: {out: 1, kernel: 3, in_channels: 1}]\n").check().diagnostics
    assert error.message == "conv: 3 channels arrive, not 1"
    assert error.help == ("write `in_channels: 3`, or leave it out",)
    assert error.notes == ()


def test_what_a_name_stands_for_may_be_right_elsewhere() -> None:
    (error,) = load("input: [3, 7, 7]\nlet: {w: 4}\nlayers: [conv: {in: w, out: w, kernel: 3}]\n").check().diagnostics
    assert error.help == ("write `in: 3`, or leave it out",)
    assert isinstance(error.help[0], Help) and error.help[0].changes == ()


def test_nothing_else_changes() -> None:
    plain = load(FLAT.replace("in: 8192, ", "")).check()
    stated = load(FLAT).check()
    assert stated.diagnostics == plain.diagnostics == []
    assert stated.totals == plain.totals
    assert stated.graph.nodes[3].layer == plain.graph.nodes[3].layer


def test_a_stated_number_fixes_the_sizes() -> None:
    architecture = load(FLAT)
    legal = architecture.check().legal_sizes
    assert [size for size in range(40, 100) if {"N": size} in legal] == [
        size for size in range(40, 100) if 128 * (size // 8) ** 2 == 8192
    ]
    assert architecture.check(N=71).ok
    assert [str(one.code.id) for one in architecture.check(N=49).diagnostics if one.severity == "error"] == ["AC327"]
    assert ("3", "8192 values are said to arrive, which are 128*floor(N/8)**2") in [
        (layer, requirement.reason) for layer, requirement in architecture.check(symbolic=True).conditions
    ]


def test_a_size_that_is_a_number_is_fixed_too() -> None:
    text = FLAT.replace("[3, N, N]\nat: {N: 64}", "[3, 64, 64]")
    assert {"H": 49, "W": 49} not in load(text).legal_sizes()
    assert {"H": 64, "W": 71} in load(text).legal_sizes()
    other = load(text.replace("in: 8192, ", "")).legal_sizes().with_new_weights
    assert other is not None
    assert {"H": 49, "W": 49} in other


@pytest.mark.parametrize("symbol", ["N", "4 * N // 4", "N - 1"])
def test_a_stated_symbol(symbol: str) -> None:
    report = load(f"input: [N]\nlayers: [linear: {{in: {symbol}, out: 2}}]\n").check()
    assert report.ok is (symbol != "N - 1")


def test_a_list_with_the_input_in_front_says_what_to_write() -> None:
    warning, error = load("input: [512]\nlayers: [linear: [512, 10, false]]\n").check().diagnostics
    assert warning.code.id == "AC325"
    assert warning.help == (
        "write `linear: [10, false]`: linear 0 is then 10 with 5,120 parameters and 5,120 multiplications",
    )
    assert error.help == ("the input channels are known: is `linear: [10, false]` meant?",)


def test_a_repair_keeps_it() -> None:
    text = "input: [3, 32, 32]\nlayers:\n  - conv: {in: 3, out: 8, kernel: 3, stride: 2}\n"
    repair = next(one for one in load(text).repairs() if "padding" in one.title)
    assert "in: 3, out: 8, kernel: 3, stride: 2, padding: " in diff(text, repair.text, "net.yaml")
