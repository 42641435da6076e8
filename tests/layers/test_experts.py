"""Mixtures of experts against loops over tokens and experts, and what of them is active."""

from __future__ import annotations

from typing import Any

import pytest
from oracles import Sources, ask, assert_as_torch, assert_symbols_agree, load_torch, made, run_calls

import archcalc
from archcalc.dims import symbol
from archcalc.layers.base import Layer, Tap
from archcalc.layers.experts import Experts
from archcalc.layers.shape import Shape

T, D, E = symbol("T"), symbol("D"), symbol("E")


def tokens(*sizes: Any, items: Any = 1) -> Shape:
    return Shape(sizes, "channels_last", items)


WAYS: list[dict[str, Any]] = [
    {"active": 2},
    {"active": 1, "gated": False, "activation": "relu", "normalize": False},
    {"active": 5, "activation": "gelu"},
    {"active": 3, "normalize": False},
]


@pytest.mark.parametrize("fields", WAYS)
@pytest.mark.parametrize("leading", [(), (2,)])
def test_is_what_loops_compute(leading: tuple[int, ...], fields: dict[str, Any]) -> None:
    torch = load_torch()
    shape = tokens(*leading, 7, 4)
    layer = Experts(scores=Tap(tokens(*leading, 7, 5)), hidden=6, **fields)
    assert_as_torch(layer, shape)
    sources = Sources(layer, [shape])
    calls = layer.torch([shape], [shape], "exact")
    (module,) = made(calls)
    for weight in module.parameters():
        torch.nn.init.uniform_(weight, -1, 1)
    with torch.no_grad():
        (found,) = run_calls(calls, sources, modules=[module])
    act = getattr(torch.nn.functional, fields.get("activation", "silu"))
    x, scores = (value.flatten(0, -2) for value in sources.maps)
    for token, ratings, result in zip(x, scores, found.flatten(0, -2), strict=True):
        shares = ratings.softmax(0)
        best = sorted(range(5), key=lambda one: -shares[one])[: fields["active"]]
        whole = sum(shares[one] for one in best) if fields.get("normalize", True) else 1
        expected = torch.zeros(4)
        for one in best:
            if fields.get("gated", True):
                gate, up = (module.gate_up_proj[one] @ token).chunk(2)
                inner = act(gate) * up
            else:
                inner = act(module.up_proj[one] @ token)
            expected += shares[one] / whole * (module.down_proj[one] @ inner)
        torch.testing.assert_close(result, expected.detach())


def test_symbols() -> None:
    values = [{"T": value, "D": 10 - value, "E": value} for value in range(1, 10)]
    layer = Experts(scores=Tap(tokens(T, E)), active=4, hidden=D)
    assert assert_symbols_agree(layer, [tokens(T, D)], values) == 6


def test_published_weights_have_these_names(models: Any) -> None:
    torch = load_torch()
    mixtral = pytest.importorskip("transformers.models.mixtral.modeling_mixtral")
    from transformers import MixtralConfig

    config = MixtralConfig(hidden_size=8, intermediate_size=12, num_local_experts=4)
    with torch.device("meta"):
        theirs = mixtral.MixtralExperts(config)
    shape = tokens(5, 8)
    ours = Experts(scores=Tap(tokens(5, 4)), active=2, hidden=12).weights([shape], [shape])
    assert [(one.name, one.shape) for one in ours] == [(name, tuple(v.shape)) for name, v in theirs.named_parameters()]


REFUSED: list[tuple[Layer, Shape, str, str]] = [
    (
        Experts(scores=Tap(tokens(7, 2)), active=3, hidden=6),
        tokens(7, 4),
        "AC133",
        "`active` is 3, and there are scores for 2 experts",
    ),
    (
        Experts(scores=Tap(tokens(6, 5)), active=3, hidden=6),
        tokens(7, 4),
        "AC306",
        "experts needs scores for every token of 7×4, but gets 6×5",
    ),
    (
        Experts(scores=Tap(tokens(2, 7, 5)), active=3, hidden=6),
        tokens(7, 4),
        "AC306",
        "experts needs scores for every token of 7×4, but gets 2×7×5",
    ),
    (
        Experts(scores=Tap(Shape((5, 7))), active=3, hidden=6),
        tokens(7, 4),
        "AC321",
        "the scores of experts reads tokens [T, D] with the channels last, but gets 5×7 with the channels first",
    ),
    (
        Experts(scores=Tap(tokens(7, 5)), active=3, hidden=6),
        Shape((4,)),
        "AC304",
        "experts reads tokens [T, D], but gets 4",
    ),
]


@pytest.mark.parametrize(("layer", "shape", "code", "message"), REFUSED)
def test_refused(layer: Layer, shape: Shape, code: str, message: str) -> None:
    answer = ask(layer, shape)
    assert answer.codes == (code,)
    assert answer.site.findings[0].message == message


SPEC = """
input: [16, T]
at: {T: 9}
layers:
  - {tokens, as: words}
  - {linear: {out: 8, bias: false}, as: gate}
  - {experts: {scores: gate, active: 2, hidden: 24}, from: words, as: mixed}
"""


def test_a_check_tells_how_many_parameters_are_active() -> None:
    each = 3 * 16 * 24
    report = archcalc.load(f"{SPEC}expect: {{active_parameters: {16 * 8 + 2 * each}}}\n").check()
    assert report.ok
    assert report.totals.parameters == 16 * 8 + 8 * each
    assert report.totals.multiplications == 9 * (16 * 8 + 2 * each)
    assert "of which 2,432 parameters are active for a token" in report.to_text(width=80)
    plain = archcalc.load("input: [16, 4]\nlayers: [tokens, linear: 3]").check()
    assert "active" not in plain.to_text(width=80)


def test_frozen_experts_are_not_active() -> None:
    frozen = SPEC.replace("as: mixed", "as: mixed, trainable: false")
    assert archcalc.load(f"{frozen}expect: {{active_parameters: 128}}\n").check().ok


def test_exported_code_agrees() -> None:
    pytest.importorskip("torch")
    found = archcalc.load(SPEC).verify()
    assert found.ok, found
