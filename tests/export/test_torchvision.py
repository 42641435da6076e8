"""Exports compute what torchvision's own models compute, to the last bit, with the weights of those models."""

from __future__ import annotations

from typing import Any

import pytest
from export.generated import ROOT, exported, namespace
from layers.oracles import load_torch, random_weights

MODELS: dict[str, tuple[Any, ...]] = {
    "resnet:resnet18": ("resnet18", 64),
    "resnet:resnet50": ("resnet50", 64),
    "vgg:D": ("vgg16", 224),
    "alexnet:torchvision": ("alexnet", 224),
    "googlenet_torchvision:plain": ("googlenet", 224, {"aux_logits": False, "init_weights": False}),
    "inception_v3:plain": ("inception_v3", 299, {"aux_logits": False, "init_weights": False}),
    "mobilenet_v2:1.0": ("mobilenet_v2", 64),
    "mobilenet_v2:1.4": ("mobilenet_v2", 64, {"width_mult": 1.4}),
    "efficientnet:b0": ("efficientnet_b0", 64),
    "efficientnet:b5": ("efficientnet_b5", 64),
}
"""Networks of the catalogue, torchvision's models, the size of an image, and what else the model is built with."""


@pytest.mark.parametrize("network", MODELS)
def test_weights_load_and_outputs_are_equal(models: Any, network: str) -> None:
    torch = load_torch()
    name, size, *more = MODELS[network]
    options = more[0] if more else {}
    file, _, variant = network.partition(":")
    source = exported(f"{ROOT / 'specs' / file}.yaml:{variant}")
    # Modules without numbers yet cost nothing; the weights of the other are taken over as they are.
    with torch.device("meta"):
        mine = getattr(namespace(source), source.class_name)().eval()
        theirs = getattr(models, name)(weights=None, **options).eval()
    weights = random_weights(theirs.state_dict())
    for module in (mine, theirs):
        assert list(module.state_dict()) == list(weights)
        module.load_state_dict(weights, strict=True, assign=True)
    generator = torch.Generator().manual_seed(1)
    image = torch.randn(1, 3, size, size, generator=generator)
    with torch.no_grad():
        found, expected = mine(image), theirs(image)
    assert found.std() > 0
    assert torch.equal(found, expected)
    assert not torch.equal(mine(2 * image), expected), "the output does not depend on the input"
