"""Receptive fields against networks that run: every position sees what reaches it, in short and in random networks."""

from __future__ import annotations

from typing import Any

import pytest
from effort import examples
from hypothesis import assume, given
from hypothesis import strategies as st
from receptive.changes import LENGTH, MARGIN, assert_seen, field, rows_seen, watched

import archcalc

LAYERS = {
    "stride": "[{conv: [2, 3]}, {conv: [2, 3, 2]}, {conv: [2, 5]}]",
    "pools": "[{conv: [2, 5]}, {max_pool: 2}, {conv: [2, 3]}, {avg_pool: [3, 2]}, relu, {conv: [2, 2]}]",
    "dilation": "[{conv: {out: 2, kernel: 3, dilation: 2}}, {conv: {out: 2, kernel: 3, dilation: 4}}]",
    "same": "[{conv: {out: 2, kernel: 4, stride: 2, padding: same}}, {conv: {out: 2, kernel: 3, padding: same}}]",
    "uneven sides": "[{conv: {out: 2, kernel: 4, padding: [[0, 3]]}}, {max_pool: 3}]",
    "shift against itself": "[{concat: [[{pad: [[2, -2]]}], [{crop: {size: 187, offset: 5}}, {pad: [[0, 5]]}]]}]",
    "inception": "[{concat: [[{conv: [1, 1]}], [{conv: [1, 3, 1, 1]}], [{max_pool: [5, 1, 2]}, {conv: [1, 1]}]]}]",
    "residual": "[{conv: [2, 3, 2, 1]}, {add: [here, [{conv: [2, 3, 1, 1]}, relu, {conv: [2, 3, 1, 1]}]]}]",
    "up by two": "[{conv: [2, 3, 1, 1]}, {max_pool: 2}, {conv_transpose: [2, 2, 2]}, {conv: [2, 3]}]",
    "windows that overlap": "[{max_pool: 2}, {conv_transpose: [2, 5, 3, 1]}, {conv: [1, 2]}]",
    "windows apart": "[{max_pool: 4}, {conv_transpose: [2, 2, 4]}, {conv: [1, 2]}]",
    "windows apart beside": "[{conv: [2, 3, 2, 1]},"
    " {concat: [[{max_pool: 2}, {conv_transpose: [2, 1, 2, 0, 1]}], here]}]",
    "dilated windows": "[{max_pool: 2}, {conv_transpose: {out: 2, kernel: 3, stride: 2, dilation: 3}}, {conv: [1, 2]}]",
    "one of two": "[{conv_transpose: [2, 2, 2]}, {max_pool: [1, 2]}]",
    "nearest": "[{conv: [2, 3, 3]}, {upsample: 3}, {conv: [1, 4]}]",
    "linear": "[{max_pool: 2}, {upsample: {factor: 2, mode: linear}}, {conv: [1, 3]}]",
    "linear by three": "[{max_pool: 3}, {upsample: {factor: 3, mode: linear}}, {max_pool: 2}]",
    "to a size": "[{conv: [2, 3, 2]}, {upsample: {size: 190, mode: linear}}, {conv: [1, 3]}]",
    "smaller": "[{conv: [2, 3]}, {upsample: {size: 95, mode: area}}, {conv: [1, 3]}]",
    "nearest smaller": "[{conv: [2, 3]}, {upsample: {size: 76}}, {conv: [1, 3]}]",
    "exactly nearest": "[{conv: [2, 3]}, {upsample: {size: 76, coordinates: half_pixel}}]",
    "nearest from above": "[{upsample: {factor: 3, coordinates: half_pixel, nearest_mode: ceil}}, {conv: [1, 2]}]",
    "asymmetric": "[{max_pool: 2}, {upsample: {factor: 2, mode: linear, coordinates: asymmetric}}, {conv: [1, 3]}]",
    "ends on ends": "[{conv: [2, 3]}, {upsample: {size: 127, mode: linear, coordinates: align_corners}}]",
    "transposed, same": "[{max_pool: 2}, {conv_transpose: {out: 2, kernel: 4, stride: 3, padding: same}}]",
    "mean with gaps": "[{conv: [2, 3, 1, 1]}, {avg_pool: {kernel: 3, stride: 2, dilation: 3}}]",
    "more padding": "[{max_pool: {kernel: 3, stride: 2, padding: 4}}, {conv: [1, 2]}]",
    "skip": "[{conv: [2, 3], as: skip}, {max_pool: 2}, {conv: [2, 3]}, {conv_transpose: [2, 2, 2]},"
    " {concat: [[{crop: {to: here}, from: skip}], here]}, {conv: [2, 3]}]",
    "cut off centre": "[{conv: [2, 3], as: skip}, {max_pool: 2}, {conv: [2, 3]}, {conv_transpose: [2, 2, 2]},"
    " {concat: [[{crop: {to: here, offset: 3}, from: skip}], here]}, {conv: [2, 3]}]",
    "unpool apart": "[{max_pool: 3}, {unpool: {kernel: 3}}, {conv: [2, 4]}]",
    "unpool to a size": "[{max_pool: 4}, {unpool: {size: 60}}, {conv: [2, 4]}]",
    "pixels": "[{conv: [4, 3, 1, 1]}, {pixel_unshuffle: 2}, {conv: [4, 3]}, {pixel_shuffle: 2}, {conv: [1, 2]}]",
    "table": "[{conv: [4, 3]}, {add: {branches: [here, [{parameter: [4, 1]}]], broadcast: true}}]",
    "channels": "[{split: 2, as: s}, {concat: [[{conv: [1, 3, 1, 1], from: s.0}], s.1]}, batch_norm, softmax,"
    " channels_last, layer_norm, {linear: 3}, channels_first, {conv: [1, 3]}]",
}
"""Short networks of two channels, for the rules that meet in them."""


def network(layers: str) -> str:
    return f"input: [2, {LENGTH}]\nrounding: floor\nlayers: {layers}\n"


@pytest.mark.parametrize("name", LAYERS)
def test_positions_see_what_changes_reach(name: str) -> None:
    spec = network(LAYERS[name])
    assert_seen(field(spec), rows_seen(spec, 2, LENGTH), LENGTH)


def test_what_data_decide_is_seen_where_it_may_be() -> None:
    """A maximum goes back to where it was: for one image, a position sees no more than it says, and some see all."""
    layers = "{conv: [2, 3, 1, 1]}, {max_pool: 2, as: pool}, {conv: [2, 3, 1, 1]}, {unpool: pool}, {conv: [2, 3]}"
    spec = network(f"[{layers}]")
    found = field(spec)
    rows = rows_seen(spec, 2, LENGTH)
    (((first, last), (beside, end)),) = found.pattern
    for place in range(MARGIN, len(rows) - MARGIN):
        low, high = (beside, end) if place % 2 else (first, last)
        seen, moved = rows[place], place // 2 * 2
        assert seen is not None and low + moved <= seen[0] <= seen[1] <= high + moved
    assert found.size[0] == max(span[1] - span[0] + 1 for span in rows if span)


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


def test_the_unet_sees_what_it_says_and_its_crops_are_aligned() -> None:
    """At a size at which some rows of the output see no border and nothing near it."""
    size = 188 + 16 * 22
    found = field(THIN_UNET)
    assert found.size == (204,)
    assert_seen(found, rows_seen(THIN_UNET, 1, size, N=size), size)
    assert archcalc.load(THIN_UNET).check().misaligned == []


KEEPING = [
    "{conv: [2, 1]}",
    "{conv: [2, 3, 1, 1]}",
    "{conv: {out: 2, kernel: 3, padding: 2, dilation: 2}}",
    "{conv: {out: 2, kernel: 2, padding: [[0, 1]]}}",
    "{conv: {out: 2, kernel: 4, padding: [[1, 2]]}}",
    "{conv: {out: 2, kernel: 3, padding: [[2, 0]]}}",
    "{avg_pool: [3, 1, 1]}",
    "{pad: [[1, -1]]}",
    "{pad: [[-2, 2]]}",
    "relu",
]
"""Layers that keep the number of positions."""

THERE_AND_BACK = [
    ("{max_pool: 2}", "{upsample: 2}"),
    ("{conv: [2, 2, 2]}", "{conv_transpose: [2, 2, 2]}"),
    ("{conv: [2, 3, 2, 1]}", "{conv_transpose: [2, 4, 2, 1]}"),
    ("{avg_pool: 3}", "{upsample: {factor: 3, mode: linear}}"),
]
"""Layers that take fewer positions, and the same number again."""

CHANGING = ["{conv: [2, 3]}", "{conv: [2, 2]}", "{max_pool: 2}", "{conv: [2, 3, 3]}", "{conv_transpose: [2, 3, 2]}"]

keeping = st.one_of(
    st.lists(st.sampled_from(KEEPING), min_size=1, max_size=2),
    st.builds(
        lambda pair, inside: [pair[0], *inside, pair[1]],
        st.sampled_from(THERE_AND_BACK),
        st.lists(st.sampled_from(KEEPING), max_size=1),
    ),
)
"""A branch: as many positions leave it as enter it."""


def written(steps: list[str]) -> str:
    return f"[{', '.join(steps)}]"


merges = st.builds(
    lambda kind, branches: f"{{{kind}: {written([written(branch) for branch in branches])}}}",
    st.sampled_from(["add", "concat"]),
    st.lists(keeping, min_size=2, max_size=3),
)
steps = st.one_of(st.sampled_from(CHANGING), st.sampled_from(KEEPING), merges)


@examples(15)
@given(st.lists(steps, min_size=1, max_size=4))
def test_random_networks(layers: list[str]) -> None:
    spec = network(written(layers))
    report = archcalc.load(spec).check()
    assume(report.ok and len(report.graph.nodes) > 1)
    found = field_of_the_output(report)
    # Only where whole patterns fit between the borders is there something to compare.
    (size,), (jump,), (pattern,) = found.size, found.jump, found.pattern
    assume(size + 3 * len(pattern) * jump < LENGTH - 2 * MARGIN)
    assert_seen(found, rows_seen(spec, 2, LENGTH), LENGTH)


def field_of_the_output(report: Any) -> Any:
    (output,) = report.graph.outputs.values()
    return report.receptive_fields[output.node.name]


@examples(8)
@given(st.lists(keeping, min_size=2, max_size=3))
def test_merges_are_misaligned_by_what_separates_their_branches(branches: list[list[str]]) -> None:
    """Each branch runs as a network of its own, and is watched there."""
    report = archcalc.load(network(f"[{{concat: {written([written(one) for one in branches])}}}]")).check()
    assume(report.ok)
    centres = [watched(rows_seen(network(written(branch)), 2, LENGTH), LENGTH).centre for branch in branches]
    apart = max(centres) - min(centres)
    assert [merge.apart for merge in report.misaligned] == ([(apart,)] if apart else [])
    assert [merge.centres for merge in report.misaligned] == ([tuple([(one,) for one in centres])] if apart else [])
