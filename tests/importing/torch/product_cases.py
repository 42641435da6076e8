"""Products of maps and matrices, attention, recurrent layers, and ways to wire them, in small modules."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from judging import IMAGE, TOKENS, VECTOR, Case, learned
from torch import nn
from torch.nn import functional


def attention_by_hand(m: Any, x: Any, hide: Any) -> Any:
    """Attention of two heads in single steps; `hide` gives the scores without those of later tokens."""
    queries, keys, values = (part.unflatten(-1, (2, 4)).transpose(1, 2) for part in m.a(x).chunk(3, dim=-1))
    scores = hide(queries @ keys.transpose(-2, -1) / 2, x.shape[1])
    means = m.b(functional.softmax(scores, dim=-1)) @ values
    return means.transpose(1, 2).flatten(2)


def in_heads() -> dict[str, Any]:
    return {"a": nn.Linear(8, 24), "b": nn.Dropout(0.1)}


HIDING: dict[str, Any] = {
    "a fill": lambda scores, n: scores.masked_fill(torch.ones(n, n).tril()[None, None] == 0, float("-inf")),
    "a fill in place": lambda scores, n: scores.masked_fill_(torch.ones(n, n).triu(1).bool(), -1e9),
    "a choice": lambda scores, n: torch.where(torch.ones(n, n).tril() > 0, scores, torch.tensor(-1e10)),
    "a sum": lambda scores, n: scores + torch.full((n, n), float("-inf")).triu(1),
}


def heads(qkv: Any, count: int) -> Any:
    batch, tokens, _ = qkv.shape
    q, k, v = qkv.reshape(batch, tokens, 3, count, -1).permute(2, 0, 3, 1, 4)
    found = ((q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1)).softmax(-1) @ v
    return found.transpose(1, 2).reshape(batch, tokens, -1)


def sdpa(qkv: Any, count: int, **options: Any) -> Any:
    batch, tokens, _ = qkv.shape
    q, k, v = qkv.reshape(batch, tokens, 3, count, -1).permute(2, 0, 3, 1, 4).unbind(0)
    return functional.scaled_dot_product_attention(q, k, v, **options).transpose(1, 2).reshape(batch, tokens, -1)


def grouped(m: Any, x: Any) -> Any:
    q, k, v = (one(x).unflatten(-1, (-1, 4)).transpose(1, 2) for one in (m.q, m.k, m.v))
    return functional.scaled_dot_product_attention(q, k, v, enable_gqa=True).transpose(1, 2).flatten(2)


class Transposed(nn.Module):
    """A linear layer whose weight is [in, out]."""

    def __init__(self) -> None:
        super().__init__()
        self.weight, self.bias = learned(8, 5), learned(5)

    def forward(self, x: Any) -> Any:
        """The sum of both in one function."""
        return torch.addmm(self.bias, x.reshape(-1, 8), self.weight).view(-1, 10, 5)


CASES = [
    Case("linear", lambda m, x: m.a(x), VECTOR, lambda: {"a": nn.Linear(12, 5)}, "linear"),
    Case("linear no bias", lambda m, x: m.a(x), TOKENS, lambda: {"a": nn.Linear(8, 5, bias=False)}),
    Case("linear of an image", lambda m, x: m.a(x), IMAGE, lambda: {"a": nn.Linear(14, 5)}),
    Case("linear of channels", lambda m, x: m.a(x.permute(0, 2, 3, 1)), IMAGE, lambda: {"a": nn.Linear(6, 5)}),
    Case("x @ w.T + b", lambda m, x: x @ m.w.T + m.b, TOKENS, lambda: {"w": learned(5, 8), "b": learned(5)}),
    Case("a transposed linear layer", lambda m, x: m.a(x), TOKENS, lambda: {"a": Transposed()}),
    Case(
        "baddbmm", lambda m, x: torch.baddbmm(m.table, x, x.transpose(1, 2)), TOKENS, lambda: {"table": learned(10, 10)}
    ),
    Case(
        "bilinear by hand",
        lambda m, x: (m.a(x) @ x.transpose(1, 2)).softmax(-1) @ x,
        TOKENS,
        lambda: {"a": nn.Linear(8, 8)},
    ),
    Case("matmul", lambda m, x: x @ x.transpose(1, 2), TOKENS),
    Case("bmm", lambda m, x: torch.bmm(x, x.relu().transpose(1, 2)), TOKENS),
    Case("heads", lambda m, x: heads(m.qkv(x), 2), TOKENS, lambda: {"qkv": nn.Linear(8, 24)}),
    Case("sdpa", lambda m, x: sdpa(m.qkv(x), 2), TOKENS, lambda: {"qkv": nn.Linear(8, 24)}),
    Case("sdpa causal", lambda m, x: sdpa(m.qkv(x), 2, is_causal=True), TOKENS, lambda: {"qkv": nn.Linear(8, 24)}),
    Case("sdpa scale", lambda m, x: sdpa(m.qkv(x), 2, scale=0.3), TOKENS, lambda: {"qkv": nn.Linear(8, 24)}),
    Case(
        "sdpa bias",
        lambda m, x: sdpa(m.qkv(x), 2, attn_mask=m.table),
        TOKENS,
        lambda: {"qkv": nn.Linear(8, 24), "table": learned(1, 2, 10, 10)},
    ),
    Case(
        "grouped queries",
        lambda m, x: grouped(m, x),
        TOKENS,
        lambda: {"q": nn.Linear(8, 16), "k": nn.Linear(8, 8), "v": nn.Linear(8, 8)},
    ),
    Case("einsum bhid", lambda m, x: torch.einsum("bid,bjd->bij", x, x.relu()), TOKENS),
    Case("einsum nchw", lambda m, x: torch.einsum("bchw,bcij->bhwij", x, x.relu()), (4, 3, 5), exact=False),
    Case(
        "einsum with a matrix",
        lambda m, x: torch.einsum("btd,de->bte", x, m.w),
        TOKENS,
        lambda: {"w": learned(8, 5)},
        exact=False,
    ),
    Case(
        "einsum heads",
        lambda m, x: torch.einsum("bthd,bshd->bhts", x.view(-1, 10, 2, 4), x.relu().view(-1, 10, 2, 4)),
        TOKENS,
    ),
    Case(
        "attention module",
        lambda m, x: m.a(x, x, x, need_weights=False)[0],
        TOKENS,
        lambda: {"a": nn.MultiheadAttention(8, 2, batch_first=True)},
    ),
    Case(
        "attention module without bias",
        lambda m, x: m.a(x, x, x)[0],
        TOKENS,
        lambda: {"a": nn.MultiheadAttention(8, 2, bias=False, batch_first=True)},
        exact=False,
    ),
    Case(
        "encoder layer",
        lambda m, x: m.a(x),
        TOKENS,
        lambda: {"a": nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)},
    ),
    Case(
        "encoder layer norm first",
        lambda m, x: m.a(x),
        TOKENS,
        lambda: {"a": nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True, activation="gelu")},
    ),
    Case("lstm", lambda m, x: m.a(x)[0], TOKENS, lambda: {"a": nn.LSTM(8, 5, batch_first=True)}),
    Case(
        "lstm both ways",
        lambda m, x: m.a(x)[0],
        TOKENS,
        lambda: {"a": nn.LSTM(8, 5, 2, bidirectional=True, batch_first=True)},
    ),
    Case("gru", lambda m, x: m.a(x)[0][:, -1], TOKENS, lambda: {"a": nn.GRU(8, 5, batch_first=True)}),
    Case("rnn", lambda m, x: m.a(x)[0], TOKENS, lambda: {"a": nn.RNN(8, 5, nonlinearity="relu", batch_first=True)}),
    Case(
        "lstm projection", lambda m, x: m.a(x)[0], TOKENS, lambda: {"a": nn.LSTM(8, 5, proj_size=3, batch_first=True)}
    ),
    Case("the last state", lambda m, x: m.a(x)[1][0][-1], TOKENS, lambda: {"a": nn.LSTM(8, 5, batch_first=True)}),
    Case("the only state", lambda m, x: m.a(x)[1].squeeze(0), TOKENS, lambda: {"a": nn.GRU(8, 5, batch_first=True)}),
    Case(
        "the last states both ways",
        lambda m, x: torch.cat([m.a(x)[1][0][-2, :, :], m.a(x)[1][0][-1, :, :]], 1),
        TOKENS,
        lambda: {"a": nn.LSTM(8, 5, 2, bidirectional=True, batch_first=True)},
    ),
    Case(
        "the states of the last layer",
        lambda m, x: m.a(x)[1][-2:].transpose(0, 1).flatten(1),
        TOKENS,
        lambda: {"a": nn.GRU(8, 5, 2, bidirectional=True, batch_first=True)},
    ),
    *(
        Case(f"later tokens hidden by {name}", partial(attention_by_hand, hide=hide), TOKENS, in_heads, exact=False)
        for name, hide in HIDING.items()
    ),
    Case("a shared module", lambda m, x: m.a(m.a(x).relu()), TOKENS, lambda: {"a": nn.Linear(8, 8)}),
    Case("several outputs", lambda m, x: (m.a(x), x.relu()), TOKENS, lambda: {"a": nn.Linear(8, 8)}),
    Case(
        "a dictionary",
        lambda m, x: {"out": m.a(x), "aux": [x.relu(), x.tanh()]},
        TOKENS,
        lambda: {"a": nn.Linear(8, 8)},
    ),
    Case("the same output twice", lambda m, x: [y := m.a(x), y.relu(), y], TOKENS, lambda: {"a": nn.Linear(8, 8)}),
]
