"""Activations against PyTorch, and the values of the few that archcalc describes with formulas of its own fields."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from oracles import ask, assert_as_torch, assert_symbols_agree, resolved, written

from archcalc.dims import symbol
from archcalc.layers import Celu, Elu, Gelu, Glu, HardSigmoid, HardTanh, LeakyRelu, LogSoftmax, PRelu, Softmax, Softplus
from archcalc.layers.activation import Activation
from archcalc.layers.base import Layer
from archcalc.layers.shape import Shape
from archcalc.layers.table import KINDS, layer_class

SHAPES = [Shape((6,)), Shape((6, 5)), Shape((6, 5, 4)), Shape((6, 2, 3, 4)), Shape((7, 6), "channels_last")]
LAYERS = [layer_class(kind)() for kind in KINDS if issubclass(layer_class(kind), Activation)]
N, C = symbol("N"), symbol("C")


@pytest.mark.parametrize(("layer", "shape"), list(product(LAYERS, SHAPES)), ids=str)
def test_every_activation_is_its_module(layer: Layer, shape: Shape) -> None:
    ran = assert_as_torch(layer, shape)
    expected = shape.with_channels(3) if isinstance(layer, Glu) else shape
    assert ran.shapes == (expected.sizes,)
    assert len(ran.parameters) == isinstance(layer, PRelu)


def test_the_table_has_all_of_them() -> None:
    assert len(LAYERS) == 21


CONFIGURED = [
    (LeakyRelu(slope=Fraction(1, 5)), {"negative_slope": 0.2}),
    (LeakyRelu(slope=Fraction(1, 100)), {}),
    (Elu(alpha=Fraction(1, 2)), {"alpha": 0.5}),
    (Celu(alpha=2), {"alpha": 2}),
    (Gelu(approximate="tanh"), {"approximate": "tanh"}),
    (Softplus(beta=3), {"beta": 3}),
    (HardTanh(low=0, high=6), {"min_val": 0, "max_val": 6}),
    (HardTanh(low=Fraction(-1, 2)), {"min_val": -0.5}),
    (HardSigmoid(slope=Fraction(1, 6), shift=Fraction(1, 2)), {}),
    (HardSigmoid(slope=Fraction(1, 5)), {"slope": 0.2, "shift": 0.5}),
]


@pytest.mark.parametrize(("layer", "kwargs"), CONFIGURED)
def test_fields_arrive(layer: Layer, kwargs: dict[str, Any]) -> None:
    (call,) = layer.torch([SHAPES[2]], [SHAPES[2]], "exact")
    assert call.args == ()
    assert call.kwargs == kwargs
    assert_as_torch(layer, SHAPES[2])


def test_defaults_are_those_of_torch() -> None:
    torch = pytest.importorskip("torch")
    for kind, field, name in (
        ("leaky_relu", "slope", "negative_slope"),
        ("elu", "alpha", "alpha"),
        ("celu", "alpha", "alpha"),
        ("softplus", "beta", "beta"),
        ("hardtanh", "low", "min_val"),
        ("hardtanh", "high", "max_val"),
    ):
        layer = layer_class(kind)()
        module = getattr(torch.nn, layer.torch([SHAPES[0]], [SHAPES[0]], "exact")[0].target.removeprefix("nn."))()
        assert float(getattr(layer, field)) == getattr(module, name)
    assert layer_class("gelu")().model_dump() == {"approximate": torch.nn.GELU().approximate}


@pytest.mark.parametrize(("slope", "shift"), [(Fraction(1, 5), None), (Fraction(1, 2), Fraction(3, 5)), (-1, 0)])
def test_any_straight_line_with_its_ends_cut_off(slope: Any, shift: Any) -> None:
    torch = pytest.importorskip("torch")
    (call,) = HardSigmoid(slope=slope, shift=shift).torch([SHAPES[0]], [SHAPES[0]], "exact")
    data = torch.linspace(-4, 4, 41)
    offset = 0.5 if shift is None else float(shift)
    expected = [min(max(float(slope) * value + offset, 0.0), 1.0) for value in data.tolist()]
    assert resolved(call)(*call.args, **call.kwargs)(data).tolist() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("shape", SHAPES[:4])
def test_prelu_per_channel(shape: Shape) -> None:
    ran = assert_as_torch(PRelu(per_channel=True), shape)
    assert ran.parameters == {"weight": (6,)}


def test_prelu_per_channel_reads_channels_first() -> None:
    answer = ask(PRelu(per_channel=True), SHAPES[-1])
    assert answer.codes == ("AC321",)
    assert answer.site.findings[0].field == "per_channel"
    assert written(PRelu(per_channel=True), Shape((6,), "channels_last"))


@pytest.mark.parametrize(("shape", "axis"), list(product(SHAPES, [None, *range(-5, 5)])))
@pytest.mark.parametrize("kind", [Softmax, LogSoftmax])
def test_softmax_sums_to_one_along_its_axis(kind: type[Softmax], shape: Shape, axis: int | None) -> None:
    torch = pytest.importorskip("torch")
    layer = kind(axis=axis)
    rank = len(shape.sizes)
    if axis is not None and not -rank <= axis < rank:
        answer = ask(layer, shape)
        assert answer.codes == ("AC313",)
        assert answer.site.findings[0].message == f"{shape} has no axis {axis}"
        return
    (call,) = layer.torch([shape], written(layer, shape), "exact")
    # Batch 1: the axis of the shape is the one that sums to 1 when the batch is taken away.
    result = getattr(torch.nn, call.target.removeprefix("nn."))(**call.kwargs)(torch.rand(1, *shape.sizes))[0]
    result = result.exp() if kind is LogSoftmax else result
    expected_axis = axis if axis is not None else (rank - 1 if shape.layout == "channels_last" else 0)
    total = result.sum(expected_axis)
    assert torch.allclose(total, torch.ones_like(total))


def test_softmax_axis_must_be_a_number() -> None:
    answer = ask(Softmax(axis=N), SHAPES[1])
    assert answer.codes == ("AC318",)
    assert answer.site.findings[0].message == "axis must be a number and cannot depend on a symbol: N"


@pytest.mark.parametrize(("channels", "shape"), list(product(range(1, 9), range(3))))
def test_glu_halves_even_channels_and_refuses_odd_ones_as_torch_does(channels: int, shape: int) -> None:
    torch = pytest.importorskip("torch")
    read = Shape((channels, *(4,) * shape))
    answer = ask(Glu(), read)
    module = torch.nn.GLU(1)
    if answer.shapes is None:
        assert answer.codes == ("AC314",)
        assert answer.site.findings[0].message == f"glu splits the channels into two halves, but {channels} is odd"
        with pytest.raises(RuntimeError):
            module(torch.rand(2, *read.sizes))
    else:
        assert_as_torch(Glu(), read)


def test_the_gate_of_wavenet() -> None:
    layer = Glu(activation="tanh")
    shape = Shape((64, symbol("T")))
    assert written(layer, shape) == (Shape((32, symbol("T"))),)
    assert layer.torch([shape], written(layer, shape), "exact")[0].kwargs == {"dim": 1}
    assert assert_as_torch(layer, Shape((6, 7))).shapes == ((3, 7),)
    tokens = Shape((7, 6), "channels_last")
    assert assert_as_torch(layer, tokens).shapes == ((7, 3),)


def test_symbols() -> None:
    values = [{"N": value, "C": value + 1} for value in range(1, 10)]
    assert assert_symbols_agree(Glu(), [Shape((C, N, N))], values) == 5
    assert assert_symbols_agree(Glu(), [Shape((6 * C, N))], values) == 9
    assert assert_symbols_agree(PRelu(per_channel=True), [Shape((C, N))], values) == 9
    assert assert_symbols_agree(Softmax(axis=-1), [Shape((C, N))], values) == 9


def test_values_that_divide_by_zero_or_leave_nothing() -> None:
    with pytest.raises(ValueError, match="must not be 0, because the function divides by it"):
        Celu(alpha=0)
    with pytest.raises(ValueError, match="must not be 0"):
        Softplus(beta=0)
    with pytest.raises(ValueError, match=r"^`high` of HardTanh must be above low, and 0 is not above 1"):
        HardTanh(low=1, high=0)
    with pytest.raises(ValueError, match="must be above low, and 1 is not above 2"):
        HardTanh(low=2)


def test_count_passes() -> None:
    shape = Shape((6, 5), items=symbol("R"))
    for layer in LAYERS:
        (result,) = written(layer, shape)
        assert result.items == shape.items
        assert result.layout == shape.layout
