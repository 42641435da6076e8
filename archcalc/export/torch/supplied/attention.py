"""Attention beyond nn.MultiheadAttention."""

import torch
from torch import Tensor, nn


def attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    heads: int | None = None,
    key_heads: int | None = None,
    is_causal: bool = False,
    scale: float | None = None,
    p: float = 0.0,
) -> Tensor:
    """Mean of the values for every query, weighted by the keys, head by head.

    Shape: (B, *, T, C), (B, *, S, C), (B, *, S, V) -> (B, *, T, V)

    A mask is added to (B, *, heads, T, S).
    """
    if heads is not None:
        groups = key_heads or heads
        query = torch.unflatten(query, -1, (heads, -1)).transpose(-3, -2)
        key = torch.unflatten(key, -1, (groups, -1)).transpose(-3, -2)
        value = torch.unflatten(value, -1, (groups, -1)).transpose(-3, -2)
        if groups != heads:
            key = key.repeat_interleave(heads // groups, dim=-3)
            value = value.repeat_interleave(heads // groups, dim=-3)
    if mask is not None and is_causal:
        future = mask.new_full((query.shape[-2], key.shape[-2]), float("-inf"))
        mask, is_causal = mask + future.triu(1), False
    attention = nn.functional.scaled_dot_product_attention
    mean = attention(query, key, value, mask, p, is_causal, scale=scale)
    return mean if heads is None else mean.transpose(-3, -2).flatten(-2)


def attend_in_heads(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    heads: int,
    is_causal: bool = False,
    scale: float | None = None,
) -> Tensor:
    """Mean of the values for every query, weighted by the keys, head by head.

    Shape: (B, *, T, C), (B, *, S, C), (B, *, S, V) -> (B, *, T, V)
    """
    query = torch.unflatten(query, -1, (heads, -1)).transpose(-3, -2)
    key = torch.unflatten(key, -1, (heads, -1)).transpose(-3, -2)
    value = torch.unflatten(value, -1, (heads, -1)).transpose(-3, -2)
    attention = nn.functional.scaled_dot_product_attention
    mean = attention(query, key, value, is_causal=is_causal, scale=scale)
    return mean.transpose(-3, -2).flatten(-2)


class DotAttention(nn.Module):
    """Attention of given queries, keys and values that drops weights in training.

    Shape: (B, *, T, C), (B, *, S, C), (B, *, S, V) -> (B, *, T, V)
    """

    def __init__(
        self,
        heads: int | None = None,
        key_heads: int | None = None,
        is_causal: bool = False,
        scale: float | None = None,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.heads = heads
        self.key_heads = key_heads
        self.is_causal = is_causal
        self.scale = scale
        self.dropout = dropout

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        mask: Tensor | None = None,
    ) -> Tensor:
        """Let every query read the values."""
        p = self.dropout if self.training else 0.0
        split = (self.heads, self.key_heads, self.is_causal, self.scale)
        return attend(query, key, value, mask, *split, p)


class Attention(nn.Module):
    """Multi-head attention of any width inside, to the input or to a memory.

    Shape: (B, *, T, channels), memory (B, *, S, channels) -> (B, *, T, channels)
    """

    def __init__(
        self,
        channels: int,
        width: int,
        heads: int,
        bias: bool = True,
        dropout: float = 0.0,
        key_heads: int | None = None,
        is_causal: bool = False,
    ) -> None:
        super().__init__()
        self.heads = heads
        self.key_heads = key_heads
        self.is_causal = is_causal
        self.dropout = dropout
        key_width = width if key_heads is None else width // heads * key_heads
        self.widths = [width, key_width, key_width]
        self.in_proj_weight = nn.Parameter(torch.empty(sum(self.widths), channels))
        zeros = torch.zeros(sum(self.widths))
        self.in_proj_bias = nn.Parameter(zeros) if bias else None
        self.out_proj = nn.Linear(width, channels, bias)
        nn.init.xavier_uniform_(self.in_proj_weight)
        if bias:
            nn.init.zeros_(self.out_proj.bias)

    def forward(
        self,
        x: Tensor,
        memory: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> Tensor:
        """Let every token read all tokens, or those of the memory."""
        source = x if memory is None else memory
        bias = self.in_proj_bias
        biases = (None, None, None) if bias is None else torch.split(bias, self.widths)
        weights = torch.split(self.in_proj_weight, self.widths)
        query = nn.functional.linear(x, weights[0], biases[0])
        key = nn.functional.linear(source, weights[1], biases[1])
        value = nn.functional.linear(source, weights[2], biases[2])
        p = self.dropout if self.training else 0.0
        split = (self.heads, self.key_heads, self.is_causal)
        mean: Tensor = self.out_proj(attend(query, key, value, mask, *split, p=p))
        return mean


class CrossAttention(nn.Module):
    """Multi-head attention of any width inside, to a memory with its own channels.

    Shape: (B, *, T, channels), memory (B, *, S, memory_channels) -> (B, *, T, channels)
    """

    def __init__(
        self,
        channels: int,
        memory_channels: int,
        width: int,
        heads: int,
        bias: bool = True,
        dropout: float = 0.0,
        key_heads: int | None = None,
        is_causal: bool = False,
    ) -> None:
        super().__init__()
        self.heads = heads
        self.key_heads = key_heads
        self.is_causal = is_causal
        self.dropout = dropout
        key_width = width if key_heads is None else width // heads * key_heads
        self.widths = [width, key_width, key_width]
        self.in_one = memory_channels == channels  # as nn.MultiheadAttention does
        if self.in_one:
            self.in_proj_weight = nn.Parameter(torch.empty(sum(self.widths), channels))
            weights = [self.in_proj_weight]
        else:
            self.q_proj_weight = nn.Parameter(torch.empty(width, channels))
            self.k_proj_weight = nn.Parameter(torch.empty(key_width, memory_channels))
            self.v_proj_weight = nn.Parameter(torch.empty(key_width, memory_channels))
            weights = [self.q_proj_weight, self.k_proj_weight, self.v_proj_weight]
        zeros = torch.zeros(sum(self.widths))
        self.in_proj_bias = nn.Parameter(zeros) if bias else None
        self.out_proj = nn.Linear(width, channels, bias)
        for weight in weights:
            nn.init.xavier_uniform_(weight)
        if bias:
            nn.init.zeros_(self.out_proj.bias)

    def forward(self, x: Tensor, memory: Tensor, mask: Tensor | None = None) -> Tensor:
        """Let every token read the tokens of the memory."""
        bias = self.in_proj_bias
        biases = (None, None, None) if bias is None else torch.split(bias, self.widths)
        if self.in_one:
            q, k, v = torch.split(self.in_proj_weight, self.widths)
        else:
            q, k, v = self.q_proj_weight, self.k_proj_weight, self.v_proj_weight
        query = nn.functional.linear(x, q, biases[0])
        key = nn.functional.linear(memory, k, biases[1])
        value = nn.functional.linear(memory, v, biases[2])
        p = self.dropout if self.training else 0.0
        split = (self.heads, self.key_heads, self.is_causal)
        mean: Tensor = self.out_proj(attend(query, key, value, mask, *split, p=p))
        return mean
