"""Encoder-decoders of segmentation_models_pytorch: totals, and legal sizes that the modules confirm by running.

Each run takes one of them; ARCHCALC_EXAMPLES=1 takes all.
"""

from __future__ import annotations

from typing import Any

import pytest
from effort import share

torch: Any = pytest.importorskip("torch")

from encoder_decoders import disagreements  # noqa: E402

from archcalc import Architecture  # noqa: E402
from archcalc.importing.pytorch import of_module  # noqa: E402
from archcalc.importing.torch.inputs import Input  # noqa: E402

HALVED = "H = 0 (mod 32); W = 0 (mod 32)"
NETS = {
    ("Unet", "resnet34"): "any H and W",
    ("Unet", "densenet121"): "H >= 29; W >= 29",
    ("UnetPlusPlus", "vgg11_bn"): HALVED,
    ("FPN", "efficientnet-b0"): HALVED,
    ("Linknet", "mobilenet_v2"): HALVED,
    ("PSPNet", "resnet34"): "H = 0 (mod 8); W = 0 (mod 8)",
    ("PAN", "resnet34"): "H = 0 (mod 16), H >= 128; W = 0 (mod 16), W >= 128",
    ("DeepLabV3", "resnet34"): "H = 0 (mod 8); W = 0 (mod 8)",
    ("DeepLabV3Plus", "mobilenet_v2"): "H = 0 (mod 16); W = 0 (mod 16)",
    ("MAnet", "resnet34"): HALVED,
    ("UPerNet", "resnet34"): HALVED,
    ("Segformer", "resnet34"): HALVED,
}
SIZES = [
    *((1, 1), (8, 224), (16, 16), (24, 40), (28, 28), (29, 224), (31, 64), (32, 32), (33, 32), (48, 96), (63, 64)),
    *((64, 65), (96, 160), (112, 224), (127, 128), (128, 128), (129, 224), (144, 208), (160, 96), (224, 253)),
]


@pytest.mark.parametrize(("name", "encoder"), share(list(NETS), shares=len(NETS)))
def test_an_encoder_decoder(name: str, encoder: str, models: Any) -> None:
    segmentation: Any = pytest.importorskip("segmentation_models_pytorch")
    with torch.device("meta"):
        net = getattr(segmentation, name)(encoder_name=encoder, encoder_weights=None, classes=2).eval()
    read = of_module(net, [Input((3, 224, 224))])
    found = read.found
    # An encoder of the library has stages that some decoders do not read: nothing that ran applies them.
    unread = set(read.traces.trace.unread)
    assert set(found.names.unreached) <= unread
    assert found.parameters == sum(one.numel() for path, one in net.named_parameters() if path not in unread)
    assert found.multiplications == read.traces.trace.multiplications
    assert (found.opaque, found.failures, found.names.renamed) == ([], [], {})
    architecture = Architecture.from_text(found.text, name)
    assert str(architecture.legal_sizes()) == NETS[name, encoder]
    assert not disagreements(architecture, net, 3, SIZES)
