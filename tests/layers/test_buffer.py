"""`buffer`: fixed numbers from nothing."""

from __future__ import annotations

from typing import Any

import pytest
from oracles import BATCH, ask, assert_as_torch, put_shape, resolved, written

from archcalc.dims import symbol
from archcalc.layers.buffer import Buffer
from archcalc.layers.embedding import Embedding
from archcalc.layers.shape import Integers, Shape

ROWS = [[1, 2, 3], [4, 5, 6]]


@pytest.mark.parametrize("sizes", [[3], [8, 1, 1], [64, 49, 49], [2, 3, 4, 5]])
def test_writes_its_shape_and_trains_nothing(sizes: list[int]) -> None:
    layer = Buffer(shape=sizes)
    assert written(layer) == (Shape(tuple(sizes)),)
    assert layer.inputs == 0 and layer.weights([], written(layer)) == ()
    (tensor,) = layer.buffers([], written(layer))
    assert (tensor.name, tensor.shape) == ("tensor", tuple(sizes))
    assert layer.multiplications([], written(layer)) == 0
    assert_as_torch(layer)


def held(layer: Buffer) -> Any:
    """The tensor of the module that a buffer is, at its first item of a batch."""
    (call,) = layer.torch([], written(layer), "exact")
    made = resolved(call)(*call.args, **call.kwargs)
    assert made(BATCH).shape == (BATCH, *written(layer)[0].sizes)
    assert all((item == made()[0]).all() for item in made(BATCH))
    return made()[0]


def test_holds_the_numbers_that_are_stated() -> None:
    pytest.importorskip("torch")
    flat = Buffer(shape=[2, 3], values=[1, 2, 3, 4, 5, 6])
    assert held(flat).tolist() == held(Buffer(shape=[2, 3], values=ROWS)).tolist() == ROWS
    assert str(held(flat).dtype) == "torch.float32"
    assert held(Buffer(shape=[2, 3], values=-100)).tolist() == [[-100] * 3] * 2
    assert held(Buffer(shape=[3], value=0.5)).tolist() == [0.5] * 3
    assert held(Buffer(shape=[2, 1])).tolist() == [[0], [0]]


def test_integers_are_below_the_largest() -> None:
    pytest.importorskip("torch")
    layer = Buffer(shape=[4], values=[0, 7, 3, 3], dtype="int")
    assert written(layer)[0].integers == Integers(8)
    assert str(held(layer).dtype) == "torch.int64" and held(layer).tolist() == [0, 7, 3, 3]
    assert written(Buffer(shape=[4], values=5, dtype="int"))[0].integers == Integers(6)
    assert written(Buffer(shape=[4], dtype="int"))[0].integers == Integers(None)
    assert written(Embedding(count=8, out=5), *written(layer))[0].sizes == (4, 5)
    assert ask(Embedding(count=7, out=5), *written(layer)).codes == ("AC344",)


def test_what_no_state_dict_has_is_not_counted() -> None:
    layer = Buffer(shape=[3], values=0, persistent=False)
    assert layer.buffers([], written(layer)) == ()
    assert layer.count_formulas([], written(layer)) == ()
    assert_as_torch(Buffer(shape=[3]))


def test_numbers_that_nobody_has_cannot_be_written() -> None:
    layer = Buffer(shape=[3], persistent=False)
    assert layer.torch([], written(layer), "exact") == ()
    assert layer.held([], written(layer)) is None
    message, *help = layer.why_no_torch
    assert message == (
        "nothing says which numbers this buffer holds: the spec states none, and `persistent: false` says that no "
        "state dict has them"
    )
    assert help == [
        "state them, as in `values: 0` for all of them or `values: [1, 2, 3]`",
        "or leave `persistent: false` out, where a state dict has them",
    ]


@pytest.mark.parametrize(
    ("shape", "values", "message"),
    [
        ([3], [1, 2], "the shape 3 has 3 entries, and `values` has 2"),
        ([2, 2], [1, 2], "the shape 2×2 has 4 entries, and `values` has 2"),
        ([3, 2], ROWS, "`values` holds lists of 2×3, but the shape is 3×2"),
        ([2, 3, 1], ROWS, "`values` holds lists of 2×3, but the shape is 2×3×1"),
        ([6], ROWS, "`values` holds lists of 2×3, but the shape is 6"),
    ],
)
def test_values_fill_the_shape(shape: list[int], values: list[Any], message: str) -> None:
    answer = ask(Buffer(shape=shape, values=values))
    assert answer.codes == ("AC310",)
    (finding,) = answer.site.findings
    assert (finding.message, finding.field) == (message, "values")


def test_a_symbol_is_held_to_the_values() -> None:
    answer = ask(Buffer(shape=[2, symbol("N")], values=ROWS))
    assert [str(one.condition) for one in answer.site.requirements] == ["N = 3"]
    answer = ask(Buffer(shape=[2, symbol("N") + 1], values=[1, 2, 3, 4, 5, 6]))
    assert [one.condition.substitute({"N": 2}).decide() for one in answer.site.requirements] == [True]
    assert [one.condition.substitute({"N": 3}).decide() for one in answer.site.requirements] == [False]
    assert put_shape(written(Buffer(shape=[4, symbol("N")], values=0))[0], {"N": 6}) == Shape((4, 6))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"values": [[1, 2], [3]]}, "has lists of unlike sizes side by side: 1 and 2"),
        ({"values": [1, [2]]}, "has lists of unlike sizes side by side: a single number and 1"),
        ({"values": []}, "is an empty list; give a number for every entry of the shape"),
        ({"values": symbol("N")}, "takes numbers, which cannot depend on a symbol: N"),
        ({"values": [0] * 1001}, "takes at most 1,000 numbers; without any, they are those of the state dict"),
        ({"values": [True]}, "takes a number, not true"),
        ({"values": -1, "dtype": "int"}, "of integers takes whole numbers from 0 on as `values`, not -1"),
        ({"values": [0, 0.5], "dtype": "int"}, "of integers takes whole numbers from 0 on as `values`, not 0.5"),
        (
            {"values": 2**63, "dtype": "int"},
            "of integers takes `values` below 2[*][*]63, not 9,223,372,036,854,775,808",
        ),
        ({"dtype": "int", "layout": "channels_last"}, "of integers has no channels: leave `layout` out"),
    ],
)
def test_values_are_numbers_side_by_side(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Buffer(shape=[2], **fields)


def test_an_empty_shape_is_refused() -> None:
    (finding,) = ask(Buffer(shape=[])).site.findings
    assert finding.message == "a buffer needs at least one axis, but its shape is an empty list"
