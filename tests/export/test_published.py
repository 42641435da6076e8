"""Specs with the names of published code: its state dict loads strictly, in the same order, and gives the same bits."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from export.generated import exported, namespace
from layers.oracles import load_torch

HERE = Path(__file__).parent / "published"


def _regnet(models: Any) -> Any:
    stages = {"depths": [1, 2], "widths": [8, 16], "group_widths": [4, 8]}
    params = models.regnet.BlockParams(**stages, bottleneck_multipliers=[1.0, 1.0], strides=[2, 2])
    return models.regnet.RegNet(params, num_classes=10, stem_width=8)


def _convnext_of_timm(models: Any) -> Any:
    if not _has("timm"):
        pytest.skip("could not import 'timm'")
    cls = import_module("timm.models.convnext").ConvNeXt
    return cls(num_classes=10, depths=(1, 2, 1, 1), dims=(8, 16, 24, 32))


def _has(name: str) -> bool:
    return import_module("importlib.util").find_spec(name) is not None


PUBLISHED: dict[str, tuple[Callable[[Any], Any], int]] = {
    "regnet_torchvision": (_regnet, 32),
    "convnext_timm": (_convnext_of_timm, 64),
}
"""Specs, the models that they are, and the size of an image."""


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_state_dict_loads_strictly_and_gives_the_same_bits(models: Any, name: str) -> None:
    torch = load_torch()
    build, size = PUBLISHED[name]
    torch.manual_seed(0)
    theirs = build(models).eval()
    source = exported(str(HERE / f"{name}.yaml"))
    mine = getattr(namespace(source), source.class_name)().eval()
    # Tensors that start with one value, such as zeros, would hide one that is read in the place of another.
    with torch.no_grad():
        for tensor in theirs.parameters():
            tensor.copy_(torch.randn(tensor.shape) / max(tensor.numel(), 16) ** 0.25)
    state = theirs.state_dict()
    assert list(mine.state_dict()) == list(state)
    mine.load_state_dict(state, strict=True)
    image = torch.randn(2, 3, size, size)
    with torch.no_grad():
        found = mine(image)
        assert torch.equal(found, theirs(image))
    assert found.std() > 0
