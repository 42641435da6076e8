"""One part of a network as a picture: the part as it is, what enters and what leaves as stubs with their shapes."""

from __future__ import annotations

import pytest
from networks import one_of_each, report

import archcalc
from archcalc.draw.build import diagram


def test_a_block_by_its_full_name() -> None:
    drawn = archcalc.load("resnet:resnet18").check().draw("layer2.0").diagram
    assert drawn.title == "ResNet:resnet18 layer2.0"
    assert (drawn.parameters, drawn.notes) == (230_144, ())
    assert [(e.source, e.target, str(e.shape), e.tells) for e in drawn.edges] == [
        ("input", "conv1", "64×56×56", True),
        ("conv1", "conv2", "128×28×28", True),
        ("input", "downsample.0", "64×56×56", False),
        ("conv2", "add", "128×28×28", False),
        ("downsample.0", "add", "128×28×28", True),
        ("add", "output", "128×28×28", True),
    ]
    assert [box.label for box in drawn.boxes if box.role in ("input", "output")] == ["from layer1", "to layer2.1"]


def test_a_block_by_its_own_name() -> None:
    drawn = archcalc.load("resnet:resnet18").check().draw("unit").diagram
    assert drawn.notes == ("layer1.0, the first of 8 × unit",)
    assert [box.label for box in drawn.boxes if box.role in ("input", "output")] == ["from maxpool", "to layer1.1"]


def test_one_layer() -> None:
    drawn = archcalc.load("unet:paper").check().draw("head").diagram
    assert [(box.role, box.label) for box in drawn.boxes] == [
        ("input", "from dec1"),
        ("layer", "head"),
        ("output", "output"),
    ]


def test_several_maps_enter_and_leave() -> None:
    drawn = archcalc.load("unet:paper").check().draw("dec4").diagram
    assert [box.label for box in drawn.boxes if box.role == "input"] == ["from bottom", "from enc4"]
    drawn = archcalc.load("unet:paper").check().draw("enc4").diagram
    assert [box.label for box in drawn.boxes if box.role == "output"] == ["to 7", "to dec4"]
    assert [(e.target, str(e.shape)) for e in drawn.edges if e.tells][-2:] == [
        ("output", "512×64×64"),
        ("output_2", "512×64×64"),
    ]


@pytest.mark.parametrize("name", one_of_each())
def test_every_group_counts_as_its_layers_do(name: str) -> None:
    checked = report(name)
    scopes = list(dict.fromkeys(node.module.prefix.rstrip(".") for node in checked.graph.nodes if node.module.prefix))
    for scope in scopes[:: max(1, len(scopes) // 5)]:
        inside = [node for node in checked.graph.nodes if node.name.startswith(f"{scope}.")]
        shared = {node.shares.name for node in inside if node.shares is not None}
        total = sum(box.layers * box.times for box in diagram(checked, 1, layer=scope).boxes)
        assert total == len(inside) or shared


def test_what_there_is_not_is_told_with_what_comes_near() -> None:
    with pytest.raises(LookupError, match=r"no layer, no group and no block layr2\.0; did you mean layer2\.0\?"):
        archcalc.load("resnet:resnet18").check().draw("layr2.0")
