"""Rotary positions that code writes out are one layer, which takes any number of tokens; other products are not."""

from __future__ import annotations

from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")

from judging import Written, judged  # noqa: E402

from archcalc.importing.pytorch import of_module  # noqa: E402
from archcalc.importing.torch.inputs import Input  # noqa: E402

nn = torch.nn
HEADS, WIDTH = 2, 8


def tables(tokens: int, base: float, width: int = WIDTH) -> tuple[Any, Any]:
    """Cosines and sines as the transformers library works them out."""
    frequencies = 1.0 / base ** (torch.arange(0, width, 2).float() / width)
    angles = torch.arange(tokens)[:, None].float() * frequencies
    angles = torch.cat((angles, angles), dim=-1)
    return angles.cos(), angles.sin()


def by_slices(x: Any) -> Any:
    half = x.shape[-1] // 2
    return torch.cat((-x[..., half:], x[..., :half]), dim=-1)


def by_chunks(x: Any) -> Any:
    first, second = x.chunk(2, dim=-1)
    return torch.cat((-second, first), dim=-1)


def heads(m: Any, x: Any, turn: Any) -> Any:
    """Queries and keys in heads, both turned."""
    q, k = (one(x).view(*x.shape[:2], HEADS, WIDTH).transpose(1, 2) for one in (m.q, m.k))
    return torch.cat((turn(q), turn(k)), dim=1)


def parts() -> dict[str, Any]:
    return {"q": nn.Linear(6, HEADS * WIDTH), "k": nn.Linear(6, HEADS * WIDTH)}


class Tokens(Written):
    """One that embeds its words, so that it takes any number of them."""

    def forward(self, x: Any) -> Any:
        return self._forward(self, self.words(x))


@pytest.mark.parametrize("exchanged", [by_slices, by_chunks])
@pytest.mark.parametrize("base", [10000, 500000])
def test_rotations_are_one_layer(exchanged: Any, base: int) -> None:
    def turn(x: Any) -> Any:
        cosines, sines = tables(x.shape[-2], base)
        return x * cosines[None, None] + exchanged(x) * sines[None, None]

    net = Tokens(lambda m, x: heads(m, x, turn), words=nn.Embedding(7, 6), **parts())
    found = judged(net, Input((11,), "int"))
    kinds = [node.kind for node in found.architecture.check().graph.nodes]
    assert kinds.count("rotary") == 2
    assert {"elementwise", "multiply", "buffer"}.isdisjoint(kinds)
    assert "input: {shape: [T], dtype: int}" in found.found.text
    assert (f"base: {base}" in found.found.text) == (base != 10000)
    assert found.has_equal_bits


@pytest.mark.parametrize(
    "turn",
    [
        lambda x, c, s: x * c + by_slices(x).neg() * s,
        lambda x, c, s: x * c + by_slices(x) * c,
        lambda x, c, s: x * s + by_slices(x) * c,
        lambda x, c, s: x * c - by_slices(x) * s,
        lambda x, c, s: x * c + torch.cat((-x[..., :4], x[..., 4:]), -1) * s,
        lambda x, c, s: x * c + torch.cat((x[..., 4:], x[..., :4]), -1) * s,
        lambda x, c, s: x * c + by_slices(x.relu()) * s,
        lambda x, c, s: x * c + by_slices(x) * s.flip(-1),
        lambda x, c, s: x * (c + (torch.arange(11) == 5)[:, None]) + by_slices(x) * s,
    ],
)
def test_other_products_are_not_taken_for_one(turn: Any) -> None:
    cosines, sines = tables(11, 10000)
    net = Written(lambda m, x: heads(m, x, lambda one: turn(one, cosines, sines)), **parts())
    assert "rotary" not in of_module(net, [Input((11, 6))]).found.text


def test_what_is_read_inside_is_there() -> None:
    def forward(m: Any, x: Any) -> Any:
        cosines, sines = tables(11, 10000)
        straight = x * cosines
        return straight + by_slices(x) * sines, straight.relu()

    found = judged(Written(forward), (3, 11, 8))
    assert "rotary" in found.found.text
    assert found.has_equal_bits
