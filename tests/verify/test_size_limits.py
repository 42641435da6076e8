"""What is too large to be run is told as that, and never tried: maps, parameters and working memory."""

from __future__ import annotations

import sys

import pytest

import archcalc
from archcalc.verify import verification
from archcalc.verify.verification import _beyond, _too_large


def report(text: str) -> archcalc.Report:
    return archcalc.load(text).check()


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        ("lrn: 4000000", "256,000,192 numbers of working memory are more than 50,000,000"),
        ("lrn: 10**12", "64,000,000,000,192 numbers of working memory are more than 50,000,000"),
        (
            "conv: {out: 1, kernel: 1, stride: 10**5, padding: 10**5, bias: false}",
            "120,009,600,192 numbers of working memory are more than 50,000,000",
        ),
        ("max_pool: {kernel: 2, stride: 2}", ""),
        ("lrn: 5", ""),
    ],
)
def test_working_memory_is_counted(layer: str, reason: str) -> None:
    assert _too_large(report(f"input: [3, 8, 8]\nlayers: [{layer}]\nrounding: floor\n")) == reason


def test_scores_of_attention_are_working_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "MOST_PRODUCTS", 10**12)
    text = "input: [8, 30000]\nlayers: [tokens, attention: {heads: 2}]\n"
    assert _too_large(report(text)) == "1,800,720,000 numbers of working memory are more than 50,000,000"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("input: [3, 10**12, 10**12]\nlayers: [relu]\n", "in a map"),
        ("input: [3, 8, 8]\nlayers: [conv: [10**30, 1]]\n", "in a map"),
        ("input: [3, 8, 8]\nlayers: [lrn: 10**40]\n", "of working memory for a layer"),
        ("input: [10**10]\nlayers: [linear: 10**10]\n", "learned or kept"),
    ],
)
def test_what_64_bits_cannot_count_is_refused(text: str, what: str) -> None:
    pytest.importorskip("torch")
    assert f"numbers {what} are more than" in _beyond(report(text))
    found = archcalc.load(text).verify()
    assert not found.ok
    assert [(one.code.id, one.code.name) for one in found.diagnostics] == [("AC513", "too-large-to-run")]


def test_a_run_that_wants_too_much_memory_is_no_mistake_of_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a layer needs more than was counted, the process is refused the memory and says so."""
    pytest.importorskip("torch")
    if sys.platform != "linux":
        pytest.skip("the system does not bound memory")
    monkeypatch.setattr(verification, "MOST_WORKING", 10**12)
    found = archcalc.load("input: [3, 8, 8]\nlayers: [lrn: 40000000]\n").verify()
    assert found.ok
    assert [case.ok for case in found.cases] == [True, None]
    assert "memory" in str(found.cases[1])
