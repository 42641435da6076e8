"""Root mean square norms that code writes out are one layer, and what is nearly one is not."""

from __future__ import annotations

from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")

from judging import TOKENS, Written, judged, learned  # noqa: E402

from archcalc.importing.pytorch import of_module  # noqa: E402
from archcalc.importing.torch.inputs import Input  # noqa: E402


def normed(x: Any, eps: float = 1e-6) -> Any:
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps)


@pytest.mark.parametrize(
    ("forward", "eps"),
    [
        (lambda m, x: m.weight * normed(x), "1e-6"),
        (lambda m, x: normed(x.float(), 1e-5).to(x.dtype) * m.weight, "1e-5"),
        (lambda m, x: m.weight * (torch.rsqrt(x.pow(2).mean(dim=[2], keepdim=True) + 0.1) * x), "0.1"),
    ],
)
def test_norms_are_one_layer(forward: Any, eps: str) -> None:
    class Norm(Written):
        def forward(self, x: Any) -> Any:
            return forward(self, x)

    class Net(Written):
        def forward(self, x: Any) -> Any:
            return self.norm(x).relu()

    found = judged(Net(None, norm=Norm(None, weight=learned(8))), TOKENS)
    assert f"{{rms_norm: {{eps: {eps}}}, as: norm}}" in found.found.text
    assert found.has_equal_bits


@pytest.mark.parametrize(
    "forward",
    [
        lambda m, x: m.weight * x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6),
        lambda m, x: m.weight * (x * torch.rsqrt(x.pow(2).mean(1, keepdim=True) + 1e-6)),
        lambda m, x: m.weight * (x * torch.rsqrt(x.pow(3).mean(-1, keepdim=True) + 1e-6)),
        lambda m, x: m.weight * (x * torch.rsqrt(x.relu().pow(2).mean(-1, keepdim=True) + 1e-6)),
        lambda m, x: m.weight * (x.relu() * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)),
        lambda m, x: m.weight * (x * torch.sqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)),
        lambda m, x: m.weight * (x + torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)),
        lambda m, x: (1 + m.weight) * normed(x),
    ],
)
def test_what_is_nearly_one_stays_as_it_is(forward: Any) -> None:
    text = of_module(Written(forward, weight=learned(8)), [Input(TOKENS)]).found.text
    assert "rms_norm" not in text
    assert "opaque" not in text
