"""Parameter names and shapes of the catalogue, equal to those of torchvision's models: weights can be exchanged."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest
from truth_networks import concrete, report

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def models() -> Iterator[Any]:
    """torchvision's models. A build for another torch loads no compiled operators; then two need a declaration."""
    if find_spec("torchvision") is None:
        pytest.skip("could not import 'torchvision'")
    library = None
    try:
        found = import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::nms does not exist" not in str(error):
            raise
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "DEF")
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        found = import_module("torchvision")
    yield found.models
    del library  # Its declarations live as long as it does.


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
    ],
)
def test_state_dict(models: Any, network: str, model: str) -> None:
    with torch.device("meta"):
        theirs = getattr(models, model)().state_dict()
    ours = tensors(network)
    assert ours == {name: tuple(tensor.shape) for name, tensor in theirs.items()}
    assert list(ours) == list(theirs)
