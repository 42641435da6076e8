"""Every number of a page is archcalc's, at sizes that nobody has checked; at those that are not legal there is none."""

from __future__ import annotations

import effort
import pytest
from catalogue import architecture, networks
from page.comparing import LARGEST, compared, in_node, needs_node

import archcalc
from archcalc.page.data import network

pytestmark = [needs_node, pytest.mark.once]

EXTREMA = """
input: [8, M, M]
at: {M: 30}
rounding: ceil
layers:
  - conv: {out: "max(M // 2, 8)", kernel: 3}
  - max_pool: {kernel: 2, stride: 3, padding: 1}
  - conv: ["min(M, 12)", 3]
"""

TIED = """
input: {a: [8, N, N], b: [8, M, M]}
at: {N: 16, M: 8}
layers:
  - {avg_pool: 2, from: a, as: halved}
  - add: [halved, b]
"""

UNDECIDED = """
input: [1, N, M]
at: {N: 3, M: 7}
layers:
  - reshape: [21, N*M // 21]
"""

KEPT_WEIGHTS = """
input: [1, N, M]
at: {N: 12, M: 12}
layers:
  - reshape: [4, N*M // 4]
  - flatten
  - linear: 10
"""

LARGE = """
input: [N]
at: {N: 9007199254740993}
layers:
  - linear: 9007199254740995
  - linear: 12345678901
"""


def test_numbers_of_the_catalogue_are_those_of_a_check() -> None:
    chosen = effort.share([name for name in networks() if name != LARGEST], shares=30)
    tally, wrong = compared([architecture(name) for name in chosen])
    assert wrong == []
    assert tally["values"] > 1_000, "something was compared"


@pytest.mark.parametrize(
    ("text", "atoms"),
    [
        pytest.param(EXTREMA, {"symbol", "max", "min", "floor"}, id="minima and maxima"),
        pytest.param(TIED, {"symbol"}, id="symbols that are tied together"),
        pytest.param(UNDECIDED, {"symbol", "floor"}, id="a condition that stays undecided"),
        pytest.param(KEPT_WEIGHTS, {"symbol", "floor"}, id="weights that ask for pairs of sizes"),
    ],
)
def test_rare_forms_are_computed_as_a_check_does(text: str, atoms: set[str]) -> None:
    architecture = archcalc.load(text)
    assert {atom[0] for atom in network(architecture.check(), [])["atoms"]} == atoms
    tally, wrong = compared([architecture])
    assert wrong == []
    assert (tally["legal sizes"], tally["illegal sizes"]) > (1, 1)


def test_undecided_and_joint_sizes_are_in_the_data() -> None:
    undecided = archcalc.load(UNDECIDED).check()
    found = network(undecided, [])["legal"]["undecided"]
    assert [one["text"] for one in found] == ["M*N = 21*floor(M*N/21)"]
    assert len(network(archcalc.load(KEPT_WEIGHTS).check(), [])["legal"]["boxes"]) == 15


def test_integers_that_numbers_of_javascript_do_not_hold_stay_exact() -> None:
    report = archcalc.load(LARGE).check()
    (answer,) = in_node([(report, [{"N": 9007199254740993}, {"N": 9007199254740992}])])
    assert answer["stated"] == {"N": "9007199254740993"}
    here, there = answer["at"]
    assert here["totals"][:4] == list(map(str, report.totals))
    assert here["layers"][0]["shapes"] == ["9007199254740993"]
    assert there["layers"][0]["shapes"] == ["9007199254740992"]


def test_a_fraction_is_shown_where_it_arises_and_nothing_behind_it() -> None:
    report = archcalc.load("unet:paper").check()
    (answer,) = in_node([(report, [{"N": 570}])])
    (said,) = answer["at"]
    assert (said["legal"], said["totals"]) == (False, [None] * 5)
    assert said["nearest"] == [{"N": "556"}, {"N": "572"}]
    shapes = {layer["name"]: layer["shapes"][0] for layer in said["layers"]}
    assert (said["faults"], shapes["3"], shapes["enc3.0"]) == (["3"], "128×279/2×279/2", "?×?×?")
    assert "(N - 16)/2 is a multiple of 2" in said["broken"]


def test_shown_work_follows_the_sizes() -> None:
    spec = "input: [3, N, N]\nat: {N: 227}\nlayers: [conv: {out: 96, kernel: 11, stride: 4}]"
    (answer,) = in_node([(archcalc.load(spec).check(), [{"N": 227}, {"N": 231}])])
    works = [at["layers"][1]["work"] for at in answer["at"]]
    assert [work["lines"][1]["chain"] for work in works] == [
        ["(N - F + 2P)/S + 1", "(227 - 11 + 2·0)/4 + 1", "55"],
        ["(N - F + 2P)/S + 1", "(231 - 11 + 2·0)/4 + 1", "56"],
    ]
    assert works[1]["legend"][1] == "N = 231 input size"


def test_errors_of_another_kind_than_sizes_leave_what_they_do_not_touch() -> None:
    report = archcalc.load("input: [3, 8, 8]\nlayers: [conv: [4, 3], conv: [2, 9], relu]").check()
    (answer,) = in_node([(report, [{}])])
    (said,) = answer["at"]
    assert (said["legal"], said["totals"]) == (False, [None] * 5)
    assert [layer["shapes"] for layer in said["layers"]] == [["3×8×8"], ["4×6×6"], ["2×?×?"], ["2×?×?"]]
    assert said["layers"][1]["counts"][0] == "112"


def test_a_file_that_is_no_network_has_data_without_layers() -> None:
    report = archcalc.load("input: [3, 8\nlayers: [conv: [4, 3]]").check()
    data = network(report, report.diagnostics)
    assert (data["layers"], data["legal"], data["complete"]) == ([], None, False)
    assert data["diagnostics"][0]["severity"] == "error"
