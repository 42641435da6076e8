"""Limits on a difference: how they are read, and when they are broken."""

from __future__ import annotations

from fractions import Fraction

import pytest

import archcalc
from archcalc import WrongQuestion
from archcalc.comparison.amounts import AmountChange
from archcalc.comparison.limits import judged, read
from archcalc.dims import symbol

N = symbol("N")


def state(text: str, before: object, after: object) -> str:
    limit = read(text)
    (one,) = judged([limit], [AmountChange(limit.quantity, before, after)])  # type: ignore[arg-type]
    return one.state


@pytest.mark.parametrize(
    ("text", "sign", "most", "is_share"),
    [
        ("parameters +1%", "+", Fraction(1, 100), True),
        ("  parameters   -  0.5 % ", "-", Fraction(1, 200), True),
        ("parameters 5%", "", Fraction(1, 20), True),
        ("multiplications +2M", "+", 2_000_000, False),
        ("multiplications + 1,000,000", "+", 1_000_000, False),
        ("memory +1MiB", "+", 2**20, False),
        ("bytes +1.5kB", "+", 1500, False),
        ("layers ±3", "", 3, False),
        ("layers \u22122", "-", 2, False),
        ("output", "", 0, False),
        ("depth", "", 0, False),
    ],
)
def test_limits_are_read(text: str, sign: str, most: object, is_share: bool) -> None:
    limit = read(text)
    assert (limit.sign, limit.most, limit.is_share) == (sign, most, is_share)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("params +1%", "`params` is no quantity; did you mean `parameters`?"),
        ("macs +1%", "did you mean `multiplications`? (`flops` are 2 for each)"),
        ("parameters +1MB", "1MB are bytes, and parameters are none; write 1M, or ask for `bytes` or `memory`"),
        ("parameters +1q", "1q has a unit that is not known"),
        ("parameters + many", "not parameters + many"),
        ("parameters <= 5M", "a limit is a quantity and how far it may move, such as `parameters +1%`"),
        ("+1%", "a limit is a quantity and how far it may move"),
        ("", "not nothing"),
        ("output +1", "output is a whole shape, which is the same or another one: write `output`, not output +1"),
        ("parameters +1%%", "a limit is a quantity"),
    ],
)
def test_what_is_no_limit_is_said(text: str, problem: str) -> None:
    with pytest.raises(WrongQuestion) as failure:
        read(text)
    assert problem in str(failure.value)


@pytest.mark.parametrize(
    ("text", "before", "after", "expected"),
    [
        ("parameters +1%", 1000, 1010, "kept"),
        ("parameters +1%", 1000, 1011, "broken"),
        ("parameters +1%", 1000, 1, "kept"),
        ("parameters -1%", 1000, 990, "kept"),
        ("parameters -1%", 1000, 989, "broken"),
        ("parameters -1%", 1000, 9999, "kept"),
        ("parameters 1%", 1000, 989, "broken"),
        ("parameters 1%", 1000, 1011, "broken"),
        ("parameters +0", 1000, 1001, "broken"),
        ("parameters +0", 1000, 1000, "kept"),
        ("parameters +50%", 0, 1, "broken"),
        ("parameters", 1000, 999, "broken"),
        ("multiplications +1k", 1000, 2000, "kept"),
        ("multiplications +1k", 1000, 2001, "broken"),
        ("output", (8, 7, 7), (8, 7, 7), "kept"),
        ("output", (8, 7, 7), (8, 7, 8), "broken"),
        ("output", (8, 7, 7), (8,), "broken"),
        ("receptive_field -2", (9, 9), (7, 9), "kept"),
        ("receptive_field -2", (9, 9), (9, 6), "broken"),
        ("parameters +1%", None, 5, "undecided"),
        ("parameters +1%", 5, None, "undecided"),
        ("multiplications +0", 9 * N, 9 * N, "kept"),
        ("multiplications +0", 9 * N, 10 * N, "broken"),
        ("multiplications +10%", 10 * N, 11 * N, "kept"),
        ("multiplications +10%", 10 * N, 12 * N, "broken"),
        ("multiplications -0", 9 * N, 10 * N, "kept"),
        # At N = 1 it is the same, and more for every larger N.
        ("multiplications +0", N, N * N, "undecided"),
        ("multiplications", N + 1, N, "broken"),
    ],
)
def test_limits_are_judged(text: str, before: object, after: object, expected: str) -> None:
    assert state(text, before, after) == expected


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ([], "neither network has it, or errors hide it"),
        ([AmountChange("parameters", None, None)], "neither network has it, or errors hide it"),
        ([AmountChange("parameters", None, 5)], "before has none, or errors hide it"),
        ([AmountChange("parameters", 5, None)], "after has none, or errors hide it"),
    ],
)
def test_a_limit_on_what_is_not_there_says_where(changes: list[AmountChange], reason: str) -> None:
    (one,) = judged([read("parameters +1%")], changes)
    assert (one.state, one.reason) == ("undecided", reason)


def test_a_difference_is_judged_in_python() -> None:
    found = archcalc.diff("vgg:D", "vgg:E").judge(["parameters +1%", "output"])
    assert [(one.limit.text, one.state) for one in found] == [("parameters +1%", "broken"), ("output", "kept")]
    with pytest.raises(ValueError, match="did you mean `parameters`"):
        archcalc.diff("vgg:D", "vgg:E").judge("weights +1%")
