"""Networks as tutorials write them: each comes out computed, under its names, with the sizes that it takes."""

from __future__ import annotations

import math
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from judging import judged  # noqa: E402

from archcalc.importing.torch.inputs import Input  # noqa: E402

nn = torch.nn


class Attention(nn.Module):  # type: ignore[misc, name-defined]
    """Causal attention of two heads in single steps, with its triangle in a buffer."""

    def __init__(self, width: int, longest: int) -> None:
        super().__init__()
        self.c_attn, self.c_proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.attn_dropout = nn.Dropout(0.1)
        self.register_buffer("bias", torch.tril(torch.ones(longest, longest)).view(1, 1, longest, longest), False)
        self.width = width

    def forward(self, x: Any) -> Any:
        """What every token takes from those up to it."""
        batch, tokens, width = x.size()
        parts = self.c_attn(x).split(self.width, dim=2)
        q, k, v = (part.view(batch, tokens, 2, width // 2).transpose(1, 2) for part in parts)
        scores = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
        scores = scores.masked_fill(self.bias[:, :, :tokens, :tokens] == 0, float("-inf"))
        means = self.attn_dropout(torch.softmax(scores, dim=-1)) @ v
        return self.c_proj(means.transpose(1, 2).contiguous().view(batch, tokens, width))


class Language(nn.Module):  # type: ignore[misc, name-defined]
    """A language model of two blocks, for sequences of 16 tokens at the most."""

    def __init__(self, width: int = 8, longest: int = 16) -> None:
        super().__init__()
        self.wte, self.wpe = nn.Embedding(20, width), nn.Embedding(longest, width)
        self.norms = nn.ModuleList([nn.LayerNorm(width) for _ in range(2)])
        self.h = nn.ModuleList([Attention(width, longest) for _ in range(2)])
        self.lm_head = nn.Linear(width, 20, bias=False)
        self.longest = longest

    def forward(self, idx: Any) -> Any:
        """Scores of the words behind each token."""
        tokens = idx.size(1)
        assert tokens <= self.longest, "too long"
        x = self.wte(idx) + self.wpe(torch.arange(tokens, device=idx.device).unsqueeze(0))
        for norm, attention in zip(self.norms, self.h, strict=True):
            x = x + attention(norm(x))
        return self.lm_head(x)


class Classifier(nn.Module):  # type: ignore[misc, name-defined]
    """A classifier of texts that reads the last states of both directions."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(20, 6)
        self.lstm = nn.LSTM(6, 5, num_layers=2, bidirectional=True, batch_first=True, dropout=0.5)
        self.fc = nn.Linear(10, 3)

    def forward(self, text: Any) -> Any:
        """Scores of the classes."""
        _, (hidden, _) = self.lstm(self.embedding(text))
        return self.fc(torch.cat((hidden[-2, :, :], hidden[-1, :, :]), dim=1))


class Translator(nn.Module):  # type: ignore[misc, name-defined]
    """A translator whose modules have the names of its inputs."""

    def __init__(self) -> None:
        super().__init__()
        self.src, self.tgt = nn.Embedding(20, 8), nn.Embedding(22, 8)
        self.core = nn.Transformer(8, 2, 1, 1, 16, batch_first=True)

    def forward(self, src: Any, tgt: Any) -> Any:
        """What the decoder makes of both."""
        return self.core(self.src(src), self.tgt(tgt))


def test_a_language_model_is_legal_up_to_its_table() -> None:
    found = judged(Language(), Input((16,), "int"))
    assert not found.found.opaque, found.found.text
    assert "causal: true" in found.found.text
    assert str(found.architecture.legal_sizes()) == "1 <= T <= 16"


def test_without_a_table_in_the_spec_a_longest_sequence_is_none() -> None:
    """The triangle ends at 16 tokens, and nothing in the spec would say so: the length stays a number."""
    found = judged(Attention(8, 16), (16, 8))
    assert not found.found.opaque, found.found.text
    assert found.found.sizes == ({},), found.found.text
    assert "The sizes of the input stay numbers: at other sizes" in found.found.text


def test_a_classifier_of_texts_is_computed() -> None:
    found = judged(Classifier(), Input((12,), "int"))
    assert not found.found.opaque, found.found.text
    assert found.has_equal_bits


def test_modules_may_have_the_names_of_inputs() -> None:
    found = judged(Translator(), Input((10,), "int"), Input((12,), "int"))
    assert not found.found.opaque, found.found.text
    assert "input: {src_input: " in found.found.text
    assert "as: src, from: src_input" in found.found.text


def test_a_generator_begins_with_one_pixel() -> None:
    """PyTorch does not check the channels of a transposed convolution on shapes alone."""
    module = nn.Sequential(
        nn.ConvTranspose2d(10, 8, 4, 1, 0, bias=False), nn.ReLU(), nn.ConvTranspose2d(8, 3, 4, 2, 1, bias=False)
    )
    found = judged(module, (10, 1, 1))
    assert "input: [10, H, W]" in found.found.text
    assert found.has_equal_bits


class Unrolled(nn.Module):  # type: ignore[misc, name-defined]
    """A cell, for which there is no kind, applied three times."""

    def __init__(self) -> None:
        super().__init__()
        self.emb, self.cell, self.out = nn.Embedding(20, 6), nn.GRUCell(6, 5), nn.Linear(5, 3)

    def forward(self, text: Any) -> Any:
        """What comes out behind three words."""
        state = None
        for place in range(3):
            state = self.cell(self.emb(text[:, place]), state)
        return self.out(state)


def test_a_cell_has_its_tensors_once() -> None:
    found = judged(Unrolled(), Input((3,), "int"), bits=False)
    assert [node.kind for node in found.architecture.check().graph.nodes].count("opaque") == 3


class Positions(nn.Module):  # type: ignore[misc, name-defined]
    """Waves that are added to tokens, from a table of 30 rows."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        place = torch.arange(30.0).unsqueeze(1)
        rate = torch.exp(torch.arange(0, width, 2).float() * (-math.log(10000.0) / width))
        table = torch.zeros(30, width)
        table[:, 0::2], table[:, 1::2] = torch.sin(place * rate), torch.cos(place * rate)
        self.register_buffer("pe", table.unsqueeze(0))
        self.emb = nn.Embedding(20, width)

    def forward(self, text: Any) -> Any:
        """Tokens that know their place."""
        x = self.emb(text) * math.sqrt(8)
        return x + self.pe[:, : x.size(1)]


def test_a_table_of_waves_is_legal_up_to_its_rows() -> None:
    found = judged(Positions(), Input((12,), "int"))
    assert not found.found.opaque, found.found.text
    assert str(found.architecture.legal_sizes()) == "1 <= T <= 30"
    assert found.has_equal_bits
