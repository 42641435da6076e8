"""Entries of an axis at named places, against PyTorch's own index."""

from itertools import product
from typing import Any

import pytest
from oracles import ask, assert_as_torch, load_torch, written

from archcalc import load
from archcalc.dims import symbol
from archcalc.infer import infer
from archcalc.layers.base import Tap
from archcalc.layers.lookup import IndexSelect
from archcalc.layers.shape import Integers, Shape

SHAPES = (
    Shape((5,)), Shape((4, 5)), Shape((5, 4), "channels_last"), Shape((3, 4, 5)), Shape((3, 5), integers=Integers()),
)  # fmt: skip
PLACES = (Shape((2,), integers=Integers(3)), Shape((4, 3), integers=Integers(2)), Shape((6,), integers=Integers()))


def test_the_axes_of_the_index_stand_in_place_of_the_axis() -> None:
    for shape, places in product(SHAPES, PLACES):
        for axis in range(-len(shape.sizes), len(shape.sizes)):
            layer = IndexSelect(index=Tap(places), axis=axis)
            (found,) = written(layer, shape)
            own = axis % len(shape.sizes)
            assert found.sizes == (*shape.sizes[:own], *places.sizes, *shape.sizes[own + 1 :])
            assert found.layout == (shape.layout if len(found.sizes) > 1 else "channels_first")
            if places.integers is not None and places.integers.below is not None:
                assert_as_torch(layer, shape)


SPEC = """
input: {x: [3, 4, 5], places: {shape: [2, 3], dtype: int}}
layers: [{index_select: {index: places, axis: AXIS}, from: x}]
"""


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_exported_code_looks_up_for_every_item_of_the_batch(axis: int) -> None:
    torch = load_torch()
    x, places = torch.randn(7, 3, 4, 5), torch.randint(0, 3, (7, 2, 3))
    found = load(SPEC.replace("AXIS", str(axis))).build_torch()(x, places)
    own = axis % 3
    right = [x[item][(slice(None),) * own + (places[item],)] for item in range(7)]
    assert torch.equal(found, torch.stack(right))


@pytest.mark.parametrize(
    ("index", "axis", "shape", "code", "message"),
    [
        (Shape((2,)), 0, Shape((3, 4)), "AC343", "index_select reads integers as its `index`, but gets real numbers"),
        (PLACES[0], 2, Shape((3, 4)), "AC313", "3×4 has no axis 2"),
        (PLACES[0], 0, Shape((2, 4)), "AC344", "the integers are 0 to 2, and the table has the rows 0 to 1"),
        (PLACES[0], 0, Shape((3, 4), items=9), "AC306", "index_select needs places for each of its 9 items, but gets"),
    ],
)
def test_says_why_it_cannot_look_up(index: Shape, axis: int, shape: Shape, code: str, message: str) -> None:
    found: Any = infer(IndexSelect(index=Tap(index), axis=axis), [shape], "exact")
    assert found.outputs is None
    assert [finding.code.id for finding in found.findings] == [code]
    assert message in found.findings[0].message


def test_asks_for_enough_entries_where_sizes_are_open() -> None:
    answer = ask(IndexSelect(index=Tap(Shape((2,), integers=Integers(7)))), Shape((symbol("M"), 4)))
    assert answer.shapes == (Shape((2, 4)),)
    assert len(answer.site.requirements) == 1
