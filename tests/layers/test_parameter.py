"""`parameter`: a learned tensor from nothing."""

from __future__ import annotations

import pytest
from oracles import ask, put, put_shape, written

from archcalc.dims import symbol
from archcalc.layers.base import Shape
from archcalc.layers.merge import Add
from archcalc.layers.parameter import Parameter


@pytest.mark.parametrize("sizes", [[3], [8, 1, 1], [197, 768], [2, 3, 4, 5]])
def test_writes_its_shape_and_owns_it(sizes: list[int]) -> None:
    layer = Parameter(shape=sizes)
    assert written(layer) == (Shape(tuple(sizes)),)
    (weight,) = layer.weights([], written(layer))
    assert weight == ("weight", tuple(sizes))
    assert layer.inputs == 0
    assert layer.multiplications([], written(layer)) == 0
    assert layer.torch([], written(layer), "exact") == ()


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
