"""Mixtures of experts that sort their tokens and multiply them group by group are one layer, and others are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")

from judging import learned, outputs, randomize  # noqa: E402

from archcalc import Architecture  # noqa: E402
from archcalc.importing.pytorch import of_module  # noqa: E402
from archcalc.importing.torch.inputs import Input  # noqa: E402

nn = torch.nn
functional = torch.nn.functional
if not hasattr(functional, "grouped_mm"):
    pytest.skip("this PyTorch has no products of groups", allow_module_level=True)
TOKENS, WIDTH, HIDDEN, EXPERTS, ACTIVE = 6, 16, 32, 5, 2


class Mixture(nn.Module):  # type: ignore[misc]
    """A router and its experts; what `changed` names is done in another way."""

    def __init__(self, gated: bool = True, **changed: Callable[..., Any]) -> None:
        super().__init__()
        self.gate = nn.Linear(WIDTH, EXPERTS, bias=False)
        self.gated = gated
        self.register_parameter("gate_up_proj" if gated else "up_proj", learned(EXPERTS, (1 + gated) * HIDDEN, WIDTH))
        self.down_proj = learned(EXPERTS, WIDTH, HIDDEN)
        self.changed = changed

    def step(self, name: str, *given: Any) -> Any:
        return (self.changed.get(name) or USUAL[name])(*given)

    def forward(self, x: Any) -> Any:
        rows = x.reshape(-1, WIDTH)
        weights, chosen = self.step("probabilities", self.gate(rows)).topk(ACTIVE, dim=-1)
        weights = self.step("weights", weights).reshape(-1)
        experts, order = torch.sort(chosen.reshape(-1))
        sizes = torch.histc(experts.float(), bins=EXPERTS, min=0, max=EXPERTS - 1)
        ends = torch.cumsum(sizes, dim=0, dtype=torch.int32)
        up = self.gate_up_proj if self.gated else self.up_proj
        inner = functional.grouped_mm(rows[self.step("owner", order)], up.transpose(-2, -1), offs=ends)
        inner = self.step("between", inner) if self.gated else functional.relu(inner)
        outer = functional.grouped_mm(inner, self.down_proj.transpose(-2, -1), offs=ends)
        outer = outer * weights[order].unsqueeze(-1)
        return self.step("back", outer, order).view(-1, ACTIVE, WIDTH).sum(dim=1).view(x.shape)


def put_back(outer: Any, order: Any) -> Any:
    back = torch.empty_like(order)
    back[order] = torch.arange(order.shape[0])
    return outer[back]


def gated(inner: Any) -> Any:
    gate, up = inner.chunk(2, dim=-1)
    return functional.silu(gate) * up


USUAL: dict[str, Callable[..., Any]] = {
    "probabilities": lambda scores: scores.float().softmax(dim=-1),
    "weights": lambda weights: weights / weights.sum(dim=-1, keepdim=True),
    "owner": lambda order: order // ACTIVE,
    "between": gated,
    "back": put_back,
}


def text_of(net: Any) -> str:
    found = of_module(net, [Input((TOKENS, WIDTH))]).found
    layers = 3 if net.gated else 2
    # A product of every chosen token with a matrix of its expert, which PyTorch's own counter does not see.
    wanted = TOKENS * (WIDTH * EXPERTS + ACTIVE * layers * WIDTH * HIDDEN)
    assert found.multiplications == wanted
    assert found.parameters == sum(one.numel() for one in net.parameters())
    assert any("does not see `grouped_mm`" in note for note in found.notes)
    return found.text


@pytest.mark.parametrize(
    ("net", "said"),
    [
        (lambda: Mixture(), "experts: {scores: gate, active: 2, hidden: 32}"),
        (lambda: Mixture(gated=False), "activation: relu, gated: false"),
        (lambda: Mixture(weights=lambda weights: weights), "normalize: false"),
        (lambda: Mixture(back=lambda outer, order: outer[torch.argsort(order)]), "hidden: 32}"),
        (lambda: Mixture(between=lambda x: x.chunk(2, -1)[1] * functional.gelu(x.chunk(2, -1)[0])), None),
    ],
)
def test_a_mixture_is_one_layer(net: Any, said: str | None) -> None:
    module = net()
    randomize(module)
    text = text_of(module)
    if said is None:
        assert "experts:" not in text
        return
    assert said in text
    network = Architecture.from_text(text, "imported").build_torch()
    # The tensors of a layer have its name in front, which those of this module lack.
    state = {f"experts.{name}" if "proj" in name else name: one for name, one in module.state_dict().items()}
    network.load_state_dict(state, strict=True)
    x = torch.randn(3, TOKENS, WIDTH)
    with torch.no_grad():
        torch.testing.assert_close(*outputs([network(x), module(x)]), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "changed",
    [
        {"probabilities": lambda scores: scores.sigmoid()},
        {"probabilities": lambda scores: scores.softmax(dim=0)},
        {"weights": lambda weights: weights / weights.amax(dim=-1, keepdim=True)},
        {"weights": lambda weights: weights + 1},
        {"owner": lambda order: order // (ACTIVE + 1)},
        {"between": lambda inner: functional.silu(inner.chunk(2, dim=-1)[0]) * inner.chunk(2, dim=-1)[0]},
        {"between": lambda inner: functional.gelu(inner.chunk(2, -1)[0], approximate="tanh") * inner.chunk(2, -1)[1]},
        {"back": lambda outer, order: outer[order]},
        {"back": lambda outer, order: outer},
    ],
)
def test_what_is_another_function_is_not_taken_for_one(changed: Any) -> None:
    text = text_of(Mixture(**changed))
    assert "experts:" not in text
    assert "opaque" in text
