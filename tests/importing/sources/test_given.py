"""Inputs as callers give them from Python."""

from __future__ import annotations

from typing import Any

import pytest

from archcalc.importing.failure import ImportFailure
from archcalc.importing.given import inputs
from archcalc.importing.torch.inputs import Input


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (None, []),
        (784, [Input((784,))]),
        ((3, 32, 32), [Input((3, 32, 32))]),
        ([3, 32, 32], [Input((3, 32, 32))]),
        ("3x32x32", [Input((3, 32, 32))]),
        ([(3, 32, 32), (1, 8)], [Input((3, 32, 32)), Input((1, 8))]),
        (["16:int", (1, 8)], [Input((16,), "int"), Input((1, 8))]),
        (("mask=16:bool",), [Input((16,), "bool", "mask")]),
        ({"x": (3, 8), "y": "16:int"}, [Input((3, 8), "float", "x"), Input((16,), "int", "y")]),
    ],
)
def test_shapes_are_read(given: Any, found: list[Input]) -> None:
    assert inputs(given) == found


def test_sizes_of_other_libraries_are_sizes() -> None:
    numpy = pytest.importorskip("numpy")
    assert inputs(numpy.zeros((3, 8)).shape) == inputs(tuple(numpy.array([3, 8]))) == [Input((3, 8))]


@pytest.mark.parametrize(
    "given",
    [
        (3, 0),
        (3, -1),
        (3, None),
        (3, 2.5),
        (3, 1 << 50),
        [(3, "8")],
        "3xHxW",
        ["3x8", "a"],
        {"x": (3, [8])},
        0,
        2.5,
        [3, [4]],
    ],
)
def test_what_is_no_shape_is_refused(given: Any) -> None:
    with pytest.raises(ImportFailure) as caught:
        inputs(given)
    assert caught.value.kind == "input"
    assert "is no shape of an input" in caught.value.message
    assert "such as 3x224x224" in str(caught.value.help)


@pytest.mark.parametrize("given", [(), [], [(3, 8), ()], {"time": ()}])
def test_a_map_has_axes(given: Any) -> None:
    with pytest.raises(ImportFailure, match="has no axis"):
        inputs(given)
