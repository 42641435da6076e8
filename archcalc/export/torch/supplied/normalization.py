"""Normalizations with other tensors, or along other axes."""

import torch
from torch import Tensor, nn


class PartialBatchNorm(nn.BatchNorm2d):
    """Batch normalization with a weight or a bias for every channel, not with both.

    Shape: (B, C) or (B, C, *N) unchanged
    """

    def __init__(
        self,
        num_features: int,
        scale: bool = True,
        center: bool = True,
        eps: float = 1e-5,
        momentum: float = 0.1,
        track_running_stats: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, True, track_running_stats)
        if not scale:
            self.register_parameter("weight", None)
        if not center:
            self.register_parameter("bias", None)

    def _check_input_dim(self, input: Tensor) -> None:
        """Take any number of axes."""


class FrozenBatchNorm(nn.Module):
    """Batch normalization with numbers that stay as they are.

    Shape: (B, C) or (B, C, *N) unchanged
    """

    weight: Tensor
    bias: Tensor
    running_mean: Tensor
    running_var: Tensor

    def __init__(self, num_features: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.register_buffer("weight", torch.ones(num_features))
        self.register_buffer("bias", torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x: Tensor) -> Tensor:
        """Scale and shift every channel."""
        shape = (-1,) + (1,) * (x.dim() - 2)
        scale = self.weight * (self.running_var + self.eps).rsqrt()
        shift = self.bias - self.running_mean * scale
        return x * scale.view(shape) + shift.view(shape)


class ChannelLayerNorm(nn.LayerNorm):
    """Layer normalization of the channels at each position of a map, channels first.

    Shape: (B, C, *N) unchanged
    """

    def forward(self, x: Tensor) -> Tensor:
        """Normalize with the channels behind the other axes."""
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)
