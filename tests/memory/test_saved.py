"""What autograd keeps of every network of the catalogue is what PyTorch's saved-tensor hooks see, to the byte."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import gc

import torch
from catalogue import architecture, networks
from conventions.measured import Ready
from conventions.uncomputed import Uncomputed
from differential.draw import subjects
from effort import parts, share
from memory.hooks import compared, inputs_of, kept_by_pytorch, kept_here

import archcalc

BATCH = 2
PARAMETERS = 60_000_000
SAVED = 600_000_000
"""Networks that are larger, or keep more bytes, take minutes; they follow from the same rules."""

NAMED = {
    "detr": "the queries that it has learned are repeated for every item of the batch where they are projected",
}
"""Networks for which a difference is known, with its reason; it is below a thousandth of what is kept."""

ALWAYS = (
    "alexnet:torchvision", "mobilenet_v2:1.0", "unet:padded", "swin:tiny", "vit:b_32", "t5", "lenet:1998",
    "googlenet_torchvision:plain",
)  # fmt: skip
"""Networks of every run; others take turns."""


OTHERS = [name for name in networks() if name not in ALWAYS and name not in NAMED]


@pytest.mark.parametrize("network", [*ALWAYS, *share(OTHERS)])
def test_saved_tensors_are_those_of_pytorch(network: str) -> None:
    ready = Ready.of(network)
    here, unknown = kept_here(ready.checked.graph, BATCH)
    if unknown or here > SAVED or ready.parameters > PARAMETERS:
        pytest.skip("a layer that nobody knows, or too large")
    module = ready.build("cpu")
    with Uncomputed():
        assert kept_by_pytorch(module, inputs_of(ready.checked.graph, BATCH)) == here
    gc.collect()


SMALLER: dict[str, dict[str, int]] = {
    "fast_rcnn:CaffeNet": {"H": 96, "W": 128, "R": 3},
    "fast_rcnn:VGG_CNN_M_1024": {"H": 96, "W": 128, "R": 3},
    "fast_rcnn:VGG16": {"H": 64, "W": 80, "R": 3},
    "fast_rcnn:VGG16-floor": {"H": 70, "W": 90, "R": 3},
    "faster_rcnn": {"H": 128, "W": 160, "R": 3},
    "mixtral": {"width": 64, "heads": 8, "key_heads": 2, "hidden": 24, "words": 50, "depth": 2, "T": 9},
}
"""Networks that are too large as they are, and sizes at which they are not."""


@pytest.mark.parametrize("network", share(sorted(SMALLER), shares=3))
def test_a_large_network_keeps_at_smaller_sizes_what_pytorch_keeps(network: str) -> None:
    with Uncomputed():
        found = compared(architecture(network), BATCH, SMALLER[network])
    gc.collect()
    assert found is not None and (found.here, found.unknown) == (found.theirs, [])


@pytest.mark.parametrize("network", NAMED)
def test_a_named_difference_is_still_there_and_small(network: str) -> None:
    ready = Ready.of(network)
    here, _ = kept_here(ready.checked.graph, BATCH)
    module = ready.build("cpu")
    with Uncomputed():
        theirs = kept_by_pytorch(module, inputs_of(ready.checked.graph, BATCH))
    assert here != theirs and abs(here - theirs) < theirs / 1000


@pytest.mark.parametrize(("name", "network"), [("resnet18", "resnet:resnet18"), ("mobilenet_v2", "mobilenet_v2:1.0")])
def test_in_place_is_what_torchvision_has(models: object, name: str, network: str) -> None:
    module = getattr(models, name)()
    graph = Ready.of(network).checked.graph
    here, _ = kept_here(graph, BATCH, in_place=True)
    with Uncomputed():
        assert kept_by_pytorch(module, inputs_of(graph, BATCH)) == here


@pytest.mark.parametrize("network", ["resnet:resnet18", "mobilenet_v2:1.0"])
def test_mixed_precision_keeps_what_autocast_keeps(network: str) -> None:
    ready = Ready.of(network)
    module = ready.build("cpu")
    with Uncomputed(), torch.autocast("cpu", torch.bfloat16):
        theirs = kept_by_pytorch(module, inputs_of(ready.checked.graph, BATCH))
    assert ready.checked.memory(BATCH, "sgd", "mixed").saved == theirs


@pytest.mark.parametrize("seeds", parts(4000, 100))
def test_random_networks_keep_what_pytorch_keeps(seeds: range) -> None:
    torch.set_num_threads(1)
    agree, differ = 0, []
    for seed in seeds:
        found = _compared(seed)
        if found is None:
            continue
        here, theirs = found
        agree += here == theirs
        if here != theirs:
            differ.append((seed, here, theirs))
    assert agree >= 30
    # Two or three of a hundred differ: parameters without a batch that are repeated for it, crops of open sizes.
    assert len(differ) <= 0.08 * (agree + len(differ)), differ


def _compared(seed: int) -> tuple[int, int] | None:
    """What is kept here and by PyTorch of the network of a seed, if it runs and all its layers are known."""
    architecture = archcalc.load(next(iter(subjects(seed))).data)
    report = architecture.check()
    if not report.ok or not all(isinstance(value, int) for value in report.symbols.values()):
        return None
    if kept_here(report.graph, BATCH)[1]:
        return None
    try:
        found = compared(architecture, BATCH)
    except (ValueError, RuntimeError) as error:
        # In training, PyTorch refuses statistics of one number for each channel, which evaluation does not need.
        assert "more than 1" in str(error) or "pad" in str(error).lower(), error
        return None
    return None if found is None else (found.here, found.theirs)
