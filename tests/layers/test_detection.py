"""Regions of interest: one map for every box."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from oracles import ask, assert_as_torch, assert_symbols_agree, written

from archcalc.dims import symbol
from archcalc.layers.base import Tap
from archcalc.layers.construction import WrongFields
from archcalc.layers.detection import RoiAlign, RoiPool
from archcalc.layers.shape import Shape

BOXES = Tap(Shape((4,), items=symbol("R")))


def test_fast_rcnn() -> None:
    layer = RoiPool(size=7, scale=Fraction(1, 16), boxes=BOXES)
    (output,) = written(layer, Shape((512, 38, 63)))
    assert output == Shape((512, 7, 7), items=symbol("R"))
    assert layer.weights([Shape((512, 38, 63))], [output]) == ()
    assert layer.multiplications([Shape((512, 38, 63))], [output]) == 0
    (call,) = layer.torch([Shape((512, 38, 63))], [output], "exact")
    assert (call.target, call.args, call.kwargs) == ("supplied.RoiPool", ((7, 7),), {"scale": 1 / 16})
    layer = RoiPool(size=(3, 2), boxes=Tap(Shape((4,), items=5)))
    assert assert_as_torch(layer, Shape((8, 9, 7))).shapes == ((8, 3, 2),)


def test_one_size_per_axis() -> None:
    assert written(RoiPool(size=(6, 5), boxes=BOXES), Shape((8, 20, 20)))[0].sizes == (8, 6, 5)
    assert ask(RoiPool(size=(6, 5, 4), boxes=BOXES), Shape((8, 20, 20))).codes == ("AC304",)


@pytest.mark.parametrize(
    ("boxes", "shape", "code", "message"),
    [
        (Shape((5,)), Shape((8, 9, 9)), "AC304", "boxes are four numbers each, but the map that `boxes` names is 5"),
        (Shape((4, 4)), Shape((8, 9, 9)), "AC304", "boxes are four numbers each, but the map that"),
        (Shape((4,)), Shape((8, 9)), "AC304", "boxes lie on a map [C, H, W], but roi_pool gets 8×9"),
        (Shape((4,)), Shape((8, 9, 9, 9)), "AC304", "boxes lie on a map [C, H, W], but roi_pool gets 8×9×9×9"),
        (Shape((4,)), Shape((8,)), "AC304", "roi_pool reads a map [C, L], [C, H, W] or [C, D, H, W], but gets 8"),
        (Shape((4,)), Shape((9, 9, 8), "channels_last"), "AC321", "roi_pool reads channels first, but gets 9×9×8"),
        (Shape((4,)), Shape((8, 9, 9), items=3), "AC311", "roi_pool reads one map per image, but gets 3 of them"),
    ],
)
def test_what_does_not_fit(boxes: Shape, shape: Shape, code: str, message: str) -> None:
    answer = ask(RoiPool(size=7, boxes=Tap(boxes)), shape)
    assert answer.codes == (code,)
    assert answer.site.findings[0].message.startswith(message)


@pytest.mark.parametrize("fields", [{}, {"size": 7}, {"size": 7, "boxes": 4}, {"size": 7, "boxes": BOXES, "scale": 0}])
def test_fields(fields: dict[str, Any]) -> None:
    with pytest.raises(WrongFields):
        RoiPool(**fields)


def test_mask_rcnn() -> None:
    layer = RoiAlign(size=7, scale=Fraction(1, 4), sampling_ratio=2, boxes=BOXES)
    (output,) = written(layer, Shape((256, 200, 272)))
    assert output == Shape((256, 7, 7), items=symbol("R"))
    (call,) = layer.torch([Shape((256, 200, 272))], [output], "exact")
    assert (call.target, call.args) == ("supplied.RoiAlign", ((7, 7),))
    assert call.kwargs == {"scale": 0.25, "sampling_ratio": 2}
    for options in ({}, {"sampling_ratio": 2}, {"aligned": True}):
        boxes = Tap(Shape((4,), items=5))
        assert assert_as_torch(RoiAlign(size=(3, 2), boxes=boxes, **options), Shape((8, 9, 7))).shapes == ((8, 3, 2),)
    assert ask(RoiAlign(size=7, boxes=BOXES), Shape((8, 9))).site.findings[0].message == (
        "boxes lie on a map [C, H, W], but roi_align gets 8×9"
    )


def test_symbols_first_is_numbers_first() -> None:
    layer = RoiPool(size=(symbol("S"), 7), boxes=Tap(Shape((symbol("B"),), items=symbol("R"))))
    values = [{"S": s, "B": b, "R": r, "N": s + r} for s in range(1, 4) for b in range(3, 6) for r in range(1, 4)]
    assert assert_symbols_agree(layer, [Shape((8, symbol("N"), 9))], values) == 9
