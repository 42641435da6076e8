"""Integers that modules make of words: they are said by kinds of their own, and exported code makes the same ones."""

from __future__ import annotations

from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")

from judging import Judged, Written, judged  # noqa: E402

from archcalc.importing.pytorch import of_module  # noqa: E402
from archcalc.importing.torch.inputs import Input  # noqa: E402

nn = torch.nn
WORDS = Input((9,), "int")


def kinds(found: Judged) -> list[str]:
    return [node.kind for node in found.architecture.check().graph.nodes]


def counted(words: Any, padding: int = 1, more: int = 0) -> Any:
    """The positions of words that are not the padding, as fairseq counts them."""
    mask = words.ne(padding).int()
    return ((torch.cumsum(mask, dim=1).type_as(mask) + more) * mask).long() + padding


def test_positions_without_the_padding() -> None:
    net = Written(lambda m, x: m.words(x) + m.places(counted(x)), words=nn.Embedding(9, 4), places=nn.Embedding(60, 4))
    found = judged(net, WORDS)
    assert found.has_equal_bits
    assert kinds(found) == ["positions", "embedding", "embedding", "add"]
    assert "positions: {padding: 1}" in found.found.text
    assert "input: {shape: [T], dtype: int}" in found.found.text


@pytest.mark.parametrize(
    "index",
    [
        lambda x: counted(x, more=1),
        lambda x: torch.cumsum(x.ne(1).int(), dim=1) * x.ne(2).int() + 1,
        lambda x: torch.cumsum(x.ne(1).int(), dim=1) * x.ne(1).int() + 2,
        lambda x: torch.cumsum(x.ne(1).int(), dim=0) * x.ne(1).int() + 1,
    ],
)
def test_what_counts_otherwise_is_not_taken_for_positions(index: Any) -> None:
    net = Written(lambda m, x: m.places(index(x)), places=nn.Embedding(3000, 4))
    found = of_module(net, [WORDS]).found
    assert found.opaque
    assert "positions" not in found.text


def test_a_choice_among_equal_numbers_is_that_number() -> None:
    def forward(m: Any, x: Any) -> Any:
        return m.words(x) + m.types(torch.gather(m.kinds.expand(x.shape[0], -1), 1, counted(x)))

    net = Written(forward, words=nn.Embedding(9, 4), types=nn.Embedding(2, 4), kinds=torch.ones(1, 80).long())
    found = of_module(net, [WORDS]).found
    assert not found.opaque
    assert "buffer: {shape: [T], values: 1, dtype: int, persistent: false}" in found.text

    net = Written(forward, words=nn.Embedding(9, 4), types=nn.Embedding(2, 4), kinds=torch.arange(80)[None] % 2)
    assert of_module(net, [WORDS]).found.opaque


def test_a_constant_for_the_whole_batch_is_one_for_every_item() -> None:
    def forward(m: Any, x: Any) -> Any:
        types = torch.zeros(1, x.shape[1], dtype=torch.long).expand(x.shape)
        return m.words(x) + m.types(types)

    found = judged(Written(forward, words=nn.Embedding(9, 4), types=nn.Embedding(2, 4)), WORDS)
    assert found.has_equal_bits
    assert "buffer: {shape: [T], values: 0, dtype: int, persistent: false}" in found.found.text
