"""A layer that is called as in Python gets the step that says the same; the numbers of PyTorch judge it."""

from __future__ import annotations

import pytest

from archcalc import load
from archcalc.layers.table import KINDS
from archcalc.spec.advice import kind_help, known_kind
from archcalc.spec.python_calls import step_of

CALLS = [
    ("nn.Conv2d(8, 16, 3)", "conv: {out: 16, kernel: 3}"),
    ("torch.nn.Conv2d(8, 16, (3, 1), stride=2, bias=False)", "conv: {out: 16, kernel: [3, 1], stride: 2, bias: false}"),
    ("Conv2d(in_channels=8, out_channels=16, kernel_size=3, padding='same')", None),
    ("nn.ConvTranspose2d(8, 4, 2, stride=2)", "conv_transpose: {out: 4, kernel: 2, stride: 2}"),
    ("nn.BatchNorm2d(8, eps=0.001)", "batch_norm: {eps: 0.001}"),
    ("nn.ReLU(inplace=True)", "relu"),
    ("nn.MaxPool2d(3, 2, 1)", "max_pool: {kernel: 3, stride: 2, padding: 1}"),
    ("nn.Dropout(0.25)", "dropout: {rate: 0.25}"),
    ("nn.Upsample(scale_factor=2)", "upsample: {factor: 2}"),
]


@pytest.mark.parametrize(("call", "step"), CALLS)
def test_the_step_has_the_shapes_and_the_parameters_of_the_call(call: str, step: str | None) -> None:
    torch = pytest.importorskip("torch")
    name = call.partition("(")[0]
    found = step_of(call, known_kind(name, {}))
    assert found is not None and (step is None or found == step)
    module = eval(call if name.startswith("torch.") else f"torch.nn.{call.removeprefix('nn.')}", {"torch": torch})
    report = load(f"input: [8, 12, 12]\nrounding: floor\nlayers:\n  - {found}\n").check()
    assert report.ok
    assert report.outputs["output"] == tuple(module(torch.rand(2, 8, 12, 12)).shape[1:])
    assert report.totals.parameters == sum(value.numel() for value in module.parameters())


@pytest.mark.parametrize(
    ("call", "step"),
    [
        ("Conv2D(32, 3)", "conv: {out: 32, kernel: 3}"),
        ("layers.Conv2D(32, (3, 3), strides=2)", "conv: {out: 32, kernel: [3, 3], stride: 2}"),
        ("Dense(10)", "linear: {out: 10}"),
        ("relu()", "relu"),
        ("nn.Linear(8, 5, False)", "linear: {out: 5, bias: false}"),
        ("nn.LayerNorm(64)", "layer_norm"),
    ],
)
def test_other_libraries(call: str, step: str) -> None:
    assert step_of(call, known_kind(call.partition("(")[0], {})) == step


@pytest.mark.parametrize(
    "call",
    [
        "conv(3, 16, 5)",  # whose order?
        "nn.GroupNorm(4, 8)",
        "Conv2D(32, 3, activation='relu')",
        "nn.Conv2d(3)",
        "nn.Flatten(start_dim=1)",
        "Foo(3)",
        "nn.Conv2d(3, 16, 3",
        f"nn.Dropout({'9' * 600})",
    ],
)
def test_what_is_not_sure_is_not_written(call: str) -> None:
    kind = known_kind(call.partition("(")[0], {})
    assert step_of(call, kind) is None
    assert kind_help(call, None, {}) == ("a layer's arguments stand behind a colon: `- conv: {out: 64, kernel: 3}`",)


def test_no_kind_is_lost() -> None:
    for kind in KINDS:
        assert step_of(f"{kind}()", kind) in (kind, None)
