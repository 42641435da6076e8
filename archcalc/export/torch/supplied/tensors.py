"""Learned tensors, and what is added to maps or put in front of them."""

import torch
from torch import Tensor, nn


class Affine(nn.Module):
    """Coefficient and bias of every channel, in front of so many further axes.

    Shape: (B, C, *N) -> (B, C, *N), or (B, *N, C) -> (B, *N, C) with axes=0
    """

    def __init__(self, channels: int, axes: int = 2) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.along = (channels,) + (1,) * axes

    def forward(self, x: Tensor) -> Tensor:
        """Scale and shift every channel."""
        return x * self.weight.view(self.along) + self.bias.view(self.along)


class LayerScale(nn.Module):
    """Learned factor of every channel, in front of so many further axes.

    Shape: (B, C, *N) -> (B, C, *N), or (B, *N, C) -> (B, *N, C) with axes=0
    """

    def __init__(self, channels: int, initial: float = 1e-6, axes: int = 2) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels,), float(initial)))
        self.along = (channels,) + (1,) * axes

    def forward(self, x: Tensor) -> Tensor:
        """Scale every channel."""
        return x * self.weight.view(self.along)


class LearnedTensor(nn.Module):
    """Tensor that is learned and does not depend on the input.

    Shape: nothing -> (batch, *shape), the same for every item
    """

    def __init__(self, *shape: int, initial: float | None = None) -> None:
        super().__init__()
        self.weight = nn.Parameter(0.02 * torch.randn(shape))
        if initial is not None:
            nn.init.constant_(self.weight, initial)

    def forward(self, batch: int = 1) -> Tensor:
        """Repeat the tensor for every item of a batch."""
        return self.weight.repeat(batch, *(1 for _ in self.weight.shape))


class FixedTensor(nn.Module):
    """Tensor of fixed numbers: one for all entries, or a list of them, row by row.

    Shape: nothing -> (batch, *shape), the same for every item
    """

    tensor: Tensor

    def __init__(
        self,
        *shape: int,
        values: float | tuple[float, ...] = 0,
        integers: bool = False,
        persistent: bool = True,
    ) -> None:
        super().__init__()
        numbers = torch.tensor(values, dtype=torch.long if integers else torch.float)
        numbers = numbers.view(shape) if numbers.dim() else numbers.repeat(shape)
        self.register_buffer("tensor", numbers, persistent=persistent)

    def forward(self, batch: int = 1) -> Tensor:
        """Repeat the tensor for every item of a batch."""
        return self.tensor.repeat(batch, *(1 for _ in self.tensor.shape))


class ClassToken(nn.Module):
    """Learned token in front of the others.

    Shape: (B, T, D) -> (B, T + 1, D)
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(0.02 * torch.randn(1, 1, channels))

    def forward(self, x: Tensor) -> Tensor:
        """Put the token in front."""
        return torch.cat([self.weight.expand(x.shape[0], -1, -1), x], dim=1)


class PositionEmbedding(nn.Module):
    """Learned table with a number for every place of one item, added to it.

    Shape: (B, *shape) -> (B, *shape)
    """

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(0.02 * torch.randn(1, *shape))

    def forward(self, x: Tensor) -> Tensor:
        """Add the table."""
        return x + self.weight
