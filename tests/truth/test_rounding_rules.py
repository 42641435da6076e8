"""The rounding of the catalogue is that of the framework that an entry names, also at sizes that nobody published."""

from __future__ import annotations

from typing import Any

import pytest
from catalogue import FILES, named, report

import archcalc
from archcalc.infer import infer
from archcalc.layers.pooling import AvgPool, MaxPool
from archcalc.layers.shape import Shape

torch = pytest.importorskip("torch")

SIZES: dict[str, tuple[str, dict[str, Any], tuple[int, ...]]] = {
    "inception_v3:plain": ("inception_v3", {"aux_logits": False, "init_weights": False}, (74, 75, 76, 128, 299, 300)),
    "googlenet_torchvision:plain": ("googlenet", {"aux_logits": False, "init_weights": False}, (15, 64, 99, 224)),
    "mobilenet_v2:1.0": ("mobilenet_v2", {}, (1, 33, 100, 224, 225)),
    "resnet:resnet18": ("resnet18", {}, (1, 31, 100, 225)),
    "resnet:resnet50": ("resnet50", {}, (1, 33, 230)),
    "efficientnet:b0": ("efficientnet_b0", {}, (1, 31, 100, 225)),
    "alexnet:torchvision": ("alexnet", {}, (62, 63, 64)),
}
"""Networks, torchvision's models, how these are built, and sizes of images on both sides of the least."""


@pytest.mark.parametrize("network", SIZES)
@pytest.mark.filterwarnings("ignore:The default weight initialization:FutureWarning")
def test_the_maps_of_torchvision_at_other_sizes(models: Any, network: str) -> None:
    name, options, sizes = SIZES[network]
    ours = archcalc.load(network)
    legal = ours.legal_sizes()
    with torch.device("meta"):
        theirs = getattr(models, name)(weights=None, **options).eval()
    maps: dict[str, tuple[int, ...]] = {}
    for place, module in theirs.named_modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(
                lambda _, __, output, place=place: maps.__setitem__(place, tuple(output.shape[1:]))
            )
    legal = legal.with_new_weights or legal
    for size in sizes:
        maps.clear()
        try:
            theirs(torch.empty(1, 3, size, size, device="meta"))
        except RuntimeError:
            runs = False
        else:
            runs = True
        at = dict.fromkeys(legal.symbols, size)
        assert (at in legal) == runs, size
        if runs:
            nodes = {node.name: node for node in ours.check(at).graph.nodes if node.kind in ("conv", "depthwise")}
            found = {place: nodes[place].facts.outputs[0].sizes for place in maps}
            assert found == maps, size


def caffe(size: int, kernel: int, stride: int, padding: int) -> int:
    """The length of Caffe's pooling_layer.cpp: it clips the last window only where there is padding."""
    length = -(-(size + 2 * padding - kernel) // stride) + 1
    return length - 1 if padding and (length - 1) * stride >= size + padding else length


NAMED = ("fcn", "fcn_alexnet", "fcn_googlenet", "googlenet", "segnet", "segnet_basic", "fast_rcnn")
CAFFE = [one for path in FILES if path.stem in NAMED for one in named(path)] + ["resnet_paper:50-caffe", "zfnet:padded"]


@pytest.mark.parametrize("network", CAFFE)
def test_pools_that_are_called_those_of_caffe_are_those_at_every_size(network: str) -> None:
    pools = {
        str(node.layer): node.layer for node in report(network).graph.nodes if isinstance(node.layer, MaxPool | AvgPool)
    }
    assert pools
    for layer in pools.values():
        kernel = layer.kernel if isinstance(layer.kernel, int) else layer.kernel[0]
        stride, padding = kernel if layer.stride is None else layer.stride, layer.padding
        assert isinstance(stride, int)
        assert isinstance(padding, int)
        for size in range(kernel, 120):
            (shape,) = infer(layer, [Shape((1, size, size))], layer.policy("caffe")).outputs or ()
            assert shape.sizes[1:] == (caffe(size, kernel, stride, padding),) * 2, (layer, size)
