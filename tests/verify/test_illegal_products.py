"""Products of maps at sizes that are not legal: what PyTorch refuses, and what it lets pass and means otherwise."""

from __future__ import annotations

import pytest

import archcalc
from archcalc.verify import Runner, verify

pytest.importorskip("torch")

CASES = {
    "sizes of 1 in front are stretched": (
        "input: {a: [N, 3, 4], b: [1, 4, 5]}\nat: {N: 1}\nlayers: [{matmul: [a, b]}]",
        "N = 2 is illegal: AC306; PyTorch stretches sizes of 1 without being asked",
    ),
    "rows and columns are not": (
        "input: {a: [2, 3, N], b: [2, 4, 5]}\nat: {N: 4}\nlayers: [{matmul: [a, b]}]",
        "N = 5 is illegal: AC306, and PyTorch refuses: RuntimeError",
    ),
    "values of other keys are not multiplied": (
        "input: {a: [8, T], b: [8, S]}\nat: {T: 4, S: 4}\nlayers: [{tokens, from: a, as: q}, {tokens, from: b, as: k}, "
        "{dot_attention: [q, q, k]}]",
        "T = 5, S = 4 is illegal: AC306, and PyTorch refuses: RuntimeError",
    ),
    "an order of other keys is another order": (
        "input: {a: [8, T], b: [8, S]}\nat: {T: 4, S: 4}\nlayers: [{tokens, from: a, as: q}, {tokens, from: b, as: k}, "
        "{dot_attention: [q, k, k], heads: 2, causal: true}]",
        "T = 5, S = 4 is illegal: AC336; PyTorch's causal order begins with the first key",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_sizes_that_are_not_legal(name: str, runner: Runner) -> None:
    text, told = CASES[name]
    found = verify(archcalc.load(text).program, {}, runner=runner)
    assert found.ok, str(found)
    assert told in " ".join(str(found).split())
