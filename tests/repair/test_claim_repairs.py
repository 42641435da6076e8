"""Claims on sizes that fail: what makes the map what it is claimed to be, and what does not."""

from __future__ import annotations

import pytest

from archcalc import load
from archcalc.repair import Repair, repairs

AUTOENCODER = """input: [1, 24, 24]
rounding: floor
layers:
  - conv: [64, 7, 2]
  - {conv_transpose: [1, 7, 2], as: up}
expect: {output: [1, 24, 24]}
"""


def found(text: str) -> list[Repair]:
    """The repairs of a network in which a claim fails and nothing else."""
    program = load(text).program
    assert {one.code.id for one in load(text).check().diagnostics if one.severity == "error"} == {"AC401"}
    return list(repairs(program))


def test_output_padding_gives_the_row_back_that_a_stride_has_dropped() -> None:
    first = found(AUTOENCODER)[0]
    assert (first.title, first.why) == ("output_padding: 1 on up", "the map is 1 too small")
    report = load(first.text).check()
    assert report.ok and report.outputs == {"output": (1, 24, 24)}
    assert load(AUTOENCODER).check().explained[-1].help[0].startswith("output_padding: 1 on up, the map is 1 too small")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        # Behind the layer that enlarges, others keep the size.
        (AUTOENCODER.replace("as: up}\n", "as: up}\n  - {conv: [1, 3, 1, 1], as: last}\n"), "output_padding: 1 on up"),
        (
            "input: [8, 6, 6]\nlayers:\n  - {conv_transpose: {out: 4, kernel: 3, stride: 2, padding: 1}, as: up}\n"
            "  - {conv: [2, 3], as: head}\nexpect: {of: up, output: [4, 12, 12]}\n",
            "output_padding: 1 on up",
        ),
        # One layer is not padded as the others are.
        (
            "input: [3, 8, 8]\nlayers:\n  - {conv: [8, 3, 1, 1], as: a}\n  - {conv: [8, 3], as: b}\n"
            "expect: {output: [8, 8, 8]}\n",
            "padding: 1 on b",
        ),
        # Each of two strides has dropped a row: 28 -> 14 -> 7 -> 13 -> 25.
        (
            "input: [1, 28, 28]\nrounding: floor\nlayers:\n  - conv: [16, 3, 2, 1]\n  - conv: [32, 3, 2, 1]\n"
            "  - {conv_transpose: [16, 3, 2, 1], as: up1}\n  - {conv_transpose: [1, 3, 2, 1], as: up2}\n"
            "expect: {output: [1, 28, 28]}\n",
            "output_padding: 1 on up1 and up2",
        ),
        ("input: [3, 8, 8]\nlayers:\n  - {conv: [8, 3, 1, 1], as: a}\nexpect: {output: [16, 8, 8]}\n", "out: 16 on a"),
        ("input: [512]\nlayers:\n  - {linear: 100, as: fc}\n  - relu\nexpect: {output: [10]}\n", "out: 10 on fc"),
        (
            "input: [8, N]\nat: {N: 9}\nlayers:\n  - {conv: [8, 3], as: c}\nexpect: {output: [8, N]}\n",
            "padding: 1 on c",
        ),
    ],
)
def test_the_first_repair_of_a_claim(text: str, first: str) -> None:
    told = found(text)
    assert told[0].title == first
    for repair in told:
        assert load(repair.text).check().ok
        assert [harm.kind for harm in repair.harms] == ["design"]


@pytest.mark.parametrize(
    "claim",
    [
        "{parameters: 5}",
        "{output: [1, 24]}",
        "{output: [1, 2400, 2400]}",
        "{of: up, parameters: 7}",
        "{output: [1, 24, 24], at: {N: 30}}",
    ],
)
def test_other_claims_have_no_repairs(claim: str) -> None:
    text = "input: [1, N, N]\nat: {N: 24}\nrounding: floor\nlayers:\n  - conv: [64, 7, 2]\n"
    text += f"  - {{conv_transpose: [1, 7, 2], as: up}}\nexpect: {claim}\n"
    assert not load(text).check().ok
    assert repairs(load(text).program) == []


def test_a_repair_that_breaks_another_claim_says_so() -> None:
    claims = "expect: [{output: [1, 24, 24]}, {of: up, output: [1, 23, 23]}]"
    text = AUTOENCODER.replace("expect: {output: [1, 24, 24]}", claims)
    (first, *_) = found(text)
    assert first.title == "output_padding: 1 on up"
    assert "claim" in [harm.kind for harm in first.harms]


def test_two_claims_are_repaired_apart() -> None:
    text = "input: [3, 8, 8]\nlayers:\n  - {conv: [8, 3, 1, 1], as: a}\n  - {conv: [8, 3], as: b}\n"
    text += "expect: [{of: a, output: [4, 8, 8]}, {of: b, output: [8, 8, 8]}]\n"
    titles = [repair.title for repair in found(text)]
    assert {"out: 4 on a", "padding: 1 on b"} <= set(titles)
    told = [one.help[0] for one in load(text).check().explained if one.severity == "error"]
    assert [line.partition(",")[0] for line in told] == ["out: 4 on a", "padding: 1 on b"]
