"""Positions of tokens, and mixtures of experts."""

import torch
from torch import Tensor, nn


def token_positions(x: Tensor, start: int = 0) -> Tensor:
    """The numbers of the tokens of a sequence.

    Shape: (B, T) or (B, T, D) -> (B, T)
    """
    return torch.arange(start, start + x.shape[1], device=x.device).expand(x.shape[:2])


def counted_tokens(x: Tensor, padding: int) -> Tensor:
    """The numbers of the tokens of a sequence, from padding + 1 on; what pads it stays what it is.

    Shape: (B, T) -> (B, T)
    """
    is_token = x != padding
    return padding + is_token.cumsum(1) * is_token


def add_positions(x: Tensor, base: float = 10000, interleaved: bool = True) -> Tensor:
    """Add sines and cosines of the positions of tokens.

    Shape: (*, T, D) -> (*, T, D)
    """
    lengths = base ** (torch.arange(0, x.shape[-1], 2, device=x.device) / x.shape[-1])
    angles = torch.arange(x.shape[-2], device=x.device)[:, None] / lengths
    waves = (angles.sin(), angles.cos())
    table = torch.stack(waves, -1).flatten(1) if interleaved else torch.cat(waves, -1)
    return x + table.to(x.dtype)


def rotated(
    x: Tensor,
    heads: int = 1,
    base: float = 10000,
    width: int | None = None,
    interleaved: bool = False,
) -> Tensor:
    """Rotate pairs of channels of every head by angles that grow with the position.

    Shape: (*, T, D) -> (*, T, D)
    """
    x = torch.unflatten(x, -1, (heads, -1))
    width = width or x.shape[-1]
    pairs = torch.arange(0, width, 2, device=x.device).float()
    frequencies = 1 / base ** (pairs / width)
    tokens = torch.arange(x.shape[-3], device=x.device).float()
    angles = tokens[:, None, None] * frequencies
    turned, rest = x[..., :width], x[..., width:]
    if interleaved:
        angles = angles.repeat_interleave(2, -1)
        across = torch.stack((-turned[..., 1::2], turned[..., ::2]), -1).flatten(-2)
    else:
        angles = torch.cat((angles, angles), -1)
        first, second = turned.chunk(2, -1)
        across = torch.cat((-second, first), -1)
    turned = turned * angles.cos().to(x.dtype) + across * angles.sin().to(x.dtype)
    return torch.cat((turned, rest), -1).flatten(-2)


def relative_buckets(
    x: Tensor,
    buckets: int = 32,
    furthest: int = 128,
    bidirectional: bool = True,
) -> Tensor:
    """The buckets of the distances between every two tokens, item by item.

    Shape: (B, T) or (B, T, D) -> (B, T, T)
    """
    places = torch.arange(x.shape[1], device=x.device)
    apart = places - places[:, None]
    if bidirectional:
        buckets //= 2
        side, apart = buckets * (apart > 0), apart.abs()
    else:
        side, apart = 0 * apart, (-apart).clamp(min=0)
    near = buckets // 2
    longest = torch.tensor(furthest / near, dtype=torch.float64).log()
    share = torch.log(apart.clamp(min=1).float() / near) / longest
    far = near + (share * (buckets - near)).long()
    found = side + torch.where(apart < near, apart, far.clamp(max=buckets - 1))
    return found.expand(x.shape[0], -1, -1)


def window_bias(table: Tensor, *window: int) -> Tensor:
    """The rows of a table for every two positions of a window, by their distance.

    Shape: (ways, heads) -> (heads, positions, positions)
    """
    axes = [torch.arange(size, device=table.device) for size in window]
    places = torch.stack(torch.meshgrid(*axes, indexing="ij")).flatten(1)
    apart = places[:, :, None] - places[:, None, :]
    index = torch.zeros((), dtype=torch.long, device=table.device)
    for size, distance in zip(window, apart, strict=True):
        index = index * (2 * size - 1) + distance + size - 1
    return table[index].permute(2, 0, 1)


class RelativePositionBias(nn.Module):
    """Learned bias for every way that two positions of a window can lie to each other.

    Shape: nothing -> (batch, heads, positions, positions), the same for every item
    """

    def __init__(self, heads: int, *window: int) -> None:
        super().__init__()
        ways = 1
        for size in window:
            ways *= 2 * size - 1
        self.weight = nn.Parameter(0.02 * torch.randn(ways, heads))
        self.window = window

    def forward(self, batch: int = 1) -> Tensor:
        """Look up the bias of every pair, and repeat it for every item of a batch."""
        return window_bias(self.weight, *self.window).expand(batch, -1, -1, -1)


class Experts(nn.Module):
    """A mixture of experts: every token runs through the few with the best scores.

    It gathers the weights of the chosen experts for every token, which needs memory.

    Shape: (*, T, D), (*, T, experts) -> (*, T, D)
    """

    def __init__(
        self,
        channels: int,
        hidden: int,
        experts: int,
        active: int,
        activation: str = "silu",
        gated: bool = True,
        normalize: bool = True,
    ) -> None:
        super().__init__()
        up = "gate_up_proj" if gated else "up_proj"
        self.register_parameter(
            up,
            nn.Parameter(0.02 * torch.randn(experts, (1 + gated) * hidden, channels)),
        )
        self.down_proj = nn.Parameter(0.02 * torch.randn(experts, channels, hidden))
        self.up, self.active, self.normalize = up, active, normalize
        self.act, self.gated = getattr(nn.functional, activation), gated

    def forward(self, x: Tensor, scores: Tensor) -> Tensor:
        """Choose experts for every token, and add up what they give, weighted."""
        weights, chosen = scores.softmax(-1).topk(self.active, -1)
        if self.normalize:
            weights = weights / weights.sum(-1, keepdim=True)
        result = torch.zeros_like(x)
        for place in range(self.active):
            expert = chosen[..., place]
            inner = (self.get_parameter(self.up)[expert] @ x.unsqueeze(-1)).squeeze(-1)
            if self.gated:
                gate, inner = inner.chunk(2, -1)
                inner = self.act(gate) * inner
            else:
                inner = self.act(inner)
            outer = (self.down_proj[expert] @ inner.unsqueeze(-1)).squeeze(-1)
            result = result + outer * weights[..., place, None]
        return result
