"""Tables that worksheets make of reports, and the networks that they take."""

from __future__ import annotations

from typing import Any

import pytest

import archcalc
from archcalc.dims import symbol
from archcalc.worksheet import Table, as_written, checked, claims, shares


def body(shown: Table) -> list[list[str]]:
    return shown.lines[1:]


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ((3, 227, 227), "3×227×227"),
        ((10,), "10"),
        ((2, symbol("N") - 184, symbol("N")), "2×(N - 184)×N"),
        ((64, 2 * symbol("N") ** 2), "64×(2 N²)"),
        (90 * symbol("w") ** 2, "90 w²"),
        (7, "7"),
    ],
)
def test_sizes_and_forms_as_people_write_them(form: object, text: str) -> None:
    assert as_written(form) == text


CLAIMED = """
input: [1, 32, 32]
layers:
  - {conv: [6, 5], as: c1}
  - flatten
  - {linear: 10, as: head}
expect:
  - {output: [10]}
  - {parameters: 47206, source: table}
  - {parameters: 0.33%, of: c1, relative_to: network, source: table}
  - {multiplications: 170k, source: text, because: it leaves out the bias}
"""
"""Worked out by hand: 6·(25 + 1) = 156 and 10·(6·28·28 + 1) = 47,050; 6·25·28·28 + 10·4704 = 164,640 products."""


def test_claims_with_a_source_are_rows() -> None:
    report = archcalc.load(CLAIMED).check()
    assert body(claims(report)) == [
        ["table", "network", "parameters", "47,206", "47,206", "holds, exactly"],
        ["table", "network", "parameters in `c1`", "0.33%", "0.330%", "holds, rounded"],
        ["text", "network", "multiplications", "170k", "164,640", "it leaves out the bias"],
    ]
    assert len(body(claims(report, report, source="table"))) == 4


def test_claims_of_variants_say_of_which() -> None:
    reports = [archcalc.load(f"vgg:{name}").check() for name in ("A", "E")]
    networks = {row[1] for row in body(claims(*reports))}
    assert networks == {"A", "E"}


@pytest.mark.parametrize("source", ["Table 9", None])
def test_no_claim_is_no_table(source: str | None) -> None:
    report = archcalc.load(CLAIMED if source else "input: [4]\nlayers: [linear: 10]\nexpect: {output: [10]}").check()
    with pytest.raises(ValueError, match="no claim"):
        claims(report, source=source)


@pytest.mark.parametrize("network", ["lenet:lecture", "vgg:D", "unet:paper", "efficientnet:b0"])
def test_shares_add_up(network: str) -> None:
    report = archcalc.load(network).check()
    rows = body(shares(report, lambda layer: layer.kind))
    whole = [sum(int(row[column].replace(",", "")) for row in rows) for column in (1, 3)]
    assert whole == [report.totals.parameters, report.totals.multiplications]
    assert all(abs(sum(float(row[column].rstrip("%")) for row in rows) - 100) < 0.5 for column in (2, 4))
    work = [int(row[3].replace(",", "")) for row in rows]
    assert work == sorted(work, reverse=True)


def test_shares_by_hand() -> None:
    """Half of the parameters, and of the products, in each of two layers of 4·4 weights, and nothing in the rest."""
    report = archcalc.load("input: [4]\nlayers: [{linear: {out: 4, bias: false}}, relu, {linear: [4, false]}]").check()
    rows = body(shares(report, lambda layer: "rest" if layer.kind == "relu" else f"layer {layer.name}"))
    assert rows == [["layer 0", "16", "50.0%", "16", "50.0%"], ["layer 2", "16", "50.0%", "16", "50.0%"]]


@pytest.mark.parametrize(
    "report",
    [
        archcalc.load("unet:paper").check(symbolic=True),
        archcalc.load("input: [1, 7, 7]\nlayers: [conv: {out: 1, kernel: 3, stride: 3}, linear: 10]").check(),
    ],
    ids=["symbols", "errors"],
)
def test_shares_of_what_is_not_known(report: Any) -> None:
    with pytest.raises(ValueError, match="no numbers"):
        shares(report, lambda layer: layer.kind)


def test_a_worksheet_stops_at_a_network_with_errors() -> None:
    spec = "input: [1, N, N]\nat: {N: 9}\nlayers: [conv: {out: 1, kernel: 3, stride: 3}]"
    assert checked(spec).outputs == {"output": (1, 3, 3)}
    assert checked(spec, N=12).outputs == {"output": (1, 4, 4)}
    assert checked("unet:paper", symbolic=True).outputs["output"][1] == symbol("N") - 184
    with pytest.raises(AssertionError, match=r"network: .* is not a whole number"):
        checked(spec, N=7)
    with pytest.raises(AssertionError, match="expected 60,000"):
        checked("input: [4]\nlayers: [linear: 10]\nexpect: {parameters: 60000}")
