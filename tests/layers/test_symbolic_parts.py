"""Groups and heads with symbols: closed forms where they are a part of the channels at every size, else an error."""

from __future__ import annotations

import re

import pytest

import archcalc
from archcalc.export.memory import imported

CHANNELS_LAST = "input: {shape: [6, D], layout: channels_last}\nlayers:\n"
PARTS = {
    "depthwise": "input: [C, 7, 5]\nlayers:\n  - conv: {out: C, kernel: 3, groups: C, bias: false}",
    "more filters than channels": "input: [C, 7, 5]\nlayers:\n  - conv: {out: 3*C, kernel: [3, 1], groups: C}",
    "groups of sixteen": "input: [C, 7, 5]\nlayers:\n  - conv: {out: 2*C, kernel: 3, groups: C/16, padding: 1}",
    "a factor of two symbols": "input: [A*B, 7, 5]\nlayers:\n  - conv: {out: 2*A, kernel: 3, groups: A}",
    "standardized": "input: [C, 7, 5]\nlayers:\n  - conv: {out: C, kernel: 3, groups: C/2, standardize: true}",
    "lengths along channels": "input: [C, 7, 5]\nlayers:\n  - conv: {out: C, kernel: 3, groups: C/3, weight_norm: 1}",
    "transposed": "input: [C, 7, 5]\nlayers:\n  - conv_transpose: {out: C/2, kernel: 2, stride: 2, groups: C/4}",
    "norm": "input: [C, 7, 5]\nlayers:\n  - group_norm: C/4",
    "shuffle": "input: [C, 7, 5]\nlayers:\n  - channel_shuffle: C/8",
    "attention": f"{CHANNELS_LAST}  - attention: D/8",
    "shared keys": f"{CHANNELS_LAST}  - attention: {{heads: D/4, key_heads: D/12, causal: true}}",
    "another width": f"{CHANNELS_LAST}  - attention: {{heads: D, dim: 4*D}}",
    "products": f"{CHANNELS_LAST}  - dot_attention: {{heads: D/8, branches: [[], [], []]}}",
    "rotary": f"{CHANNELS_LAST}  - rotary: D/6",
}


def sizes_of(architecture: archcalc.Architecture, size: int) -> dict[str, int]:
    """The same size for every symbol, but for B."""
    return {name: 5 if name == "B" else size for name in architecture.check(symbolic=True).symbols}


@pytest.mark.parametrize("text", PARTS.values(), ids=PARTS)
def test_closed_forms_are_what_numbers_give(text: str) -> None:
    architecture = archcalc.load(text)
    symbolic = architecture.check(symbolic=True)
    assert symbolic.ok, symbolic
    legal = 0
    for size in range(1, 97):
        sizes = sizes_of(architecture, size)
        concrete = architecture.check(sizes)
        assert concrete.ok == all(one.condition.holds_at(sizes) for _, one in symbolic.conditions), size
        if concrete.ok:
            legal += 1
            assert symbolic.parameters.at(sizes) == concrete.parameters
            assert symbolic.multiplications.at(sizes) == concrete.multiplications
    assert legal >= 6


@pytest.mark.parametrize("text", PARTS.values(), ids=PARTS)
def test_pytorch_builds_one_class_for_all_sizes(text: str) -> None:
    torch = pytest.importorskip("torch")
    architecture = archcalc.load(text)
    written = architecture.to_torch()
    name = re.findall(r"^class (\w+)", written, re.MULTILINE)[-1]
    network = getattr(imported(written, name), name)
    for size in (48, 96):
        sizes = sizes_of(architecture, size)
        report = architecture.check(sizes)
        module = network(**sizes)
        assert sum(parameter.numel() for parameter in module.parameters()) == report.parameters
        (read,) = report.inputs.values()
        (last,) = list(report)[-1].outputs
        assert tuple(module(torch.zeros(1, *read)).shape[1:]) == last


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "input: [64, 7, g]\nlayers:\n  - conv: {out: 64, kernel: 3, groups: g}",
            "whether g divides 64 depends on a symbol: groups must be a number here",
        ),
        (
            f"{CHANNELS_LAST}  - attention: D // 8",
            "whether floor(D/8) divides D depends on a symbol: heads must be a number here, or a part of D, whatever "
            "that is",
        ),
    ],
)
def test_where_only_the_value_tells_a_number_is_asked_for(text: str, message: str) -> None:
    report = archcalc.load(text).check()
    (error,) = [found for found in report.diagnostics if found.severity == "error"]
    assert (error.code.id, error.message.partition(": ")[2]) == ("AC318", message)
    assert ("`/` in place of `//`" in str(error.help)) == ("//" in text)


def test_parts_that_never_come_out_even_are_an_error_at_all_sizes() -> None:
    report = archcalc.load("input: [3*C, 7, 5]\nlayers:\n  - conv: {out: 6*C, kernel: 3, groups: 2*C}").check()
    (error,) = [found for found in report.diagnostics if found.severity == "error"]
    assert (error.code.id, error.message) == ("AC305", "conv: 2*C groups do not divide the 3*C input channels")
