"""Merges against PyTorch: what joins, what does not, and what the message says."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st
from oracles import ask, assert_as_torch, assert_symbols_agree, written

from archcalc.dims import Condition, symbol
from archcalc.layers.merge import Add, Concat, Elementwise, Multiply, Subtract
from archcalc.layers.shape import Shape

N, R = symbol("N"), symbol("R")
KINDS: list[type[Elementwise]] = [Add, Subtract, Multiply]
FUNCTIONS = {Add: "add", Subtract: "sub", Multiply: "mul"}
SIZES = st.integers(1, 3)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sizes", [(3,), (3, 4), (3, 4, 5), (2, 3, 4, 5)])
def test_two_equal_branches(kind: type[Elementwise], sizes: tuple[int, ...]) -> None:
    ran = assert_as_torch(kind(), Shape(sizes), Shape(sizes))
    assert ran.shapes == (sizes,)
    assert kind().torch([Shape(sizes)] * 2, [Shape(sizes)], "exact")[0].target == FUNCTIONS[kind]


@examples(150)
@given(st.integers(1, 3).flatmap(lambda rank: st.lists(st.tuples(*[SIZES] * rank), min_size=2, max_size=4)))
def test_elementwise_joins_what_torch_joins(sizes: list[tuple[int, ...]]) -> None:
    torch = pytest.importorskip("torch")
    shapes = [Shape(one) for one in sizes]
    strict, stretched = ask(Add(), *shapes), ask(Add(broadcast=True), *shapes)
    assert (strict.shapes is not None) == (len(set(sizes)) == 1)
    try:
        expected = tuple(torch.broadcast_shapes(*sizes))
    except RuntimeError:
        assert stretched.codes == ("AC306",)
        return
    assert stretched.shapes == (Shape(expected),)
    # Folded from the left, with a batch.
    tensors = [torch.rand(2, *one) for one in sizes]
    result = tensors[0]
    calls = Add(broadcast=True).torch(shapes, [Shape(expected)], "exact")
    for call, tensor in zip(calls, tensors[1:], strict=True):
        result = getattr(torch, call.target)(result, tensor)
    assert tuple(result.shape[1:]) == expected


@examples(150)
@given(
    st.integers(1, 3).flatmap(lambda rank: st.lists(st.tuples(*[SIZES] * rank), min_size=2, max_size=4)),
    st.none() | st.integers(-4, 3),
    st.booleans(),
)
def test_concat_joins_what_torch_joins(sizes: list[tuple[int, ...]], axis: int | None, last: bool) -> None:
    torch = pytest.importorskip("torch")
    rank = len(sizes[0])
    shapes = [Shape(one, "channels_last" if last else "channels_first") for one in sizes]
    answer = ask(Concat(axis=axis), *shapes)
    where = (rank - 1 if last else 0) if axis is None else axis
    tensors = [torch.rand(one) for one in sizes]
    expected, refusal = None, ""
    try:
        expected = tuple(torch.cat(tensors, dim=where).shape)
    except IndexError:
        refusal = "AC313"
    except RuntimeError:
        refusal = "AC306"
    if expected is None:
        assert answer.codes == (refusal,)
        return
    assert answer.shapes == (Shape(expected, shapes[0].layout),)
    assert assert_as_torch(Concat(axis=axis), *shapes).shapes == (expected,)


def test_many_branches() -> None:
    shape = Shape((4, 8, 8))
    assert written(Add(), *[shape] * 30) == (shape,)
    assert len(Add().torch([shape] * 30, [shape], "exact")) == 29
    assert written(Concat(), *[shape] * 30) == (Shape((120, 8, 8)),)
    assert len(Concat().torch([shape] * 30, [Shape((120, 8, 8))], "exact")) == 1


MESSAGES: list[tuple[Any, list[Shape], str, str, str]] = [
    (
        Add(),
        [Shape((8, 9, 9)), Shape((8, 7, 7))],
        "AC306",
        "add needs branches of one shape, but gets 8×9×9 and 8×7×7",
        "the height differs: 9 and 7, and so does the width",
    ),
    (
        Multiply(),
        [Shape((8, 9, 9)), Shape((8, 1, 1))],
        "AC306",
        "multiply needs branches of one shape, but gets 8×9×9 and 8×1×1",
        "the height differs: 9 and 1, and so does the width",
    ),
    (
        Add(),
        [Shape((64, 9, 9)), Shape((64, 9, 9)), Shape((256, 9, 9))],
        "AC306",
        "add needs branches of one shape, but gets 64×9×9, 64×9×9 and 256×9×9",
        "the channels differ: 64 and 256",
    ),
    (
        Add(),
        [*[Shape((8, 9))] * 5, Shape((8, 7))],
        "AC306",
        "add needs branches of one shape, but gets 5 times 8×9 and 8×7",
        "the length differs: 9 and 7",
    ),
    (
        Add(broadcast=True),
        [Shape((8, 9, 9)), Shape((8, 1, 1)), Shape((8, 9, 3))],
        "AC306",
        "add needs branches of one shape, but gets 8×9×9, 8×1×1 and 8×9×3",
        "the width differs: 9 and 3",
    ),
    (
        Add(),
        [Shape((8,)), Shape((8, 1, 1))],
        "AC306",
        "add needs branches with the same axes, but gets 8 and 8×1×1",
        "1 axis against 3 axes",
    ),
    (
        Concat(),
        [Shape((512, 64, 64)), Shape((512, 56, 56))],
        "AC306",
        "concat along the channels needs branches that agree on every other axis, but gets 512×64×64 and 512×56×56",
        "the height differs: 64 and 56",
    ),
    (
        Concat(axis=1),
        [Shape((3, 64, 4)), Shape((5, 56, 4))],
        "AC306",
        "concat along the height needs branches that agree on every other axis, but gets 3×64×4 and 5×56×4",
        "the channels differ: 3 and 5",
    ),
    (
        Add(),
        [Shape((8, 9, 9)), Shape((9, 9, 8), "channels_last")],
        "AC321",
        "add gets 8×9×9 with the channels first and 9×9×8 with the channels last",
        "",
    ),
    (
        Subtract(),
        [Shape((8,))] * 3,
        "AC311",
        "subtract takes exactly 2 branches, but gets 3 branches",
        "3 branches",
    ),
    (Add(), [Shape((8,))], "AC311", "add joins at least 2 branches, but gets 1 branch", "1 branch"),
    (Concat(), [], "AC311", "concat joins at least 2 branches, but gets 0 branches", "0 branches"),
    (
        Add(),
        [Shape((8,), items=2), Shape((8,))],
        "AC306",
        "add needs branches with the same number of items, but gets 2 and 1 per input",
        "",
    ),
    (Concat(axis=3), [Shape((8, 2, 2))] * 2, "AC313", "8×2×2 has no axis 3", "axes are 0 to 2"),
    (Concat(axis=N), [Shape((8, 2))] * 2, "AC318", "axis must be a number and cannot depend on a symbol: N", ""),
]


@pytest.mark.parametrize(("layer", "shapes", "code", "message", "label"), MESSAGES)
def test_messages(layer: Any, shapes: list[Shape], code: str, message: str, label: str) -> None:
    answer = ask(layer, *shapes)
    assert answer.codes == (code,)
    (finding,) = answer.site.findings
    assert (finding.message, finding.label) == (message, label)


def test_the_way_out_fits_the_mistake() -> None:
    def advice(*shapes: tuple[int, ...]) -> str:
        return " ".join(ask(Add(), *map(Shape, shapes)).site.findings[0].help)

    assert "`broadcast: true`" in advice((8, 9, 9), (8, 1, 1))
    assert "a 1x1 `conv`" in advice((256, 9, 9), (64, 9, 9))
    assert "`crop: {to: ...}`" in advice((8, 9, 9), (8, 7, 7))


def test_vectors_have_no_layout() -> None:
    assert written(Add(), Shape((8,)), Shape((8,), "channels_last"))[0].sizes == (8,)


def test_count_and_layout_pass() -> None:
    tokens = Shape((5, 8), "channels_last", R)
    assert written(Multiply(), tokens, tokens) == (tokens,)
    assert written(Concat(), tokens, tokens) == (Shape((5, 16), "channels_last", R),)


def test_a_condition_that_a_symbol_decides_is_kept() -> None:
    answer = ask(Add(), Shape((8, N)), Shape((8, 28)))
    (requirement,) = answer.site.requirements
    assert answer.shapes is not None
    assert requirement.condition == Condition.equal(N, 28)
    assert requirement.code.id == "AC306"


def test_sizes_that_never_meet_are_an_error() -> None:
    assert ask(Add(), Shape((8, N)), Shape((8, N + 1))).codes == ("AC306",)
    assert ask(Add(broadcast=True), Shape((8, N)), Shape((8, 1))).shapes == (Shape((8, N)),)


@pytest.mark.parametrize(
    ("layer", "shapes", "legal"),
    [
        (Add(), [Shape((8, N, 2 * N)), Shape((8, N, 2 * N))], 9),
        (Multiply(), [Shape((8, N)), Shape((8, 5))], 1),
        (Add(), [Shape((8, 3 * N)), Shape((8, N + 8)), Shape((8, 12))], 1),
        (Concat(), [Shape((N, 4)), Shape((3 * N, 4)), Shape((2, 4))], 9),
        (Concat(), [Shape((2, N)), Shape((3, 4))], 1),
        (Concat(axis=1), [Shape((2, N)), Shape((2, N * N))], 9),
        (Add(broadcast=True), [Shape((8, N, N)), Shape((8, 1, 1))], 9),
    ],
)
def test_symbols(layer: Any, shapes: list[Shape], legal: int) -> None:
    assert assert_symbols_agree(layer, shapes, [{"N": value} for value in range(1, 10)]) == legal


@pytest.mark.parametrize(("kind", "broadcast"), list(product(KINDS, [False, True])))
def test_merges_cost_nothing(kind: type[Elementwise], broadcast: bool) -> None:
    shapes = [Shape((8, 3)), Shape((8, 3))]
    layer = kind(broadcast=broadcast)
    assert layer.weights(shapes, shapes[:1]) == ()
    assert layer.multiplications(shapes, shapes[:1]) == 0
    assert layer.is_merge
    assert not layer.counts_as_module
    assert layer.inputs is None
