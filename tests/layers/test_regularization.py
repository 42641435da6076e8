"""Dropout and its relatives: shapes stay, the rate arrives in PyTorch."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from oracles import ask, assert_as_torch, written

from archcalc.dims import symbol
from archcalc.layers.base import Layer
from archcalc.layers.regularization import AlphaDropout, ChannelDropout, Dropout, StochasticDepth
from archcalc.layers.shape import Shape

SHAPES = [Shape((6,)), Shape((6, 5)), Shape((6, 5, 4)), Shape((6, 2, 3, 4)), Shape((7, 6), "channels_last")]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("layer", [Dropout(), Dropout(rate=0), AlphaDropout(rate=Fraction(1, 10))])
def test_elementwise_dropout(layer: Layer, shape: Shape) -> None:
    assert_as_torch(layer, shape)


def test_modules() -> None:
    assert Dropout().torch(SHAPES[:1], SHAPES[:1], "exact")[0].target == "nn.Dropout"
    assert AlphaDropout().torch(SHAPES[:1], SHAPES[:1], "exact")[0].target == "nn.AlphaDropout"


@pytest.mark.parametrize("shape", SHAPES[1:4])
def test_channel_dropout(shape: Shape) -> None:
    assert_as_torch(ChannelDropout(rate=Fraction(1, 5)), shape)
    assert ChannelDropout().torch([shape], [shape], "exact")[0].target == f"nn.Dropout{len(shape.sizes) - 1}d"


def test_channel_dropout_needs_maps() -> None:
    assert ask(ChannelDropout(), SHAPES[0]).codes == ("AC304",)
    assert ask(ChannelDropout(), SHAPES[-1]).codes == ("AC321",)


@pytest.mark.parametrize("kind", [Dropout, ChannelDropout, AlphaDropout])
def test_the_rate_is_exact_here_and_a_float_there(kind: Any) -> None:
    shape = SHAPES[2]
    assert kind(rate=Fraction(1, 10)).torch([shape], [shape], "exact")[0].args == (0.1,)
    assert kind().torch([shape], [shape], "exact")[0].args == (0.5,)
    assert vars(kind())["rate"] == Fraction(1, 2)


@pytest.mark.parametrize(("rate", "written"), [(Fraction(-1, 2), "-0.5"), (2, "2"), (Fraction(101, 100), "1.01")])
@pytest.mark.parametrize("kind", [Dropout, ChannelDropout, AlphaDropout, StochasticDepth])
def test_a_rate_is_a_probability(kind: Any, rate: Fraction | int, written: str) -> None:
    with pytest.raises(ValueError, match=f"is a probability from 0 to 1, not {written}"):
        kind(rate=rate)


def test_stochastic_depth() -> None:
    shape = Shape((6, symbol("N")), items=symbol("R"))
    layer = StochasticDepth(rate=Fraction(1, 5), decay="linear")
    assert written(layer, shape) == (shape,)
    assert layer.weights([shape], [shape]) == ()
    assert layer.torch([shape], [shape], "exact")[0].args == (0.2,)
    assert_as_torch(layer, Shape((6, 5)))
    with pytest.raises(ValueError, match="Field required"):
        StochasticDepth.model_validate({})


def test_stochastic_depth_grows_with_the_depth() -> None:
    layer = StochasticDepth(rate=Fraction(1, 5), decay="linear")
    rates = [layer.placed(position, 4) for position in range(1, 5)]
    assert rates == [StochasticDepth(rate=Fraction(part, 20)) for part in (1, 2, 3, 4)]
    assert StochasticDepth(rate=1, decay="linear").placed(3, 3) == StochasticDepth(rate=1)
    zero = [StochasticDepth(rate=Fraction(1, 5), decay="from_zero").placed(place, 4) for place in range(1, 5)]
    assert zero == [StochasticDepth(rate=Fraction(part, 20)) for part in (0, 1, 2, 3)]
    ends = [StochasticDepth(rate=Fraction(1, 5), decay="linspace").placed(place, 5) for place in range(1, 6)]
    assert ends == [StochasticDepth(rate=Fraction(part, 20)) for part in (0, 1, 2, 3, 4)]
    assert StochasticDepth(rate=1, decay="linspace").placed(1, 1) == StochasticDepth(rate=0)
    constant = StochasticDepth(rate=Fraction(1, 5))
    assert constant.placed(1, 4) is constant
    assert Dropout().placed(1, 4) == Dropout()
