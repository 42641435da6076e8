"""Did you mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.diagnostics import closest

KINDS = [
    "add",
    "avg_pool",
    "batch_norm",
    "concat",
    "conv",
    "conv_transpose",
    "flatten",
    "gelu",
    "linear",
    "max_pool",
    "relu",
]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("Conv2d", "conv"),
        ("cnov", "conv"),
        ("convtranspose", "conv_transpose"),
        ("conv-transpose", "conv_transpose"),
        ("MaxPool2d", "max_pool"),
        ("BatchNorm", "batch_norm"),
        ("flaten", "flatten"),
        ("RELU", "relu"),
        ("concatenate", "concat"),
        ("lin", "linear"),
        ("dense", None),
        ("x", None),
        ("", None),
        ("___", None),
        ("conv" * 1000, None),
    ],
)
def test_kinds_of_layers(word: str, meant: str | None) -> None:
    assert closest(word, KINDS) == meant
    assert closest(word, reversed(KINDS)) == meant
    assert closest(word, set(KINDS)) == meant


def test_nothing_to_choose_from() -> None:
    assert closest("conv", []) is None


def test_nearer_wins_then_the_first_letter_then_the_alphabet() -> None:
    assert closest("stride", ["strided", "stride_", "strode"]) == "stride_"
    assert closest("bat", ["cat", "bar"]) == "bar"
    assert closest("conv5", ["conv3", "conv2", "conv4"]) == "conv2"


def test_a_single_letter_is_no_slip_of_another() -> None:
    assert closest("N", ["M", "K"]) is None
    assert closest("n", ["M", "N"]) == "N"


def test_many_long_candidates_take_no_time() -> None:
    assert closest("a" * 10**6, ["b" * 10**6] * 50) is None


@given(st.text(alphabet="abcdefg", min_size=6, max_size=20), st.data())
def test_one_slip_in_a_long_name_is_always_forgiven(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(name) - 2))
    slips = {
        "missing": name[:at] + name[at + 1 :],
        "too many": name[:at] + "z" + name[at:],
        "wrong": name[:at] + "z" + name[at + 1 :],
        "swapped": name[:at] + name[at + 1] + name[at] + name[at + 2 :],
    }
    assert closest(data.draw(st.sampled_from(sorted(slips.values()))), [name, "zzzzzzzzzzzz"]) == name


@given(st.text(max_size=12), st.lists(st.text(max_size=12), max_size=5))
def test_answer_is_a_candidate_whatever_the_order(word: str, candidates: list[str]) -> None:
    answer = closest(word, candidates)
    assert answer is None or answer in candidates
    assert closest(word, candidates[::-1]) == answer
