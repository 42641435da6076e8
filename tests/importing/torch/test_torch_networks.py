"""Networks that people use, held against what PyTorch itself says of them."""

from __future__ import annotations

import cProfile
import pstats
import time
from collections.abc import Callable
from typing import Any

import pytest
from effort import share

torch: Any = pytest.importorskip("torch")

from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from archcalc.importing.torch.inputs import Input  # noqa: E402
from archcalc.importing.torch.live.placement import Placement  # noqa: E402
from archcalc.importing.torch.live.tracing import traces  # noqa: E402

NETWORKS = [
    "alexnet",
    "convnext_base",
    "convnext_small",
    "convnext_tiny",
    "densenet121",
    "densenet161",
    "densenet169",
    "densenet201",
    "efficientnet_b0",
    "efficientnet_b3",
    "efficientnet_b7",
    "efficientnet_v2_s",
    "googlenet",
    "inception_v3",
    "maxvit_t",
    "mnasnet0_5",
    "mnasnet1_3",
    "mobilenet_v2",
    "mobilenet_v3_large",
    "mobilenet_v3_small",
    "regnet_x_16gf",
    "regnet_y_400mf",
    "resnet18",
    "resnet50",
    "resnet152",
    "resnext50_32x4d",
    "shufflenet_v2_x0_5",
    "shufflenet_v2_x1_5",
    "squeezenet1_0",
    "squeezenet1_1",
    "swin_s",
    "swin_t",
    "swin_v2_t",
    "vgg11",
    "vgg11_bn",
    "vgg19",
    "vit_b_16",
    "vit_l_32",
    "wide_resnet50_2",
]
ONE_SIZE = {"maxvit_t", "vit_b_16", "vit_l_32"}
"""Networks that refuse images of other sizes."""
HEADS = {"googlenet": 6_379_984, "inception_v3": 3_326_696}
"""Parameters that only training applies."""


def built(models: Any, name: str) -> Any:
    more = {"init_weights": False} if name in HEADS else {}
    return models.get_model(name, weights=None, **more)


@pytest.mark.parametrize("name", share(NETWORKS))
def test_torchvision(models: Any, name: str) -> None:
    with Placement():
        module = built(models, name)
    found = traces(module)
    trace = found.trace

    assert (found.other is None) == (name in ONE_SIZE)
    assert {one.name: one.shape for one in trace.tensors if not one.is_buffer} == {
        name: tuple(parameter.shape) for name, parameter in module.named_parameters()
    }
    only = set(found.only_in_training)
    assert sum(p.numel() for name, p in module.named_parameters() if name in only) == HEADS.get(name, 0)
    assert {one for one in trace.unread if not one.endswith("num_batches_tracked")} == only - {
        one for one in only if one.endswith("num_batches_tracked")
    }

    module = module.to("meta").eval().requires_grad_(False)
    counter = FlopCounterMode(display=False)
    with counter:
        module(torch.empty(1, *found.inputs[0].shape, device="meta"))
    assert trace.multiplications == counter.get_total_flops() // 2
    assert trace.multiplications == sum(function.multiplications for function in trace.root.functions())


def seconds(work: Callable[[], Any]) -> float:
    """Of processor time; the least of three, since others work on this machine."""
    taken = []
    for _ in range(3):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def test_tracing_takes_less_time_than_building(models: Any) -> None:
    with Placement():
        module = models.resnet50()
    assert seconds(lambda: traces(module)) < seconds(models.resnet50)


def test_the_work_grows_with_the_layers_and_not_faster() -> None:
    def calls(layers: int) -> int:
        module = torch.nn.Sequential(
            *(part for _ in range(layers) for part in (torch.nn.Linear(2, 2), torch.nn.ReLU(inplace=True)))
        )
        profile = cProfile.Profile()
        profile.runcall(traces, module, [Input((2,))], sizes=False)
        return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]

    calls(1)
    assert calls(400) < 4.4 * calls(100)
