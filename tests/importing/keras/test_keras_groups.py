"""Groups of layers by their names: what belongs to them, and that they run in one piece."""

from __future__ import annotations

import pytest

from archcalc.importing.failure import ImportFailure
from archcalc.importing.keras.groups import Item, Node, arranged


def graph(text: str) -> list[Node]:
    """Calls, one a line: the name, and those that it reads. A name in brackets is one that Keras gave."""
    lines = [line.split() for line in text.strip().splitlines()]
    places = {line[0].strip("()"): place for place, line in enumerate(lines)}
    return [Node(line[0].strip("()"), [places[one] for one in line[1:]], line[0][0] == "(") for line in lines]


def groups(text: str) -> list[tuple[str, list[str]]]:
    """The groups in their order, with the names of their calls; a call without one stands by itself."""
    nodes = graph(text)
    found = arranged(nodes)
    _assert_runs(nodes, found)
    return [(item.group, [nodes[place].name for place in item.members]) for item in found]


def _assert_runs(nodes: list[Node], items: list[Item]) -> None:
    """Every call is there once, behind all that it reads."""
    order = [place for item in items for place in item.members]
    assert sorted(order) == list(range(len(nodes)))
    assert all(order.index(before) < order.index(place) for place in order for before in nodes[place].before)


def test_a_number_behind_the_block_is_a_part_of_it() -> None:
    found = groups("""
        conv2_block1_1_conv
        conv2_block1_0_conv
        conv2_block1_1_relu conv2_block1_1_conv
        conv2_block1_add conv2_block1_0_conv conv2_block1_1_relu
        conv2_block2_1_conv conv2_block1_add
        conv2_block2_1_relu conv2_block2_1_conv
        conv2_block2_add conv2_block1_add conv2_block2_1_relu
        conv2_block3_1_conv conv2_block2_add
        conv2_block3_1_relu conv2_block3_1_conv
        conv2_block3_add conv2_block2_add conv2_block3_1_relu
    """)
    sizes = [(name, len(members)) for name, members in found]
    assert sizes == [("conv2_block1", 4), ("conv2_block2", 3), ("conv2_block3", 3)]


def test_groups_that_hold_the_same_are_told_by_the_number_behind() -> None:
    found = groups("""
        stem
        block35_1_mixed stem
        block35_1_ac block35_1_mixed
        block35_2_mixed block35_1_ac
        block35_2_ac block35_2_mixed
    """)
    assert [name for name, _ in found] == ["", "block35_1", "block35_2"]


def test_what_lies_between_belongs_to_a_group() -> None:
    found = groups(
        """
        block1_conv
        (multiply) block1_conv
        block1_project multiply
        block2_conv block1_project
        (multiply_1) block2_conv
        block2_project multiply_1
    """
    )
    assert found == [
        ("block1", ["block1_conv", "multiply", "block1_project"]),
        ("block2", ["block2_conv", "multiply_1", "block2_project"]),
    ]


RESIDUAL = """
    stem
    block1_conv stem
    (conv2d) stem
    block1_norm block1_conv
    (add) conv2d block1_norm
    block2_conv add
    (conv2d_1) add
    block2_norm block2_conv
    (add_1) block2_norm conv2d_1
    head add_1
"""


def test_a_shortcut_and_its_sum_belong_to_their_group() -> None:
    found = groups(RESIDUAL)
    assert [(name, len(members)) for name, members in found] == [("", 1), ("block1", 4), ("block2", 4), ("", 1)]


def test_a_shortcut_that_somebody_else_reads_stays_outside() -> None:
    found = groups(RESIDUAL.replace("head add_1", "head add_1 conv2d"))
    assert [name for name, members in found if "conv2d" in members] == [""]


def test_groups_that_need_each_other_are_none() -> None:
    found = groups("""
        block1_a
        block2_a block1_a
        block1_b block2_a
        block2_b block1_b
    """)
    assert [name for name, _ in found] == [""] * 4


def test_a_name_that_is_there_once_makes_no_group() -> None:
    assert [name for name, _ in groups("conv1_pad\nconv1_conv conv1_pad\nconv1_bn conv1_conv")] == [""] * 3


def test_a_circle_is_a_failure() -> None:
    with pytest.raises(ImportFailure, match="layers wait for each other's outputs in a circle"):
        arranged([Node("a", [1], False), Node("b", [0], False)])
