"""What becomes of claims: exact numbers, published roundings, budgets, closed forms, and sizes that differ."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import archcalc
from archcalc import Report, Verdict
from archcalc.expectations.matching import match
from archcalc.expressions.values import NoNames
from archcalc.spec.model import Expected

NET = """
input: [1, N, N]
at: {N: 32}
let: {width: 8}
layers:
  - {conv: [width, 1], as: mix}
  - {split: 2, as: parts}
  - {relu, from: parts.0, as: left}
  - {tanh, from: parts.1, as: right}
output: [left, right]
expect:
"""


def check(claim: str, **values: int) -> Report:
    return archcalc.load(NET + f"  - {claim}\n").check(values)


def verdict(claim: str, **values: int) -> Verdict:
    (found,) = check(claim, **values).verdicts
    return found


def codes(report: Report) -> list[str]:
    return [found.code.id for found in report.diagnostics]


@pytest.mark.parametrize(
    ("claim", "state"),
    [
        ("{multiplications: 8192}", "holds"),
        ("{multiplications: 8 * 1024}", "holds"),
        ("{multiplications: 8 * N ** 2}", "holds"),
        ("{multiplications: 8191}", "fails"),
        ("{multiplications: 8.2K}", "holds"),
        ("{multiplications: 8K}", "holds"),
        ("{multiplications: 9K}", "fails"),
        ("{multiplications: ..8192}", "holds"),
        ("{multiplications: 8192..}", "holds"),
        ("{multiplications: 8193..10K}", "fails"),
        ("{parameters: 17, holds: false}", "explained"),
        ("{parameters: 16, holds: false}", "surprise"),
        ("{of: mix, output: [8, 32, N]}", "holds"),
        ("{of: parts.0, output: [4, 32, 32]}", "unknown"),
        ("{of: left, output: [4, 32, 32]}", "holds"),
    ],
)
def test_states(claim: str, state: str) -> None:
    assert verdict(claim).state == state


@pytest.mark.parametrize("claim", ["8192", "8 * 1024", "8.2K"])
def test_a_number_is_judged_where_it_was_stated(claim: str) -> None:
    found = verdict(f"{{multiplications: {claim}}}", N=64)
    assert (found.state, found.actual, found.at) == ("holds", 8192, "N = 32")


def test_a_budget_guards_what_is_checked() -> None:
    assert verdict("{multiplications: ..10K}", N=32).state == "holds"
    found = verdict("{multiplications: ..10K}", N=64)
    assert (found.state, found.actual, found.at) == ("fails", 8 * 64 * 64, "")


def test_a_closed_form_is_judged_for_all_sizes() -> None:
    report = archcalc.load(NET + "  - {multiplications: 8 * N ** 2}\n").check(symbolic=True)
    assert [(found.state, found.at) for found in report.verdicts] == [("holds", "")]


def test_another_let_is_another_network() -> None:
    assert verdict("{parameters: 16}", width=10).state == "fails"


def test_a_claim_may_name_its_own_sizes() -> None:
    found = verdict("{at: {N: 10}, multiplications: 800}")
    assert (found.state, found.at) == ("holds", "N = 10")


def test_every_quantity_is_judged_though_another_one_cannot_be() -> None:
    report = check("{output: [4], parameters: 5}")
    assert [(found.quantity, found.state) for found in report.verdicts] == [
        ("output", "unknown"),
        ("parameters", "fails"),
    ]
    assert sorted(codes(report)) == ["AC401", "AC404"]
    (unclear,) = (found for found in report.diagnostics if found.code.id == "AC404")
    assert "the network has 2 outputs" in unclear.message


def test_a_layer_with_several_outputs_is_asked_which() -> None:
    report = check("{of: parts, output: [4, 32, 32]}")
    assert codes(report) == ["AC404"]
    assert "`parts` has 2 outputs" in report.diagnostics[0].message


@pytest.mark.parametrize("values", [{}, {"N": 32}, {"N": 30}])
def test_a_claim_never_disappears(values: dict[str, int]) -> None:
    """The network is legal at even sizes only, and the claim speaks of 31."""
    report = archcalc.load(
        "input: [1, N, N]\nat: {N: 32}\nlayers:\n  - max_pool: 2\nexpect: {at: {N: 31}, output: [9], parameters: 7}\n"
    ).check(values)
    assert not report.ok
    assert codes(report) == ["AC406", "AC406"]
    assert [found.state for found in report.verdicts] == ["unknown", "unknown"]
    assert "(31 - 2 + 0)/2 + 1 = 15.5" in report.diagnostics[0].message


def test_an_error_of_the_network_itself_is_told_once() -> None:
    report = archcalc.load("input: [1, 7]\nlayers:\n  - max_pool: 2\nexpect: {output: [1, 3]}\n").check()
    assert codes(report) == ["AC301"]
    assert report.verdicts[0].state == "unknown"


def expected_of(text: str) -> Expected:
    spec = archcalc.load(text).spec
    assert spec is not None
    (claim,) = spec.claims
    return claim.quantities["multiplications"]


@given(st.integers(1, 10**12), st.integers(0, 2), st.sampled_from(["K", "M", "B"]))
def test_what_rounds_or_truncates_to_the_print_holds(value: int, decimals: int, suffix: str) -> None:
    unit = Decimal({"K": 10**3, "M": 10**6, "B": 10**9}[suffix])
    places = Decimal(1).scaleb(-decimals)
    spec = "input: [1]\nlayers: [relu]\nexpect: {multiplications: %s}\n"
    printed = {
        str((Decimal(value) / unit).quantize(places, rounding=mode))
        for mode in (ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_DOWN)
    }
    for text in printed:
        assert match(expected_of(spec % (text + suffix)), value, NoNames()).holds, text
    far = str((Decimal(value) / unit).quantize(places, rounding=ROUND_DOWN) + 2 * places)
    assert not match(expected_of(spec % (far + suffix)), value, NoNames()).holds
