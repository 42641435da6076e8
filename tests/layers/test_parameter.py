"""`parameter`: a learned tensor from nothing."""

from __future__ import annotations

from typing import Any

import pytest
from oracles import BATCH, ask, assert_as_torch, put, put_shape, resolved, tensor_of, written

from archcalc.dims import symbol
from archcalc.layers.merge import Add, Concat, Multiply
from archcalc.layers.parameter import Parameter
from archcalc.layers.shape import Shape


@pytest.mark.parametrize("sizes", [[3], [8, 1, 1], [197, 768], [2, 3, 4, 5]])
def test_writes_its_shape_and_owns_it(sizes: list[int]) -> None:
    layer = Parameter(shape=sizes)
    assert written(layer) == (Shape(tuple(sizes)),)
    (weight,) = layer.weights([], written(layer))
    assert (weight.name, weight.shape) == ("weight", tuple(sizes))
    assert layer.inputs == 0
    assert layer.multiplications([], written(layer)) == 0
    assert_as_torch(layer)


def learned(layer: Parameter) -> Any:
    """The module that a parameter is."""
    (call,) = layer.torch([], written(layer), "exact")
    return resolved(call)(*call.args, **call.kwargs)


def test_merges_with_a_batch() -> None:
    pixels = Shape((8, 5, 4))
    for sizes, merge in (([8, 5, 4], Add()), ([8, 1, 1], Add(broadcast=True)), ([1, 5, 4], Multiply(broadcast=True))):
        module = learned(Parameter(shape=sizes))
        (call,) = merge.torch([pixels, Shape(tuple(sizes))], [pixels], "exact")
        # The batch of one is stretched, on either side.
        assert resolved(call)(tensor_of(pixels), module()).shape == (BATCH, 8, 5, 4)
        assert resolved(call)(module(), tensor_of(pixels)).shape == (BATCH, 8, 5, 4)
    sequence, more = Shape((6, 8), "channels_last"), Shape((2, 8), "channels_last")
    (call,) = Concat(axis=0).torch([more, sequence], [Shape((8, 8), "channels_last")], "exact")
    module = learned(Parameter(shape=[2, 8], layout="channels_last"))
    # Nothing is stretched here: the parameter is asked for as many.
    assert resolved(call)([module(BATCH), tensor_of(sequence)], **call.kwargs).shape == (BATCH, 8, 8)


def test_a_single_number_is_a_vector() -> None:
    assert written(Parameter(shape=5)) == (Shape((5,)),)


def test_layout() -> None:
    tokens = Shape((16, 8), "channels_last")
    assert written(Parameter(shape=[16, 8], layout="channels_last")) == (tokens,)
    assert written(Add(), tokens, *written(Parameter(shape=[16, 8], layout="channels_last"))) == (tokens,)
    assert ask(Add(), tokens, *written(Parameter(shape=[16, 8]))).codes == ("AC321",)


def test_symbols() -> None:
    layer = Parameter(shape=[4, symbol("N") + 1])
    (shape,) = written(layer)
    assert put_shape(shape, {"N": 6}) == Shape((4, 7))
    assert put(layer.weights([], [shape])[0].elements, {"N": 6}) == 28


def test_an_empty_shape_is_refused() -> None:
    answer = ask(Parameter(shape=[]))
    assert answer.codes == ("AC304",)
    (finding,) = answer.site.findings
    assert finding.message == "a parameter needs at least one axis, but its shape is an empty list"
    assert finding.field == "shape"


def test_a_size_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="must be at least 1, not 0"):
        Parameter(shape=[4, 0])
