"""Closed blocks say that they have a skip, and which kind; nothing else does."""

from __future__ import annotations

import pytest

import archcalc

BLOCK = """
input: [8, 8, 8]
blocks:
  unit():
{body}
layers: [unit, relu]
"""


def skip(*body: str) -> str:
    """What is said of a block."""
    text = BLOCK.replace("{body}", "\n".join(f"    {line}" for line in body))
    report = archcalc.load(text).check()
    assert report.ok, report.to_text()
    (unit,) = (box for box in report.draw(depth=1).diagram.boxes if box.role == "scope")
    return unit.skip


MAIN = "[{conv: [8, 3, 1, 1]}, batch_norm, relu, {conv: [8, 3, 1, 1]}, batch_norm]"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ([f"- add: [here, {MAIN}]", "- relu"], "identity"),
        ([f"- add: [{MAIN}, here]"], "identity"),
        ([f"- add: [[{{conv: [8, 1]}}, batch_norm], {MAIN}]", "- relu"], "projection"),
        ([f"- {{as: inner, do: [{{add: [here, {MAIN}]}}, relu]}}"], "identity"),
        (["- {conv: [8, 1], as: a}", "- {conv: [8, 1], as: b}", "- add: [a, here]"], "identity"),
        (["- add: [[{conv: [8, 1]}], [{conv: [8, 1]}]]"], ""),
        (["- add: [[{conv: [8, 3, 1, 1]}], [{conv: [8, 3, 1, 1]}, {conv: [8, 3, 1, 1]}]]"], ""),
        (["- add: [here, here]"], ""),
        ([f"- concat: [here, {MAIN}]"], ""),
        (["- {conv: [8, 3, 1, 1]}", "- {conv: [8, 3, 1, 1]}"], ""),
        ([f"- {{as: one, do: [{{add: [here, {MAIN}]}}]}}", f"- {{as: two, do: [{{add: [here, {MAIN}]}}]}}"], ""),
    ],
)
def test_blocks(body: list[str], expected: str) -> None:
    assert skip(*body) == expected


def test_of_a_published_network() -> None:
    found = {
        box.name: box.skip for box in archcalc.load("resnet:resnet18").draw(depth=2).diagram.walk() if not box.children
    }
    assert {name: kind for name, kind in found.items() if kind} == {
        "layer1.0": "identity",
        "layer2.0": "projection",
        "layer2.1": "identity",
        "layer3.0": "projection",
        "layer3.1": "identity",
        "layer4.0": "projection",
        "layer4.1": "identity",
    }


def test_it_is_said_in_words() -> None:
    picture = archcalc.load("resnet:resnet18").draw(depth=2)
    assert picture.dot.count('color="#4a5568">with a skip through a projection<') == 3
    assert picture.svg.count("with a skip through a projection</title>") == 3
