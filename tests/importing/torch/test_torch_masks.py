"""Masks of attention: what hides later tokens is a word, what is added stays a map, and nothing else becomes either."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")

from judging import Two, Written, judged, learned  # noqa: E402

from archcalc.importing.pytorch import of_module  # noqa: E402
from archcalc.importing.torch.inputs import Input  # noqa: E402

nn = torch.nn
attention = torch.nn.functional.scaled_dot_product_attention
WORDS, HEADS, LEAST = Input((10,), "int"), (2, 10, 8), torch.finfo(torch.float32).min


def triangle(size: int) -> Any:
    return torch.arange(size)[:, None] >= torch.arange(size)


MASKS: dict[str, Callable[[Any, Any], Any]] = {
    "truths": lambda m, x: triangle(10),
    "truths of tril": lambda m, x: torch.ones(10, 10, dtype=torch.bool).tril()[None, None],
    "numbers": lambda m, x: torch.zeros(10, 10).masked_fill(~triangle(10), -torch.inf),
    "where": lambda m, x: torch.where(triangle(10), m.bias, LEAST),
    "where with a tensor": lambda m, x: torch.where(triangle(10)[None], m.bias[None], torch.tensor(-torch.inf)),
    "filled": lambda m, x: m.bias.masked_fill(~triangle(10), -torch.inf).contiguous(),
    "bias": lambda m, x: m.bias,
    "nothing": lambda m, x: torch.zeros(1, 2, 10, 10),
    "every token": lambda m, x: torch.ones(10, 10, dtype=torch.bool),
    "a bias and every token": lambda m, x: torch.where(torch.ones(10, 10, dtype=torch.bool), m.bias, LEAST),
}


@pytest.mark.parametrize("name", MASKS)
def test_masks_are_said(name: str) -> None:
    net = Written(lambda m, x: attention(x, x, x, MASKS[name](m, x)), bias=learned(2, 10, 10))
    if "bias" not in name and "where" not in name and name != "filled":
        del net.bias
    found = judged(net, HEADS)
    (node,) = [node for node in found.architecture.check().graph.nodes if node.kind == "dot_attention"]
    assert (node.layer.causal, node.layer.mask is not None) == (
        name not in ("bias", "nothing", "every token", "a bias and every token"),
        "bias" in name or "where" in name or name == "filled",
    )
    assert not found.found.opaque


@pytest.mark.parametrize(
    "mask",
    [
        lambda m, x: triangle(10).T,
        lambda m, x: torch.where(triangle(10), m.bias, -1e4),
        lambda m, x: torch.where(triangle(10).tril(-1), m.bias, -torch.inf),
        lambda m, x: torch.where(triangle(10), -torch.inf, m.bias),
        lambda m, x: torch.ones(10, 10, dtype=torch.bool).tril(1),
    ],
)
def test_other_masks_are_not_taken_for_it(mask: Any) -> None:
    net = Written(lambda m, x: attention(x, x, x, mask(m, x)), bias=learned(2, 10, 10))
    found = of_module(net, [Input(HEADS)]).found
    assert found.opaque
    assert "causal" not in found.text


def test_truths_hide_in_the_module_of_pytorch() -> None:
    class Attending(Written):
        def forward(self, x: Any) -> Any:
            return self.a(x, x, x, attn_mask=~triangle(10), need_weights=False)[0]

    print(of_module(Attending(None, a=nn.MultiheadAttention(8, 2, batch_first=True)), [Input((10, 8))]).found.text)
    found = judged(Attending(None, a=nn.MultiheadAttention(8, 2, batch_first=True)), (10, 8))
    assert "causal: true" in found.found.text


# Distances in buckets.


def bucket(words: Any, buckets: int, furthest: int, both: bool) -> Any:
    """Written out as the library of T5 has it."""
    places = torch.arange(words.shape[1])
    apart = places[None, :] - places[:, None]
    side = 0
    if both:
        buckets //= 2
        side, apart = (apart > 0).long() * buckets, apart.abs()
    else:
        apart = -torch.min(apart, torch.zeros_like(apart))
    near = buckets // 2
    far = near + (torch.log(apart.float() / near) / torch.log(torch.tensor(furthest / near)) * (buckets - near)).long()
    return side + torch.where(apart < near, apart, torch.min(far, torch.full_like(far, buckets - 1)))


@pytest.mark.parametrize(
    ("size", "buckets", "furthest", "both", "said"),
    [
        (150, 32, 128, True, "- relative_buckets\n"),
        (150, 32, 128, False, "relative_buckets: {bidirectional: false}"),
        (60, 8, 20, True, "relative_buckets: {buckets: 8, furthest: "),
        (40, 6, 30, False, "relative_buckets: {buckets: 6, furthest: "),
        (10, 32, 128, True, "- relative_buckets\n"),
    ],
)
def test_buckets_of_distances(size: int, buckets: int, furthest: int, both: bool, said: str) -> None:
    def forward(m: Any, x: Any, words: Any) -> Any:
        return attention(x, x, x, m.table(bucket(words, buckets, furthest, both)).permute(2, 0, 1)[None])

    found = judged(Two(forward, table=nn.Embedding(buckets, 2)), (2, size, 4), Input((size,), "int"))
    assert said in found.found.text.replace("- {relative_buckets, from: y}", "- relative_buckets\n")
    assert any("is taken as 128, the usual one" in note for note in found.found.notes) == (size == 10)


def test_what_are_no_buckets_stays_a_table() -> None:
    def forward(m: Any, x: Any) -> Any:
        places = torch.arange(6)
        return m.table((places[:, None] - places).abs().clamp(max=4)).permute(2, 0, 1) + 0 * x.mean(
            (1, 2, 3), keepdim=True
        )

    text = of_module(Written(forward, table=nn.Embedding(8, 2)), [Input((2, 6, 4))]).found.text
    assert "relative_buckets" not in text
    assert "buffer" in text
