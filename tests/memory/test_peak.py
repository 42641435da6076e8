"""The most that lives at one time is within a twentieth of what PyTorch's allocator gives out."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from typing import Any

import torch
from conventions.measured import Ready
from effort import share
from memory.hooks import inputs_of, most_at_once

import archcalc

BATCH = 2


def trained(module: Any, inputs: list[Any]) -> int:
    """The most bytes in a forward pass and the way back, with the gradients of the tensors, without the input."""
    module.train()

    def step() -> None:
        found = module(*inputs)
        several = found if isinstance(found, (tuple, list)) else (found,)
        sum(one.sum() for one in several if one.requires_grad).backward()

    return most_at_once(step)


def run(module: Any, inputs: list[Any]) -> int:
    """The most bytes in a forward pass in which every map is freed behind its last reader, without the input."""
    module.eval()
    lean = torch.fx.Interpreter(torch.fx.symbolic_trace(module), garbage_collect_values=True)

    def forward() -> None:
        with torch.no_grad():
            lean.run(*inputs)

    # With one thread alone PyTorch computes DenseNet otherwise, and needs a map less: as a rule there are several.
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        return most_at_once(forward)
    finally:
        torch.set_num_threads(threads)


TRAINED = ("densenet:densenet121", "efficientnet:b0", "vit:b_16", "mobilenet_v2:1.0", "shufflenet_v2:x1_0")
RUN = ("densenet:densenet121", "resnet:resnet50")
"""Networks that take turns."""


@pytest.mark.parametrize(
    "network", ["lenet:conv-c5", "alexnet:torchvision", "resnet:resnet18", "deit:tiny", *share(TRAINED, shares=5)]
)
def test_training_takes_what_the_allocator_gives(network: str) -> None:
    ready = Ready.of(network)
    memory = ready.checked.memory(BATCH, "sgd")
    here = memory.peak - memory.stays - memory.inputs  # type: ignore[operator]
    assert here == pytest.approx(trained(ready.build("cpu"), inputs_of(ready.checked.graph, BATCH)), rel=0.05)


@pytest.mark.parametrize("network", ["lenet:conv-c5", "alexnet:torchvision", "mobilenet_v2:1.0", *share(RUN, shares=2)])
def test_inference_takes_what_the_allocator_gives(network: str) -> None:
    ready = Ready.of(network)
    memory = ready.checked.memory(BATCH)
    here = memory.peak - memory.stays - memory.inputs  # type: ignore[operator]
    assert here == pytest.approx(run(ready.build("cpu"), inputs_of(ready.checked.graph, BATCH)), rel=0.05)


TOKENS = "input: {shape: [40, 64], layout: channels_last}\nlayers:\n  - {linear: 64, as: words}\n"
IMAGE = "input: {image: [16, 64, 64], rois: {shape: [4], count: 16}}\nlayers:\n  - {conv: [16, 1], from: image}\n"
KINDS = {
    "gru": f"{TOKENS}  - gru: {{hidden: 96}}\n  - linear: 8\n",
    "gru, both ways": f"{TOKENS}  - gru: {{hidden: 96, layers: 2, bidirectional: true}}\n  - linear: 8\n",
    "rnn": f"{TOKENS}  - rnn: {{hidden: 96, layers: 3}}\n  - linear: 8\n",
    "rnn, used again": f"{TOKENS}  - {{rnn: {{hidden: 64}}, as: read}}\n  - {{use: read}}\n",
    "lstm": f"{TOKENS}  - lstm: {{hidden: 96, projection: 48}}\n",
    "experts": f"{TOKENS}  - {{linear: 8, as: router}}\n"
    "  - {experts: {scores: router, active: 2, hidden: 32}, from: words}\n",
    "standardized": f"{IMAGE}  - conv: {{out: 16, kernel: 3, padding: 1, standardize: true}}\n",
    "weight norm": f"{IMAGE}  - conv: {{out: 16, kernel: 3, padding: 1, weight_norm: 0}}\n",
    "regions": f"{IMAGE}  - roi_pool: {{boxes: rois, size: 7}}\n",
}


@pytest.mark.parametrize("name", KINDS)
def test_a_layer_of_many_steps_takes_what_the_allocator_gives(name: str) -> None:
    architecture = archcalc.load(KINDS[name])
    report = architecture.check()
    memory = report.memory(BATCH, "sgd")
    here = memory.peak - memory.stays - memory.inputs  # type: ignore[operator]
    assert here == pytest.approx(trained(architecture.build_torch(), inputs_of(report.graph, BATCH)), rel=0.05)


@pytest.mark.parametrize("kind", ["gru", "rnn"])
def test_copies_of_weights_are_there_once(kind: str) -> None:
    text = f"input: {{shape: [9, 16], layout: channels_last}}\nlayers:\n  - {kind}: {{hidden: 32, layers: 5}}\n"
    memory = archcalc.load(text).check().memory(1, "adam", dtype="mixed")
    assert max(one.saved for one in memory.moments) <= memory.saved  # type: ignore[operator,type-var]


def test_checkpoints_take_what_the_allocator_gives() -> None:
    from torch.utils.checkpoint import checkpoint

    ready = Ready.of("resnet:resnet18")
    module = ready.build("cpu")
    scopes = [f"layer{stage}.{block}" for stage in range(1, 5) for block in range(2)]
    plain = ready.checked.memory(8, "sgd")
    memory = ready.checked.memory(8, "sgd", checkpoints=scopes)
    for stage in range(1, 5):
        for block in getattr(module, f"layer{stage}"):
            block.forward = _checkpointed(checkpoint, block.forward)
    here = memory.peak - memory.stays - memory.inputs  # type: ignore[operator]
    assert here == pytest.approx(trained(module, inputs_of(ready.checked.graph, 8)), rel=0.05)
    assert memory.peak < 0.85 * plain.peak  # type: ignore[operator]


def _checkpointed(checkpoint: Any, forward: Any) -> Any:
    return lambda x: checkpoint(forward, x, use_reentrant=False)
