"""Receptive fields, against networks that run: one row of the input is changed at a time, and outputs are watched."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from export.generated import built, exported
from hypothesis import given
from hypothesis import strategies as st
from layers.oracles import load_torch

import archcalc
from archcalc.layers.reach import SAME, Reach, painting, sliding
from archcalc.layers.window import Window
from archcalc.receptive import receptive_fields


def field(spec: str, **values: int) -> int:
    """What archcalc says about the output of a network, which has its own name."""
    report = archcalc.load(spec).check(values)
    assert report.ok, [str(found) for found in report.diagnostics]
    (output,) = report.graph.outputs.values()
    assert output.node is not None
    return receptive_fields(report.graph)[output.node.name][0]


def positive(spec: str, **values: int) -> Any:
    """The exported network, in which what grows at the input grows everywhere."""
    torch = load_torch()
    torch.manual_seed(0)
    module = built(exported(spec, **values), "cpu", **values).double()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.uniform_(0.5, 1)
    return module


def rows_seen(module: Any, *shape: int) -> int:
    """The most rows, from the first to the last, that a row of the output depends on."""
    torch = load_torch()
    still = torch.zeros(1, *shape, dtype=torch.double)
    with torch.no_grad():
        before = module(still)
        seen: list[list[int]] = [[] for _ in range(before.shape[2])]
        for row in range(shape[1]):
            changed = still.clone()
            changed[:, :, row] = 100
            differs = (module(changed) != before).transpose(1, 2).flatten(2).any(2)
            for place in differs.nonzero()[:, 1].tolist():
                seen[place].append(row)
    return max(max(rows) - min(rows) + 1 for rows in seen if rows)


LAYERS = {
    "stride": "[{conv: [2, 3]}, {conv: [2, 3, 2]}, {conv: [2, 5]}]",
    "pools": "[{conv: [2, 5]}, {max_pool: 2}, {conv: [2, 3]}, {avg_pool: [3, 2]}, relu, {conv: [2, 2]}]",
    "dilation": "[{conv: {out: 2, kernel: 3, dilation: 2}}, {conv: {out: 2, kernel: 3, dilation: 4}}]",
    "same": "[{conv: {out: 2, kernel: 4, stride: 2, padding: same}}, {conv: {out: 2, kernel: 3, padding: same}}]",
    "uneven sides": "[{conv: {out: 2, kernel: 4, padding: [[0, 3]]}}, {max_pool: 3}]",
    "shift against itself": "[{concat: [[{pad: [[2, -2]]}], [{crop: {size: 58, offset: 5}}, {pad: [[0, 6]]}]]}]",
    "inception": "[{concat: [[{conv: [1, 1]}], [{conv: [1, 3, 1, 1]}], [{max_pool: [5, 1, 2]}, {conv: [1, 1]}]]}]",
    "residual": "[{conv: [2, 3, 2, 1]}, {add: [here, [{conv: [2, 3, 1, 1]}, relu, {conv: [2, 3, 1, 1]}]]}]",
    "up by two": "[{conv: [2, 3, 1, 1]}, {max_pool: 2}, {conv_transpose: [2, 2, 2]}, {conv: [2, 3]}]",
    "windows that overlap": "[{max_pool: 2}, {conv_transpose: [2, 5, 3, 1]}, {conv: [1, 2]}]",
    "windows apart": "[{max_pool: 4}, {conv_transpose: [2, 2, 4]}, {conv: [1, 2]}]",
    "windows apart beside": "[{conv: [2, 3, 2, 1]},"
    " {concat: [[{max_pool: 2}, {conv_transpose: [2, 1, 2, 0, 1]}], here]}]",
    "dilated windows": "[{max_pool: 2}, {conv_transpose: {out: 2, kernel: 3, stride: 2, dilation: 3}}, {conv: [1, 2]}]",
    "nearest": "[{conv: [2, 3, 3]}, {upsample: 3}, {conv: [1, 4]}]",
    "linear": "[{max_pool: 2}, {upsample: {factor: 2, mode: linear}}, {conv: [1, 3]}]",
    "linear by three": "[{max_pool: 3}, {upsample: {factor: 3, mode: linear}}, {max_pool: 2}]",
    "to a size": "[{conv: [2, 3, 2]}, {upsample: {size: 50, mode: linear}}, {conv: [1, 3]}]",
    "smaller": "[{conv: [2, 3]}, {upsample: {size: 24, mode: area}}, {conv: [1, 3]}]",
    "nearest smaller": "[{conv: [2, 3]}, {upsample: {size: 24}}, {conv: [1, 3]}]",
    "skip": "[{conv: [2, 3], as: skip}, {max_pool: 2}, {conv: [2, 3]}, {conv_transpose: [2, 2, 2]},"
    " {concat: [[{crop: {to: here}, from: skip}], here]}, {conv: [2, 3]}]",
    "cut off centre": "[{conv: [2, 3], as: skip}, {max_pool: 2}, {conv: [2, 3]}, {conv_transpose: [2, 2, 2]},"
    " {concat: [[{crop: {to: here, offset: 3}, from: skip}], here]}, {conv: [2, 3]}]",
    "unpool": "[{conv: [2, 3, 1, 1]}, {max_pool: 2, as: pool}, {conv: [2, 3, 1, 1]}, {unpool: pool}, {conv: [2, 3]}]",
    "unpool apart": "[{max_pool: 3}, {unpool: {kernel: 3}}, {conv: [2, 4]}]",
    "unpool to a size": "[{max_pool: 4}, {unpool: {size: 40}}, {conv: [2, 4]}]",
    "pixels": "[{conv: [4, 3, 1, 1]}, {pixel_unshuffle: 2}, {conv: [4, 3]}, {pixel_shuffle: 2}, {conv: [1, 2]}]",
    "table": "[{conv: [4, 3]}, {add: {branches: [here, [{parameter: [4, 1]}]], broadcast: true}}]",
    "channels": "[{split: 2, as: s}, {concat: [[{conv: [1, 3, 1, 1], from: s.0}], s.1]}, batch_norm, softmax,"
    " channels_last, layer_norm, {linear: 3}, channels_first, {conv: [1, 3]}]",
}
"""Short networks of two channels and 64 positions, for the rules that meet in them."""


@pytest.mark.parametrize("name", LAYERS)
def test_fields_are_those_that_changes_reach(name: str) -> None:
    spec = f"input: [2, 64]\nrounding: floor\nlayers: {LAYERS[name]}\n"
    assert field(spec) == rows_seen(positive(spec), 2, 64)


@pytest.mark.parametrize(
    ("network", "layer", "rows"),
    [
        ("vgg:D", "features.30", 212),
        ("alexnet:torchvision", "features.12", 195),
        ("unet:paper", "head", 204),
    ],
)
def test_known_fields(network: str, layer: str, rows: int) -> None:
    assert receptive_fields(archcalc.load(network).check().graph)[layer] == (rows, rows)


THIN_UNET = """
input: [1, N]
at: {N: 188}
blocks:
  double: [{conv: [1, 3]}, {conv: [1, 3]}]
layers:
  - for: {i: 1..4}
    do: [{double, as: enc$i}, {max_pool: 2}]
  - double
  - for: {i: [4, 3, 2, 1]}
    do: [{conv_transpose: [1, 2, 2]}, {concat: [[{crop: {to: here}, from: enc$i}], here]}, double]
"""


def test_the_unet_sees_what_it_says() -> None:
    """At a size at which there are rows of the output that do not see the border."""
    size = 188 + 16 * 15
    assert field(THIN_UNET) == rows_seen(positive(THIN_UNET, N=size), 1, size) == 204


windows = st.builds(
    Window,
    kernel=st.integers(1, 5),
    stride=st.integers(1, 4),
    before=st.integers(0, 3),
    dilation=st.integers(1, 3),
)
Step = tuple[bool, Window]
"""Whether a window slides over its input, or is painted onto its output."""


@cache
def needs(steps: tuple[Step, ...], position: int) -> frozenset[int]:
    """The input positions that a position needs, by trying which elements of which windows meet it."""
    if not steps:
        return frozenset({position})
    *front, (slides, window) = steps
    start, stride, dilation = window.before, window.stride, window.dilation
    elements = range(window.kernel)
    read = (
        {position * stride - start + element * dilation for element in elements}
        if slides
        else {
            source
            for source in range((position - 15) // stride, (position + 4) // stride + 1)
            if any(source * stride - start + element * dilation == position for element in elements)
        }
    )
    return frozenset().union(*(needs(tuple(front), one) for one in read))


@given(st.lists(st.tuples(st.booleans(), windows), max_size=3))
def test_reaches_behind_each_other(steps: list[Step]) -> None:
    reach: Reach = SAME
    for slides, window in steps:
        reach = (sliding(window) if slides else painting(window)).through(reach)
    for position in range(-2, len(reach.spans) + 2):
        read = needs(tuple(steps), position)
        assert reach.at(position) == ((min(read), max(read)) if read else None)
