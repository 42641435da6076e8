"""Networks of torchvision are imported whole: totals, names and shapes, and equal bits at the sizes that they take."""

from __future__ import annotations

from typing import Any

import pytest
from effort import share

torch: Any = pytest.importorskip("torch")

from archcalc.importing.pytorch import of_module  # noqa: E402
from archcalc.importing.torch.inputs import Input  # noqa: E402
from archcalc.importing.torch.live.comparing import compared  # noqa: E402
from archcalc.verify.original import of_import  # noqa: E402

NETS = (
    *("alexnet", "convnext_tiny", "densenet121", "densenet169", "efficientnet_b0", "efficientnet_v2_s", "maxvit_t"),
    *("mnasnet0_5", "mobilenet_v2", "mobilenet_v3_large", "mobilenet_v3_small", "regnet_x_400mf", "regnet_y_400mf"),
    *("resnet18", "resnet34", "resnet50", "resnext50_32x4d", "shufflenet_v2_x0_5", "squeezenet1_0", "squeezenet1_1"),
    *("vgg11_bn", "vit_b_16"),
)
"""Of each family the small ones; all others are the same classes with other numbers."""
OF_ONE_SIZE = ("maxvit", "vit")


@pytest.mark.parametrize("name", share(NETS, shares=len(NETS)))
def test_networks_of_torchvision(name: str, models: Any) -> None:
    net = models.get_model(name, weights=None)
    side = 224 if name.startswith(OF_ONE_SIZE) else 96
    read = of_module(net, [Input((3, side, side))])
    found = read.found
    assert found.parameters == sum(one.numel() for one in net.parameters())
    assert not found.opaque
    assert (found.names.renamed, found.names.unreached, found.failures) == ({}, [], [])
    outcome = of_import(read, lambda code: compared(net, code, fresh=True))
    assert outcome.is_equal, str(outcome)
    assert len(outcome.outcomes) == (1 if name.startswith(OF_ONE_SIZE) else 2)
