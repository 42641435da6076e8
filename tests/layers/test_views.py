"""Which layers write nothing: PyTorch says it by the memory that their outputs share with what they read."""

from __future__ import annotations

from pathlib import Path

import pytest
from layers.oracles import Sources, effective, load_torch, made, run_calls, taps_of

from archcalc import load
from archcalc.graph import Node
from archcalc.layers.table import KINDS

load_torch()
CASES = Path(__file__).resolve().parents[1] / "cases" / "layers"

UNDECIDED = {"crop", "unpool", "opaque"}
"""A part of the rows and columns is a smaller map, whether or not PyTorch copies it; unpooling reads what a pool has
found besides its map; and what an author wrote may be anything."""


@pytest.mark.parametrize("kind", sorted({*KINDS} - UNDECIDED))
def test_a_layer_is_a_view_where_pytorch_shares_its_memory(kind: str) -> None:
    nodes = [node for node in load(CASES / f"{kind}.yaml").check().graph.nodes if node.kind == kind]
    assert nodes
    for node in nodes:
        assert node.layer is not None
        assert node.layer.is_view == shares_memory(node), node.layer


@pytest.mark.parametrize("kind", sorted({*KINDS} - UNDECIDED))
def test_a_layer_hands_on_what_it_reads_at_inference_where_pytorch_does(kind: str) -> None:
    nodes = [node for node in load(CASES / f"{kind}.yaml").check().graph.nodes if node.kind == kind]
    for node in nodes:
        assert node.layer is not None
        moves_nothing = node.layer.is_view or node.layer.acts_in_training_only
        assert moves_nothing == shares_memory(node, at_inference=True), node.layer


@pytest.mark.parametrize("kind", sorted({*KINDS} - {"opaque"}))
def test_a_layer_fuses_where_a_number_changes_its_place_alone(kind: str) -> None:
    """Of every map that it reads, one number after the other is changed."""
    nodes = [node for node in load(CASES / f"{kind}.yaml").check().graph.nodes if node.kind == kind]
    for node in nodes:
        assert node.layer is not None
        if not node.layer.is_view:
            assert node.layer.fuses() == changes_its_place_alone(node), node.layer


def changes_its_place_alone(node: Node, places: int = 12) -> bool:
    """Whether a number of a map decides, at inference, about the number at its place of the output and no other."""
    import torch

    assert node.layer is not None
    shapes = [value.shape for value in node.inputs if value.shape is not None]
    inputs = shapes[: len(shapes) - len(taps_of(node.layer))]
    outputs = [value.shape for value in node.outputs if value.shape is not None]
    if not inputs or len(outputs) > 1 or inputs[0].integers is not None or inputs[0].sizes != outputs[0].sizes:
        return False
    sources = Sources(node.layer, inputs)
    calls = node.layer.torch(inputs, outputs, effective(node.layer, None))
    modules = made(calls)
    for module in modules:
        module.train(mode=False)

    def written() -> torch.Tensor:
        with torch.no_grad():
            (found,) = run_calls(calls, sources, modules=modules, folded=node.layer is not None and node.layer.is_merge)
        return found

    before = written().clone()
    (changed,) = sources.maps[:1]
    numbers = changed.numel()
    for place in range(0, numbers, max(1, numbers // places)):
        with torch.no_grad():
            number = changed.view(-1)[place].clone()
            changed.view(-1)[place] += 0.37
        moved = (written() != before).reshape(-1)
        with torch.no_grad():
            changed.view(-1)[place] = number
        moved[place] = False
        if changed.shape != before.shape or bool(moved.any()):
            return False
    return True


def shares_memory(node: Node, *, at_inference: bool = False) -> bool:
    """Whether all outputs of a layer lie in the memory of its inputs, by default while it is trained."""
    assert node.layer is not None
    # Behind what it reads come the maps that its fields name: `Sources` has them from there.
    shapes = [value.shape for value in node.inputs if value.shape is not None]
    inputs = shapes[: len(shapes) - len(taps_of(node.layer))]
    outputs = [value.shape for value in node.outputs if value.shape is not None]
    sources = Sources(node.layer, inputs)
    calls = node.layer.torch(inputs, outputs, effective(node.layer, None))
    modules = made(calls)
    for module in modules:
        module.train(not at_inference)
    written = run_calls(calls, sources, modules=modules, folded=node.layer.is_merge)
    read = {tensor.untyped_storage().data_ptr() for tensor in sources.maps}
    return {tensor.untyped_storage().data_ptr() for tensor in written} <= read
