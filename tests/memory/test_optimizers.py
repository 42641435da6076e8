"""What optimizers keep is what PyTorch's optimizers keep after a step, to the byte."""

from __future__ import annotations

from typing import Any

import pytest

from archcalc import load
from archcalc.dims import symbol
from archcalc.memory import OPTIMIZERS, NoOptimizer, Plan
from archcalc.memory.optimizers import optimizer

SIZES = [(16, 3, 5, 5), (16,), (10, 400), (10,), (2, 3, 7)]

PYTORCH: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("SGD", {"lr": 0.1}),
    "momentum": ("SGD", {"lr": 0.1, "momentum": 0.9}),
    "adam": ("Adam", {}),
    "adamw": ("AdamW", {}),
    "amsgrad": ("Adam", {"amsgrad": True}),
    "nadam": ("NAdam", {}),
    "radam": ("RAdam", {}),
    "adamax": ("Adamax", {}),
    "adagrad": ("Adagrad", {}),
    "adadelta": ("Adadelta", {}),
    "rmsprop": ("RMSprop", {}),
    "adafactor": ("Adafactor", {}),
}


@pytest.mark.parametrize("name", PYTORCH)
def test_states_are_those_of_pytorch(name: str) -> None:
    torch = pytest.importorskip("torch")
    called, options = PYTORCH[name]
    tensors = [torch.nn.Parameter(torch.randn(sizes)) for sizes in SIZES]
    one = getattr(torch.optim, called)(tensors, **options)
    sum(tensor.square().sum() for tensor in tensors).backward()
    one.step()
    kept = [value for state in one.state.values() for value in state.values() if isinstance(value, torch.Tensor)]
    theirs = sum(value.untyped_storage().nbytes() for value in kept)
    assert sum(OPTIMIZERS[name].bytes_for(sizes, "float32") for sizes in SIZES) == theirs


def test_eight_bits_keep_bytes_and_the_largest_of_every_block() -> None:
    assert OPTIMIZERS["adamw-8bit"].bytes_for((4096,), "float32") == 2 * (4096 + 16 * 4)
    assert OPTIMIZERS["adamw-8bit"].bytes_for((4095,), "float32") == 2 * 4095 * 4
    n = symbol("N")
    assert OPTIMIZERS["adamw-8bit"].bytes_for((256 * n,), "float32") == 2 * 256 * n + 8 * n


def test_every_optimizer_says_what_it_keeps_and_where_that_is_written() -> None:
    assert all(one.meaning and one.source for one in OPTIMIZERS.values())
    assert set(OPTIMIZERS) - set(PYTORCH) == {"lion", "adamw-8bit"}


def test_a_name_that_is_none_is_told_what_was_meant() -> None:
    with pytest.raises(NoOptimizer, match="there is no optimizer `adm`: did you mean `adam`"):
        optimizer("adm")
    assert Plan.of(training="Adam_W8bit".replace("_", "")).optimizer is OPTIMIZERS["adamw-8bit"]


def test_frozen_layers_have_no_states_and_no_gradients() -> None:
    text = "input: [8]\nlayers:\n  - {linear: 4, trainable: false}\n  - linear: 2"
    memory = load(text).check().memory(training="momentum")
    assert (memory.weights, memory.gradients, memory.states) == (4 * (36 + 10), 40, 40)
