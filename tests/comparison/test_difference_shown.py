"""A difference as a notebook, a comment and a picture show it: nothing of a spec is markup, and signs say all."""

from __future__ import annotations

import re

import pytest

import archcalc
from archcalc import Difference
from archcalc.draw.palette import DARK, LIGHT, Palette

HOSTILE = "input: [8]\nlayers:\n  - {opaque: {shape: [8], products: 0, reason: '<b>old</b>'}, as: a}\n"


def hostile() -> Difference:
    one = archcalc.load(
        {"name": "<script>alert(1)</script>|`", "input": [3, 8, 8], "layers": [{"conv": [4, 3], "as": "a"}]}
    )
    two = archcalc.Architecture.from_text(
        "input: [3, 8, 8]\nlayers:\n  - {conv: [5, 3], as: a}\n", "<img src=x>\n```|`$.yaml"
    )
    return Difference(one.check(), two.check())


def test_nothing_is_markup_in_a_notebook() -> None:
    text = hostile()._repr_html_()
    assert "<img" not in text and "&lt;img src=x&gt;\\n" in text
    assert "conv out 4 → 5" in text
    field = archcalc.diff(HOSTILE, HOSTILE.replace("old", "new"))._repr_html_()
    assert "&lt;b&gt;old" in field and "<b>old" not in field and "<b>new" not in field
    shown = archcalc.diff("residual_block:identity", "residual_block:projection")._repr_html_()
    assert shown.count("<table") == 2 and "<td" in shown and "+211%" in shown


def test_nothing_is_markup_in_a_comment() -> None:
    text = hostile().to_markdown()
    assert "&lt;img src=x&gt;\\\\n" in text
    assert text.count("```") == 2
    assert "! ~ a  conv out 4 → 5" in text


def test_a_comment_says_what_follows_from_a_change() -> None:
    before = "input: [8]\nlayers: [linear: 8, tanh]\n"
    text = archcalc.diff(before, before.replace("linear: 8", "linear: 9")).to_markdown()
    assert text.endswith("```\n\n2 layers: 1 changed, 1 not changed\n\n1 layer follows from that: shapes")


def test_forms_give_way_to_a_narrow_terminal_and_numbers_do_not() -> None:
    before = "input: [3, N, M]\nlayers: [{conv: [8, 3], as: a}, {conv: [16, 5], as: b}]\n"
    found = archcalc.diff(before, before.replace("[8, 3]", "[12, 3]"))
    table = found.to_text(width=60).splitlines()[2:7]
    assert table == [
        "                  before         after        change",
        "─" * 60,
        "parameters         3,440         5,152        +1,712  +49.8%",
        "multiplications  3416*M…  5124*M*N - …  +1708*M*N -…",
        "activations      24*M*N…  28*M*N - 12…  +4*M*N - 8*…",
    ]
    assert "parameters       3,440   5,152  +1,712  +49.8%" in found.to_text(width=20)
    # What is cut stands below in full, with room for the four cells by which its later lines are moved.
    assert "activations: 24*M*N - 112*M - 112*N + 608" in found.to_text(width=45).splitlines()
    assert "activations: 24*M*N - 112*M - 112*N +" in found.to_text(width=44).splitlines()


def test_many_layers_are_folded_in_a_comment() -> None:
    text = archcalc.diff("mobilenet_v2:1.0", "mobilenet_v2:1.4").to_markdown()
    assert text.count("<details>") == text.count("</details>") == 1


def marks(before: str, after: str, depth: int | None = None) -> dict[str, str]:
    picture = archcalc.diff(before, after).draw(depth=depth)
    return {box.name: box.mark for box in picture.diagram.walk()}


def test_boxes_have_signs() -> None:
    found = marks("residual_block:identity", "residual_block:projection", 2)
    assert {name: mark for name, mark in found.items() if mark} == {
        "first": "~",
        "first.0": "~",
        "second": "~",
        "second.0": "~",
        "shortcut": "+",
        "shortcut.0": "+",
    }
    found = marks("residual_block:projection", "residual_block:identity", 2)
    assert (found["shortcut"], found["shortcut.0"]) == ("-", "-")


def test_edges_of_both_are_drawn() -> None:
    picture = archcalc.diff("residual_block:identity", "residual_block:projection").draw(depth=2)
    edges = {(edge.source, edge.target, edge.mark) for edge in picture.diagram.edges if edge.mark}
    assert edges == {("input", "shortcut.0", "+"), ("shortcut.0", "add", "+"), ("input", "add", "-")}


def test_outputs_have_signs() -> None:
    pair = ("googlenet:caffe", "googlenet:caffe-heads")
    found, other = marks(*pair, 1), marks(*pair[::-1], 1)
    assert (found["loss1"], found["classifier"]) == ("+", "")
    outputs = {box.label: box.mark for box in archcalc.diff(*pair[::-1]).draw().diagram.walk() if box.role == "output"}
    assert outputs == {"classifier": "", "loss1": "-", "loss2": "-"}
    assert other["loss1"] == "-"


def test_what_is_gone_stands_where_it_was() -> None:
    after = "input: [8]\nlayers: [{as: g, do: [{linear: 8, as: b}, {relu, as: c}]}]\n"
    before = after.replace("do: [", "do: [{tanh, as: a}, ")
    found = marks(before, after, 2)
    assert [name for name in found if name.startswith("g.")] == ["g.a", "g.b"]
    assert found["g.a"] == "-"


def test_what_is_the_same_is_closed() -> None:
    found = marks("resnet:resnet18", "resnet:resnet34")
    assert not any(name.startswith("layer1.0.") for name in found)
    assert found["layer1.2"] == "+"


def test_a_closed_box_says_what_has_changed_in_it() -> None:
    picture = archcalc.diff("unet:paper", "unet:padded").draw(depth=1)
    told = {box.name: box.remarks for box in picture.diagram.walk()}
    assert told["enc1"] == ("2 × conv padding 0 → 1",)
    assert told["input"] == ("shape 1×572×572 → 1×512×512",)
    picture = archcalc.diff("resnet:resnet18", "resnet:resnet34").draw(depth=1)
    assert {box.name: box.remarks for box in picture.diagram.walk()}["layer1"] == ("7 added",)


def test_colours_are_never_alone() -> None:
    dot = archcalc.diff("residual_block:identity", "residual_block:projection").draw(depth=2).dot
    assert "+ added" in dot and "− removed" in dot and "~ changed" in dot and "grey: the same" in dot
    assert re.search(r"<b>\+ conv 1×1, 128</b>", dot)
    for sign in ("+", "-"):
        assert LIGHT.marks[sign].border in dot


def _luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("sign", LIGHT.marks)
def test_signs_can_be_read_on_their_boxes(sign: str, palette: Palette) -> None:
    """The contrast that WCAG asks of small text is 4.5."""
    color = palette.marks[sign]
    for ground in (palette.background, color.fill):
        light, dark = sorted((_luminance(ground), _luminance(color.border)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) > 4.5


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("lenet:conv-c5", "lenet:caffe"),
        ("googlenet:caffe", "googlenet:caffe-heads"),
        ("vgg:D", "vgg:E"),
        ("unet:paper", "unet:padded"),
    ],
)
def test_every_difference_can_be_drawn(before: str, after: str) -> None:
    found = archcalc.diff(before, after)
    drawn = [box for box in found.draw(depth=9).diagram.walk() if not box.children and box.role != "output"]
    for state, sign in (("added", "+"), ("removed", "-")):
        told = sum(change.state == state for change in found.layers)
        closed = sum(box.times * max(box.layers, 1) for box in drawn if box.mark == sign)
        assert closed == told
