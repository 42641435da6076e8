"""`affine` and `layer_scale`: the shape stays, one number or two for every channel."""

from __future__ import annotations

from fractions import Fraction

import pytest
from oracles import assert_as_torch, assert_symbols_agree, written

from archcalc.dims import symbol
from archcalc.layers.scale import Affine, LayerScale
from archcalc.layers.shape import Shape

SHAPES = [
    (Shape((6,)), 6),
    (Shape((6, 14, 14)), 6),
    (Shape((5, 4, 3, 2), items=9), 5),
    (Shape((14, 14, 6), "channels_last"), 6),
    (Shape((197, 768), "channels_last"), 768),
]


@pytest.mark.parametrize(("shape", "channels"), SHAPES)
@pytest.mark.parametrize("layer", [Affine(), LayerScale()])
def test_one_entry_for_every_channel(layer: Affine | LayerScale, shape: Shape, channels: int) -> None:
    assert written(layer, shape) == (shape,)
    scale, shift = ("weight", (channels,), "scale"), ("bias", (channels,), "shift")
    expected = [scale, shift] if isinstance(layer, Affine) else [scale]
    assert [tuple(weight) for weight in layer.weights([shape], [shape])] == expected
    assert layer.buffers([shape], [shape]) == ()
    assert layer.multiplications([shape], [shape]) == 0
    assert_as_torch(layer, shape)


def test_lenet_subsampling_has_12_and_32_parameters() -> None:
    for channels, expected in ((6, 12), (16, 32)):
        weights = Affine().weights([Shape((channels, 5, 5))], [])
        assert sum(weight.elements for weight in weights) == expected


def test_the_initial_value_is_exact() -> None:
    assert LayerScale().initial == Fraction(1, 1_000_000)
    assert LayerScale(initial=Fraction(1, 10)).initial == Fraction(1, 10)


def test_symbols() -> None:
    c, n = symbol("C"), symbol("N")
    values = [{"C": value, "N": 9 - value} for value in range(1, 9)]
    for layer in (Affine(), LayerScale()):
        assert assert_symbols_agree(layer, [Shape((2 * c, n, n))], values) == 8
