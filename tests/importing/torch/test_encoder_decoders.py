"""Encoder-decoders: maps follow the sizes of others, and the legal sizes are those at which the module runs."""

from __future__ import annotations

from typing import Any

import pytest
from effort import share

torch: Any = pytest.importorskip("torch")

from encoder_decoders import (  # noqa: E402
    Checked,
    Large,
    Odd,
    Padded,
    PadsItself,
    Pyramid,
    Resized,
    UNet,
    Valid,
    disagreements,
)

from archcalc import Architecture, from_torch  # noqa: E402
from archcalc.importing.pytorch import of_module  # noqa: E402
from archcalc.importing.torch.inputs import Input  # noqa: E402
from archcalc.importing.torch.live.comparing import compared  # noqa: E402
from archcalc.verify.original import of_import  # noqa: E402

SMALL = [*((height, 32) for height in range(1, 26)), *((32, width) for width in (1, 4, 10, 11, 33)), (7, 9), (36, 4)]


@pytest.mark.parametrize(
    ("network", "channels", "legal"),
    [
        (UNet, 1, "H = 0 (mod 4); W = 0 (mod 4)"),
        (Resized, 1, "H >= 4; W >= 4"),
        (Valid, 3, "H >= 11; W >= 11"),
        (Pyramid, 3, "any H and W"),
        (Checked, 1, "H = 0 (mod 8); W = 0 (mod 2), W >= 4"),
        (Large, 1, "H = 0 (mod 4), H >= 20; W = 0 (mod 4)"),
    ],
    ids=["transposed", "resized", "without padding", "pyramid", "checked", "large"],
)
def test_legal_sizes_are_those_at_which_the_module_runs(network: Any, channels: int, legal: str) -> None:
    module = network()
    architecture = from_torch(module, (channels, 64, 64), verify=True)
    assert str(architecture.legal_sizes()) == legal
    assert not disagreements(architecture, module, channels, SMALL)


def test_a_map_is_resized_to_another_one_by_its_name() -> None:
    assert "upsample: {to: down2}" in from_torch(Resized(), (1, 64, 64)).text
    assert "upsample: {to: input, mode: bilinear}" in from_torch(Valid(), (3, 64, 64)).text


def test_how_a_part_of_a_size_is_rounded_is_told_by_an_odd_size() -> None:
    text = from_torch(Pyramid(), (3, 64, 64)).text
    assert "upsample: {size: [ceil(H / 4), ceil(W / 4)], mode: bilinear}" in text


def test_what_a_module_refuses_is_said_by_a_check() -> None:
    lines = from_torch(Checked(), (1, 64, 64)).text.splitlines()
    assert lines[1:3] == [
        "# `require` says which sizes the module refuses, as those say that were tried: ValueError: 65 x 64 is no size",
        "# for this network. Pad the image.",
    ]
    assert "  - require: {multiple_of: [8, 2]}" in lines
    assert "  - require: {at_least: [20, 1]}" in from_torch(Large(), (1, 64, 64)).text.splitlines()


def test_what_is_refused_in_no_simple_way_is_told() -> None:
    text = from_torch(Odd(), (1, 64, 64)).text.replace("\n# ", " ")
    assert "allow: from H = 65 to 96, 69, 77, 85 (ValueError: not this one)." in text


def test_a_network_that_pads_is_the_one_that_was_read_where_it_does_not() -> None:
    # Where sizes are halved evenly nothing is padded; elsewhere PyTorch runs another network.
    architecture = from_torch(Padded(), (1, 64, 64))
    assert str(architecture.legal_sizes()) == "H = 0 (mod 4); W = 0 (mod 4)"
    assert "require" not in architecture.text


def test_a_network_that_is_another_one_at_sizes_between_is_held_to_its_own() -> None:
    architecture = from_torch(PadsItself(), (1, 64, 64))
    assert str(architecture.legal_sizes()) == "H = 0 (mod 8); W = 0 (mod 8)"
    text = architecture.text.replace("\n# ", " ")
    assert (
        "`require` leaves out sizes at which the module is another network, as it is at those that were tried." in text
    )


SEGMENTATION = ("deeplabv3_mobilenet_v3_large", "deeplabv3_resnet50", "fcn_resnet50", "lraspp_mobilenet_v3_large")


@pytest.mark.parametrize("name", share(SEGMENTATION, shares=len(SEGMENTATION)))
def test_networks_of_torchvision(name: str, models: Any) -> None:
    with torch.device("meta"):
        net = getattr(models.segmentation, name)(weights=None, weights_backbone=None).eval()
    read = of_module(net, [Input((3, 64, 64))])
    found = read.found
    assert found.parameters == sum(one.numel() for one in net.parameters())
    assert (found.opaque, found.names.renamed, found.names.unreached, found.notes) == ([], {}, [], [])
    architecture = Architecture.from_text(found.text, name)
    assert str(architecture.legal_sizes()) == "any H and W"
    assert not disagreements(architecture, net, 3, [(1, 1), (1, 96), (2, 31), (33, 5), (65, 47), (64, 64)])
    if name.startswith("lraspp"):
        net = getattr(models.segmentation, name)(weights=None, weights_backbone=None).eval()
        outcome = of_import(read, lambda code: compared(net, code, fresh=True))
        assert outcome.is_equal, str(outcome)
