"""`linear` and `rbf` against PyTorch, a counting loop and substituted symbols."""

from __future__ import annotations

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from oracles import ask, assert_as_torch, assert_symbols_agree, load_torch, made, put_shape, written

from archcalc.dims import symbol
from archcalc.layers.linear import Linear, RadialBasis
from archcalc.layers.shape import Shape
from archcalc.layers.site import Site

POSITIONS = st.lists(st.integers(1, 4), max_size=3)


@examples(40)
@given(POSITIONS, st.integers(1, 9), st.integers(1, 9), st.booleans())
def test_linear_is_nn_linear(positions: list[int], channels: int, out: int, bias: bool) -> None:
    assert_as_torch(Linear(out=out, bias=bias), Shape((*positions, channels), "channels_last"))


@pytest.mark.parametrize("bias", [True, False])
def test_a_weight_may_be_kept_with_the_inputs_first(bias: bool) -> None:
    torch = load_torch()
    layer, shape = Linear(out=5, bias=bias, transposed=True), Shape((3, 4), "channels_last")
    ran = assert_as_torch(layer, shape)
    assert ran.parameters["weight"] == (4, 5)
    (module,) = made(layer.torch([shape], written(layer, shape), "exact"))
    x, offset = torch.rand(2, 3, 4), 0 if module.bias is None else module.bias
    torch.testing.assert_close(module(x), x @ module.weight + offset)


@pytest.mark.parametrize("bias", [True, False])
def test_linear_reads_a_flattened_map(bias: bool) -> None:
    assert_as_torch(Linear(out=120, bias=bias), Shape((400,)))


@given(POSITIONS, st.integers(1, 6), st.integers(1, 6))
def test_multiplications_are_those_of_the_loop(positions: list[int], channels: int, out: int) -> None:
    shape = Shape((*positions, channels), "channels_last")
    layer = Linear(out=out)
    products = 0
    places = 1
    for size in positions:
        places *= size
    for _place in range(places):
        for _output in range(out):
            for _input in range(channels):
                products += 1
    assert layer.multiplications([shape], written(layer, shape)) == products


def test_alexnet_fc6() -> None:
    layer = Linear(out=4096)
    shape = Shape((256 * 6 * 6,))
    assert sum(weight.elements for weight in layer.weights([shape], [])) == 37_752_832
    assert layer.multiplications([shape], written(layer, shape)) == 37_748_736


def test_count_and_layout_pass() -> None:
    rois = symbol("R")
    assert written(Linear(out=21), Shape((4096,), items=rois)) == (Shape((21,), items=rois),)
    assert written(RadialBasis(out=3), Shape((5, 4), "channels_last", 7)) == (Shape((5, 3), "channels_last", 7),)


def test_symbols() -> None:
    t, c = symbol("T"), symbol("C")
    values = [{"T": n, "C": 2 * n + 1} for n in range(1, 8)]
    assert assert_symbols_agree(Linear(out=7), [Shape((t, c), "channels_last")], values) == 7
    assert assert_symbols_agree(RadialBasis(out=7), [Shape((t * t,))], values) == 7


def test_symbols_in_a_field() -> None:
    t, c = symbol("T"), symbol("C")
    shape = Shape((t, c), "channels_last")
    layer = Linear(out=3 * c)
    outputs = written(layer, shape)
    assert put_shape(outputs[0], {"T": 5, "C": 4}).sizes == (5, 12)
    assert [weight.shape for weight in layer.weights([shape], outputs)] == [(3 * c, c), (3 * c,)]
    assert layer.multiplications([shape], outputs) == 3 * c * c * t


@pytest.mark.parametrize(("layer", "kind"), [(Linear(out=10), "linear"), (RadialBasis(out=10), "rbf")])
def test_a_map_is_refused_with_the_way_out(layer: Linear | RadialBasis, kind: str) -> None:
    answer = ask(layer, Shape((8, 4, 4)))
    (finding,) = answer.site.findings
    assert answer.shapes is None
    assert finding.code.id == "AC321"
    assert finding.message == f"{kind} reads a vector [C], or positions with the channels last, but gets the map 8×4×4"
    assert finding.help[0] == "put `flatten` in front to read all 128 numbers at once"


def test_rbf_holds_a_centre_per_output_and_multiplies_no_weights() -> None:
    layer, shape = RadialBasis(out=10), Shape((84,))
    outputs = written(layer, shape)
    assert outputs == (Shape((10,)),)
    assert [tuple(weight) for weight in layer.weights([shape], outputs)] == [("weight", (10, 84), "weight")]
    assert layer.multiplications([shape], outputs) == 0
    assert_as_torch(layer, shape)
    assert_as_torch(layer, Shape((5, 4, 84), "channels_last"))


def test_symbolic_message_names_the_closed_form() -> None:
    n = symbol("N")
    site = Site()
    assert Linear(out=10).shapes([Shape((8, n, n))], site) is None
    assert site.findings[0].help[0] == "put `flatten` in front to read all 8*N**2 numbers at once"
