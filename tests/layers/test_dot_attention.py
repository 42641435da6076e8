"""Attention of given queries, keys and values: against its definition in loops, and against PyTorch."""

from __future__ import annotations

from fractions import Fraction
from math import exp, sqrt
from typing import Any

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from oracles import ask, assert_as_torch, assert_symbols_agree, load_torch, written

from archcalc.dims import symbol
from archcalc.layers.attention import Attention
from archcalc.layers.base import Tap
from archcalc.layers.dot_attention import DotAttention
from archcalc.layers.shape import Shape

T, S, N = symbol("T"), symbol("S"), symbol("N")


def tokens(*sizes: Any, items: Any = 1) -> Shape:
    return Shape(sizes, "channels_last", items)


# Values, by the definition.


def means(query: Any, key: Any, value: Any, scale: float, biased: Any) -> list[list[float]]:
    """One head: weighted means of the values, in loops."""
    found = []
    for row, q in enumerate(query):
        scores = [
            scale * sum(a * b for a, b in zip(q, k, strict=True)) + biased(row, column) for column, k in enumerate(key)
        ]
        weights = [exp(score) for score in scores]
        total = sum(weights)
        found.append([sum(w / total * v[i] for w, v in zip(weights, value, strict=True)) for i in range(len(value[0]))])
    return found


@pytest.mark.parametrize("grouped", [(1, 1), (2, 2), (4, 2), (3, 1)])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("leading", [(), (2,), (2, 3)])
@pytest.mark.parametrize("masked", ["", "TS", "HTS", "H1S", "all"])
def test_values_are_those_of_the_definition(
    grouped: tuple[int, int], causal: bool, leading: tuple[int, ...], masked: str
) -> None:
    torch = load_torch()
    from archcalc.export.torch.supplied.attention import attend, attend_in_heads

    torch.manual_seed(1)
    (heads, key_heads), count, width, value_width = grouped, 3, 2, 3
    draw = lambda *sizes: torch.randn(2, *sizes, dtype=torch.float64)  # noqa: E731
    q, k = draw(*leading, count, heads * width), draw(*leading, count, key_heads * width)
    v = draw(*leading, count, key_heads * value_width)
    sizes = {"H": heads, "T": count, "S": count, "1": 1}
    shape = (*leading, heads, count, count) if masked == "all" else tuple(sizes[letter] for letter in masked)
    mask = draw(*shape) if masked else None
    full = torch.zeros(2, *leading, heads, count, count, dtype=torch.float64)
    if mask is not None:
        mask = mask.reshape(2, *(1,) * (full.dim() - mask.dim()), *mask.shape[1:])
        full = full + mask
    result = attend(q, k, v, mask, heads, key_heads, causal, scale=0.3 if masked == "TS" else None)
    if mask is None and heads == key_heads:
        assert torch.equal(attend_in_heads(q, k, v, heads, causal), result)
    for place in torch.cartesian_prod(*(torch.arange(size) for size in (2, *leading, heads))).tolist():
        *at, head = place
        group = head // (heads // key_heads)
        biased = lambda row, column: (  # noqa: E731
            float("-inf") if causal and column > row else float(full[(*at, head, row, column)])  # noqa: B023
        )
        expected = means(
            q[tuple(at)][:, head * width : (head + 1) * width].tolist(),
            k[tuple(at)][:, group * width : (group + 1) * width].tolist(),
            v[tuple(at)][:, group * value_width : (group + 1) * value_width].tolist(),
            0.3 if masked == "TS" else 1 / sqrt(width),
            biased,
        )
        found = result[tuple(at)][:, head * value_width : (head + 1) * value_width]
        torch.testing.assert_close(found, torch.tensor(expected, dtype=torch.float64))


def test_without_heads_it_is_the_function_of_torch() -> None:
    q, v = tokens(2, 4, 8), tokens(2, 4, 6)
    (call,) = DotAttention(causal=True, scale=Fraction(1, 2)).torch([q, q, v], [v], "exact")
    assert call.target == "nn.functional.scaled_dot_product_attention"
    assert call.kwargs == {"is_causal": True, "scale": 0.5}
    (call,) = DotAttention(mask=Tap(Shape((1, 4, 4)))).torch([q, q, v], [v], "exact")
    assert (call.target, len(call.reads or ())) == ("nn.functional.scaled_dot_product_attention", 4)
    # The axes that a mask lacks are those behind the batch.
    *moved, call = DotAttention(mask=Tap(Shape((4,)))).torch([q, q, v], [v], "exact")
    assert call.target == "nn.functional.scaled_dot_product_attention"
    assert [(one.target, one.args) for one in moved] == [("Tensor.unsqueeze", (-2,)), ("Tensor.unsqueeze", (-3,))]
    (call,) = DotAttention(mask=Tap(Shape((2, 4, 4))), causal=True).torch([q, q, v], [v], "exact")
    assert call.target == "supplied.attend"


@pytest.mark.parametrize("training", [True, False])
def test_drops_in_training_only(training: bool) -> None:
    torch = load_torch()
    from archcalc.export.torch.supplied import attention

    x = torch.rand(1, 4, 6)
    module = attention.DotAttention(heads=2, dropout=0.9).train(training)
    assert torch.equal(module(x, x, x), attention.attend(x, x, x, heads=2)) != training


@examples(60)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 4), st.integers(1, 4), st.data())
def test_is_what_torch_does(heads: int, sharing: int, width: int, queries: int, keys: int, data: Any) -> None:
    pytest.importorskip("torch")
    leading = data.draw(st.lists(st.integers(1, 3), max_size=2))
    value_width = data.draw(st.integers(1, 3))
    shapes = [
        tokens(*leading, queries, heads * sharing * width),
        tokens(*leading, keys, heads * width),
        tokens(*leading, keys, heads * value_width),
    ]
    layer = DotAttention(heads=heads * sharing, key_heads=heads)
    assert assert_as_torch(layer, *shapes).shapes == ((*leading, queries, heads * sharing * value_width),)


REFUSED: list[tuple[DotAttention, list[Shape], str, str]] = [
    (DotAttention(), [tokens(3, 4)] * 2, "AC311", "dot_attention takes exactly 3 branches, but gets 2 branches"),
    (
        DotAttention(),
        [Shape((3, 4))] * 3,
        "AC321",
        "dot_attention reads tokens [T, D] with the channels last, but gets 3×4 with the channels first",
    ),
    (DotAttention(), [Shape((4,))] * 3, "AC304", "dot_attention reads tokens [T, D], but gets 4"),
    (
        DotAttention(),
        [tokens(2, 3, 4), tokens(1, 3, 4), tokens(2, 3, 4)],
        "AC306",
        "dot_attention needs maps that agree on the axes in front of the tokens, but gets 2×3×4, 1×3×4 and 2×3×4",
    ),
    (
        DotAttention(),
        [tokens(3, 4), tokens(5, 4), tokens(6, 4)],
        "AC306",
        "dot_attention needs a value for every key, but gets 5 keys and 6 values",
    ),
    (
        DotAttention(),
        [tokens(3, 4), tokens(5, 6), tokens(5, 6)],
        "AC306",
        "dot_attention multiplies queries with keys, which must be as wide, but gets 4 and 6 channels",
    ),
    (
        DotAttention(heads=4, key_heads=2),
        [tokens(3, 8)] * 3,
        "AC306",
        "dot_attention multiplies queries with keys, which must be as wide, but gets 8 channels in 4 heads and 8 in 2",
    ),
    (DotAttention(heads=3), [tokens(3, 8)] * 3, "AC314", "3 heads do not divide the width of 8"),
    (
        DotAttention(heads=4, key_heads=3),
        [tokens(3, 8)] * 3,
        "AC314",
        "3 heads of keys cannot be shared evenly by 4 heads of queries",
    ),
    (
        DotAttention(causal=True),
        [tokens(3, 8), tokens(4, 8), tokens(4, 8)],
        "AC336",
        "dot_attention in causal order needs as many keys as queries, but gets 4 for 3",
    ),
    (
        DotAttention(heads=2, mask=Tap(Shape((3, 3, 3)))),
        [tokens(3, 8)] * 3,
        "AC306",
        "dot_attention adds its mask to scores of 2×3×3, and 3×3×3 does not fit",
    ),
    (
        DotAttention(mask=Tap(Shape((1, 3, 3)))),
        [tokens(3, 8)] * 3,
        "AC306",
        "dot_attention adds its mask to scores of 3×3, and 1×3×3 does not fit",
    ),
    (
        DotAttention(mask=Tap(Shape((3, 3), items=2))),
        [tokens(3, 8)] * 3,
        "AC306",
        "dot_attention needs a mask for each of its 1 items, but gets 2",
    ),
]


@pytest.mark.parametrize(("layer", "shapes", "code", "message"), REFUSED)
def test_says_what_does_not_fit(layer: DotAttention, shapes: list[Shape], code: str, message: str) -> None:
    (finding,) = ask(layer, *shapes).site.findings
    assert (finding.code.id, finding.message) == (code, message)


def test_heads_of_keys_need_heads() -> None:
    with pytest.raises(ValueError, match="takes `key_heads` only beside `heads`"):
        DotAttention(key_heads=2)


def test_kv_heads_are_heads_of_keys() -> None:
    assert Attention(heads=4, kv_heads=2) == Attention(heads=4, key_heads=2)
    assert DotAttention(heads=4, kv_heads=2) == DotAttention(heads=4, key_heads=2)


@pytest.mark.parametrize(
    ("layer", "shapes", "legal"),
    [
        (DotAttention(heads=2), [tokens(T, 8), tokens(S, 8), tokens(S, 6)], 25),
        (DotAttention(heads=2), [tokens(T, S), tokens(T, S), tokens(T, 2)], 10),
        (DotAttention(causal=True), [tokens(T, 8), tokens(S, 8), tokens(S, 6)], 5),
        (DotAttention(mask=Tap(Shape((T, S)))), [tokens(4, 8), tokens(4, 8), tokens(4, 8)], 4),
        (DotAttention(heads=4, key_heads=2), [tokens(T, 8), tokens(T, 2 * S), tokens(T, 4)], 5),
    ],
)
def test_symbols(layer: DotAttention, shapes: list[Shape], legal: int) -> None:
    values = [{"T": t, "S": s} for t in range(1, 6) for s in range(1, 6)]
    assert assert_symbols_agree(layer, shapes, values) == legal


# What attention with projections has besides.


@pytest.mark.parametrize("leading", [(), (3,), (2, 2)])
@pytest.mark.parametrize("memory", [None, (5, 12), (7, 8)])
@pytest.mark.parametrize("fields", [{}, {"key_heads": 2}, {"key_heads": 1, "dim": 16, "bias": False}, {"causal": True}])
def test_attention_side_by_side(leading: tuple[int, ...], memory: Any, fields: dict[str, Any]) -> None:
    pytest.importorskip("torch")
    shape = tokens(*leading, 7, 12)
    if memory is not None:
        fields = {**fields, "memory": Tap(tokens(*leading, 7 if "causal" in fields else memory[0], memory[1]))}
    layer = Attention(heads=4, **fields)
    assert assert_as_torch(layer, shape).shapes == (shape.sizes,)
    source = 7 if memory is None else layer.memory.shape.sizes[-2]
    masked = Attention(heads=4, mask=Tap(Shape((4, 1, source))), **fields)
    assert assert_as_torch(masked, shape).multiplications == layer.multiplications([shape], [shape])


def test_attention_side_by_side_is_that_of_every_window() -> None:
    torch = load_torch()
    from archcalc.export.torch.supplied import attention

    ours, x = attention.Attention(8, 8, 2).eval(), torch.rand(2, 3, 5, 8)
    theirs = torch.nn.MultiheadAttention(8, 2, batch_first=True).eval()
    theirs.load_state_dict(ours.state_dict())
    for window in range(3):
        here = x[:, window]
        torch.testing.assert_close(ours(x)[:, window], theirs(here, here, here, need_weights=False)[0])
    future = torch.nn.Transformer.generate_square_subsequent_mask(5)
    expected = theirs(here, here, here, need_weights=False, attn_mask=future)[0]
    ours.is_causal = True
    torch.testing.assert_close(ours(here), expected)


def test_a_memory_in_front_of_other_axes_is_told() -> None:
    layer = Attention(heads=2, memory=Tap(tokens(3, 4, 8)))
    (finding,) = ask(layer, tokens(2, 4, 8)).site.findings
    message = "attention needs the axes in front of its tokens in its memory, too, but gets 3×4×8 for 2×4×8"
    assert (finding.code.id, finding.message, finding.field) == ("AC306", message, "memory")
    assert written(layer, tokens(3, 9, 8)) == (tokens(3, 9, 8),)
