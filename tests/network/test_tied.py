"""Tied weights: one tensor of two layers, in counts, in shown work, in generated code and in PyTorch."""

from __future__ import annotations

import pytest
from export.generated import exported

import archcalc

SPEC = """
input: {shape: [16], dtype: int}
layers:
  - {embedding: [50, 8], as: words}
  - {lstm: 8, as: states}
  - {linear: {out: 50, bias: BIAS}, as: head, tied: words}
  - {linear: {out: 50, bias: BIAS}, from: states, as: second, tied: head}
output: [head, second]
"""
LSTM = 4 * 8 * (8 + 8 + 2)


def test_a_tied_weight_counts_once() -> None:
    report = archcalc.load(SPEC.replace("BIAS", "true")).check()
    assert (report.totals.parameters, report["head"].parameters) == (50 * 8 + LSTM + 2 * 50, 50)
    assert report.totals.multiplications == 16 * (4 * 8 * 16 + 2 * 50 * 8)
    without = archcalc.load(SPEC.replace("BIAS", "false")).check()
    assert (without.totals.parameters, without["head"].parameters) == (50 * 8 + LSTM, 0)


def test_a_claim_of_weights_counts_it_once() -> None:
    claim = f"expect: {{parameters: {4 * 8 * 16}, counting: weights}}\n"
    assert archcalc.load(SPEC.replace("BIAS", "true") + claim).check().ok


def test_the_work_names_the_owner() -> None:
    shown = archcalc.load(SPEC.replace("BIAS", "true")).check().explain("second").to_text()
    assert "(besides, the weight is that of words, counted there)" in shown
    shown = archcalc.load(SPEC.replace("BIAS", "false")).check().explain("head").to_text()
    assert "the weight is that of words, counted there" in shown


def test_code_assigns_it_and_pytorch_has_it_once() -> None:
    pytest.importorskip("torch")
    network = archcalc.load(SPEC.replace("BIAS", "true"))
    module = network.build_torch()
    assert module.head.weight is module.words.weight
    assert module.second.weight is module.words.weight
    assert "head.weight" in module.state_dict()
    assert sum(value.numel() for value in module.parameters()) == network.check().totals.parameters
    assert network.verify().ok


def test_verify_finds_a_weight_that_is_not_tied() -> None:
    pytest.importorskip("torch")
    from archcalc.verify.verification import verify

    network = archcalc.load(SPEC.replace("BIAS", "true"))
    source = exported(network)
    untied = source._replace(text=source.text.replace("self.head.weight = self.words.weight", ""))
    found = verify(network.program, source=untied)
    message = "head.weight is a tensor of its own in PyTorch and the tensor words.weight here"
    assert ("AC504", message) in {(one.code.id, one.message) for one in found.diagnostics}
