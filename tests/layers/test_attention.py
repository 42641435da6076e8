"""Attention against nn.MultiheadAttention and a counting loop; tokens and positions against ViT."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from oracles import BATCH, ask, assert_as_torch, assert_symbols_agree, put, written

from archcalc.dims import symbol
from archcalc.layers.attention import Attention, ClassToken, PositionEmbedding
from archcalc.layers.base import Layer, Tap
from archcalc.layers.shape import Shape

T, S = symbol("T"), symbol("S")


def tokens(length: Any, channels: Any, count: Any = 1) -> Shape:
    return Shape((length, channels), "channels_last", count)


CONFIGURATIONS = [
    (heads, channels, bias, memory)
    for heads, channels, bias, memory in product(
        (1, 2, 3, 4), (4, 6, 12), (True, False), (None, (5, None), (3, 8), (1, 1))
    )
    if channels % heads == 0
]


@pytest.mark.parametrize(("heads", "channels", "bias", "memory"), CONFIGURATIONS)
def test_is_multihead_attention(heads: int, channels: int, bias: bool, memory: tuple[int, int | None] | None) -> None:
    torch = pytest.importorskip("torch")
    from torch.utils.flop_counter import FlopCounterMode

    shape = tokens(7, channels)
    fields: dict[str, Any] = {"heads": heads, "bias": bias}
    source = shape if memory is None else tokens(memory[0], memory[1] or channels)
    if memory is not None:
        fields["memory"] = Tap(source)
    layer = Attention(**fields)
    outputs = written(layer, shape)
    (call,) = layer.torch([shape], outputs, "exact")
    assert call.target == "nn.MultiheadAttention"
    module = torch.nn.MultiheadAttention(*call.args, **call.kwargs)
    query = torch.rand(BATCH, *shape.sizes)
    read = query if memory is None else torch.rand(BATCH, *source.sizes)
    # In training mode with the weights asked for, it multiplies matrices one by one, where the counter sees them.
    with FlopCounterMode(display=False) as counter:
        result, _ = module(query, read, read, need_weights=True)
    assert tuple(result.shape[1:]) == outputs[0].sizes
    expected = [(name, tuple(value.shape)) for name, value in module.named_parameters()]
    assert [(weight.name, weight.shape) for weight in layer.weights([shape], outputs)] == expected
    assert layer.multiplications([shape], outputs) == counter.get_total_flops() // 2 // BATCH
    assert_as_torch(layer, shape)


@examples(30)
@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 4), st.integers(1, 3), st.integers(1, 3), st.booleans())
def test_multiplications_are_those_of_the_loops(
    heads: int, length: int, channels: int, per_head: int, read: int, cross: bool
) -> None:
    width = heads * per_head
    keys, key_channels = (read, 5) if cross else (length, channels)
    shape = tokens(length, channels)
    layer = Attention(heads=heads, dim=width, memory=Tap(tokens(keys, key_channels)) if cross else None)
    products = 0
    for _head in range(heads):
        for rows, inner in ((length, channels), (keys, key_channels), (keys, key_channels)):
            for _row, _column, _term in product(range(rows), range(per_head), range(inner)):
                products += 1
        for _query, _key, _term in product(range(length), range(keys), range(per_head)):
            products += 2  # one for the score, one for the weighted value
    for _row, _column, _term in product(range(length), range(channels), range(width)):
        products += 1
    assert layer.multiplications([shape], written(layer, shape)) == products


def test_an_inner_width_of_its_own() -> None:
    layer, shape = Attention(heads=4, dim=32), tokens(10, 20)
    assert written(layer, shape) == (shape,)
    assert [tuple(weight) for weight in layer.weights([shape], [shape])] == [
        ("in_proj_weight", (96, 20), "weight"),
        ("in_proj_bias", (96,), "bias"),
        ("out_proj.weight", (20, 32), "weight"),
        ("out_proj.bias", (20,), "bias"),
    ]
    for memory in ({}, {"memory": Tap(tokens(6, 20))}, {"memory": Tap(tokens(6, 9))}):
        for bias in (True, False):
            assert_as_torch(Attention(heads=4, dim=32, bias=bias, **memory), shape)


def test_dropout_arrives() -> None:
    for dim, target in ((None, "nn.MultiheadAttention"), (6, "supplied.Attention")):
        layer, shape = Attention(heads=2, dropout=Fraction(1, 10), bias=False, dim=dim), tokens(3, 4)
        (call,) = layer.torch([shape], [shape], "exact")
        assert call.target == target
        assert (call.kwargs["dropout"], call.kwargs["bias"]) == (0.1, False)


def test_vit_b_16() -> None:
    shape = tokens(197, 768)
    layer = Attention(heads=12)
    assert sum(weight.elements for weight in layer.weights([shape], [shape])) == 2_362_368
    assert PositionEmbedding().weights([shape], [shape])[0].elements == 151_296
    patches = tokens(196, 768)
    assert written(ClassToken(), patches) == (shape,)
    assert [tuple(weight) for weight in ClassToken().weights([patches], [shape])] == [
        ("weight", (1, 1, 768), "embedding")
    ]


REFUSED: list[tuple[Layer, Shape, str, str | None]] = [
    (Attention(heads=5), tokens(4, 12), "AC314", "5 heads do not divide the width of 12"),
    (Attention(heads=5, dim=16), tokens(4, 10), "AC314", "5 heads do not divide the width of 16"),
    (
        Attention(heads=1),
        Shape((8, 4, 4)),
        "AC321",
        "attention reads tokens [T, D] with the channels last, but gets 8×4×4 with the channels first",
    ),
    (Attention(heads=1), Shape((8,)), "AC304", "attention reads tokens [T, D], but gets 8"),
    (
        Attention(heads=1, memory=Tap(Shape((8, 4, 4)))),
        tokens(4, 8),
        "AC321",
        "the memory of attention reads tokens [T, D] with the channels last, but gets 8×4×4 with the channels first",
    ),
    (
        Attention(heads=1, memory=Tap(tokens(4, 8, 3))),
        tokens(4, 8),
        "AC306",
        "attention needs as many items in its memory as it reads, but gets 3 for 1",
    ),
    (ClassToken(), Shape((8, 16)), "AC321", None),
    (ClassToken(), Shape((8,)), "AC304", "class_token reads tokens [T, D], but gets 8"),
]


@pytest.mark.parametrize(("layer", "shape", "code", "message"), REFUSED)
def test_refused(layer: Layer, shape: Shape, code: str, message: str | None) -> None:
    answer = ask(layer, shape)
    assert answer.codes == (code,)
    assert message is None or answer.site.findings[0].message == message


def test_symbols() -> None:
    values = [{"T": value, "S": 2 * value} for value in range(1, 10)]
    assert assert_symbols_agree(Attention(heads=4), [tokens(T, 16)], values) == 9
    assert assert_symbols_agree(Attention(heads=3), [tokens(T, T)], values) == 3
    assert assert_symbols_agree(Attention(heads=3, dim=6), [tokens(T, S)], values) == 9
    assert assert_symbols_agree(ClassToken(), [tokens(T * T, 16)], values) == 9
    assert assert_symbols_agree(PositionEmbedding(), [tokens(T + 1, S)], values) == 9


def test_symbols_in_the_fields() -> None:
    layer = Attention(heads=3, dim=3 * S, memory=Tap(tokens(S, 8)))
    shape = tokens(T, 16)
    outputs = written(layer, shape)
    for t, s in product((1, 4, 7), (1, 3, 5)):
        number = Attention(heads=3, dim=3 * s, memory=Tap(tokens(s, 8)))
        put_in = {"T": t, "S": s}
        expected = number.weights([tokens(t, 16)], [tokens(t, 16)])
        found = layer.weights([shape], outputs)
        assert [weight.name for weight in found] == [weight.name for weight in expected]
        assert [put(weight.elements, put_in) for weight in found] == [weight.elements for weight in expected]
        products = number.multiplications([tokens(t, 16)], [tokens(t, 16)])
        assert put(layer.multiplications([shape], outputs), put_in) == products


def test_count_passes_and_positions_fit_any_layout() -> None:
    shape = tokens(4, 8, symbol("R"))
    for layer in (Attention(heads=2), ClassToken(), PositionEmbedding()):
        assert written(layer, shape)[0].items == shape.items
    patches = Shape((8, 4, 4))
    assert written(PositionEmbedding(), patches) == (patches,)
    assert PositionEmbedding().weights([patches], [patches])[0].shape == (1, 8, 4, 4)


def test_tokens_and_positions_as_modules() -> None:
    assert assert_as_torch(ClassToken(), tokens(4, 8)).shapes == ((5, 8),)
    for shape in (tokens(4, 8), Shape((8, 4, 4)), Shape((8,))):
        assert assert_as_torch(PositionEmbedding(), shape).shapes == (shape.sizes,)
