"""Which of several repairs is told first, and which are worth to be looked at."""

from __future__ import annotations

from typing import Any, cast

import pytest

from archcalc import load
from archcalc.checking import check
from archcalc.layers.window import Window
from archcalc.repair import repairs
from archcalc.repair.blame import failures
from archcalc.repair.choice import MAX_REPAIRS, Choice, Tried
from archcalc.repair.model import Repair
from archcalc.repair.rank import of_windows
from archcalc.repair.scene import Scene


def titles(text: str) -> list[str]:
    return [repair.title for repair in repairs(load(text).program)]


def test_a_number_is_replaced_rather_than_an_expression() -> None:
    """A padding of 1 on either convolution will do; the expression is what somebody meant."""
    text = (
        "input: [8, 9, 9]\nlet: {w: 8}\nlayers:\n  - add:\n      - [conv: [w, 3]]\n"
        "      - [{conv: [8, 3, 1, FIRST], as: a}, {conv: [8, 3, 1, SECOND], as: b}]\n"
    )
    wanted = ["padding: 1 on a", "padding: 1 on b"]
    assert titles(text.replace("FIRST", "0").replace("SECOND", "w - 8"))[:2] == wanted
    assert titles(text.replace("FIRST", "w - 8").replace("SECOND", "0"))[:2] == wanted[::-1]


def test_a_name_gets_another_value_rather_than_an_expression_in_its_place() -> None:
    """`padding: k // 2` would do as well, and the name for the padding would be read by nothing any more."""
    text = "input: [8, 9, 9]\nlet: {p: 0, k: 3}\nlayers: [add: [here, [conv: {out: 8, kernel: k, padding: p}]]]\n"
    first = repairs(load(text).program)[0]
    assert (first.title, first.text) == (
        "p: 1 in line 2, which is the padding of conv 0",
        text.replace("p: 0", "p: 1"),
    )


@pytest.mark.parametrize(("channels", "first"), [(8, "crop: {to: b}"), (16, "conv: {out: 16, kernel: 1, stride: 2}")])
def test_maps_of_equal_channels_are_cut_rather_than_projected(channels: int, first: str) -> None:
    """A cut needs no weights; of other channels only a projection makes the map."""
    text = f"input: {{a: [8, 57, 57], b: [{channels}, 29, 29]}}\nlayers: [add: [a, b]]\n"
    assert titles(text)[0] == f"{first} on branch 1 of add"


def test_a_layer_that_alone_has_no_padding_may_be_one_of_single_positions() -> None:
    """No padding that is equal on both sides makes up for a kernel of 4."""
    text = "input: [8, 16, 16]\nlayers:\n  - conv: [8, 4, 2, PADDING]\n  - add: [here, [{conv: [8, 4], as: a}]]\n"
    assert titles(text.replace("PADDING", "1")) == ["kernel: 1 on a"]
    assert "kernel: 1 on a" not in titles(text.replace("PADDING", "0"))


def test_a_kernel_that_leaves_positions_out_comes_last() -> None:
    """In steps of 2 a kernel of 1 reads one of four positions."""
    program = load("input: [1, 9, 9]\nlayers: [conv: [1, 2, 2]]\n").program
    report = check(program)
    assert report.network is not None
    (blame,) = failures(report.graph, report.diagnostics)
    scene = Scene(program, report.network, {}, blame)
    smaller, larger = [
        of_windows(scene, scene.slides[id(blame.node)], "kernel", 2 * (Window(kernel, 2, 0, 0),)) for kernel in (1, 3)
    ]
    assert smaller > larger


@pytest.mark.parametrize(("shape", "found"), [("[64, -1]", "[32, -1]"), ("[-1, 64]", "[-1, 32]")])
def test_half_of_a_number_is_tried_however_far_away_it_is(shape: str, found: str) -> None:
    """Of 96 numbers no size next to 64 leaves a whole one."""
    first = repairs(load(f"input: [96]\nlayers: [{{reshape: {shape}, as: rows}}]\n").program)[0]
    assert first.title == f"shape: {found} on rows"
    assert sorted(load(first.text).check().outputs["output"] or ()) == [3, 32]


def test_nothing_is_wanted_beside_as_many_repairs_as_are_told() -> None:
    """Costs only rise, so that what has a higher one cannot come among them."""

    def decided(tried: Any) -> tuple[float, Repair]:
        asked.append(tried.cost)
        return tried.cost, cast(Repair, tried)

    def tried(cost: float) -> Tried:
        return Tried(cost, *[cast(Any, None)] * (len(Tried._fields) - 1))

    asked: list[float] = []
    choice = Choice(decided, 2 * MAX_REPAIRS)
    costs = [1 + index / 10 for index in range(MAX_REPAIRS)]
    for cost in costs:
        assert not choice.is_settled(cost)
        choice.add(tried(cost))
    assert choice.is_settled(2)
    choice.add(tried(2))
    assert [cost for cost, _ in choice.best()] == asked == costs
