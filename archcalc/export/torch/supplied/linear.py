"""Linear layers with other weights."""

import torch
from torch import Tensor, nn


class TransposedLinear(nn.Module):
    """Fully connected layer whose weight is kept with the inputs first.

    Shape: (*, in_features) -> (*, out_features)
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(0.02 * torch.randn(in_features, out_features))
        self.bias = nn.Parameter(torch.zeros(out_features)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """Multiply with the weight and add the bias."""
        if self.bias is None:
            return x @ self.weight
        rows = x.reshape(-1, x.shape[-1])
        return torch.addmm(self.bias, rows, self.weight).view(*x.shape[:-1], -1)


class RadialBasis(nn.Module):
    """Squared distances of the last axis to learned centres.

    Shape: (*, in_features) -> (*, out_features)
    """

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out_features, in_features))

    def forward(self, x: Tensor) -> Tensor:
        """Measure the distance to every centre."""
        return (x.unsqueeze(-2) - self.weight).square().sum(-1)
