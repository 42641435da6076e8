"""Entries moved, maps stacked, sizes stretched and vectors normalized, against PyTorch."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from oracles import ask, assert_as_torch, assert_symbols_agree, written

from archcalc.dims import symbol
from archcalc.layers.adaptive import GlobalAvgPool, GlobalMaxPool
from archcalc.layers.columns import Fold, Unfold
from archcalc.layers.construction import WrongFields
from archcalc.layers.expansion import Expand
from archcalc.layers.order import Roll
from archcalc.layers.resample import Pad
from archcalc.layers.shape import Shape
from archcalc.layers.stack import Stack
from archcalc.layers.unit_length import Normalize

MAP = Shape((4, 3, 5))
LAST = Shape((3, 5, 4), "channels_last")


@pytest.mark.parametrize("axes", [[0], [1, 2], [-1], [2, 0]])
def test_roll(axes: list[int]) -> None:
    for shape in (MAP, LAST):
        assert assert_as_torch(Roll(shifts=[*range(-1, len(axes) - 1)], axes=axes), shape).shapes == (shape.sizes,)
        assert written(Roll(shifts=[*range(len(axes))], axes=axes), shape) == (shape,)


def test_roll_tells_what_does_not_fit() -> None:
    assert ask(Roll(shifts=[1], axes=[3]), MAP).codes == ("AC313",)
    with pytest.raises(WrongFields, match="takes one shift for every axis"):
        Roll(shifts=[1, 2], axes=[1])


@pytest.mark.parametrize("axis", range(-4, 4))
def test_stack(axis: int) -> None:
    assert_as_torch(Stack(axis=axis), MAP, MAP, MAP)
    assert written(Stack(axis=axis), LAST, LAST)[0].layout == "channels_last"
    assert written(Stack(axis=axis, layout="channels_last"), MAP, MAP)[0].layout == "channels_last"


def test_stack_tells_what_does_not_fit() -> None:
    (finding,) = ask(Stack(), MAP, Shape((4, 3, 6))).site.findings
    assert (finding.code.id, finding.help) == ("AC306", ())
    assert finding.message == "stack needs branches of one shape, but gets 4×3×5 and 4×3×6"
    assert ask(Stack(axis=4), MAP, MAP).codes == ("AC313",)
    assert ask(Stack(), MAP).codes == ("AC311",)


def test_expand() -> None:
    for sizes in product((1, 4, -1), (1, 6, -1), (5, -1)):
        assert_as_torch(Expand(list(sizes)), Shape((1, 1, 5)))
    (finding,) = ask(Expand([4, 6, 5]), MAP).site.findings
    assert finding.message == "only a size of 1 is stretched: the height of 4×3×5 is 3, not 1, and 6 is asked for"
    assert ask(Expand([4, 3]), MAP).codes == ("AC304",)
    with pytest.raises(WrongFields, match="must be at least 1, not 0"):
        Expand([4, 0, 5])


@pytest.mark.parametrize("shape", [MAP, LAST, Shape((7,)), Shape((6, 4), "channels_last")])
def test_normalize(shape: Shape) -> None:
    for axis in (None, *range(len(shape.sizes))):
        assert_as_torch(Normalize(axis=axis), shape)
    assert ask(Normalize(axis=4), shape).codes == ("AC313",)


@pytest.mark.parametrize("shape", [LAST, Shape((6, 4), "channels_last"), Shape((2, 3, 5, 4), "channels_last")])
def test_pools_and_pads_of_maps_with_the_channels_last(shape: Shape) -> None:
    rank = len(shape.spatial)
    for pool in (GlobalAvgPool(), GlobalMaxPool()):
        assert assert_as_torch(pool, shape).shapes == ((1,) * rank + (4,),)
    assert_as_torch(Pad([[1, 2]] * rank), shape)
    assert_as_torch(Pad(1, value=0.5), shape)
    assert ask(Pad(1, mode="reflect"), shape).codes == ("AC321",)
    assert ask(Pad(1), Shape((1, 2, 3, 4, 5), "channels_last")).codes == ("AC304",)


@pytest.mark.parametrize(
    "layer",
    [Roll(shifts=[symbol("M")], axes=[1]), Expand([-1, symbol("M"), -1]), Expand([symbol("M"), 4, 5]), Normalize()],
)
def test_symbols_first_is_numbers_first(layer: Any) -> None:
    shape = Shape((symbol("C"), symbol("N"), 5))
    values = [{"C": c, "N": n, "M": m} for c, n, m in product((1, 3), (1, 4), (1, 3, 4))]
    assert assert_symbols_agree(layer, [shape], values) >= 2


WINDOWS: list[dict[str, Any]] = [
    {"kernel": 3}, {"kernel": [1, 3], "stride": 2}, {"kernel": 2, "stride": [2, 1], "padding": 1},
    {"kernel": [3, 2], "padding": [2, 0], "dilation": [1, 3]}, {"kernel": 4, "stride": 4, "padding": 2},
]  # fmt: skip


@pytest.mark.parametrize("fields", WINDOWS)
@pytest.mark.parametrize("rounding", ["exact", "floor", "ceil"])
def test_windows_as_columns(fields: dict[str, Any], rounding: Any) -> None:
    for height, width in product((5, 6, 7), (4, 7)):
        shape = Shape((3, height, width))
        unfold = Unfold(**fields, rounding=rounding)
        if ask(unfold, shape).shapes is None:
            assert rounding == "exact"
            continue
        assert_as_torch(unfold, shape)
        if rounding != "ceil":
            fold = Fold(size=[height, width], **fields)
            (columns,) = written(unfold, shape)
            assert written(fold, columns, rounding=rounding) == (shape,)
            assert_as_torch(fold, columns, rounding=rounding)


def test_columns_tell_what_does_not_fit() -> None:
    (finding,) = ask(Fold(14, 3), Shape((36, 49))).site.findings
    assert finding.message == "there are 49 columns, and the window has 144 places in 14×14"
    (finding,) = ask(Fold(14, 5), Shape((36, 100))).site.findings
    assert finding.message == "a column of 36 values is no whole number of windows of 25"
    assert ask(Fold(14, 3), Shape((36, 7, 7))).codes == ("AC304",)
    assert ask(Unfold(3), Shape((36, 49))).codes == ("AC304",)


def test_columns_with_symbols() -> None:
    n = symbol("N")
    values = [{"N": value} for value in range(1, 20)]
    assert assert_symbols_agree(Unfold(kernel=2, stride=2), [Shape((3, n, 8))], values) >= 9
    assert assert_symbols_agree(Fold(size=[8, n], kernel=2, stride=2), [Shape((12, 2 * n))], values) >= 9
