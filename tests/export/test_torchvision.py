"""Exports compute what torchvision's own models compute, to the last bit, with the weights of those models."""

from __future__ import annotations

from typing import Any

import pytest
from generated import ROOT, exported, namespace
from layers.oracles import load_torch

MODELS = {
    "resnet:resnet18": ("resnet18", 64),
    "resnet:resnet50": ("resnet50", 64),
    "vgg:D": ("vgg16", 224),
    "alexnet:torchvision": ("alexnet", 224),
}


@pytest.mark.parametrize("network", MODELS)
def test_weights_load_and_outputs_are_equal(models: Any, network: str) -> None:
    torch = load_torch()
    name, size = MODELS[network]
    file, _, variant = network.partition(":")
    source = exported(f"{ROOT / 'specs' / file}.yaml:{variant}")
    # Modules without numbers yet cost nothing; the weights of the other are taken over as they are.
    with torch.device("meta"):
        mine = getattr(namespace(source), source.class_name)().eval()
        theirs = getattr(models, name)(weights=None).eval()
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


def random_weights(like: dict[str, Any]) -> dict[str, Any]:
    """A state dict of random numbers that neither vanish nor explode on their way through the network."""
    torch = load_torch()
    generator = torch.Generator().manual_seed(0)
    found: dict[str, Any] = {}
    for name, tensor in like.items():
        if tensor.dim() > 1:
            bound = (3 / tensor[0].numel()) ** 0.5 * 2**0.5
            found[name] = torch.empty(tensor.shape).uniform_(-bound, bound, generator=generator)
        elif tensor.dim() == 0:
            found[name] = torch.tensor(0)
        else:
            found[name] = torch.empty(tensor.shape).uniform_(0.5, 1, generator=generator)
    return found
