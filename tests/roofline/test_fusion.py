"""Layers that are merged into those in front: what is no longer moved, by hand and for whole networks."""

from __future__ import annotations

from typing import Any

import catalogue
import pytest

import archcalc
from archcalc.roofline import Roofline
from archcalc.roofline.work import LayerWork

NOTHING = LayerWork(0, 0, 0, 0)


def fused(spec: str, **options: Any) -> Roofline:
    return archcalc.load(spec).check().roofline("a100", fused=True, **options)


def heads(spec: str) -> list[str]:
    """For every layer the one that it is merged into."""
    return [one.fused_into for one in fused(spec).layers]


def test_a_convolution_with_its_norm_and_activation_by_hand() -> None:
    """4 maps of 6×6 come out of 1 of 8×8: read once, written once; 36 weights, and 16 numbers of the norm."""
    found = fused("input: [1, 8, 8]\nlayers: [conv: {out: 4, kernel: 3, bias: false}, batch_norm, relu]")
    conv, norm, relu = found.layers
    assert conv.work == LayerWork(2 * 144 * 9 + 144, 4 * 64, 4 * (36 + 16), 4 * 144)
    assert (norm.work, relu.work) == (NOTHING, NOTHING)
    assert (norm.fused_into, relu.fused_into) == ("0", "0")
    assert found.is_fused


def test_a_sum_reads_the_branch_that_it_is_not_merged_into() -> None:
    spec = "input: [2, 4, 4]\nlayers: [{add: [here, [conv: {out: 2, kernel: 3, padding: 1, bias: false}]]}, relu]"
    conv, added, relu = fused(spec).layers
    assert (added.fused_into, relu.fused_into) == (conv.name, conv.name)
    assert conv.work == LayerWork(2 * 32 * 18 + 32 + 32, 4 * (32 + 32), 4 * 36, 4 * 32)


@pytest.mark.parametrize(
    ("layers", "merged"),
    [
        ("[linear: 4, dropout, relu]", ["", "", "0"]),
        ("[linear: 4, softmax]", ["", ""]),
        ("[linear: 4, batch_norm]", ["", "0"]),
        ("[linear: 4, batch_norm: {track: false}]", ["", ""]),
        ("[relu, tanh]", ["", "0"]),
        ("[linear: 4, flatten, relu]", ["", "", ""]),
        ("[linear: 4, {multiply: [[relu], [tanh]]}]", ["", "", "", "2"]),
    ],
)
def test_what_is_merged(layers: str, merged: list[str]) -> None:
    found = heads(f"input: [8]\nlayers: {layers}")
    assert found == merged


def test_a_map_that_leaves_the_network_is_written() -> None:
    spec = "input: [8]\nlayers: [{linear: 4, as: logits}, {sigmoid, as: chances}]\noutputs: [logits, chances]"
    assert heads(spec) == ["", ""]
    assert heads(spec.replace("[logits, chances]", "[chances]")) == ["", "logits"]


@pytest.mark.parametrize("name", ["resnet:resnet50", "mobilenet_v2:1.0", "gpt2", "unet:paper", "vit:b_16", "mixtral"])
def test_fusion_computes_the_same_and_moves_less(name: str) -> None:
    report = catalogue.report(name)
    apart, together = report.roofline("a100", batch=4), report.roofline("a100", batch=4, fused=True)
    assert together.work.flops == apart.work.flops
    assert together.work.tensors == apart.work.tensors
    assert together.work.read < apart.work.read
    assert together.seconds < apart.seconds
    followers = {one.name for one in together.layers if one.fused_into}
    # Each of them saves one map, once written and once read.
    alone = {one.name: one.work for one in apart.layers}
    saved = apart.work.bytes - together.work.bytes
    assert saved == sum(2 * alone[name].written for name in followers)
    assert all(one.work == NOTHING for one in together.layers if one.fused_into)
