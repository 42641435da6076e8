"""Computed positions against their definitions: rotations of complex numbers, waves, buckets of T5, ways of windows."""

from __future__ import annotations

import cmath
import math
from itertools import product
from typing import Any

import pytest
from oracles import Sources, ask, assert_as_torch, assert_symbols_agree, load_torch, made, run_calls, supplied, written

import archcalc
from archcalc.dims import symbol
from archcalc.layers.base import Layer
from archcalc.layers.construction import WrongFields
from archcalc.layers.positions import PositionEncoding, RelativeBuckets, RelativePositionBias, Rotary
from archcalc.layers.shape import Integers, Shape

T, D = symbol("T"), symbol("D")


def tokens(*sizes: Any) -> Shape:
    return Shape(sizes, "channels_last")


def ran(layer: Layer, shape: Shape) -> tuple[Any, Any]:
    """What the calls of a layer read and gave, in float64."""
    sources = Sources(layer, [shape])
    sources.maps = [value.double() for value in sources.maps]
    calls = layer.torch([shape], written(layer, shape), "exact")
    (result,) = run_calls(calls, sources, modules=made(calls))
    return sources.maps[0], result


@pytest.mark.parametrize(("heads", "width", "interleaved"), list(product((1, 2), (None, 4), (True, False))))
def test_rotary_positions_turn_complex_numbers(heads: int, width: int | None, interleaved: bool) -> None:
    layer = Rotary(heads=heads, base=100, width=width, interleaved=interleaved)
    read, found = ran(layer, tokens(3, 5, 12))
    each = 12 // heads
    turned = width or each
    for item, row, place, head in product(range(2), range(3), range(5), range(heads)):
        before, after = (x[item, row, place, head * each : (head + 1) * each].tolist() for x in (read, found))
        assert after[turned:] == before[turned:]
        for pair in range(turned // 2):
            one, two = (2 * pair, 2 * pair + 1) if interleaved else (pair, pair + turned // 2)
            angle = place * 100 ** (-2 * pair / turned)
            expected = complex(before[one], before[two]) * cmath.exp(1j * angle)
            assert complex(after[one], after[two]) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("interleaved", [True, False])
def test_position_encodings_add_waves(interleaved: bool) -> None:
    read, found = ran(PositionEncoding(base=50, interleaved=interleaved), tokens(7, 6))
    for place, wave in product(range(7), range(3)):
        angle = place / 50 ** (2 * wave / 6)
        sine, cosine = (2 * wave, 2 * wave + 1) if interleaved else (wave, wave + 3)
        added = (found - read)[0, place]
        assert (added[sine].item(), added[cosine].item()) == pytest.approx((math.sin(angle), math.cos(angle)), abs=1e-6)


@pytest.mark.parametrize(("both", "buckets", "furthest"), [(True, 32, 128), (False, 32, 128), (True, 8, 20)])
def test_buckets_are_those_of_t5(models: Any, both: bool, buckets: int, furthest: int) -> None:
    torch = load_torch()
    t5 = pytest.importorskip("transformers.models.t5.modeling_t5")
    layer = RelativeBuckets(buckets=buckets, furthest=furthest, bidirectional=both)
    _, found = ran(layer, tokens(300, 4))
    places = torch.arange(300)
    apart = places[None, :] - places[:, None]
    expected = t5.T5Attention._relative_position_bucket(apart, both, buckets, furthest)
    assert torch.equal(found[0], expected)
    assert found.max() == buckets - 1


@pytest.mark.parametrize("window", [(7, 7), (2, 3), (4,)])
def test_a_bias_depends_on_how_two_positions_lie_to_each_other(window: tuple[int, ...]) -> None:
    torch = load_torch()
    layer = RelativePositionBias(heads=3, window=window if len(window) > 1 else window[0])
    sides = window * (3 - len(window))
    (module,) = made(layer.torch([], written(layer), "exact"))
    found = module(2)
    places = list(product(*map(range, sides)))
    assert found.shape == (2, 3, len(places), len(places))
    rows = {}
    for (one, here), (two, there) in product(enumerate(places), repeat=2):
        way = tuple(a - b for a, b in zip(here, there, strict=True))
        rows.setdefault(way, []).append(found[0, :, one, two].tolist())
    assert all(row == same[0] for same in rows.values() for row in same)
    # Every way has a row of its own, in the order of the ways.
    assert [same[0] for _, same in sorted(rows.items())] == module.weight.tolist()
    assert torch.equal(found[0], found[1])
    assert_as_torch(layer)


def test_the_index_is_that_of_swin(models: Any) -> None:
    torch = load_torch()
    swin = pytest.importorskip("timm.models.swin_transformer")
    index = swin.get_relative_position_index(3, 5)
    table = torch.rand(5 * 9, 2)
    assert torch.equal(supplied().window_bias(table, 3, 5), table[index].permute(2, 0, 1))


def test_symbols() -> None:
    values = [{"T": value, "D": value} for value in range(1, 25)]
    assert assert_symbols_agree(Rotary(heads=3), [tokens(T, D)], values) == 4
    assert assert_symbols_agree(Rotary(heads=3, width=4), [tokens(4, T, D)], values) == 5
    assert assert_symbols_agree(PositionEncoding(), [tokens(T, D)], values) == 12
    assert assert_symbols_agree(RelativeBuckets(), [tokens(T, D)], values) == 24


REFUSED: list[tuple[Layer, Shape, str, str]] = [
    (Rotary(heads=4), tokens(5, 12), "AC314", "4 heads of pairs do not divide the 12 channels"),
    (Rotary(heads=4, width=2), tokens(5, 10), "AC314", "4 heads do not divide the 10 channels"),
    (Rotary(), tokens(5, 7), "AC314", "pairs do not divide the 7 channels"),
    (Rotary(heads=3, width=6), tokens(5, 12), "AC314", "3 heads of 12 channels do not have 6 channels each"),
    (Rotary(), Shape((8,)), "AC304", "rotary reads tokens [T, D], but gets 8"),
    (PositionEncoding(), tokens(5, 7), "AC314", "sines and cosines come in pairs, and 7 channels do not"),
    (
        PositionEncoding(),
        Shape((8, 5)),
        "AC321",
        "position_encoding reads tokens [T, D] with the channels last, but gets 8×5 with the channels first",
    ),
    (
        RelativeBuckets(),
        Shape((3, 5), integers=Integers()),
        "AC304",
        "relative_buckets reads a sequence of integers [T], but gets 3×5",
    ),
]


@pytest.mark.parametrize(("layer", "shape", "code", "message"), REFUSED)
def test_refused(layer: Layer, shape: Shape, code: str, message: str) -> None:
    answer = ask(layer, shape)
    assert answer.codes == (code,)
    assert answer.site.findings[0].message == message


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        (Rotary, {"width": 3}, "Rotary rotates pairs, and 3 channels of a head are no pairs"),
        (RelativeBuckets, {"buckets": 3}, "RelativeBuckets needs an even number of buckets, at least 4, not 3"),
        (
            RelativeBuckets,
            {"buckets": 32, "furthest": 8},
            "RelativeBuckets has a bucket for each of 8 near distances, and its furthest one is 8",
        ),
        (RelativeBuckets, {"buckets": 1, "bidirectional": False}, "RelativeBuckets needs at least 2 buckets, not 1"),
    ],
)
def test_fields_that_cannot_be(kind: type[Layer], fields: dict[str, Any], message: str) -> None:
    with pytest.raises(WrongFields) as raised:
        kind(**fields)
    assert str(raised.value) == message


SWIN = """
input: [16, 96]
layers:
  - {permute: {axes: [0, 1], layout: channels_last}, as: windows}
  - {linear: 288, as: qkv}
  - {split: 3, as: parts}
  - {relative_position_bias: {heads: 4, window: 4}, as: relative_position_bias_table}
  - {dot_attention: {branches: [parts.0, parts.1, parts.2], heads: 4, mask: relative_position_bias_table}, as: attn}
  - {linear: 96, as: proj}
"""


def test_a_named_bias_is_a_tensor_of_the_class_around() -> None:
    pytest.importorskip("torch")
    network = archcalc.load(SWIN)
    assert dict(network.build_torch().named_parameters())["relative_position_bias_table"].shape == (49, 4)
    found = network.verify()
    assert found.ok, found
