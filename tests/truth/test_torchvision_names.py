"""Parameter names and shapes of the catalogue, equal to those of torchvision's models: weights can be exchanged."""

from __future__ import annotations

from typing import Any

import pytest
from catalogue import report
from truth_networks import concrete

torch = pytest.importorskip("torch")


def tensors(network: str) -> dict[str, tuple[int, ...]]:
    """Parameters and buffers by their full names."""
    found: dict[str, tuple[int, ...]] = {}
    for node in report(network).graph.nodes:
        assert node.facts is not None
        for tensor in (*node.facts.weights, *node.facts.buffers):
            found[f"{node.name}.{tensor.name}"] = concrete(tensor.shape)
    return found


@pytest.mark.parametrize(
    ("network", "model"),
    [
        ("resnet:resnet18", "resnet18"),
        ("resnet:resnet34", "resnet34"),
        ("resnet:resnet50", "resnet50"),
        ("resnet:resnet101", "resnet101"),
        ("resnet:resnet152", "resnet152"),
        ("vgg:A", "vgg11"),
        ("vgg:B", "vgg13"),
        ("vgg:D", "vgg16"),
        ("vgg:E", "vgg19"),
        ("alexnet:torchvision", "alexnet"),
        ("googlenet_torchvision:aux", "googlenet"),
        ("inception_v3:aux", "inception_v3"),
        ("mobilenet_v2:1.0", "mobilenet_v2"),
        *((f"efficientnet:b{step}", f"efficientnet_b{step}") for step in range(8)),
    ],
)
@pytest.mark.filterwarnings("ignore:The default weight initialization:FutureWarning")
def test_state_dict(models: Any, network: str, model: str) -> None:
    with torch.device("meta"):
        theirs = getattr(models, model)().state_dict()
    ours = tensors(network)
    assert ours == {name: tuple(tensor.shape) for name, tensor in theirs.items()}
    assert list(ours) == list(theirs)
